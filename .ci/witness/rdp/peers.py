"""What the tools of others say of a server."""

import os
import re
import socket
import ssl
import subprocess
import tempfile
import warnings
import xml.etree.ElementTree as tree
from datetime import datetime, timezone

VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1, "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3,
}
FAILURES = {
    "SSL_REQUIRED_BY_SERVER": 1, "SSL_NOT_ALLOWED_BY_SERVER": 2, "SSL_CERT_NOT_ON_SERVER": 3,
    "INCONSISTENT_FLAGS": 4, "HYBRID_REQUIRED_BY_SERVER": 5, "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER": 6,
}


def openssl_certificate(path):
    """A certificate file as OpenSSL describes it."""
    def ask(*options):
        command = ["openssl", "x509", "-in", path, "-noout", "-nameopt", "RFC2253,utf8,-esc_msb", *options]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=20).stdout
    def after(text):
        return text.strip().split("=", 1)[1]
    def moment(text):
        parsed = datetime.strptime(after(text), "%b %d %H:%M:%S %Y GMT").replace(tzinfo=timezone.utc)
        return parsed.strftime("%Y-%m-%dT%H:%M:%SZ")
    described = ask("-text")
    return {
        "subject": after(ask("-subject")),
        "issuer": after(ask("-issuer")),
        "not_before": moment(ask("-startdate")),
        "not_after": moment(ask("-enddate")),
        "bits": int(re.search(r"Public-Key: \((\d+) bit", described)[1]),
        "signature": re.search(r"Signature Algorithm: (\S+)", described)[1],
        "sha1": after(ask("-fingerprint", "-sha1")).replace(":", "").lower(),
        "sha256": after(ask("-fingerprint", "-sha256")).replace(":", "").lower(),
    }


def openssl_versions(port, ciphers="ALL:@SECLEVEL=0"):
    """The TLS versions with which OpenSSL finishes a handshake behind the negotiation."""
    found = []
    for name, version in VERSIONS.items():
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        context.set_ciphers(ciphers)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as raw:
                raw.sendall(bytes.fromhex("030000130ee00000000000010008000b000000"))
                answer = raw.recv(19, socket.MSG_WAITALL)
                if len(answer) == 19 and answer[11] == 2 and answer[15] != 0:
                    with context.wrap_socket(raw):
                        found.append(name)
        except OSError:
            pass
    return found


def sslscan_versions(port):
    """The TLS versions that sslscan reports. It goes on behind a refusal, so ask it only where TLS was selected."""
    command = ["timeout", "60", "sslscan", "--rdp", "--no-ciphersuites", "--no-groups", "--no-heartbleed",
               "--no-renegotiation", "--no-compression", "--xml=-", f"127.0.0.1:{port}"]
    out = subprocess.run(command, capture_output=True, timeout=70).stdout
    protocols = tree.fromstring(out).iter("protocol")
    return [p.get("version") for p in protocols if p.get("type") == "tls" and p.get("enabled") == "1"]


def nmap(port, *scripts):
    """The output of nmap's scripts, by name."""
    command = ["timeout", "90", "nmap", "-Pn", "-n", "-p", str(port), "--script", ",".join(f"+{s}" for s in scripts),
               "-oX", "-", "127.0.0.1"]
    out = subprocess.run(command, capture_output=True, timeout=100).stdout
    return {script.get("id"): script for script in tree.fromstring(out).iter("script")}


def nmap_ntlm(port):
    script = nmap(port, "rdp-ntlm-info").get("rdp-ntlm-info")
    return None if script is None else {elem.get("key"): elem.text for elem in script.iter("elem")}


def nmap_layers(port):
    """The security layers for which nmap prints SUCCESS."""
    script = nmap(port, "rdp-enum-encryption").get("rdp-enum-encryption")
    found = [] if script is None else re.findall(r"^ +(.+): SUCCESS$", script.get("output"), re.M)
    return {layer for layer in found if "RC4" not in layer and "FIPS" not in layer}


def xfreerdp(port, security, display):
    """The answer to one protocol as xfreerdp saw it: what it requested, and the selection or the failure."""
    with tempfile.TemporaryDirectory() as home:
        command = ["timeout", "20", "xfreerdp", f"/v:127.0.0.1:{port}", "/cert:ignore", "+auth-only", f"/sec:{security}",
                   "/u:probe", "/p:Sw0rdfish!", "/log-level:TRACE"]
        out = subprocess.run(command, capture_output=True, timeout=30, stdin=subprocess.DEVNULL,
                             env={**os.environ, "HOME": home, "DISPLAY": display})
    text = (out.stdout + out.stderr).decode(errors="replace")
    requested = re.search(r"RequestedProtocols: (\d+)", text)
    selected = re.search(r"selected_protocol: (\d+)", text)
    failed = re.search(r"Error: ([A-Z_]+_SERVER|INCONSISTENT_FLAGS)", text)
    if requested is None:
        return None, None
    answer = {"selected": int(selected[1])} if selected else {"failure": FAILURES[failed[1]]} if failed else None
    return int(requested[1]), answer


def xfreerdp_logon(port, display):
    """How a logon with a wrong password ends, in xfreerdp's words."""
    with tempfile.TemporaryDirectory() as home:
        command = ["timeout", "20", "xfreerdp", f"/v:127.0.0.1:{port}", "/cert:ignore", "+auth-only", "/sec:nla",
                   "/u:probe", "/p:wrong", "/log-level:INFO"]
        out = subprocess.run(command, capture_output=True, timeout=30, stdin=subprocess.DEVNULL,
                             env={**os.environ, "HOME": home, "DISPLAY": display})
    found = re.search(rb"ERRCONNECT_(\w+)", out.stdout + out.stderr)
    return found[1].decode() if found else (out.stdout + out.stderr).decode(errors="replace")


def nmap_encryption(port):
    """The ciphers of standard RDP security for which nmap prints SUCCESS, in its order."""
    script = nmap(port, "rdp-enum-encryption").get("rdp-enum-encryption")
    return [] if script is None else re.findall(r"^ +(.*(?:RC4|FIPS).*): SUCCESS$", script.get("output"), re.M)


def xfreerdp_as(port, display, user, password):
    """How a logon ends, in xfreerdp's words; None when it was let in, and got its licence."""
    with tempfile.TemporaryDirectory() as home:
        command = ["timeout", "20", "xfreerdp", f"/v:127.0.0.1:{port}", "/cert:ignore", "+auth-only", "/sec:nla",
                   f"/u:{user}", f"/p:{password}", "/log-level:DEBUG"]
        out = subprocess.run(command, capture_output=True, timeout=30, stdin=subprocess.DEVNULL,
                             env={**os.environ, "HOME": home, "DISPLAY": display})
    text = (out.stdout + out.stderr).decode(errors="replace")
    found = re.search(r"ERRINFO_(SERVER_INSUFFICIENT_PRIVILEGES|SERVER_DENIED_CONNECTION|\w*LICEN\w*)", text) \
        or re.search(r"ERRCONNECT_(?!CONNECT_)(\w+)", text)
    if found:
        return found[1]
    return None if "CONNECTION_STATE_CAPABILITIES_EXCHANGE" in text or "STATUS_VALID_CLIENT" in text else text
