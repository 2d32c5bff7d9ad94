#!/usr/bin/env python3
"""What the loop costs while nothing happens, and how soon it tells what does.

    benches/scale/steady.py BINARY [MACHINES] [MINUTES] [--known]

BINARY is a release of rdpctl, which serves the simulated account in a process of its own as well. MACHINES (10,000) are as
declared; once all were looked at, MINUTES (10) are measured: CPU and memory of the loop alone, as the kernel counts them.
With `--known` a plan against the same account without quotas looks at all of them before, so that the loop begins with
what is known, as one that is started anew does: of a hundred thousand the first look takes twenty minutes of quota.
Then one machine is switched off behind everybody's back, and the time is taken until that is told. The handshake is not
looked at: ten thousand machines would need as many ports. Clouds are asked every minute and guests every 15, where the
vendor's quota, of which the loop takes 30 %, allows it; what it takes is printed.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import worlds

KEYS = {"TENCENTCLOUD_SECRET_ID": "AKIDscale000000000000000000000000000",
        "TENCENTCLOUD_SECRET_KEY": "scale-opens-nothing"}
TICKS = os.sysconf("SC_CLK_TCK")


def spent(pid):
    """Seconds of CPU so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid, what):
    """MiB: VmHWM at most, VmRSS now."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(what)).split()[1]) / 1024


def told(loop, event, holds=lambda event: True):
    """The next of its kind."""
    for line in loop.stdout:
        one = json.loads(line)
        if one["event"] in ("paced", "ready", "silent", "forgetful"):
            print(f"  {one}", flush=True)
        if one["event"] == event and holds(one):
            return one
    sys.exit("the loop ended")


def main():
    binary = sys.argv[1]
    machines = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    minutes = float(sys.argv[3]) if len(sys.argv) > 3 else 10
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        world = (worlds.ACCOUNT + worlds.group("sg-00000000", "ACCEPT tcp 3389 198.51.100.0/24")
                 + worlds.cohort("v", machines, "sg-00000000"))
        place = home / "declared"
        place.mkdir()

        def serve(limits):
            """The account, and the declaration and the grants that lead to it."""
            (home / "world.toml").write_text(world.replace('rate-limits = "unlimited"', f'rate-limits = "{limits}"'))
            server = subprocess.Popen([binary, "sim", home / "world.toml", "--format", "json"],
                                      stdout=subprocess.PIPE, text=True)
            url = json.loads(server.stdout.readline())["tencent"].rstrip("/")
            declared = worlds.fleet(worlds.INSIDE).replace("{endpoint}", url)
            if limits == "documented":
                declared = declared.replace('rates = "unlimited"\n', "")
            (place / "rdp.toml").write_text(declared)
            (home / "grants.toml").write_text(f'[[endpoint]]\nprovider = "tencent"\nurl = "{url}"\n')
            return server, url

        surroundings = {**os.environ, **KEYS, "RDPCTL_GRANTS": str(home / "grants.toml")}
        if "--known" in sys.argv:
            server, _ = serve("unlimited")
            began = time.monotonic()
            subprocess.run([binary, "plan", place], env=surroundings, check=True,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            print(f"a plan looked at {machines} in {time.monotonic() - began:.0f} s without quotas", flush=True)
            server.terminate()
            server.wait()
        server, url = serve("documented")
        loop = subprocess.Popen(
            [binary, "run", "--format", "json", place], stdout=subprocess.PIPE, text=True,
            env=surroundings)
        try:
            began = time.monotonic()
            told(loop, "ready")
            print(f"{machines} machines {'known' if '--known' in sys.argv else 'looked at'} after {time.monotonic() - began:.0f} s, "
                  f"{spent(loop.pid):.1f} s of CPU", flush=True)
            # The first round was as fast as it goes; what follows is spread.
            time.sleep(60)
            before, since = spent(loop.pid), time.monotonic()
            time.sleep(minutes * 60)
            share = (spent(loop.pid) - before) / (time.monotonic() - since)
            print(f"steady for {minutes:.0f} min: {share:.2%} of a core, "
                  f"{memory(loop.pid, 'VmRSS'):.0f} MiB now, {memory(loop.pid, 'VmHWM'):.0f} MiB at most", flush=True)
            off = json.dumps({"vm": "v-00007", "state": "stopped"}).encode()
            urllib.request.urlopen(urllib.request.Request(f"{url}/__sim/power", method="POST", data=off))
            struck = time.monotonic()
            told(loop, "turned", lambda one: "power" in one["facets"])
            print(f"one of them switched off: told after {time.monotonic() - struck:.1f} s")
        finally:
            loop.terminate()
            loop.wait()
            server.terminate()
            server.wait()


main()
