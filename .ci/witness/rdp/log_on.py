#!/usr/bin/env python3
"""Our one log-on against a server that is not ours: FreeRDP's shadow, with a file of accounts.

    LOG_ON="target/debug/examples/log-on" .ci/witness/rdp/log_on.py

The right password is authenticated, a wrong one is not, another certificate is offered nothing; and afterwards xfreerdp
still logs on, so that stopping before the password is handed over leaves the server as it was.
"""

import os
import re
import subprocess
import sys

import witness
from lab import Lab
from witness import check

LOG_ON = os.environ.get("LOG_ON", "log-on")


def said(port, certificate, computer, user, password):
    command = ["timeout", "60", LOG_ON, f"127.0.0.1:{port}", str(certificate), computer, user]
    done = subprocess.run(command, input=password + "\n", capture_output=True, text=True, timeout=70)
    return done.stdout.strip() or done.stderr.strip()


def computer_of(port):
    """What the server calls itself, by the probe."""
    return witness.probe(port)["ntlm"]["netbios_computer"]


def main():
    with Lab() as lab:
        port, certificate = lab.shadow("log-on", "/sec:nla", "+auth", "+sec-nla")
        other, _ = lab.certificate("other")
        computer = computer_of(port)
        for _ in range(5):
            check("shadow", "right", said(port, certificate, computer, "probe", "Sw0rdfish!"), "Authenticated")
        # FreeRDP 2 has no words for a refusal: it hangs up.
        wrong = said(port, certificate, computer, "probe", "wrong")
        check("shadow", "wrong", bool(re.fullmatch(r"Unclear|Refused\(.*\)", wrong)), True)
        check("shadow", "another certificate", said(port, other, computer, "probe", "Sw0rdfish!").startswith("NotTried(another certificate"), True)
        check("shadow", "another computer", said(port, certificate, "DESK-07", "probe", "Sw0rdfish!").startswith("NotTried(another computer"), True)
        check("shadow", "right, afterwards", said(port, certificate, computer, "probe", "Sw0rdfish!"), "Authenticated")
    print(f"{witness.passed} passed, {witness.failed} failed")
    return 1 if witness.failed else 0


if __name__ == "__main__":
    sys.exit(main())
