#!/usr/bin/env python3
"""The simulated RDP ports, seen by clients that are not ours: OpenSSL, sslscan, nmap and xfreerdp, and by the probe.

    RDPCTL="target/debug/rdpctl" RDP_HOST="target/debug/examples/rdp-host" .ci/witness/rdp/simulated.py

Each guest differs from a healthy Windows in one setting; what every tool must see is what it would see of Windows.
"""

import base64
import json
import os
import socket
import ssl
import subprocess
import sys
import traceback

import peers
import witness
from lab import Lab
from witness import check, failure, probe, selected

RDP_HOST = os.environ.get("RDP_HOST", "rdp-host")
# What nmap prints of a Windows Server that demands NLA; of one that does not; of one with standard RDP alone.
NLA = {"CredSSP (NLA)", "CredSSP with Early User Auth"}
ANY = NLA | {"SSL"}

# Name; verdict; problems; answers; NLA; TLS versions; failure; what nmap calls SUCCESS (None: not asked).
ALL = ["1.0", "1.1", "1.2", "1.3"]
OLD = ["1.0", "1.1", "1.2"]
GUESTS = {
    "healthy": ("ok", ["tls_old_enabled"], {11: selected(8), 1: failure(5)}, "required", ALL, None, NLA),
    "korean": ("ok", ["tls_old_enabled"], {11: selected(8), 1: failure(5)}, "required", OLD, None, NLA),
    "nla-optional": ("ok", ["nla_not_required", "tls_old_enabled"],
                     {11: selected(8), 1: selected(1), 0: failure(1)}, "optional", ALL, None, ANY),
    "negotiate": ("ok", ["nla_not_required", "standard_rdp_allowed", "tls_old_enabled"],
                  {11: selected(8), 1: selected(1), 0: selected(0)}, "optional", ALL, None, ANY | {"Native RDP"}),
    "standard-only": ("ok", ["standard_rdp_only"], {11: failure(2)}, "unavailable", None, None, {"Native RDP"}),
    "contradictory": ("negotiation_refused", [], {11: failure(4)}, "unavailable", None, None, set()),
    "layer-out-of-set": ("rdp_closed", [], {11: "closed"}, "unknown", None, None, None),
    "tls-1.2-only": ("ok", [], {11: selected(8), 1: failure(5)}, "required", ["1.2"], None, None),
    "tls-old-only": ("ok", ["tls12_missing", "tls_old_enabled"], {11: selected(8), 1: failure(5)}, "required",
                     ["1.0", "1.1"], "old versions", None),
    "tls-1.0-only": ("ok", ["tls12_missing", "tls_old_enabled"], {11: selected(8), 1: failure(5)}, "required",
                     ["1.0"], "old versions", None),
    "tls-all-off": ("tls_broken", [], {11: selected(8), 1: failure(5)}, "required", [], "reset", None),
    "key-unreadable": ("tls_broken", [], {11: selected(8), 1: failure(5)}, "required", [], "reset", NLA),
    "certificate-expired": ("ok", ["cert_expired", "tls_old_enabled"], {11: selected(8), 1: failure(5)}, "required", ALL,
                            None, None),
    "port-taken": ("not_rdp", [], {11: "malformed"}, "unknown", None, None, None),
    "service-stopped": ("tcp_refused", [], {}, "unknown", None, None, None),
    "denied": ("tcp_refused", [], {}, "unknown", None, None, None),
    "accounts": ("ok", ["tls_old_enabled"], {11: selected(8), 1: failure(5)}, "required", ALL, None, None),
    "credssp-4": ("ok", ["credssp_outdated", "tls_old_enabled"], {11: selected(8), 1: failure(5)}, "required", ALL, None, None),
    "ntlm-refused": ("ok", ["ntlm_refused", "tls_old_enabled"], {11: selected(8), 1: failure(5)}, "required", ALL, None, None),
    "only-updated": ("ok", ["tls_old_enabled"], {11: selected(8), 1: failure(5)}, "required", ALL, None, None),
    "filtered": ("tcp_filtered", [], {}, "unknown", None, None, None),
}


