"""Surveys simulated guests over WinRM with rdpctl's channel and with a pywinrm thread pool, and compares the cost.

Usage: bench.py WINRM-HOST WINRM-BATCH [--hosts 500] [--runs 10] [--threads 64] [--ports]

WINRM-HOST is rdpctl-sim's example of that name, WINRM-BATCH that of rdpctl-providers; needs pywinrm
(.ci/witness/winrm/requirements.txt). Both clients do the same: NTLM with message encryption over HTTP, one shell and
one command line of 5,752 characters in each host, 18 KB of output. CPU time and peak memory are the whole process's,
by wait4. With --ports all hosts have one address and a port each, which real ones have not, and which costs
rdpctl a client for each. Ends with "N passed, N failed" over issue 3's limits.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time

LINE_LENGTH = 5752
OUTPUT_BYTES = 18 * 1024


def line():
    """A command line as long as the whole observation."""
    head = 'cmd /v:on /d /q /s /c "survey '
    return head + "x" * (LINE_LENGTH - len(head) - 1) + '"'


class Fleet:
    """The simulated hosts."""

    def __init__(self, program, hosts, layout):
        self.process = subprocess.Popen(
            [program, str(hosts), layout], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, preexec_fn=many_files
        )
        self.said = json.loads(self.process.stdout.readline())

    def counters(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)


def many_files():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))


def measure(command, text, environment):
    """Runs a command to its end: what it printed, CPU seconds, peak MB, wall seconds."""
    began = time.monotonic()
    child = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env={**os.environ, **environment}, preexec_fn=many_files,
    )
    child.stdin.write(text)
    child.stdin.close()
    printed = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{command[0]} ended with {child.returncode}: {printed}")
    return json.loads(printed), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, time.monotonic() - began


def pywinrm_pool(batch, threads):
    """The other side: a pool of threads with pywinrm, as scripts commonly have it."""
    from concurrent.futures import ThreadPoolExecutor

    from winrm.protocol import Protocol

    def survey(host):
        protocol = Protocol(
            endpoint=host, transport="ntlm", username=batch["user"],
            password=os.environ["RDPCTL_BENCH_PASSWORD"], message_encryption="always",
        )
        shell = protocol.open_shell()
        try:
            command = protocol.run_command(shell, batch["line"])
            out, _, _ = protocol.get_command_output(shell, command)
            protocol.cleanup_command(shell, command)
            return len(out)
        finally:
            protocol.close_shell(shell)

    with ThreadPoolExecutor(threads) as pool:
        sizes = list(pool.map(survey, batch["hosts"]))
    print(json.dumps({"answered": len(sizes), "bytes": sum(sizes)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("host")
    parser.add_argument("batch")
    parser.add_argument("--hosts", type=int, default=500)
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--threads", type=int, default=64)
    parser.add_argument("--ports", action="store_true")
    options = parser.parse_args()

    fleet = Fleet(options.host, options.hosts, "ports" if options.ports else "addresses")
    batch = {"hosts": fleet.said["fleet"], "user": fleet.said["user"], "line": line()}
    text, secret = json.dumps(batch), {"RDPCTL_BENCH_PASSWORD": fleet.said["password"]}
    checks = []

    def check(what, holds):
        checks.append(holds)
        print(f"{'ok    ' if holds else 'FAILED'}  {what}")

    idle = measure([options.batch], json.dumps({**batch, "hosts": []}), secret)
    ours = []
    for run in range(options.runs):
        before = fleet.counters()
        said, cpu, memory, wall = measure([options.batch], text, secret)
        after = fleet.counters()
        exchanges = (after["fleet_requests"] - before["fleet_requests"]) / options.hosts
        refused = after["fleet_refused"] - before["fleet_refused"]
        ours.append((said["answered"], cpu, memory, exchanges, refused, after["fleet_open_shells"], said["bytes"]))
        print(
            f"rdpctl   run {run + 1:2}: {said['answered']}/{options.hosts} answered, "
            f"{cpu / options.hosts * 1000:.2f} ms CPU per host, {memory:.1f} MB, {wall:.1f} s, "
            f"{exchanges:.2f} exchanges per host, {refused} refused log-ons {said['first_failure'] or ''}"
        )
    theirs, their_cpu, their_memory, their_wall = measure(
        [sys.executable, __file__, "--pool", str(options.threads)], text, secret
    )
    fleet.close()
    their_each = their_cpu / options.hosts
    print(
        f"pywinrm  {options.threads} threads: {theirs['answered']}/{options.hosts} answered, "
        f"{their_each * 1000:.2f} ms CPU per host, {their_memory:.1f} MB, {their_wall:.1f} s"
    )
    each = max(cpu for _, cpu, *_ in ours) / options.hosts
    peak = max(memory for _, _, memory, *_ in ours)
    print(f"rdpctl without hosts: {idle[1] * 1000:.0f} ms CPU, {idle[2]:.1f} MB; ratio {their_each / each:.1f}")
    check(f"every host answered whole in {options.runs} runs", all(
        answered == options.hosts and size == theirs["bytes"] for answered, *_, size in ours
    ))
    check("no log-on was refused", all(refused == 0 for *_, refused, _, _ in ours))
    check("no shell was left", all(left == 0 for *_, left, _ in ours))
    check("at most 7 exchanges per host", all(exchanges <= 7.01 for _, _, _, exchanges, *_ in ours))
    check(f"{peak:.1f} MB <= 100 MB in the worst run", peak <= 100)
    check(f"{each * 1000:.2f} ms <= 8 ms CPU per host in the worst run", each * 1000 <= 8)
    check(f"{their_each / each:.1f} times less CPU than pywinrm, wanted 10", their_each / each >= 10)
    print(f"{sum(checks)} passed, {len(checks) - sum(checks)} failed")
    return 0 if all(checks) else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pool"]:
        pywinrm_pool(json.load(sys.stdin), int(sys.argv[2]))
    else:
        sys.exit(main())
