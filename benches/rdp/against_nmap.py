#!/usr/bin/env python3
"""The time of one full probe beside nmap's RDP scripts and beside the floor, on the same real server in the same run.

    RDPCTL="target/release/rdpctl" benches/rdp/against_nmap.py

The floor is the same questions asked by hand, one after the other, without anything else: round trips and the server's
own time. Ends with 1 when the probe is not ten times faster than nmap, or takes more than 1.5 times the floor.
Needs what .ci/witness/install.sh installs.
"""

import json
import os
import pathlib
import shlex
import socket
import ssl
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / ".ci/witness/rdp"))

import peers  # noqa: E402
from lab import Lab  # noqa: E402

RDPCTL = shlex.split(os.environ.get("RDPCTL", "rdpctl"))
RUNS = int(os.environ.get("RUNS", "7"))
NEGOTIATE = bytes.fromhex(
    "3037a003020106a130302e302ca02a04284e544c4d5353500001000000b78208e2"
    "000000000000000000000000000000000a0063450000000f")


def timed(action):
    start = time.perf_counter()
    result = action()
    return (time.perf_counter() - start) * 1000, result


def probe(port):
    command = [*RDPCTL, "probe", "--format", "json", "--level", "full", f"127.0.0.1:{port}"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, timeout=60).stdout)


def ask(port, protocols):
    raw = socket.create_connection(("127.0.0.1", port), 5)
    raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    raw.sendall(bytes.fromhex("030000130ee0000000000001000800") + protocols.to_bytes(4, "little"))
    return raw, raw.recv(19, socket.MSG_WAITALL)


def context(highest):
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname, made.verify_mode, made.maximum_version = False, ssl.CERT_NONE, highest
    return made


def floor(port, nla):
    """The connections of the plan for a server with TLS 1.2 and 1.3, with nothing between the questions."""
    raw, answer = ask(port, 11)
    with context(ssl.TLSVersion.TLSv1_3).wrap_socket(raw) as tls:
        if nla:
            tls.sendall(NEGOTIATE)
            tls.recv(4096)
    raw, answer = ask(port, 1 if nla else 0)
    raw.close()
    raw, answer = ask(port, 11)
    context(ssl.TLSVersion.TLSv1_2).wrap_socket(raw).close()
    raw, answer = ask(port, 11)
    raw.sendall(bytes.fromhex(
        "160301002f0100002b0302000000000000000000000000000000000000000000000000000000000000000000000004c014002f0100"))
    raw.recv(7)
    raw.close()


def main():
    bad = 0
    print(f"{'server':<10}{'probe ms':>10}{'reported':>10}{'floor ms':>10}{'nmap ms':>10}{'nmap/probe':>12}{'probe/floor':>13}")
    with Lab() as lab:
        crt, key = lab.certificate("bench")
        servers = [("FreeRDP", lab.shadow("nla", "/sec:nla", "+auth")[0], True),
                   ("xrdp", lab.xrdp("tls", "tls", crt, key), False)]
        for name, port, nla in servers:
            whole, reported, floors, others = [], [], [], []
            scripts = ("rdp-ntlm-info", "rdp-enum-encryption") if nla else ("rdp-enum-encryption",)
            for _ in range(RUNS):
                ms, report = timed(lambda: probe(port))
                assert report["verdict"] == "ok" and report["connections"] == 4, report
                whole.append(ms)
                reported.append(report["ms"])
                floors.append(timed(lambda: floor(port, nla))[0])
            for _ in range(3):
                others.append(timed(lambda: peers.nmap(port, *scripts))[0])
            ours, said, least, nmap = map(statistics.median, (whole, reported, floors, others))
            print(f"{name:<10}{ours:>10.1f}{said:>10.1f}{least:>10.1f}{nmap:>10.0f}{nmap / ours:>12.1f}{said / least:>13.2f}")
            bad += nmap / ours < 10
            bad += said / least > 1.5
    print("the probe is ten times faster than nmap, and within 1.5 times the floor" if not bad else "NOT within the numbers")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
