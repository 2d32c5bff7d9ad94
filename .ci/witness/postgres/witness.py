"""PostgreSQL as a state, against a real server that is started here and answers on this machine alone.

Wants RDPCTL, the binary, and EXAMPLES, the folder with `prove_postgres`. Ends with "N passed, N failed".
"""

import datetime
import glob
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
RDPCTL = os.environ["RDPCTL"]
EXAMPLES = os.environ["EXAMPLES"]
CASES = []
DENY = (
    r'reg add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" '
    r"/v fDenyTSConnections /t REG_DWORD /d 1 /f"
)


def case(function):
    """Registers a case; its docstring is the fact that it proves."""
    CASES.append(function)
    return function


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def call(*command, **more):
    more = {"check": True, "capture_output": True, "text": True, **more}
    try:
        return subprocess.run([str(part) for part in command], **more)
    except subprocess.CalledProcessError as error:
        raise AssertionError(f"{command}: {error.returncode}\n{error.stdout}\n{error.stderr}") from None


class Server:
    """A server of its own, as whom a server may run: it refuses root."""

    def __init__(self, folder):
        self.folder = folder
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not programs:
            sys.exit("there is no PostgreSQL here: .ci/step/install")
        self.programs = pathlib.Path(programs[-1])
        self.port = free_port()
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        if os.getuid() == 0:
            os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        self.data = folder / "data"
        secret = folder / "secret"
        secret.write_text("pass:word\n")
        self.own(secret)
        self.call("initdb", "--pgdata", self.data, "--username", "team", "--auth", "scram-sha-256",
                  "--pwfile", secret, "--encoding", "UTF8")
        self.certify()
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.write(
                f"port = {self.port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{folder}'\n"
                f"ssl = on\nssl_cert_file = '{folder}/server.pem'\nssl_key_file = '{folder}/server.key'\n"
                f"ssl_ca_file = '{folder}/ca.pem'\n"
            )
        (self.data / "pg_hba.conf").write_text(
            "local all all scram-sha-256\n"
            "hostssl all certified all cert\n"
            "host all all 127.0.0.1/32 scram-sha-256\n"
        )
        self.start()

    def own(self, path):
        path.chmod(0o600)
        if os.getuid() == 0:
            os.chown(path, self.user.pw_uid, self.user.pw_gid)

    def call(self, program, *arguments):
        more = {"user": self.user.pw_uid, "group": self.user.pw_gid} if os.getuid() == 0 else {}
        return call(self.programs / program, *arguments, cwd=self.folder, stdin=subprocess.DEVNULL, **more)

    def certify(self):
        """An authority, a certificate for `localhost`, and one for the user `certified`."""
        made = {"cwd": self.folder}
        for name in ["ca", "other"]:
            call("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3", "-subj", f"/CN={name}",
                 "-keyout", f"{name}.key", "-out", f"{name}.pem", **made)
        for name, subject, names in [("server", "/CN=localhost", "DNS:localhost"),
                                     ("client", "/CN=certified", "DNS:certified")]:
            (self.folder / "names").write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
            call("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", f"{name}.key",
                 "-out", f"{name}.csr", **made)
            call("openssl", "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                 "-CAcreateserial", "-days", "3", "-extfile", "names", "-out", f"{name}.pem", **made)
        self.own(self.folder / "server.key")

    def start(self):
        self.call("pg_ctl", "--pgdata", self.data, "--wait", "--log", self.folder / "log", "start")

    def stop(self, mode="immediate"):
        self.call("pg_ctl", "--pgdata", self.data, "--wait", "--mode", mode, "stop")

    def url(self, database="postgres", host="127.0.0.1", user="team", password=":pass%3Aword", more=""):
        return f"postgres://{user}{password}@{host}:{self.port}/{database}{more}"


class Office:
    """The loop's example against a simulator of its own, its state in a schema of the database."""

    def __init__(self, server, name, mode="enforce"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=name))
        self.grants = self.folder.parent / f"{self.folder.name}-grants.toml"
        self.url = server.url(password="", more=f"?schema={name}")
        shutil.copy(ROOT / "examples/quickstart/world.toml", self.folder)
        self.simulator = subprocess.Popen(
            [RDPCTL, "sim", "world.toml", "--format", "json", "--remember", "world"],
            cwd=self.folder, stdout=subprocess.PIPE, text=True,
        )
        self.said = json.loads(self.simulator.stdout.readline())
        self.environment = {
            **os.environ, "RDPCTL_GRANTS": str(self.grants), "PGPASSWORD": "pass:word", "USER": "tester",
            "HOME": str(self.folder),
        }
        declared = (ROOT / "examples/loop/rdp.toml").read_text().replace('"enforce"', f'"{mode}"')
        for account, prefix in [("gz", "GZ"), ("gz-legacy", "LEGACY")]:
            keys = self.said["credentials"][account]
            self.environment |= {f"{prefix}_ID": keys["secret-id"], f"{prefix}_KEY": keys["secret-key"]}
            declared = declared.replace(
                f"[provider.{account}]\n",
                f'[provider.{account}]\nendpoint = "{self.said["tencent"]}"\n'
                f'credentials = {{ id = "env:{prefix}_ID", key = "env:{prefix}_KEY" }}\n',
            )
        (self.folder / "rdp.toml").write_text(f'{declared}\n[state]\nurl = "{self.url}"\n')
        text = ""
        self.grants.touch(mode=0o600)
        for _ in range(2):
            text += self.run("trust", "--print", ends=(0, 3)).stdout
            self.grants.write_text(text)
            self.grants.chmod(0o600)

    def run(self, *arguments, ends=(0,), **more):
        done = call(RDPCTL, *arguments, cwd=self.folder, env=self.environment | more, check=False)
        assert done.returncode in ends, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def hatch(self, name, **body):
        request = urllib.request.Request(
            f"{self.said['tencent'].rstrip('/')}/__sim/{name}", data=json.dumps(body).encode(), method="POST"
        )
        return json.load(urllib.request.urlopen(request, timeout=30))

    def addresses(self):
        """The addresses that the world has ever held, by its own log and never by our journal."""
        log = next((self.folder / "world").glob("*.jsonl")).read_text()
        return set(re.findall(r"\beip-\w+", log))

    def close(self):
        self.simulator.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.grants.unlink(missing_ok=True)


