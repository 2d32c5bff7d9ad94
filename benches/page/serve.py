#!/usr/bin/env python3
"""How soon the page answers beside a running loop, and what open streams add to the loop.

    benches/page/serve.py BINARY [MACHINES] [SECONDS] [CLOUDS_EVERY]

BINARY is a release of rdpctl, which serves the simulated account in a process of its own as well. Of MACHINES (10,000) a
hundredth differs; once all were looked at, each of three measurements takes SECONDS (60), while every five seconds one
machine is switched off or on behind everybody's back, so that there is something to tell:

* the loop's CPU and memory with nobody looking, and with 64 open streams (limit: a tenth more);
* the first byte of eight pages in turn at 50 requests a second, a connection each (limit: 50 ms in 99 of 100);
* the sizes of the pages (limits: fleet 60 KB, matrix 100 KB of 50 rows and 250 KB of 200).

The handshake is not looked at: ten thousand machines would need as many ports. CLOUDS_EVERY (10s) is how often the loop asks
the cloud for all instances. It ends with 1 where a limit is missed.
"""

import json
import os
import pathlib
import re
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "scale"))
import worlds

KEYS = {"TENCENTCLOUD_SECRET_ID": "AKIDscale000000000000000000000000000",
        "TENCENTCLOUD_SECRET_KEY": "scale-opens-nothing"}
TICKS = os.sysconf("SC_CLK_TCK")
STREAMS, A_SECOND, LATEST = 64, 50, 0.050
missed = []


# Nobody has to authenticate before he sees a desktop.
OPEN = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { UserAuthentication = 0 }"


