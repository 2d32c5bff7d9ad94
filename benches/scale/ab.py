#!/usr/bin/env python3
"""Plans, surveys and repairs of thousands, by this binary and by a former one beside it in one run.

    benches/scale/ab.py NOW [BEFORE] [--only CASE] [--size SHARE]

NOW and BEFORE are release binaries of rdpctl (`git worktree add` and `cargo build --release` make the second). Both meet
the same simulated accounts, which NOW serves in a process of its own, so that what is counted is the client alone: CPU
and peak memory as the kernel counts them, calls as the simulator does. Runs alternate, and the best of three counts for
CPU and memory. Ends with 1 where a floor is missed; `--size 0.1` makes every case a tenth, and then no floor counts.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

import worlds

KEYS = {"TENCENTCLOUD_SECRET_ID": "AKIDscale000000000000000000000000000",
        "TENCENTCLOUD_SECRET_KEY": "scale-opens-nothing"}


class Account:
    """A simulated account in a process of its own."""

    def __init__(self, server, world, folder):
        (folder / "world.toml").write_text(world)
        self.process = subprocess.Popen(
            [server, "sim", folder / "world.toml", "--format", "json"], stdout=subprocess.PIPE, text=True)
        self.url = json.loads(self.process.stdout.readline())["tencent"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def counted(self):
        """The counters since the last time that somebody asked."""
        counters = json.load(urllib.request.urlopen(f"{self.url}/__sim/counters"))
        request = urllib.request.Request(f"{self.url}/__sim/counters", method="POST", data=b"")
        urllib.request.urlopen(request)
        return counters

    def calls(self):
        return self.counted()["total"]

    def listings(self):
        """How often instances were listed: once a look at an account of less than a hundred."""
        return self.counted()["actions"].get("cvm", {}).get("DescribeInstances", 0)


class Client:
    """A binary with a folder of its own for declaration and state."""

    def __init__(self, binary, folder, declaration, url):
        self.binary, self.folder = binary, folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "rdp.toml").write_text(declaration.replace("{endpoint}", url))
        # Another endpoint than the vendor's own is somebody's to grant.
        self.grants = folder.with_name(f"{folder.name}-grants.toml")
        self.grants.write_text(f'[[endpoint]]\nprovider = "tencent"\nurl = "{url}"\n')

    def run(self, *arguments, timeout=3000):
        """Seconds of CPU, MiB at most, and what was printed."""
        environment = {**os.environ, **KEYS, "RDPCTL_GRANTS": str(self.grants)}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(
                [self.binary, *arguments, self.folder], stdout=out, stderr=err, env=environment)
            deadline = time.monotonic() + timeout
            while True:
                done, status, usage = os.wait4(process.pid, os.WNOHANG)
                if done:
                    break
                if time.monotonic() > deadline:
                    process.kill()
                time.sleep(0.002)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            err.seek(0)
            if process.returncode not in (0, 2, 3):
                sys.exit(f"{' '.join(map(str, arguments))}: {err.read().decode()[-2000:]}")
            return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read()


def best(clients, *arguments, times=3):
    """The least CPU and memory of each, in turns."""
    seen = {name: [] for name in clients}
    for _ in range(times):
        for name, client in clients.items():
            seen[name].append(client.run(*arguments)[:2])
    return {name: (min(cpu for cpu, _ in runs), min(mib for _, mib in runs)) for name, runs in seen.items()}


def different(bench, count=10_000):
    """Warm plan of instances that differ in group, source and bandwidth."""
    count = bench.sized(count)
    with bench.account(worlds.own_groups(count)) as account:
        clients = bench.clients(worlds.different(count), account)
        for client in clients.values():
            client.run("plan")
    for name, (cpu, mib) in best(clients, "plan", "--refresh=false").items():
        bench.row(f"{count} different, warm plan", name, "CPU ms", cpu * 1000, 250)
        bench.row(f"{count} different, warm plan", name, "MiB", mib, 60)
    for name, client in clients.items():
        page = client.run("plan", "--refresh=false", "--format", "markdown")[2]
        bench.row(f"{count} different", name, "bytes of Markdown", len(page), 65_536)
        bench.row(f"{count} different", name, "not in its table", count - accounted(page.decode()), 0)
        text = client.run("plan", "--refresh=false")[2].decode()
        bench.row(f"{count} different", name, "lines of text", text.count("\n"), 200)


def accounted(page):
    """How many machines the table by first cause of a plan in Markdown accounts for."""
    table = page.split("| first cause |", 1)[1].split("\n\n", 1)[0]
    rows = [row.split("|") for row in table.splitlines()[2:]]
    return sum(int("".join(filter(str.isdigit, row[2]))) for row in rows)


def certificates(bench, count=10_000):
    """Machines with an expired certificate and a security group each are few groups."""
    count = bench.sized(count)
    with bench.account(worlds.own_groups(count, guest=worlds.EXPIRED)) as account:
        for name, client in bench.clients(worlds.fleet(worlds.INSIDE), account).items():
            plan = json.loads(client.run("plan", "--format", "json")[2])
            bench.row(f"{count} expired certificates", name, "groups", len(plan["groups"]), 4)


def stopped(bench, count=200):
    """Repair of stopped machines: own groups cost little more than a shared one.

    A group whose rules are right is looked at before and after: two calls. One whose rules are wrong is edited besides; the
    vendor reads the rules of one group a call and says nothing of them when it edits, so that three calls are the fewest.
    """
    count = bench.sized(count)
    facets = worlds.INSIDE
    open_door = "ACCEPT tcp 3389 198.51.100.0/24"
    for rules, rule, each in (("right", open_door, 2), ("wrong", "DROP tcp 3389 0.0.0.0/0", 3)):
        shared = {}
        for label, world in (("one group", worlds.one_group), ("a group each", worlds.own_groups)):
            # Each binary repairs a world of its own.
            for name in bench.binaries:
                with bench.account(world(count, more='state = "stopped"', rule=rule)) as account:
                    client = bench.clients(worlds.fleet(facets), account)[name]
                    client.run("apply", "--auto-approve")
                    calls = account.calls()
                what = f"{count} stopped, {label}, rules {rules}"
                if label == "one group":
                    shared[name] = calls
                    bench.row(what, name, "calls", calls)
                else:
                    bench.row(what, name, "calls", calls, 1.2 * shared[name] + each * count)


def growth(bench, few=100, many=800):
    """CPU of a repair grows with the machines and no faster."""
    few, many = bench.sized(few), bench.sized(many)
    for name in bench.binaries:
        spent = []
        for count in (few, many):
            with bench.account(worlds.own_groups(count, more='state = "stopped"')) as account:
                client = bench.clients(worlds.fleet(worlds.INSIDE), account)[name]
                spent.append(client.run("apply", "--auto-approve")[0])
        bench.row(f"apply, {few} to {many} stopped", name, "times linear", spent[1] / spent[0] * few / many, 1.2)


def guests(bench, count=10_000):
    """Survey of guests over run-command."""
    count = bench.sized(count)
    open_door = "ACCEPT tcp 3389 198.51.100.0/24"
    with bench.account(worlds.one_group(count, rule=open_door)) as account:
        for name, client in bench.clients(worlds.fleet(worlds.INSIDE), account).items():
            cpu, mib, _ = client.run("plan")
            bench.row(f"{count} guests surveyed", name, "MiB", mib, 150)
            bench.row(f"{count} guests surveyed", name, "CPU ms a guest", cpu * 1000 / count, 0.8)


def killed(bench, count=8):
    """After a kill, a machine that never answers does not keep the others waiting."""
    dead = worlds.vm(9999, "sg-00000000", more='agent = "offline"')
    world = worlds.one_group(count, more='state = "stopped"') + dead
    for name in bench.binaries:
        with bench.account(world.replace('time-scale = "instant"', "time-scale = 60")) as account:
            client = bench.clients(worlds.fleet(worlds.INSIDE), account)[name]
            environment = {**os.environ, **KEYS, "RDPCTL_GRANTS": str(client.grants)}
            first = subprocess.Popen(
                [client.binary, "apply", "--auto-approve", client.folder],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
            state = client.folder / ".rdpctl" / "state.db"
            # The journal grows once something was begun.
            while first.poll() is None and not (state.exists() and begun(client, environment)):
                time.sleep(0.05)
            first.kill()
            first.wait()
            account.calls()
            client.run("apply", "--auto-approve", timeout=600)
            # Two looks before it goes on, and two of the run itself.
            bench.row(f"{count} and one that never answers, after a kill", name, "looks", account.listings(), 4)


def begun(client, environment):
    pulled = subprocess.run([client.binary, "state", "pull", client.folder], capture_output=True, env=environment)
    return b"intent" in pulled.stdout


def budget(bench, count=1000):
    """What a plan says that it will cost, beside what it cost. The look with which `apply` begins is no part of it."""
    count = bench.sized(count)
    with bench.account(worlds.one_group(count, guest="firewall = { remote-desktop = \"off\" }",
                                        rule="ACCEPT tcp 3389 198.51.100.0/24")) as account:
        for name, client in bench.clients(worlds.fleet(worlds.INSIDE), account).items():
            if name != "now":
                continue
            planned = json.loads(client.run("plan", "--format", "json")[2])["budget"]["api_calls"]
            look = account.calls()
            client.run("apply", "--auto-approve")
            spent = account.calls() - look
            bench.row(f"{count} guests", name, "calls said", planned)
            bench.row(f"{count} guests", name, "calls made", spent)
            ratio = max(planned, spent) / max(1, min(planned, spent))
            bench.row(f"{count} guests", name, "times apart", ratio, 1.5)


CASES = [different, certificates, stopped, growth, guests, killed, budget]


class Bench:
    def __init__(self, given, home):
        self.home, self.size, self.missed = home, given.size, 0
        self.binaries = {"now": given.now} | ({"before": given.before} if given.before else {})
        print(f"{'what':<52}{'by':<8}{'figure':>12} {'':<20}{'floor':>12}")

    def sized(self, count):
        return max(2, int(count * self.size))

    def account(self, world):
        folder = self.home / "account"
        folder.mkdir(exist_ok=True)
        return Account(self.binaries["now"], world, folder)

    def clients(self, declaration, account):
        return {name: Client(binary, self.home / name, declaration, account.url)
                for name, binary in self.binaries.items()}

    def row(self, what, name, unit, figure, floor=None):
        missed = floor is not None and figure > floor and self.size == 1 and name == "now"
        self.missed += missed
        floor = "" if floor is None else f"{floor:,.1f}"
        print(f"{what:<52}{name:<8}{figure:>12,.1f} {unit:<20}{floor:>12}{'  MISSED' if missed else ''}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("now", type=pathlib.Path)
    parser.add_argument("before", type=pathlib.Path, nargs="?")
    parser.add_argument("--only", action="append", choices=[case.__name__ for case in CASES])
    parser.add_argument("--size", type=float, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        bench = Bench(given, pathlib.Path(home))
        for case in CASES:
            if not given.only or case.__name__ in given.only:
                case(bench)
    sys.exit(1 if bench.missed else 0)


main()
