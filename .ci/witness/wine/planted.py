#!/usr/bin/env python3
"""Runs what rdpctl sends into guests with Wine's cmd, from folders in which somebody has put programs of his own.

Wine's cmd looks for a program where it stands before it looks in PATH, whatever the environment says. So every script
is run from a folder full of planted programs, with more of them in Windows' folders for temporary files and in front of
PATH; each makes a file of its own when it is started. None may be. A control shows that they would be: a bare
name, run from there. Where Wine has no such tool, or one that says nothing, a small program stands in for it.

usage: planted.py SCRIPTS      (target/debug/examples/scripts)
"""

import os
import re
import subprocess
import sys
import tempfile

from program import program

TOOLS = ["reg", "sc", "net", "net1", "netsh", "icacls", "takeown", "find", "findstr", "netstat", "tasklist", "makecab",
         "certutil", "forfiles", "secedit", "wevtutil", "schtasks", "bcdedit", "gpupdate", "gpresult", "shutdown", "ping", "cmd", "expand"]
# What stands in says what the envelope wants to hear: two entries, SYSTEM's and Administrators'.
ENTRIES = "C:\\windows\\rdpctl NT AUTHORITY\\SYSTEM:(OI)(CI)(F)\r\n    BUILTIN\\Administrators:(OI)(CI)(F)\r\n\r\n"
STAND_INS = {"icacls": ENTRIES, "findstr": ENTRIES, "ping": "", "makecab": "", "gpresult": "", "takeown": "",
             "bcdedit": "", "gpupdate": "", "schtasks": "", "net": "", "netsh": "", "sc": "", "shutdown": "",
             "certutil": ""}
OPEN = ["agent", "windows/temp", "ProgramData", "users/Public", "tools"]


class Wine:
    def __init__(self, folder):
        self.drive = os.path.join(folder, "prefix", "drive_c")
        overrides = ",".join(f"{tool}.exe" for tool in STAND_INS) + "=n"
        self.environment = dict(os.environ, WINEPREFIX=os.path.join(folder, "prefix"), WINEDEBUG="-all",
                                WINEDLLOVERRIDES=overrides, WINEPATH="C:\\tools")
        self.run("agentless", "ver", folder="")
        for name, text in STAND_INS.items():
            self.put(f"windows/system32/{name}.exe", program("", text))
        for where in OPEN:
            for place, tool in enumerate(TOOLS):
                ending = (".exe", ".com", ".bat", ".cmd")[(place + len(where)) % 4]
                mark = f"C:\\planted\\{where.replace('/', '-')}-{tool}"
                batch = f"@echo planted>{mark}\r\n".encode()
                self.put(f"{where}/{tool}{ending}", program(mark) if ending in (".exe", ".com") else batch)
        os.makedirs(os.path.join(self.drive, "planted"), exist_ok=True)

    def put(self, name, content):
        path = os.path.join(self.drive, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if os.path.lexists(path):
            os.remove(path)
        with open(path, "wb") as file:
            file.write(content)

    def run(self, name, line, folder="agent"):
        result = subprocess.run(["wine", "C:\\windows\\system32\\cmd.exe", "/d", "/c", line],
                                cwd=os.path.join(self.drive, folder) if folder else None,
                                env=self.environment, capture_output=True, timeout=600)
        return result.stdout.decode("utf-8", "replace")

    def planted(self):
        folder = os.path.join(self.drive, "planted")
        marks = sorted(os.listdir(folder))
        for mark in marks:
            os.remove(os.path.join(folder, mark))
        return marks

    def left(self):
        folder = os.path.join(self.drive, "windows", "rdpctl")
        # Saved lists, exports and the switch stay for the way back; folders of runs do not.
        return [name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))]


def drawn(script):
    """Of a value between exclamation marks Wine's cmd cuts no part out, so that a mark drawn of the time would be no name
    of a folder: here it is drawn of chance alone."""
    return script.replace(b"!TIME:~3,2!!TIME:~6,2!!TIME:~9,2!", b"!RANDOM!")


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        scripts = os.path.join(folder, "scripts")
        os.makedirs(scripts)
        subprocess.run([sys.argv[1], scripts], check=True)
        wine = Wine(folder)
        for where in OPEN:
            wine.run("control", "reg query HKLM", folder=where)
            if not wine.planted():
                failed += 1
                print(f"control: nothing planted in {where} was started, so nothing would be noticed")
        # Orders in one form: the waits in them are long where every `||` is taken, as by Wine's older interpreters.
        names = sorted(name for name in os.listdir(scripts)
                       if name.endswith(".cmd") and not (name.startswith("order") and "file" in name))
        for name in names:
            with open(os.path.join(scripts, name), "rb") as file:
                wine.put("agent/" + name, drawn(file.read()))
            for where in OPEN if name == "observation-packed.cmd" else OPEN[:1]:
                output = wine.run(name, f"C:\\agent\\{name}", folder=where)
                started = wine.planted()
                if started:
                    failed += 1
                    print(f"{name} in {where} started {', '.join(started)}")
                # A packed answer has a header before its end. Without an encoder there is no slice to come back for.
                in_pages = name.startswith(("slice", "rest"))
                end = "Z|H |X entered" if in_pages else "Z|H "
                mark = "[0-9]+" if name.startswith(("rest", "held")) else "[0-9a-f]{8}"
                # Where no page waits, the script for a further one has nothing to say.
                is_silent = name.startswith("rest") and not name.startswith("rest-0") and not output
                if not is_silent and not re.search(rf"^#{mark} ({end})", output, re.M):
                    failed += 1
                    print(f"{name} in {where} did not come to its end: {output[:200]!r}")
            if wine.left() and not in_pages:
                failed += 1
                print(f"{name} left {', '.join(wine.left())}")
        subprocess.run(["wineserver", "-k"], env=wine.environment, capture_output=True)
    print(f"{len(names)} scripts among planted programs, {failed} findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
