#!/usr/bin/env python3
"""Surveys of thousands of VMs of Azure by a release binary, against the simulator of the same binary.

    benches/azure/survey.py RDPCTL [--size SHARE]

The cloud alone is looked at: power, addresses and rules. The simulator is a process of its own, so that seconds and peak
memory are the client's; the first run of each case warms the simulator's own tables up and does not count, the best of
five others does, each in a new folder. With quotas on, what they allow is computed from the calls that were counted: a
bucket of 15 queries of the graph that refills by 3 a second, and one of 250 reads that refills by 25. Ends with 1 where a
floor is missed; `--size 0.1` makes every case a tenth, and then no floor counts.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
QUERY = "Microsoft.ResourceGraph/resources/read"


def world(count, limits, latency):
    """Machines of a subscription behind twenty groups, one in a hundred of them stopped."""
    parts = [f"""
[world]
seed = 7
time-scale = "instant"
[policy]
rate-limits = "{limits}"
[account.scale]
kind = "azure"
region = "koreacentral"
subscription = "{SUBSCRIPTION}"
"""]
    if latency:
        parts.append(f'[fault]\nlatency = "{latency}"\n')
    share = max(1, count // 20)
    for number in range(20):
        off = share // 100
        parts.append(f"""
[nsg.web{number}]
rules = ["300 allow tcp 3389 198.51.100.0/24 office", "400 allow tcp 443 * web"]
[vm.on{number}]
count = {share - off}
address = "eip"
security-groups = ["web{number}"]
tags = {{ role = "scale" }}
""")
        if off:
            parts.append(f"""
[vm.off{number}]
count = {off}
state = "stopped"
address = "eip"
security-groups = ["web{number}"]
tags = {{ role = "scale" }}
""")
    return "".join(parts)


def declaration(said, rates):
    keys = said["credentials"]["scale"]
    return f"""
[provider.scale]
kind = "azure"
subscription = "{SUBSCRIPTION}"
tenant = "{keys['tenant']}"
endpoint = "{said['azure']}"
rates = {rates}
credentials = {{ client-id = "{keys['secret-id']}", client-secret = "env:SCALE_KEY" }}
[profile.p]
power = "running"
public-ip = "eip"
ingress = {{ from = ["198.51.100.0/24"] }}
[fleet.f]
provider = "scale"
select = {{ tags = {{ role = "scale" }} }}
profile = "p"
"""


class Sim:
    def __init__(self, binary, folder, text):
        (folder / "world.toml").write_text(text)
        self.process = subprocess.Popen(
            [binary, "sim", folder / "world.toml", "--format", "json"], stdout=subprocess.PIPE, text=True)
        self.said = json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def counted(self):
        """The calls since the last time that somebody asked."""
        counters = json.load(urllib.request.urlopen(f"{self.said['tencent']}/__sim/counters"))
        urllib.request.urlopen(
            urllib.request.Request(f"{self.said['tencent']}/__sim/counters", method="POST", data=b""))
        return counters["actions"].get("azure", {})


def plan(binary, home, sim, rates):
    """Seconds and MiB of a cold survey, and the calls that it made."""
    with tempfile.TemporaryDirectory(dir=home) as folder:
        folder = pathlib.Path(folder)
        (folder / "rdp.toml").write_text(declaration(sim.said, rates))
        grants = home / "grants.toml"
        environment = {"PATH": os.environ["PATH"], "HOME": str(home), "USER": "bench", "RDPCTL_GRANTS": str(grants),
                       "SCALE_KEY": sim.said["credentials"]["scale"]["secret-key"]}
        grants.write_text("")
        printed = subprocess.run([binary, "trust", "--print", folder], capture_output=True, env=environment, text=True)
        grants.write_text(printed.stdout)
        grants.chmod(0o600)
        sim.counted()
        with tempfile.TemporaryFile() as out:
            began = time.monotonic()
            process = subprocess.Popen([binary, "plan", "--format", "json", folder],
                                       stdout=out, stderr=subprocess.STDOUT, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            spent = time.monotonic() - began
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            if process.returncode not in (0, 2, 3):
                sys.exit(out.read().decode()[-3000:])
        return spent, usage.ru_maxrss / 1024, sim.counted()


def allowed(calls):
    """The seconds that the documented quotas ask for."""
    graph = calls.get(QUERY, 0)
    reads = sum(made for what, made in calls.items() if what not in (QUERY, "token"))
    return max(0, (graph - 15) / 3, (reads - 250) / 25)


class Bench:
    def __init__(self, binary, size):
        self.binary, self.size, self.missed = binary, size, 0

    def row(self, what, figure, unit, floor=None):
        missed = floor is not None and figure > floor and self.size == 1
        self.missed += missed
        bound = "" if floor is None else f"{floor:,.1f}"
        print(f"{what:<44}{figure:>10,.1f} {unit:<24}{bound:>10}{'  MISSED' if missed else ''}", flush=True)

    def case(self, count, limits, latency, rates, times=5):
        count = max(20, int(count * self.size))
        with tempfile.TemporaryDirectory() as home:
            home = pathlib.Path(home)
            with Sim(self.binary, home, world(count, limits, latency)) as sim:
                if times > 1:
                    plan(self.binary, home, sim, rates)
                runs = [plan(self.binary, home, sim, rates) for _ in range(times)]
        return count, min(run[0] for run in runs), min(run[1] for run in runs), runs[-1][2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=lambda path: pathlib.Path(path).resolve())
    parser.add_argument("--size", type=float, default=1)
    given = parser.parse_args()
    bench = Bench(given.binary, given.size)
    print(f"{'what':<44}{'figure':>10} {'':<24}{'floor':>10}")

    count, spent, mib, calls = bench.case(10_000, "unlimited", None, '"unlimited"')
    bench.row(f"{count} VMs, quotas off", spent * 1000, "ms", 600)
    bench.row(f"{count} VMs, quotas off", mib, "MiB", 60)
    # VMs, interfaces and addresses by the thousand; groups, networks, ruled networks, other ways in: one each.
    bench.row(f"{count} VMs", calls.get(QUERY, 0), "queries of the graph", 3 * math.ceil(count / 1000) + 4)
    bench.row(f"{count} VMs", sum(calls.values()), "calls")

    count, spent, _, _ = bench.case(1000, "unlimited", "50ms", '"unlimited"')
    bench.row(f"{count} VMs at 50 ms a call", spent * 1000, "ms", 400)

    count, spent, _, calls = bench.case(10_000, "documented", None, "1", times=1)
    bench.row(f"{count} VMs, quotas on", spent, "s", 1.2 * allowed(calls))
    bench.row(f"{count} VMs, quotas on", allowed(calls), "s that the quotas ask for")
    return 1 if bench.missed else 0


if __name__ == "__main__":
    sys.exit(main())
