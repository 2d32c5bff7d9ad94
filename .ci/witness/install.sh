#!/bin/sh
# What the witnesses need of Debian 12: real RDP servers, the tools of others, Wine, Python. Needs root, and installs
# only what is missing.
set -eu
packages="xrdp freerdp2-shadow-x11 freerdp2-x11 winpr-utils weston xvfb nmap sslscan openssl socat iproute2 wine wine64
    python3 python3-venv"
missing=
for package in $packages; do
    dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
apt-get update -qq
# Words are packages. Nothing is asked, and no service of theirs is started.
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null
