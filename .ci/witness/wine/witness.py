#!/usr/bin/env python3
"""Compares `reg` and `sc` of the simulated guest with Wine's, line by line.

Both run the same command lines in the same order, each in one interpreter session, against keys of
their own making. They may differ only where Windows differs from Wine (specs/guest.md, 2.5):

  * errors of `reg` are on standard error here and on standard output in Wine: their text is ignored,
    the exit code is not;
  * Wine prints REG_QWORD data as "(null)";
  * `sc query` prints nothing for a service that is missing, no leading blank line, no trailing
    blanks, no flags line; Wine's services are other ones, so only codes and the shape are compared;
  * `sc queryex`, `qc` and `config` are bad syntax (1639) to Wine;
  * before Wine 10 every failure of `sc` has exit code 1.

usage: witness.py GUEST_SHELL      (target/debug/examples/guest-shell)
"""

import os
import re
import subprocess
import sys
import tempfile

K = r"HKLM\SOFTWARE\Witness"
C = r"HKCU\Software\Witness"

REG = [
    rf'reg add "{K}" /f',
    rf'reg query "{K}"',
    rf'reg add "{K}" /v d /t REG_DWORD /d 3389 /f',
    rf'reg add "{K}" /v h /t REG_DWORD /d 0xd3d /f',
    rf'reg add "{K}" /v max /t REG_DWORD /d 4294967295 /f',
    rf'reg add "{K}" /v over /t REG_DWORD /d 4294967296 /f',
    rf'reg add "{K}" /v nohex /t REG_DWORD /d ffffffff /f',
    rf'reg query "{K}" /v d',
    rf'reg query "{K}" /v h',
    rf'reg query "{K}" /v max',
    rf'reg query "{K}" /v over',
    rf'reg query "{K}"',
    rf'reg add "{K}" /v s /d text /f',
    rf'reg add "{K}" /v empty /t REG_SZ /f',
    rf'reg add "{K}" /v x /t REG_EXPAND_SZ /d ^%SystemRoot^%\MEMORY.DMP /f',
    rf'reg add "{K}" /v b /t REG_BINARY /d 00ffa1 /f',
    rf'reg add "{K}" /v b0 /t REG_BINARY /f',
    rf'reg add "{K}" /v badhex /t REG_BINARY /d 0g /f',
    rf'reg add "{K}" /v n /t REG_NONE /d 0102 /f',
    rf'reg add "{K}" /v m /t REG_MULTI_SZ /d CertPropSvc\0SessionEnv /f',
    rf'reg add "{K}" /v m1 /t REG_MULTI_SZ /d one /f',
    rf'reg add "{K}" /v ms /t REG_MULTI_SZ /s # /d a#b#c /f',
    rf'reg query "{K}" /v s',
    rf'reg query "{K}" /v empty',
    rf'reg query "{K}" /v b',
    rf'reg query "{K}" /v b0',
    rf'reg query "{K}" /v n',
    rf'reg query "{K}" /v m',
    rf'reg query "{K}" /v m1',
    rf'reg query "{K}" /v ms',
    rf'reg query "{K}" /v X',
    rf'reg query "{K}" /v absent',
    rf'reg query "{K}\Absent"',
    rf'reg query "{K}\Absent" /v d',
    rf'reg query HKXX\Nothing',
    rf'reg add HKXX\Nothing /f',
    rf'reg add "{K}\One" /v a /t REG_DWORD /d 1 /f',
    rf'reg add "{K}\Two\Deep" /v a /t REG_SZ /d "two words" /f',
    rf'reg add "{K}\Three" /f',
    rf'reg query "{K}"',
    rf'reg query "{K}" /s',
    rf'reg query "{K}\Three"',
    rf'reg query "{K}\Two"',
    rf'reg query "{K}\Two" /s',
    rf'reg query "{K.lower()}" /v D',
    rf'reg query "{K}" /reg:64 /v d',
    rf'reg add "{K}" /ve /d default /f',
    rf'reg query "{K}" /ve',
    rf'reg delete "{K}" /ve /f',
    rf'reg delete "{K}" /v d /f',
    rf'reg delete "{K}" /v d /f',
    rf'reg delete "{K}\One" /f',
    rf'reg delete "{K}\One" /f',
    rf'reg delete "{K}\Two" /va /f',
    rf'reg query "{K}\Two" /s',
    rf'reg export "{K}" C:\witness.reg /y',
    rf'reg delete "{K}" /f',
    rf'reg query "{K}"',
    r'reg import C:\witness.reg',
    rf'reg query "{K}" /s',
    r'reg import C:\absent.reg',
    rf'reg export "{K}\Absent" C:\witness2.reg /y',
    rf'reg copy "{K}" "{C}" /s /f',
    rf'reg query "{C}" /s',
    rf'reg add "{K}" /v q /t REG_NOSUCH /d 1 /f',
    rf'reg add "{K}" /v',
    rf'reg add "{K}" /d',
    rf'reg query',
    rf'reg nonsense',
    rf'reg delete "{K}" /f',
    rf'reg delete "{C}" /f',
]

