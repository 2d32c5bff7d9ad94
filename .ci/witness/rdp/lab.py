"""Real RDP servers on loopback, each in its own folder, ended with the process that started them."""

import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

# Below the ephemeral range: FreeRDP fails on a port that was some client's a minute ago.
FIRST_PORT, LAST_PORT = 20000, 32000
# Nothing that is started here may outlive this, whatever happens to the witness.
LIFETIME = "120"


class Lab:
    """A folder, a range of ports, and every process that was started."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="rdp-witness-"))
        self.processes = []
        self.next_port = FIRST_PORT + os.getpid() % 5000
        self.display = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            end(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def port(self):
        """A port that nobody listens on."""
        while self.next_port < LAST_PORT:
            self.next_port += 1
            with socket.socket() as probe:
                try:
                    probe.bind(("127.0.0.1", self.next_port))
                except OSError:
                    continue
                return self.next_port
        raise RuntimeError("no free port left")

    def home(self, name):
        folder = self.folder / name
        folder.mkdir()
        return folder

    def start(self, command, log, **more):
        """Starts a process in a group of its own, limited in time."""
        with open(log, "wb") as out:
            process = subprocess.Popen(
                ["timeout", LIFETIME, *map(str, command)],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, **more)
        self.processes.append(process)
        return process

    def listen(self, command, port, log, **more):
        """Starts a server and waits until it listens; some need a second chance."""
        for _ in range(3):
            process = self.start(command, log, **more)
            if wait_for_listener(port, process):
                return process
            end(process)
        raise RuntimeError(f"no listener on {port}: {command}\n{pathlib.Path(log).read_text(errors='replace')}")

    def certificate(self, name, subject="/CN=vm1", bits=2048, digest="sha256", start=None, end_=None, days=90):
        """A self-signed certificate and its key, with OpenSSL."""
        folder = self.home(f"certificate-{name}")
        key, crt = folder / "c.key", folder / "c.crt"
        quiet = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "timeout": 180}
        make = ["openssl", "req", "-newkey", f"rsa:{bits}", "-nodes", "-keyout", key, "-subj", subject, f"-{digest}"]
        if start is None:
            subprocess.run([*make, "-x509", "-days", str(days), "-out", crt], **quiet)
            return crt, key
        config = folder / "ca.cnf"
        config.write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={folder}/index\nnew_certs_dir={folder}\nserial={folder}/serial\n"
            "policy=p\nunique_subject=no\n[p]\ncommonName=optional\n")
        (folder / "index").write_text("")
        (folder / "serial").write_text("01\n")
        subprocess.run([*make, "-out", folder / "c.csr"], **quiet)
        subprocess.run(
            ["openssl", "ca", "-batch", "-config", config, "-selfsign", "-keyfile", key, "-in", folder / "c.csr",
             "-out", crt, "-startdate", start, "-enddate", end_, "-md", digest, "-notext"], **quiet)
        return crt, key

    def xrdp(self, name, security, certificate=None, key=None, versions="TLSv1.2, TLSv1.3", ciphers=None):
        """xrdp with any mix of security layer and TLS versions."""
        folder, port = self.home(name), self.port()
        missing = folder / "no-such-file"
        lines = [
            "[Globals]", "ini_version=1", "fork=true", f"port=tcp://127.0.0.1:{port}",
            f"security_layer={security}", "crypt_level=high",
            f"certificate={certificate or missing}", f"key_file={key or missing}",
            f"ssl_protocols={versions}", *([f"tls_ciphers={ciphers}"] if ciphers else []),
            "autorun=", "max_bpp=32",
            "[Logging]", f"LogFile={folder}/x.log", "LogLevel=INFO", "EnableSyslog=false",
            "[Channels]",
            "[Xorg]", "name=Xorg", "lib=libxup.so", "username=ask", "password=ask", "ip=127.0.0.1", "port=-1", "code=20",
        ]
        (folder / "x.ini").write_text("\n".join(lines) + "\n")
        self.listen(["xrdp", "-n", "-c", folder / "x.ini"], port, folder / "out.log")
        return port

    def screen(self):
        """One display for all FreeRDP servers and clients."""
        if self.display is None:
            # The server itself takes a free number, and says which once it can be used.
            ready, said = os.pipe()
            command = ["Xvfb", "-displayfd", str(said), "-screen", "0", "640x480x24", "-nolisten", "tcp"]
            self.start(command, self.folder / "xvfb.log", pass_fds=[said])
            os.close(said)
            with open(ready, encoding="ascii") as number:
                self.display = f":{int(number.readline())}"
            (self.folder / "sam").write_bytes(
                subprocess.run(["winpr-hash", "-u", "probe", "-p", "Sw0rdfish!", "-f", "sam"],
                               check=True, capture_output=True, timeout=20).stdout)
        return self.display

    def shadow(self, name, *options, openssl=None):
        """FreeRDP's shadow server. Returns its port and its certificate."""
        display, folder, port = self.screen(), self.home(name), self.port()
        environment = {**os.environ, "DISPLAY": display, "HOME": str(folder)}
        if openssl:
            (folder / "openssl.cnf").write_text(openssl)
            environment["OPENSSL_CONF"] = str(folder / "openssl.cnf")
        sam = [f"/sam-file:{self.folder}/sam"] if "+auth" in options else []
        command = ["freerdp-shadow-cli", f"/port:{port}", "/bind-address:127.0.0.1", *options, *sam]
        self.listen(command, port, folder / "out.log", env=environment)
        return port, folder / ".config/freerdp/shadow/shadow.crt"

    def weston(self, name, *options):
        """weston's RDP backend."""
        folder, port = self.home(name), self.port()
        runtime = folder / "run"
        runtime.mkdir(mode=0o700)
        environment = {**os.environ, "XDG_RUNTIME_DIR": str(runtime)}
        command = ["weston", "--backend=rdp-backend.so", "--no-config", "--address=127.0.0.1", f"--port={port}",
                   "--no-clients-resize", f"--socket={name}", *options]
        self.listen(command, port, folder / "out.log", env=environment)
        return port


def wait_for_listener(port, process, seconds=20):
    """Waits without connecting, since a connection would be the server's first caller."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        seen = subprocess.run(["ss", "-Hltn", f"sport = :{port}"], capture_output=True, timeout=10).stdout
        if seen.strip():
            return True
        time.sleep(0.1)
    return False


def end(process):
    """Ends the group of a process that this module started."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(5)
