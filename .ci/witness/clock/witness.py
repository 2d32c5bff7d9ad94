"""Sets the clock of a running loop and reads its page. What it finds wrong ends it with a sentence."""

import datetime
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

RDPCTL = os.environ["RDPCTL"]
HERE = pathlib.Path(__file__).parent
LIBRARY = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0]
DENY = r'reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v fDenyTSConnections /t REG_DWORD /d {} /f'


def until(what, holds, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = holds()
        if found:
            return found
        time.sleep(0.2)
    raise SystemExit(f"it never came: {what}")


class Case:
    def __init__(self, folder):
        self.folder, self.loop = folder, None
        try:
            self.begin(folder)
        except BaseException:
            self.kill()
            raise

    def begin(self, folder):
        for file in ("loop/rdp.toml", "quickstart/world.toml"):
            shutil.copy(HERE.parents[2] / "examples" / file, folder)
        self.simulator = subprocess.Popen([RDPCTL, "sim", "world.toml", "--format", "json"], cwd=folder,
                                          stdout=subprocess.PIPE, text=True)
        world = json.loads(self.simulator.stdout.readline())
        self.hatch, keys = world["tencent"].rstrip("/"), world["credentials"]
        declared = (folder / "rdp.toml").read_text()
        for provider, name in (("gz", "A"), ("gz-legacy", "B")):
            declared = declared.replace(
                f"[provider.{provider}]\n",
                f'[provider.{provider}]\nendpoint = "{world["tencent"]}"\ncredentials = {{ id = "env:{name}_ID", key = "env:{name}_KEY" }}\n')
        (folder / "rdp.toml").write_text(declared)
        # Beside the declaration nobody's grants lie.
        self.kept = pathlib.Path(tempfile.mkdtemp())
        grants = self.kept / "grants.toml"
        grants.touch(mode=0o600)
        self.clock = self.kept / "clock"
        self.set("+0")
        self.environment = {
            "PATH": os.environ["PATH"], "USER": "witness", "RDPCTL_GRANTS": str(grants), "TZ": "Asia/Kolkata",
            "A_ID": keys["gz"]["secret-id"], "A_KEY": keys["gz"]["secret-key"],
            "B_ID": keys["gz-legacy"]["secret-id"], "B_KEY": keys["gz-legacy"]["secret-key"],
        }
        for _ in range(2):
            grants.write_text(grants.read_text() + self.run("trust", "--print", ends=(0, 2, 3)))
        self.run("apply", "--auto-approve")
        # The clock of the calendar alone: nobody sets the other one.
        faked = {"LD_PRELOAD": LIBRARY, "FAKETIME_TIMESTAMP_FILE": str(self.clock), "FAKETIME_NO_CACHE": "1",
                 "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        self.loop = subprocess.Popen(
            [RDPCTL, "run", "--format", "json", "--clouds-every", "1s", "--machines-every", "2s", "--listen", "127.0.0.1:0"],
            cwd=folder, env={**self.environment, **faked}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.at = next(m[1] for m in (re.search(r"answers at (http:\S+)/metrics", line) for line in self.loop.stderr) if m)

    def set(self, offset):
        """Whole at once: who reads it meanwhile reads the former or this one."""
        new = self.clock.with_suffix(".new")
        new.write_text(offset)
        new.rename(self.clock)

    def run(self, *arguments, ends=(0,)):
        done = subprocess.run([RDPCTL, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True)
        assert done.returncode in ends, f"{arguments}: {done.returncode}\n{done.stderr}"
        return done.stdout

    def get(self, path):
        try:
            with urllib.request.urlopen(self.at + path, timeout=10) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as error:
            assert error.code == 503 and path.endswith(".json"), f"{path}: {error.code}"
            return "{}"

    def page(self, path):
        return json.loads(self.get(path))

    def numbers(self):
        return self.page("/fleet.json").get("numbers", {})

    def banners(self):
        return " ".join(one["says"] for one in self.page("/loop.json").get("banners", []))

    def deny(self, data):
        body = json.dumps({"vm": "legacy-01", "command": DENY.format(data)}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{self.hatch}/__sim/run", method="POST", data=body)).close()

    def follows(self):
        """What differs is seen, mended and seen again, whatever the clock says."""
        self.deny(1)
        until("the fault on the page", lambda: self.numbers().get("as-declared") == 1)
        until("all is well again", lambda: self.numbers().get("as-declared") == 2)

    def kill(self):
        for one in (self.loop, self.simulator):
            if one:
                one.kill()
        shutil.rmtree(self.kept, ignore_errors=True)

    def end(self):
        for one in (self.loop, self.simulator):
            one.terminate()
        assert self.loop.wait(timeout=60) == 0, "the loop did not end well"
        self.simulator.wait(timeout=60)


def main():
    with tempfile.TemporaryDirectory() as folder:
        case = Case(pathlib.Path(folder))
        try:
            until("all is well", lambda: case.numbers().get("as-declared") == 2)
            # The reader's zone, else the machine's; by half an hour beside whole ones. Machines read UTC.
            here = case.get("/")
            assert "Times in Asia/Kolkata (IST)" in here, here[-900:]
            seoul = case.get("/?tz=Asia/Seoul")
            assert "Times in Asia/Seoul (KST)" in seoul, seoul[-900:]
            moment = re.search(r'As of <time datetime="([^"]+)"[^>]*>(\d+):(\d+)', seoul)
            assert moment and moment[1].endswith("Z"), seoul[:2000]
            utc = datetime.datetime.fromisoformat(moment[1].replace("Z", "+00:00"))
            shown = (utc + datetime.timedelta(hours=9)).strftime("%H:%M")
            assert f"{moment[2]}:{moment[3]}" == shown, f"{moment[0]} is not {shown}"
            assert not case.banners(), case.banners()
            for offset, says in (("+7200", "set forward by "), ("-86400", "set back by "), ("+0", "set forward by ")):
                case.set(offset)
                until(f"a banner that says `{says}`, but {case.banners()!r}", lambda: says in case.banners())
                for path in ("/", "/instances/web-01", "/drift", "/runs", "/loop"):
                    page = case.get(path)
                    assert "The clock of this machine was set" in page, f"{path} does not say so"
                case.follows()
                # What happened and what is shown stay in order where the clock goes back: nothing is in the future.
                ages = case.page("/fleet.json")
                assert sum(ages["numbers"].values()) == 2, ages["numbers"]
                print(f"set to {offset} s: {case.banners()} It follows the world on")
            case.run("state", "verify")
            case.run("plan", "--detailed-exitcode")
            case.end()
        finally:
            case.kill()
    print("a clock that is set is told on every page, nothing stops, and the state is whole")


main()