# The same services exist on both sides, or on neither.
SC = [
    "sc query RpcSs",
    "sc query NoSuchService",
    "sc start NoSuchService",
    "sc stop NoSuchService",
    "sc start RpcSs",
    "sc query PlugPlay",
    "sc query EventLog",
    "sc stop wuauserv",
    "sc nonsense",
    "sc",
]

MARK = "#witness"


def session(lines):
    """A command file that runs every line and frames its output."""
    body = ["@echo off"]
    for number, line in enumerate(lines):
        body.append(f"echo {MARK} {number}")
        # Wine ends this service where nobody needs it for a while, Windows never.
        if line == "sc start RpcSs":
            body.append(f"{line} >nul 2>&1")
        # In a file a percent sign is doubled; the escaped form of a typed line is not needed.
        body.append(line.replace("^%", "%%") + " 2>witness.err <nul")
        body.append(f"echo {MARK} exit %errorlevel%")
    return "\r\n".join(body) + "\r\n"


def wine(lines):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "witness.cmd")
        with open(path, "w", newline="") as file:
            file.write(session(lines))
        environment = dict(os.environ, WINEDEBUG="-all", LANG="C.UTF-8", LC_ALL="C.UTF-8")
        environment.setdefault("WINEPREFIX", os.path.join(folder, "prefix"))
        # A 64-bit prefix alone suffices, and the first start makes it.
        subprocess.run(["wine", "cmd", "/c", "ver"], env=environment, capture_output=True, timeout=300)
        result = subprocess.run(
            ["wine", "cmd", "/d", "/c", path],
            cwd=folder, env=environment, capture_output=True, timeout=600,
        )
        subprocess.run(["wineserver", "-k"], env=environment, capture_output=True)
    text = result.stdout.decode("utf-8", "replace").replace("\r\n", "\n")
    answers = []
    for part in re.split(rf"^{MARK} \d+\n", text, flags=re.M)[1:]:
        output, code = re.match(rf"(.*)^{MARK} exit (-?\d+)\n", part, re.S | re.M).groups()
        answers.append((int(code), output))
    return answers


def simulated(shell, lines):
    # Standard error is dropped: where Wine prints a message on standard output, Windows does not.
    text = "".join(line + " 2>nul <nul\n" for line in lines)
    result = subprocess.run([shell], input=text.encode(), capture_output=True, timeout=120, check=True)
    text = result.stdout.decode("utf-8").replace("\r\n", "\n")
    return [(int(code), output) for output, code in re.findall(r"(.*?)^#exit (-?\d+)\n", text, re.S | re.M)]


def shape(output):
    """The labels and numbers of an `sc` block, without what Windows adds and what differs by system."""
    fields = re.findall(r"^[ \t]+(\w+)\s*: (?:0x)?([0-9A-Fa-f]+)", output, re.M)
    return [label for label, _ in fields if label not in ("PID", "FLAGS")]


def version():
    text = subprocess.run(["wine", "--version"], capture_output=True, text=True, timeout=60).stdout
    return int(re.search(r"wine-(\d+)", text).group(1))


def compare(line, ours, theirs, major):
    """What differs beyond the listed deviations; None when nothing does."""
    if line.startswith("sc") and major < 10 and theirs[0] == 1 and ours[0] != 0:
        return None
    if ours[0] != theirs[0]:
        return f"exit code {ours[0]}, Wine {theirs[0]}"
    if line.startswith("sc"):
        if ours[0] == 0 and shape(ours[1]) != shape(theirs[1]):
            return f"{shape(ours[1])}, Wine {shape(theirs[1])}"
        return None
    if ours[0] != 0:
        return None if ours[1] == "" else f"a failure wrote {ours[1]!r} on standard output"
    if line.startswith("reg query"):
        if ours[1] != theirs[1]:
            return f"{ours[1]!r}\n    Wine {theirs[1]!r}"
    return None


def main():
    lines = REG + SC
    assert len(lines) >= 60
    ours, theirs = simulated(sys.argv[1], lines), wine(lines)
    assert len(ours) == len(theirs) == len(lines), (len(ours), len(theirs), len(lines))
    failed, major = 0, version()
    for line, a, b in zip(lines, ours, theirs):
        difference = compare(line, a, b, major)
        if difference:
            failed += 1
            print(f"{line}\n    {difference}")
    print(f"{len(lines)} command lines against Wine {major}, {failed} differ")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