def openssl_sees(port, version):
    """The certificate that OpenSSL gets at one version, or the name of the error."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = peers.VERSIONS[version]
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as raw:
            raw.sendall(bytes.fromhex("030000130ee00000000000010008000b000000"))
            raw.recv(19, socket.MSG_WAITALL)
            with context.wrap_socket(raw) as tls:
                return tls.getpeercert(binary_form=True)
    except ssl.SSLError as error:
        return error.reason
    except OSError as error:
        return type(error).__name__


def guest_case(lab, name, guest):
    verdict, problems, negotiation, nla, versions, failure_is, layers = GUESTS[name]
    port = int(guest["address"].rsplit(":", 1)[1])
    report = probe(port)
    check(name, "verdict", report["verdict"], verdict)
    check(name, "problems", report["problems"], problems)
    check(name, "negotiation", witness.answers(report), negotiation)
    check(name, "nla", report["nla"], nla)
    tls = report["tls"] or {}
    check(name, "tls versions", tls.get("versions"), versions)
    check(name, "tls failure", tls.get("failure"), failure_is)
    if selected(8) == negotiation.get(11):
        check(name, "flags", report["negotiation"].get("11"), {"selected": 8, "flags": 0x1F})

    der = base64.b64decode(guest["certificate"]) if guest["certificate"] else None
    if der and versions:
        path = lab.home(f"certificate-{name}") / "c.pem"
        path.write_text(ssl.DER_cert_to_PEM_cert(der))
        reference = peers.openssl_certificate(path)
        seen = report["certificate"] or {}
        check(name, "certificate, by openssl", {key: seen.get(key) for key in reference}, reference)
    for version in ("1.2", "1.3"):
        if versions and version in versions:
            check(name, f"TLS {version}, by openssl", openssl_sees(port, version), der)
        elif versions:
            # A client that offers 1.2 without a list offers what is older too, and then has no suite for it.
            refusals = ("TLSV1_ALERT_PROTOCOL_VERSION", "SSLV3_ALERT_HANDSHAKE_FAILURE")
            check(name, f"TLS {version}, by openssl", openssl_sees(port, version) in refusals, True)
        elif versions == []:
            check(name, f"TLS {version}, by openssl", openssl_sees(port, version), "ConnectionResetError")
    if versions:
        check(name, "versions, by sslscan", peers.sslscan_versions(port), versions)
    if layers is not None:
        check(name, "security layers, by nmap", peers.nmap_layers(port), layers)
    if report["ntlm"]:
        theirs = peers.nmap_ntlm(port) or {}
        ours = report["ntlm"]
        check(name, "names and version, by nmap",
              [ours[key] for key in ("target", "netbios_computer", "dns_computer", "os_version")],
              [theirs.get(key) for key in ("Target_Name", "NetBIOS_Computer_Name", "DNS_Computer_Name", "Product_Version")])
        # Who refuses NTLM tells no time.
        if name == "ntlm-refused":
            check(name, "clock", ours["skew_s"], None)
        else:
            check(name, "clock", abs(ours["skew_s"]) <= 5, True)
    if name in ("healthy", "nla-optional", "negotiate", "contradictory"):
        for security, asked in (("nla", 3), ("tls", 1)):
            requested, answer = peers.xfreerdp(port, security, lab.screen())
            expected = {("nla", True): selected(2), ("nla", False): failure(4)}.get(
                (security, name != "contradictory"), negotiation.get(asked, failure(4)))
            check(name, f"{security}, by xfreerdp", (requested, answer), (asked, expected))
    if name == "healthy":
        check(name, "a logon, by xfreerdp", peers.xfreerdp_logon(port, lab.screen()), "LOGON_FAILURE")
    if name in ("standard-only", "negotiate"):
        check(name, "encryption of its own, by nmap", peers.nmap_encryption(port),
              ["40-bit RC4", "56-bit RC4", "128-bit RC4", "FIPS 140-1"])


PASSWORD = "S3cret-of-ops"
# Who; the password; what xfreerdp calls it (None: let in as far as the licence).
LOGONS = [
    ("ops", PASSWORD, None),
    ("ops", "wrong", "LOGON_FAILURE"),
    ("nobody", PASSWORD, "LOGON_FAILURE"),
    ("off", PASSWORD, "ACCOUNT_DISABLED"),
    ("ended", PASSWORD, "ACCOUNT_EXPIRED"),
    ("fresh", PASSWORD, "PASSWORD_MUST_CHANGE"),
    ("old", PASSWORD, "PASSWORD_EXPIRED"),
    ("denied", PASSWORD, "LOGON_TYPE_NOT_GRANTED"),
    ("visitor", PASSWORD, "SERVER_INSUFFICIENT_PRIVILEGES"),
    ("guessed", "wrong", "LOGON_FAILURE"),
    ("guessed", "wrong", "LOGON_FAILURE"),
    ("guessed", "wrong", "LOGON_FAILURE"),
    ("guessed", PASSWORD, "ACCOUNT_LOCKED_OUT"),
]


def accounts_case(lab, said):
    """Each account meets what Windows would say, in the words of a client that is not ours."""
    port = int(said["accounts"]["address"].rsplit(":", 1)[1])
    for user, password, expected in LOGONS:
        check("accounts", f"{user}, by xfreerdp", peers.xfreerdp_as(port, lab.screen(), user, password), expected)
    port = int(said["credssp-4"]["address"].rsplit(":", 1)[1])
    check("credssp-4", "ops, by xfreerdp", peers.xfreerdp_as(port, lab.screen(), "ops", PASSWORD), None)
    check("credssp-4", "a wrong one", peers.xfreerdp_as(port, lab.screen(), "ops", "wrong"), "LOGON_FAILURE")


def written_case(written):
    """What the guest wrote down of them."""
    security, remote = written["accounts"]
    parts = {part: security.count(f"<Data Name='SubStatus'>{part}</Data>")
             for part in ("0xc0000064", "0xc000006a", "0xc0000072")}
    check("accounts", "4625 by part", parts, {"0xc0000064": 1, "0xc000006a": 4, "0xc0000072": 1})
    check("accounts", "4740", security.count("<EventID>4740</EventID>"), 1)
    check("accounts", "1149", remote.count("<EventID>1149</EventID>"), 2)


def main():
    words = sys.argv[1:]
    with Lab() as lab:
        host = subprocess.Popen(["timeout", "600", RDP_HOST], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            said = json.loads(host.stdout.readline())
            check("all", "guests", sorted(said), sorted(GUESTS))
            for name in GUESTS:
                if not all(word in name for word in words):
                    continue
                before = witness.failed
                try:
                    guest_case(lab, name, said[name])
                except Exception:
                    witness.failed += 1
                    print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
                print(f"{'ok    ' if witness.failed == before else 'not ok'} {name}", flush=True)
            if not words or "accounts" in words:
                accounts_case(lab, said)
            host.stdin.close()
            written = json.loads(host.stdout.readline())
            if not words or "accounts" in words:
                written_case(written)
        finally:
            host.stdin.close()
            host.wait(10)
    print(f"{witness.passed} passed, {witness.failed} failed")
    return 1 if witness.failed else 0


if __name__ == "__main__":
    sys.exit(main())