class Loop:
    """`rdpctl run` beside the case."""

    def __init__(self, office, *more, by=()):
        self.process = subprocess.Popen(
            [*by, RDPCTL, "run", "--format", "json", "--clouds-every", "1s", "--machines-every", "2s", *more],
            cwd=office.folder, env=office.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        self.told, self.complaints, self.place = [], [], 0
        self.news = threading.Condition()
        threading.Thread(target=self.listen, daemon=True).start()
        threading.Thread(target=self.hear, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            with self.news:
                self.told.append(json.loads(line))
                self.news.notify_all()
        with self.news:
            self.told.append({"event": "over"})
            self.news.notify_all()

    def hear(self):
        for line in self.process.stderr:
            self.complaints.append(line)

    def until(self, *wanted, seconds=90):
        """Waits for one of these events after what was waited for before."""
        end = time.monotonic() + seconds
        with self.news:
            while True:
                while self.place < len(self.told):
                    event = self.told[self.place]
                    self.place += 1
                    if event["event"] in wanted:
                        return event
                    assert event["event"] != "over", self.report()
                assert self.news.wait(end - time.monotonic()), f"no {wanted}: {self.report()}"

    def report(self):
        return f"{[event['event'] for event in self.told][-40:]}\n{''.join(self.complaints)}"

    def ends(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=60)
        assert code == 0, f"{code}: {self.report()}"


@case
def the_store_plays_every_role(server):
    """The conformance suite of every store, and what two connections may not do to each other."""
    print(call(f"{EXAMPLES}/prove_postgres", server.url(), timeout=600).stdout, end="")


@case
def a_person_works_on_it_as_on_a_file(server):
    """plan, apply, history, verify, pull and push by a URL that the declaration names and a person granted."""
    office = Office(server, "person")
    try:
        granted = office.grants.read_text()
        office.grants.write_text("")
        refused = office.run("plan", ends=(1,)).stderr
        assert "not granted" in refused, refused
        office.grants.write_text(granted)
        assert "There is no state" in office.run("state", "list").stderr
        office.run("apply", "--auto-approve", "--allow", "spend,reboot")
        office.run("plan", "--detailed-exitcode")
        head = json.loads(office.run("state", "verify", "--format", "json").stdout)["head"]
        office.run("state", "verify", "--head", head)
        document = office.folder / "state.json"
        document.write_text(office.run("state", "pull").stdout)
        file = office.folder / "copy" / "state.db"
        office.run("state", "push", document, "--state", file)
        office.run("state", "verify", "--head", head, "--state", file)
        again = office.run("state", "pull", "--state", file).stdout
        assert again == document.read_text(), "what came out of both is not the same"
        other = server.url(password="", more="?schema=person_copy")
        office.run("state", "push", document, "--state", other)
        office.run("state", "verify", "--head", head, "--state", other)
        said = office.run("state", "list", "--state", server.url(password=":hunter2"), ends=(1,)).stderr
        assert "password authentication failed" in said and "hunter2" not in said, said
    finally:
        office.close()


@case
def two_loops_never_do_one_step_twice(server):
    """Three times the active loop is killed in the middle of a run; the other follows; one address was ever bought."""
    office = Office(server, "pair")
    loops = [Loop(office)]
    loops[0].until("leading")
    loops.append(Loop(office))
    try:
        leader = 0
        for event in ["began", "done", "done"]:
            loops[leader].until(event)
            loops[leader].process.kill()
            loops[leader].process.wait()
            # So that there is something to do, whatever was done before.
            office.hatch("run", vm="legacy-01", command=DENY)
            leader = 1 - leader
            loops[leader].until("leading")
            loops[1 - leader] = Loop(office)
        # What the last one began may have mended all of it.
        end = time.monotonic() + 120
        while office.run("plan", "--detailed-exitcode", ends=(0, 2, 3)).returncode != 0:
            assert time.monotonic() < end, loops[leader].report()
            time.sleep(1)
        for loop in loops:
            loop.ends()
        assert len(office.addresses()) == 1, office.addresses()
        office.run("state", "verify")
        unfinished = [run for run in json.loads(office.run("state", "pull").stdout)["runs"] if not run.get("ended")]
        assert unfinished == [], unfinished
    finally:
        for loop in loops:
            loop.process.kill()
        office.close()


def on_another_host(folder, number):
    """A program that runs another one where the system says that it was started another time: for leases another host."""
    boot = folder / f"boot-{number}"
    boot.write_text(f"00000000-0000-0000-0000-{number:012}\n")
    own = [] if os.getuid() == 0 else ["--user", "--map-root-user"]
    bind = f"mount --bind {boot} /proc/sys/kernel/random/boot_id"
    if subprocess.run(["unshare", *own, "--mount", "sh", "-c", bind], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        return None
    return ["unshare", *own, "--mount", "sh", "-c", f'{bind} && exec "$0" "$@"']


@case
def a_standby_on_another_host_leads_in_time(server):
    """At most 20 s after a kill of the leader, and at once after a clean end, with nothing but the database in common."""
    office = Office(server, "hosts", mode="detect")
    hosts = [on_another_host(office.folder, number) for number in (1, 2, 3)]
    if None in hosts:
        print("  left out: nobody may hide from a process here when the system was started")
        office.close()
        return
    loops = []
    try:
        loops.append(Loop(office, by=hosts[0]))
        loops[0].until("leading")
        loops.append(Loop(office, by=hosts[1]))
        loops[1].until("watching")
        killed = datetime.datetime.now(datetime.timezone.utc)
        loops[0].process.kill()
        led = datetime.datetime.fromisoformat(loops[1].until("leading")["at"])
        after = (led - killed).total_seconds()
        assert 0 < after <= 20, f"it was followed after {after} s"
        loops[1].until("ready")
        loops.append(Loop(office, by=hosts[2]))
        loops[2].until("watching")
        loops[1].ends()
        ended = datetime.datetime.now(datetime.timezone.utc)
        led = datetime.datetime.fromisoformat(loops[2].until("leading")["at"])
        clean = (led - ended).total_seconds()
        assert clean <= 3, f"a clean end was followed after {clean} s"
        loops[2].ends()
        print(f"  followed {after:.1f} s after the kill, {max(clean, 0):.1f} s after the clean end")
    finally:
        for loop in loops:
            loop.process.kill()
        office.close()


@case
def a_database_that_is_gone_is_waited_for(server):
    """For longer than any lease lives: the loop says so, answers whoever asks, and goes on with what drifted meanwhile."""
    office = Office(server, "outage")
    office.run("apply", "--auto-approve", "--allow", "spend,reboot")
    port = free_port()
    loop = Loop(office, "--listen", f"127.0.0.1:{port}")
    try:
        loop.until("ready")
        server.stop()
        began = time.monotonic()
        said = loop.until("forgetful")
        assert "does not answer" in json.dumps(said), said
        office.hatch("run", vm="legacy-01", command=DENY)
        # Past the lease's fifteen seconds it is the same whether it lasts half a minute or five.
        loop.until("deposed", seconds=60)
        numbers = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10)
        assert b"rdpctl_" in numbers.read()
        # Whoever looks is shown what is known, and told what is wrong.
        for path in ("/", "/?view=matrix", "/instances/web-01", "/held", "/runs", "/drift", "/loop"):
            # What is shown is made anew within a few seconds of what happened.
            until = time.monotonic() + 30
            page, wanted = "", ("The state does not serve", "leads no more")
            while not all(sentence in page for sentence in wanted):
                assert time.monotonic() < until, f"{path}: {[sentence in page for sentence in wanted]}"
                page = urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30).read().decode()
        fleet = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/fleet.json", timeout=10))
        assert sum(fleet["numbers"].values()) == 2, fleet
        refused = office.run("plan", ends=(1,))
        assert "does not answer" in refused.stderr, refused.stderr
        time.sleep(max(0.0, 25 - (time.monotonic() - began)))
        server.start()
        loop.until("remembers")
        loop.until("mended")
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10).read().decode()
        assert "The state does not serve" not in page, page[-4000:]
        loop.ends()
        office.run("plan", "--detailed-exitcode")
        office.run("state", "verify")
    finally:
        loop.process.kill()
        office.close()