def world(machines):
    """All behind one security group, of which a hundredth differs."""
    differ = max(1, machines // 100)
    return "".join([worlds.ACCOUNT, worlds.group("sg-00000000", "ACCEPT tcp 3389 198.51.100.0/24"),
                    worlds.cohort("v", machines - differ, "sg-00000000"),
                    worlds.cohort("w", differ, "sg-00000000", guest=OPEN)])


def spent(pid):
    """Seconds of CPU so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def memory(pid):
    """MiB, resident now."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def limit(holds, says):
    print(f"  {'ok    ' if holds else 'MISSED'}  {says}", flush=True)
    if not holds:
        missed.append(says)


def first_byte(at, path):
    """Seconds until the first byte of an answer, and all of the answer."""
    host, port = at.split(":")
    with socket.create_connection((host, int(port)), timeout=60) as talk:
        began = time.monotonic()
        talk.sendall(f"GET {path} HTTP/1.1\r\nhost: {at}\r\nconnection: close\r\n\r\n".encode())
        answer = talk.recv(1)
        took = time.monotonic() - began
        while piece := talk.recv(65536):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 "):
        sys.exit(f"{path}: {head[:200]}")
    return took, body


def windows(loop, url, seconds):
    """What a process takes of a core over a window, while something turns every five seconds."""
    before, since, off = spent(loop.pid), time.monotonic(), False
    while (passed := time.monotonic() - since) < seconds:
        state = "running" if off else "stopped"
        off = not off
        data = json.dumps({"vm": "v-00007", "state": state}).encode()
        urllib.request.urlopen(urllib.request.Request(f"{url}/__sim/power", method="POST", data=data)).close()
        time.sleep(min(5, seconds - passed))
    return (spent(loop.pid) - before) / (time.monotonic() - since), memory(loop.pid)


class Streams:
    """So many who listen, and read all that they are told."""

    def __init__(self, at):
        host, port = at.split(":")
        self.told, self.stop, self.wait = 0, False, selectors.DefaultSelector()
        for _ in range(STREAMS):
            talk = socket.create_connection((host, int(port)), timeout=60)
            talk.sendall(f"GET /events HTTP/1.1\r\nhost: {at}\r\n\r\n".encode())
            self.wait.register(talk, selectors.EVENT_READ)
        self.reads = threading.Thread(target=self.read)
        self.reads.start()

    def read(self):
        while not self.stop:
            for key, _ in self.wait.select(timeout=0.5):
                self.told += key.fileobj.recv(65536).count(b"event: changed")

    def close(self):
        self.stop = True
        self.reads.join()
        for key in list(self.wait.get_map().values()):
            key.fileobj.close()


def answers(at, seconds):
    """First bytes at a steady pace, whatever becomes of those before."""
    fleet = json.loads(first_byte(at, "/fleet.json")[1])
    rows = json.loads(first_byte(at, "/fleet.json?view=matrix&per=1")[1])["rows"]
    paths = ["/", "/?view=matrix", "/?view=matrix&per=200", "/held", "/drift", "/loop",
             # The largest group: that of the one machine that is switched comes and goes.
             f"/groups/{max(fleet['causes'], key=lambda one: one['instances'])['key']}", f"/instances/{rows[0]['name']}"]
    took, threads, lock = [], [], threading.Lock()

    def ask(path):
        one = first_byte(at, path)[0]
        with lock:
            took.append((one, path))

    began = time.monotonic()
    for number in range(int(seconds * A_SECOND)):
        time.sleep(max(0.0, began + number / A_SECOND - time.monotonic()))
        threads.append(threading.Thread(target=ask, args=(paths[number % len(paths)],)))
        threads[-1].start()
    for one in threads:
        one.join()
    return sorted(took)


def main():
    binary = sys.argv[1]
    machines = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 60
    every = sys.argv[4] if len(sys.argv) > 4 else "10s"
    with tempfile.TemporaryDirectory() as home:
        home = pathlib.Path(home)
        (home / "world.toml").write_text(world(machines))
        server = subprocess.Popen([binary, "sim", home / "world.toml", "--format", "json"],
                                  stdout=subprocess.PIPE, text=True)
        url = json.loads(server.stdout.readline())["tencent"].rstrip("/")
        place = home / "declared"
        place.mkdir()
        (place / "rdp.toml").write_text(worlds.fleet(worlds.INSIDE).replace("{endpoint}", url))
        (home / "grants.toml").write_text(f'[[endpoint]]\nprovider = "tencent"\nurl = "{url}"\n')
        loop = subprocess.Popen(
            [binary, "run", "--format", "json", "--clouds-every", every, "--listen", "127.0.0.1:0", place],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env={**os.environ, **KEYS, "RDPCTL_GRANTS": str(home / "grants.toml")})
        try:
            at = next(m[1] for m in (re.search(r"answers at http://(\S+)/metrics", line) for line in loop.stderr) if m)
            threading.Thread(target=loop.stderr.read, daemon=True).start()
            for line in loop.stdout:
                if json.loads(line)["event"] == "ready":
                    break
            else:
                sys.exit("the loop ended")
            threading.Thread(target=lambda: [None for _ in loop.stdout], daemon=True).start()
            while True:
                try:
                    with urllib.request.urlopen(f"http://{at}/fleet.json"):
                        break
                except urllib.error.HTTPError:
                    time.sleep(0.5)
            print(f"{machines} machines", flush=True)
            windows(loop, url, min(10, seconds))
            alone, rests = windows(loop, url, seconds)
            streams = Streams(at)
            watched, kept = windows(loop, url, seconds)
            told = streams.told
            streams.close()
            print(f"the loop over {seconds:.0f} s: {alone:.2%} of a core, {rests:.0f} MiB with nobody looking; "
                  f"{watched:.2%}, {kept:.0f} MiB with {STREAMS} streams, which were told {told} changes", flush=True)
            limit(watched <= alone * 1.1 + 0.001, f"CPU {watched / max(alone, 1e-9) - 1:+.1%} (limit +10 %)")
            limit(kept <= rests * 1.1, f"memory {kept / rests - 1:+.1%} (limit +10 %)")
            took = answers(at, seconds)
            asked = int(seconds * A_SECOND)
            limit(len(took) == asked, f"{len(took)} of {asked} were answered with a page")
            at_share = lambda share: took[min(len(took) - 1, int(len(took) * share))]
            print(f"first byte of {len(took)} answers at {A_SECOND} a second: half within {at_share(0.5)[0] * 1e3:.1f} ms, "
                  f"99 in 100 within {at_share(0.99)[0] * 1e3:.1f} ms, the slowest {took[-1][0] * 1e3:.1f} ms ({took[-1][1]})")
            limit(at_share(0.99)[0] <= LATEST, f"99 in 100 within {LATEST * 1e3:.0f} ms")
            for path, most in (("/", 60), ("/?view=matrix", 100), ("/?view=matrix&per=200", 250)):
                size = len(first_byte(at, path)[1])
                limit(size <= most * 1024, f"{path}: {size} bytes (limit {most} KB)")
        finally:
            loop.terminate()
            loop.wait()
            server.terminate()
            server.wait()
    sys.exit(1 if missed else 0)


main()
