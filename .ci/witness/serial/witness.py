#!/usr/bin/env python3
"""A survey and a repair through a hypervisor's serial ports: rdpctl, a unix socket, COM1, a boot sector, COM2, SAC.

    RDPCTL=target/debug/rdpctl .ci/witness/serial/run

Needs qemu-system-x86 and binutils. Ends with "N passed, N failed".
"""

import json
import os
import pathlib
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.request

HERE = pathlib.Path(__file__).parent
RDPCTL = [str(pathlib.Path(word).absolute()) if os.sep in word else word for word in shlex.split(os.environ.get("RDPCTL", "rdpctl"))]
PASSWORD = "Pa55-word!"
# How long a machine may take from its power button to its boot sector.
BOOT = 30

WORLD = f"""
[world]
seed = 3
time-scale = "instant"

[account.somebody]
kind = "tencent"
region = "ap-guangzhou"

[security-group.sg-open0001]
ingress = ["ACCEPT tcp 3389 0.0.0.0/0"]

[vm.till-01]
address = "eip"
security-groups = ["sg-open0001"]

[vm.till-01.guest]
users = {{ Administrator = "{PASSWORD}" }}
"""
BROKEN = """
language = "ko"
services.TermService = { start = "disabled", state = "stopped" }
machine-keys = "no-network-service"
"""

DECLARED = """
[provider.shop]
kind = "static"

[profile.host]
extends = "standard"

[instance.till-01]
provider = "shop"
id       = "{address}"
profile  = "host"
guest    = {{ via = ["serial"], user = "Administrator", password = "env:PASSWORD", serial = {{ unix = "{line}" }} }}
"""


class Lab:
    """The simulator, the machine between, and rdpctl's folder."""

    def __init__(self, folder, guest):
        # Grants lie outside of what they are granted to.
        grants = folder / "grants.toml"
        folder = folder / "shop"
        folder.mkdir(parents=True)
        self.folder = folder
        self.line = folder / "com1.sock"
        (folder / "world.toml").write_text(WORLD + guest)
        self.simulator = subprocess.Popen([*RDPCTL, "sim", "world.toml", "--format", "json"], cwd=folder, stdout=subprocess.PIPE, text=True)
        said = json.loads(self.simulator.stdout.readline())
        till = said["instances"]["till-01"]
        self.api, self.console = said["tencent"], till["serial"]
        declared = DECLARED.format(address=till["rdp"].removesuffix(":3389"), line=self.line)
        (folder / "rdp.toml").write_text(declared)
        self.machine = None
        self.variables = {"PATH": os.environ["PATH"], "PASSWORD": PASSWORD, "USER": "witness", "RDPCTL_GRANTS": str(grants)}
        grants.write_text("")
        grants.write_text(self.rdpctl("trust", "--print").stdout)

    def rdpctl(self, *words):
        return subprocess.run([*RDPCTL, *words], cwd=self.folder, env=self.variables, capture_output=True, text=True, timeout=300)

    def start(self):
        """Assembles the boot sector and starts the machine from it."""
        made, image = self.folder / "relay.o", self.folder / "relay.img"
        subprocess.run(["as", "--32", str(HERE / "relay.S"), "-o", str(made)], check=True)
        subprocess.run(["ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", str(made), "-o", str(image)], check=True)
        assert image.stat().st_size == 512, "a boot sector has 512 bytes"
        host, port = self.console.rsplit(":", 1)
        self.machine = subprocess.Popen(
            # fmt: off
            ["qemu-system-i386", "-accel", "tcg", "-m", "16", "-nodefaults", "-display", "none",
             "-drive", f"file={image},format=raw,if=floppy", "-boot", "a",
             "-serial", f"unix:{self.line},server=on,wait=off",
             "-serial", f"tcp:{host}:{port},nodelay=on"],
            # fmt: on
        )
        self.until_it_answers()

    def until_it_answers(self):
        """Whoever types a key at COM1 sees the console, once the boot sector runs."""
        until = time.monotonic() + BOOT
        while time.monotonic() < until:
            assert self.machine.poll() is None, f"the machine ended with {self.machine.returncode}"
            try:
                with socket.socket(socket.AF_UNIX) as line:
                    line.settimeout(0.5)
                    line.connect(str(self.line))
                    line.sendall(b"\r")
                    seen = b""
                    while b"SAC>" not in seen:
                        seen += line.recv(256)
                    return
            except (FileNotFoundError, ConnectionRefusedError):
                time.sleep(0.1)
            except socket.timeout:
                continue
        raise AssertionError("the boot sector does not relay")

    def traffic(self):
        with urllib.request.urlopen(f"{self.api}/__sim/serial") as answer:
            return json.load(answer)["till-01"]

    def crossed(self, before):
        """What went over the line since then: bytes up and down."""
        after = self.traffic()
        return after["up"] - before["up"], after["down"] - before["down"]

    def close(self):
        if self.machine:
            self.machine.terminate()
            self.machine.wait(timeout=10)
        self.simulator.terminate()
        self.simulator.stdout.close()
        return self.simulator.wait(timeout=10)


