#!/bin/sh
# The real servers and the tools of others that the RDP witness compares the probe with (Debian 12).
set -eu
apt-get update -qq
apt-get install -y --no-install-recommends \
    xrdp freerdp2-shadow-x11 freerdp2-x11 winpr-utils weston xvfb nmap sslscan openssl socat iproute2 python3
