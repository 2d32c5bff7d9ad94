#!/usr/bin/env python3
"""The probe against real RDP servers, and beside the tools of others, in one run.

    RDPCTL="target/debug/rdpctl" .ci/witness/rdp/witness.py [WORDS OF A CASE]

Each case starts a real server in one configuration, probes it through a relay that counts connections and reads what
the probe sends, and compares the JSON with the table of what such a server shows, and with what OpenSSL, sslscan, nmap
and xfreerdp say of it. Where those tools err they are not asked: sslscan and nmap go on behind a refusal, nmap reports
SUCCESS whatever was selected and stops with an error at servers that require TLS.
"""

import json
import os
import shlex
import socket
import subprocess
import sys
import threading
import traceback

import peers
from lab import Lab
from relay import Relay

RDPCTL = shlex.split(os.environ.get("RDPCTL", "rdpctl"))
passed, failed = 0, 0


def check(case, what, seen, expected):
    global passed, failed
    if seen == expected:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {case}: {what}\n    seen     {seen}\n    expected {expected}", flush=True)


def probe(port, level="full", *more):
    command = ["timeout", "60", *RDPCTL, "probe", "--format", "json", "--level", level, *more, f"127.0.0.1:{port}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=70)
    if not done.stdout.strip():
        raise RuntimeError(f"{command}: {done.stderr}")
    return json.loads(done.stdout)


def selected(number):
    return {"selected": number}


def failure(number):
    return {"failure": number}


def answers(report):
    """The negotiation without its flags, which each server has its own of."""
    strip = lambda answer: {k: v for k, v in answer.items() if k != "flags"} if isinstance(answer, dict) else answer
    return {int(asked): strip(answer) for asked, answer in report["negotiation"].items()}


def rdp_case(lab, name, port, *, verdict="ok", problems=(), negotiation, nla, versions=None, connections, flags=None,
             certificate=None, failure_is=None, ntlm=False, asks=("sslscan", "openssl", "xfreerdp")):
    relay_port = lab.port()
    relay = Relay(relay_port, port)
    report = probe(relay_port)
    relay.close()
    check(name, "verdict", report["verdict"], verdict)
    check(name, "problems", report["problems"], sorted(problems))
    check(name, "negotiation", answers(report), negotiation)
    check(name, "nla", report["nla"], nla)
    tls = report["tls"] or {}
    check(name, "tls versions", tls.get("versions"), versions)
    check(name, "tls failure", tls.get("failure"), failure_is)
    check(name, "connections, by its own count", report["connections"], connections)
    check(name, "connections, counted on the way", len(relay.connections), connections)
    check(name, "what was sent", relay.complaints(), [])
    if flags is not None:
        main_answer = report["negotiation"].get("11")
        check(name, "flags", main_answer["flags"] if isinstance(main_answer, dict) else main_answer, flags)

    for level, least in (("standard", 2), ("reach", 1)):
        small = probe(port, level)
        check(name, f"verdict at {level}", small["verdict"],
              "ok" if level == "reach" and verdict == "tls_broken" else verdict)
        most = least + (1 if level == "standard" and failure_is else 0)
        check(name, f"at most {most} connections at {level}", small["connections"] <= most, True)

    if certificate is not None:
        reference = peers.openssl_certificate(certificate)
        seen = report["certificate"] or {}
        check(name, "certificate, by openssl", {key: seen.get(key) for key in reference}, reference)
        check(name, "self-signed", seen.get("self_signed"), True)
    if versions is not None and "openssl" in asks:
        check(name, "versions, by openssl", peers.openssl_versions(port), versions)
    if versions is not None and "sslscan" in asks:
        check(name, "versions, by sslscan", peers.sslscan_versions(port), versions)
    if "nmap" in asks:
        layers = peers.nmap_layers(port)
        expected = {"Native RDP": 0, "SSL": 1, "CredSSP (NLA)": 11}
        for layer, asked in expected.items():
            answer = negotiation.get(asked)
            # It prints SUCCESS for NLA when the server selected TLS.
            if answer is not None and (asked != 11 or answer == selected(2)):
                allowed = answer == selected({0: 0, 1: 1, 11: 2}[asked])
                check(name, f"{layer}, by nmap", layer in layers, allowed)
    if ntlm:
        names = {"Target_Name": "target", "NetBIOS_Domain_Name": "netbios_domain",
                 "NetBIOS_Computer_Name": "netbios_computer", "DNS_Domain_Name": "dns_domain",
                 "DNS_Computer_Name": "dns_computer", "Product_Version": "os_version"}
        theirs = peers.nmap_ntlm(port) or {}
        ours = report["ntlm"] or {}
        check(name, "ntlm, by nmap", {key: ours.get(key) for key in names.values()},
              {key: theirs.get(theirs_) for theirs_, key in names.items()})
        check(name, "clock", abs(ours.get("skew_s", 999)) <= 5, True)
    else:
        check(name, "ntlm", report["ntlm"], None)
    if "xfreerdp" in asks:
        for security in ("rdp", "tls"):
            asked, answer = peers.xfreerdp(port, security, lab.screen())
            # For standard RDP it sends no negotiation block, and servers may answer without one.
            if asked in negotiation and answer is not None:
                check(name, f"request {asked}, by xfreerdp", answer, negotiation[asked])
    return report


def xrdp_cases(lab):
    crt, key = lab.certificate("usual")
    all_versions = "TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"
    lax = "ALL:@SECLEVEL=0"
    tls_only = {11: selected(1), 0: failure(1)}
    no_nla = {"nla": "unavailable", "negotiation": tls_only, "certificate": crt, "flags": 1}

    def standard(name, port):
        rdp_case(lab, name, port, problems=["standard_rdp_only"], negotiation={11: selected(0)}, nla="unavailable",
                 connections=1)

    yield "xrdp rdp", lambda n: standard(n, lab.xrdp(n, "rdp"))
    yield "xrdp negotiate without certificate", lambda n: standard(n, lab.xrdp(n, "negotiate"))
    yield "xrdp tls without certificate", lambda n: rdp_case(
        lab, n, lab.xrdp(n, "tls"), verdict="cert_missing", negotiation={11: failure(3)}, nla="unavailable",
        connections=1)

    table = [
        (all_versions, ["1.0", "1.1", "1.2", "1.3"], 5, ["tls_old_enabled"], None),
        ("TLSv1.2, TLSv1.3", ["1.2", "1.3"], 4, [], None),
        ("TLSv1.3", ["1.3"], 3, [], None),
        ("TLSv1.2", ["1.2"], 3, [], None),
        ("TLSv1, TLSv1.2", ["1.0", "1.2"], 3, ["tls_old_enabled"], None),
        ("TLSv1, TLSv1.1", ["1.0", "1.1"], 4, ["tls_old_enabled", "tls12_missing"], "old versions"),
        ("TLSv1", ["1.0"], 3, ["tls_old_enabled", "tls12_missing"], "old versions"),
    ]
    for protocols, versions, connections, problems, failure_is in table:
        yield f"xrdp tls {' '.join(versions)}", lambda n, p=protocols, v=versions, c=connections, r=problems, f=failure_is: rdp_case(
            lab, n, lab.xrdp(n, "tls", crt, key, p, lax), versions=v, connections=c, failure_is=f,
            problems=["nla_not_required", *r], **no_nla)

    yield "xrdp negotiate", lambda n: rdp_case(
        lab, n, lab.xrdp(n, "negotiate", crt, key), versions=["1.2", "1.3"], connections=4, certificate=crt,
        problems=["nla_not_required", "standard_rdp_allowed"], nla="unavailable",
        negotiation={11: selected(1), 0: selected(0)})
    old = "ECDHE-RSA-AES256-SHA384:ECDHE-RSA-AES128-SHA256:AES256-GCM-SHA384:AES256-SHA"
    yield "xrdp with the suites of an old Windows", lambda n: rdp_case(
        lab, n, lab.xrdp(n, "tls", crt, key, "TLSv1.2", old), versions=["1.2"], connections=4,
        failure_is="old suites", problems=["nla_not_required"], **no_nla)
    _, foreign = lab.certificate("foreign")
    yield "xrdp with a foreign key", lambda n: rdp_case(
        lab, n, lab.xrdp(n, "tls", crt, foreign, all_versions), verdict="tls_broken", failure_is="plaintext",
        versions=[], connections=4, problems=["nla_not_required"], negotiation={11: selected(1), 0: failure(1)},
        nla="unavailable", asks=())
    for what, problem, options in [
        ("expired", ["cert_expired"], {"start": "20200101000000Z", "end_": "20210101000000Z"}),
        ("future", ["cert_not_yet_valid"], {"start": "20480101000000Z", "end_": "20490101000000Z"}),
        ("beyond 2050", [], {"start": "20200101000000Z", "end_": "20550101000000Z"}),
        ("weak", ["cert_weak_key", "cert_weak_signature"], {"bits": 1024, "digest": "sha1"}),
        ("with many names", [], {"subject": "/C=KR/O=Example, Ltd./OU=Desks/CN=vm1.example.com"}),
    ]:
        def run(n, what=what, problem=problem, options=options):
            its_crt, its_key = lab.certificate(what.replace(" ", "-"), **options)
            rdp_case(lab, n, lab.xrdp(n, "tls", its_crt, its_key, "TLSv1.2, TLSv1.3", lax), versions=["1.2", "1.3"],
                     connections=4, problems=["nla_not_required", *problem],
                     **{**no_nla, "certificate": its_crt}, asks=("openssl",))
        yield f"xrdp with a certificate {what}", run


def freerdp_cases(lab):
    both = ["1.2", "1.3"]
    everyone = ("sslscan", "openssl", "nmap", "xfreerdp")
    old_openssl = ("openssl_conf = c\n[c]\nssl_conf = s\n[s]\nsystem_default = d\n[d]\nProtocol = -TLSv1.3\n")
    table = [
        ("nla", ["/sec:nla", "+auth"], {11: selected(2), 1: failure(5)}, "required", both, 4, [], None),
        ("nla with TLS 1.2 only", ["/sec:nla", "+auth"], {11: selected(2), 1: failure(5)}, "required", ["1.2"], 3, [],
         old_openssl),
        ("nla tls rdp", ["+auth", "+sec-nla", "+sec-tls", "+sec-rdp"], {11: selected(2), 1: selected(1), 0: selected(0)},
         "optional", both, 4, ["nla_not_required", "standard_rdp_allowed"], None),
        ("nla tls", ["+auth", "+sec-nla", "-sec-rdp"], {11: selected(2), 1: selected(1), 0: failure(1)}, "optional", both, 4,
         ["nla_not_required"], None),
        ("tls", ["/sec:tls", "-auth"], {11: selected(1), 0: failure(1)}, "unavailable", both, 4, ["nla_not_required"], None),
        ("tls rdp", ["-sec-nla", "-auth"], {11: selected(1), 0: selected(0)}, "unavailable", both, 4,
         ["nla_not_required", "standard_rdp_allowed"], None),
    ]
    for name, options, negotiation, nla, versions, connections, problems, conf in table:
        def run(n, o=options, a=negotiation, l=nla, v=versions, c=connections, p=problems, conf=conf):
            port, crt = lab.shadow(n.replace(" ", "-"), *o, openssl=conf)
            rdp_case(lab, n, port, negotiation=a, nla=l, versions=v, connections=c, problems=p, certificate=crt,
                     flags=3, ntlm=a[11] == selected(2), asks=everyone)
        yield f"FreeRDP {name}", run

    def rdp_only(n):
        port, _ = lab.shadow(n.replace(" ", "-"), "/sec:rdp", "-auth")
        rdp_case(lab, n, port, negotiation={11: failure(2)}, nla="unavailable", connections=1,
                 problems=["standard_rdp_only"])
    yield "FreeRDP rdp", rdp_only

    def refuses_all(n):
        port, _ = lab.shadow(n.replace(" ", "-"), "/sec:ext", "+auth")
        rdp_case(lab, n, port, verdict="negotiation_refused", negotiation={11: failure(1)}, nla="unavailable", connections=1)
    yield "FreeRDP that refuses all", refuses_all


def weston_cases(lab):
    crt, key = lab.certificate("weston")
    yield "weston tls", lambda n: rdp_case(
        lab, n, lab.weston("w1", f"--rdp-tls-cert={crt}", f"--rdp-tls-key={key}"), certificate=crt, flags=1,
        negotiation={11: selected(1), 0: selected(0)}, nla="unavailable", versions=["1.2", "1.3"], connections=4,
        problems=["nla_not_required", "standard_rdp_allowed"], asks=("sslscan", "openssl"))
    rsa = key.parent / "rsa.key"
    subprocess.run(["openssl", "rsa", "-in", key, "-out", rsa, "-traditional"], check=True, capture_output=True, timeout=20)
    yield "weston rdp4", lambda n: rdp_case(
        lab, n, lab.weston("w2", f"--rdp4-key={rsa}"), negotiation={11: failure(2)}, nla="unavailable", connections=1,
        problems=["standard_rdp_only"], asks=())


def other_cases(lab):
    crt, key = lab.certificate("others")

    def other(n, command, verdict, banner=None, tries=1):
        port = lab.port()
        folder = lab.home(n.replace(" ", "-"))
        lab.listen([part.replace("PORT", str(port)) for part in command], port, folder / "out.log", cwd=folder)
        report = probe(port)
        check(n, "verdict", report["verdict"], verdict)
        check(n, "banner", report.get("banner"), banner)
        check(n, "tries", len(report.get("tries", [0])), tries)
        check(n, "connections", report["connections"], tries)

    yield "a bare TLS server", lambda n: other(
        n, ["openssl", "s_server", "-accept", "127.0.0.1:PORT", "-cert", str(crt), "-key", str(key), "-quiet"],
        "rdp_closed", tries=2)
    yield "a web server", lambda n: other(
        n, ["python3", "-m", "http.server", "--bind", "127.0.0.1", "PORT"], "rdp_silent", tries=2)
    yield "a program that hangs up", lambda n: other(
        n, ["socat", "TCP-LISTEN:PORT,bind=127.0.0.1,fork,reuseaddr", "EXEC:/bin/true"], "rdp_closed", tries=2)
    yield "a banner", lambda n: other(
        n, ["socat", "TCP-LISTEN:PORT,bind=127.0.0.1,fork,reuseaddr", "SYSTEM:echo SSH-2.0-OpenSSH_9.2p1; sleep 3"],
        "not_rdp", "SSH-2.0-OpenSSH_9.2p1")
    yield "a silent program", lambda n: other(
        n, ["socat", "TCP-LISTEN:PORT,bind=127.0.0.1,fork,reuseaddr", "EXEC:sleep 60"], "rdp_silent", tries=2)

    def nobody(n):
        report = probe(lab.port())
        check(n, "verdict", (report["verdict"], report["tcp"]["state"]), ("tcp_refused", "refused"))
    yield "a closed port", nobody

    def filtered(n):
        # Without a firewall: a full queue, whose kernel then drops further attempts.
        port = lab.port()
        with socket.socket() as full:
            full.bind(("127.0.0.1", port))
            full.listen(0)
            waiting = [socket.socket() for _ in range(3)]
            for one in waiting:
                one.setblocking(False)
                one.connect_ex(("127.0.0.1", port))
            report = probe(port)
            check(n, "verdict", (report["verdict"], report["tcp"]["state"]), ("tcp_filtered", "filtered"))
            for one in waiting:
                one.close()
    yield "a filtered port", filtered

    def unknown_name(n):
        done = subprocess.run(["timeout", "60", *RDPCTL, "probe", "--format", "json", "nosuch.invalid"],
                              capture_output=True, text=True, timeout=70)
        check(n, "verdict", json.loads(done.stdout)["verdict"], "dns_failed")
    yield "a name that does not resolve", unknown_name


def main():
    global failed
    words = sys.argv[1:]
    threading.excepthook = lambda args: None  # A relay's thread may meet a server that is gone.
    with Lab() as lab:
        for cases in (xrdp_cases, freerdp_cases, weston_cases, other_cases):
            for name, run in cases(lab):
                if not all(word in name for word in words):
                    continue
                before = failed
                try:
                    run(name)
                except Exception:
                    failed += 1
                    print(f"FAILED {name}\n{traceback.format_exc()}", flush=True)
                print(f"{'ok    ' if failed == before else 'not ok'} {name}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