def healthy(lab):
    """a sound machine that speaks English is seen to be sound"""
    before = lab.traffic()
    drift = lab.rdpctl("drift")
    assert drift.returncode == 0, drift
    up, down = lab.crossed(before)
    # The floor of docs/benchmarks.md, in each of its rows.
    assert 0 < up <= 6 * 1024 and 0 < down <= 24 * 1024, (up, down)
    print(f"a survey of a sound English Windows: {up} bytes up, {down} down")


def survey(lab):
    """what differs is seen through both ports, in Korean, and nothing else leads there"""
    before = lab.traffic()
    drift = lab.rdpctl("drift")
    assert drift.returncode == 2, drift
    for said in ["TermService disabled, stopped", "NETWORK SERVICE cannot read the RDP key"]:
        assert said in drift.stdout, drift.stdout
    after = lab.traffic()
    assert after["sessions"] == 1, "QEMU's own, and no other"
    assert after["log-ons"] == before["log-ons"] + 1, after
    up, down = lab.crossed(before)
    assert 0 < up <= 6 * 1024 and 0 < down <= 24 * 1024, (up, down)
    print(f"a survey of a Korean Windows with two things broken: {up} bytes up, {down} down")


def repair(lab):
    """it is repaired through them, and proved from outside"""
    applied = lab.rdpctl("apply", "--auto-approve")
    assert applied.returncode == 0 and "No changes" in applied.stdout, (applied.stdout, applied.stderr)
    before = lab.traffic()
    assert lab.rdpctl("drift").returncode == 0
    up, down = lab.crossed(before)
    assert 0 < up <= 6 * 1024 and 0 < down <= 24 * 1024, (up, down)
    print(f"a survey of the same, sound: {up} bytes up, {down} down")
    after = lab.traffic()
    assert (after["sessions"], after["channels"], after["refused"]) == (1, 0, 0), after


def console(lab):
    """the console itself says who is there, without a log-on"""
    seen = lab.rdpctl("console", "till-01")
    assert seen.returncode == 0 and "It says that it is TILL-01" in seen.stdout, seen


def gone(lab):
    """without the machine between there is no way in, and nothing is taken for healthy"""
    lab.machine.terminate()
    lab.machine.wait(timeout=10)
    drift = lab.rdpctl("drift")
    assert drift.returncode == 3 and "cannot be judged" in drift.stdout, drift
    assert "com1.sock" in drift.stdout + drift.stderr, drift


def main():
    for tool in ["qemu-system-i386", "as", "ld"]:
        if not shutil.which(tool):
            print(f"{tool} is not installed")
            return 1
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, guest, cases in [("english", "", [healthy]), ("korean", BROKEN, [survey, repair, console, gone])]:
            lab = Lab(pathlib.Path(folder) / name, guest)
            try:
                lab.start()
                for case in cases:
                    try:
                        case(lab)
                        passed += 1
                        print(f"ok: {case.__doc__}", flush=True)
                    except Exception:
                        failed += 1
                        print(f"FAILED {case.__name__}: {case.__doc__}", flush=True)
                        traceback.print_exc()
            finally:
                code = lab.close()
            if code != 0:
                failed += 1
                print(f"FAILED the simulator ended with {code}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
