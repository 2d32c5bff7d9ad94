#!/usr/bin/env python3
"""How long somebody waits at a shell for names: among 100 declared instances, among 100,000, and among 100,000 members
of fleets that the state remembers (the first time, and once their names lie beside it).

Needs a release build: RDPCTL=target/release/rdpctl python3 benches/shell/complete.py [RUNS]
What is measured is the whole process, as a shell starts it. Prints the least, the middle and the worst of RUNS.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

RDPCTL = str(pathlib.Path(os.environ.get("RDPCTL", "target/release/rdpctl")).resolve())
RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 40
HEAD = '[provider.gz]\nkind = "tencent"\nregion = "ap-guangzhou"\n'


# No file of a declaration is longer than 4 MiB.
IN_A_FILE = 40_000


def declared(folder, many):
    for first in range(0, many, IN_A_FILE):
        text = [HEAD] if first == 0 else []
        for number in range(first, min(many, first + IN_A_FILE)):
            text.append(
                f'[instance.node-{number:06}]\nprovider = "gz"\nid = "ins-{number:08}"\nprofile = "standard"\n'
            )
        (folder / f"rdp-{first:06}.toml").write_text("".join(text))


def fleet(folder, many):
    (folder / "rdp.toml").write_text(
        HEAD + '[fleet.nodes]\nprovider = "gz"\nselect = { tags = { role = "node" } }\nprofile = "cloud"\n'
        '[profile.cloud]\npower = "running"\n'
    )
    (folder / "world.toml").write_text(
        '[world]\nseed = 1\ntime-scale = "instant"\n[account.gz]\nkind = "tencent"\nregion = "ap-guangzhou"\n'
        f'[vm.node]\naccount = "gz"\ncount = {many}\ntags = {{ role = "node" }}\naddress = "none"\nsecurity-groups = ["sg-00000001"]\n'
        '[security-group.sg-00000001]\naccount = "gz"\ningress = ["ACCEPT tcp 3389 0.0.0.0/0"]\n'
    )
    subprocess.run(
        [RDPCTL, "plan", "-q", "--sim", "world.toml"], cwd=folder, stdout=subprocess.DEVNULL, check=False
    )


def ask(folder, typed):
    words = ["rdpctl", "plan", "--target", typed]
    variables = {"COMPLETE": "bash", "_CLAP_COMPLETE_INDEX": "3", "_CLAP_COMPLETE_COMP_TYPE": "9", "PATH": "/usr/bin:/bin"}
    began = time.perf_counter()
    told = subprocess.run([RDPCTL, "--", *words], cwd=folder, env=variables, stdout=subprocess.PIPE, check=True)
    return 1000 * (time.perf_counter() - began), told.stdout.decode().split()


def report(what, folder, typed, wanted, floor):
    times = []
    for _ in range(RUNS):
        took, names = ask(folder, typed)
        assert wanted in names, (what, names[:5])
        times.append(took)
    print(f"{what}: {min(times):.1f} ms at least, {statistics.median(times):.1f} in the middle, {max(times):.1f} at worst; floor {floor} ms")


with tempfile.TemporaryDirectory() as name:
    for many, floor in ((100, 5), (100_000, 50)):
        folder = pathlib.Path(name, str(many))
        folder.mkdir()
        declared(folder, many)
        report(f"among {many} declared instances", folder, "node-00009", "node-000090", floor)
    folder = pathlib.Path(name, "fleet")
    folder.mkdir()
    fleet(folder, 100_000)
    began, names = ask(folder, "nodes/node-0000")
    print(f"among 100000 members of a fleet, the first time: {began:.0f} ms, {len(names)} offered")
    assert names, "no member is offered"
    report("among 100000 members of a fleet", folder, names[0][:-1], names[0], 50)