@case
def tls_is_as_users_of_libpq_expect(server):
    """Authorities, names, client certificates, passwords in files, services; and nothing in the clear to elsewhere."""
    office = Office(server, "wire")
    where = str(server.folder)
    try:
        def said(url, ends=(0,), **more):
            environment = {name: value for name, value in more.items()}
            return office.run("state", "verify", "--state", url, ends=ends, **environment)

        full = f"?schema=wire&sslmode=verify-full&sslrootcert={where}/ca.pem"
        said(server.url(host="localhost", more=full))
        wrong = said(server.url(host="127.0.0.1", more=full), ends=(1,)).stderr
        assert "not valid for name" in wrong, wrong
        for mode in ["verify-ca", "require"]:
            said(server.url(more=full.replace("verify-full", mode)))
        wrong = said(server.url(host="localhost", more=full.replace("/ca.pem", "/other.pem")), ends=(1,)).stderr
        assert "certificate" in wrong, wrong
        certified = f"{full}&sslcert={where}/client.pem&sslkey={where}/client.key"
        wrong = said(server.url(host="localhost", user="certified", password="", more=full), ends=(1,)).stderr
        assert "certificate" in wrong, wrong
        wrong = said(server.url(host="localhost", user="certified", password="", more=certified), ends=(1,)).stderr
        assert 'role "certified" does not exist' in wrong, wrong
        wrong = said(server.url(password=":wrong"), ends=(1,)).stderr
        assert "password authentication failed" in wrong, wrong

        passwords = office.folder / ".pgpass"
        passwords.write_text(f"127.0.0.1:{server.port}:*:team:pass\\:word\n")
        passwords.chmod(0o644)
        wrong = said(server.url(password=""), ends=(1,), PGPASSWORD="").stderr
        assert "chmod 600" in wrong, wrong
        passwords.chmod(0o600)
        said(server.url(password=""), PGPASSWORD="")
        services = office.folder / ".pg_service.conf"
        services.write_text(f"[state]\nhost={where}\nport={server.port}\nuser=team\ndbname=postgres\n")
        said("postgres://?service=state", PGPASSWORD="pass:word")
        wrong = said("postgres://db.example/state?sslmode=prefer", ends=(1,)).stderr
        assert "would send the state to db.example in the clear" in wrong, wrong
        wrong = said("postgres://db.example/state?gssencmode=require", ends=(1,)).stderr
        assert "`gssencmode` is not supported: there is no Kerberos here" in wrong, wrong
    finally:
        office.close()


def main():
    failed = 0
    chosen = [function for function in CASES if not sys.argv[1:] or function.__name__ in sys.argv[1:]]
    with tempfile.TemporaryDirectory(prefix="rdpctl-postgres-") as folder:
        folder = pathlib.Path(folder)
        server = Server(folder)
        try:
            for function in chosen:
                began = time.monotonic()
                try:
                    function(server)
                    print(f"passed: {function.__doc__} ({time.monotonic() - began:.0f} s)", flush=True)
                except Exception:
                    failed += 1
                    print(f"FAILED: {function.__doc__}\n{traceback.format_exc()}", flush=True)
        finally:
            server.stop()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
