"""Independent clients against the simulated WinRM endpoints: pywinrm and pypsrp, unchanged.

Usage: witness.py PATH-OF-WINRM-HOST (the example binary of rdpctl-sim). Ends with "N passed, N failed".
"""

import hashlib
import json
import subprocess
import sys
import tempfile
import traceback
import warnings

import requests
import winrm
from pypsrp.client import Client
from pypsrp.exceptions import AuthenticationError, WSManFaultError
from pypsrp.shell import Process, SignalCode, WinRS
from pypsrp.wsman import WSMan
from winrm.exceptions import InvalidCredentialsError, WinRMTransportError
from winrm.protocol import Protocol

warnings.filterwarnings("ignore")

CASES = []


def case(function):
    """Registers a case; its docstring is the fact that it proves."""
    CASES.append(function)
    return function


class World:
    """The running example and what it said about itself."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.said = json.loads(self.process.stdout.readline())
        self.ca = tempfile.NamedTemporaryFile("w", suffix=".pem")
        self.ca.write(self.said["ca"])
        self.ca.flush()

    def counters(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=10)

    def pywinrm(self, where, transport, **more):
        options = {"username": self.said["user"], "password": self.said["password"], **more}
        if self.said[where].startswith("https"):
            options.setdefault("ca_trust_path", self.ca.name)
        return Protocol(endpoint=self.said[where], transport=transport, **options)

    def pypsrp(self, where, auth, **more):
        url = requests.utils.urlparse(self.said[where])
        options = {"username": self.said["user"], "password": self.said["password"], **more}
        options.setdefault("cert_validation", self.ca.name)
        return WSMan(url.hostname, port=url.port, ssl=url.scheme == "https", auth=auth, **options)


def run(protocol, command, *arguments, stdin=None):
    """One command in a shell of its own: stdout, stderr, exit code."""
    shell = protocol.open_shell()
    try:
        started = protocol.run_command(shell, command, arguments)
        if stdin is not None:
            protocol.send_command_input(shell, started, stdin, end=True)
        try:
            return protocol.get_command_output(shell, started)
        finally:
            protocol.cleanup_command(shell, started)
    finally:
        protocol.close_shell(shell)


def psrp_run(wsman, command, *arguments, stdin=None):
    """The same with pypsrp."""
    with wsman, WinRS(wsman) as shell:
        process = Process(shell, command, list(arguments))
        process.begin_invoke()
        if stdin is not None:
            process.send(stdin, end=True)
        process.end_invoke()
        process.signal(SignalCode.CTRL_C)
        return process.stdout, process.stderr, process.rc


@case
def pywinrm_ntlm_sealed(world):
    """pywinrm, NTLM with message encryption over HTTP, and nothing in clear."""
    assert run(world.pywinrm("stock", "ntlm", message_encryption="always"), "echo", "hello") == (b"hello\r\n", b"", 0)
    counted = world.counters()
    assert counted["clear_text_bodies"] == 0 and counted["open_shells"] == 0, counted


@case
def pywinrm_ntlm_https(world):
    """pywinrm, NTLM over HTTPS, bound to the certificate."""
    assert run(world.pywinrm("https", "ntlm"), "whoami")[0] == b"Administrator\r\n"


@case
def pywinrm_basic_https(world):
    """pywinrm, Basic over HTTPS."""
    assert run(world.pywinrm("https", "basic"), "exit", "7")[2] == 7


@case
def pywinrm_stdin(world):
    """pywinrm, standard input sealed over HTTP."""
    text = "한국어 🙂\r\n".encode() * 500
    assert run(world.pywinrm("stock", "ntlm"), "more", stdin=text)[0] == text


@case
def pywinrm_ten_megabytes(world):
    """pywinrm, ten megabytes of output sealed over HTTP."""
    out, _, code = run(world.pywinrm("stock", "ntlm"), "print", "10485760")
    want = hashlib.sha256(b"0123456789ABCDEF" * 655360).hexdigest()
    assert (hashlib.sha256(out).hexdigest(), code) == (want, 0)


@case
def pywinrm_long_silence(world):
    """pywinrm, a command that is silent for longer than the operation's time-out."""
    protocol = world.pywinrm("stock", "ntlm", operation_timeout_sec=1, read_timeout_sec=5)
    assert run(protocol, "wait", "3")[0] == b"awake\r\n"


@case
def pywinrm_wrong_password(world):
    """pywinrm, a wrong password is refused over HTTP and over HTTPS."""
    for where in ("stock", "https"):
        try:
            run(world.pywinrm(where, "ntlm", password="wrong"), "whoami")
        except InvalidCredentialsError:
            continue
        raise AssertionError(f"{where} let a wrong password in")


@case
def pywinrm_clear_text_refused(world):
    """pywinrm, clear text is answered with 500 and an empty body by a stock host."""
    try:
        run(world.pywinrm("stock", "ntlm", message_encryption="never"), "whoami")
    except WinRMTransportError as error:
        assert error.code == 500 and not error.response_text, error
        return
    raise AssertionError("clear text was let in")


@case
def pywinrm_expired_certificate(world):
    """pywinrm, an expired certificate is seen as such."""
    try:
        run(world.pywinrm("expired", "ntlm"), "whoami")
    except requests.exceptions.SSLError as error:
        assert "expired" in str(error), error
        return
    raise AssertionError("the certificate passed")


@case
def pywinrm_session(world):
    """pywinrm, its simplest interface."""
    session = winrm.Session(world.said["stock"], auth=(world.said["user"], world.said["password"]), transport="ntlm")
    assert session.run_cmd("echo", ["a & b"]).std_out == b"a & b\r\n"


@case
def pypsrp_negotiate_sealed(world):
    """pypsrp, NTLM inside SPNEGO with message encryption over HTTP."""
    assert psrp_run(world.pypsrp("stock", "negotiate"), "echo", "hello") == (b"hello\r\n", b"", 0)


@case
def pypsrp_ntlm_https(world):
    """pypsrp, NTLM over HTTPS with strict channel binding."""
    assert psrp_run(world.pypsrp("https", "ntlm"), "whoami")[0] == b"Administrator\r\n"


@case
def pypsrp_ntlm_https_without_binding(world):
    """pypsrp, NTLM over HTTPS without channel binding is refused by a strict host."""
    try:
        psrp_run(world.pypsrp("https", "ntlm", negotiate_send_cbt=False), "whoami")
    except AuthenticationError:
        return
    raise AssertionError("no binding was let in")


@case
def pypsrp_sealed_inside_tls(world):
    """pypsrp, message encryption inside TLS."""
    assert psrp_run(world.pypsrp("https", "ntlm", encryption="always"), "echo", "x")[0] == b"x\r\n"


@case
def pypsrp_basic_https(world):
    """pypsrp, Basic over HTTPS."""
    assert psrp_run(world.pypsrp("https", "basic"), "exit", "3")[2] == 3


@case
def pypsrp_stdin(world):
    """pypsrp, standard input."""
    assert psrp_run(world.pypsrp("stock", "ntlm"), "more", stdin=b"a\0b\r\n")[0] == b"a\0b\r\n"


@case
def pypsrp_ten_megabytes(world):
    """pypsrp, ten megabytes of output."""
    out, _, _ = psrp_run(world.pypsrp("stock", "ntlm"), "print", "10485760")
    assert len(out) == 10485760 and out[-16:] == b"0123456789ABCDEF"


@case
def pypsrp_code_page(world):
    """pypsrp, a code page is honoured inside the header, and absent otherwise."""
    wsman = world.pypsrp("stock", "ntlm")
    with wsman, WinRS(wsman, codepage=65001) as shell:
        process = Process(shell, "chcp")
        process.invoke()
        assert process.stdout == b"Some(65001)\r\n", process.stdout
    assert psrp_run(world.pypsrp("stock", "ntlm"), "chcp")[0] == b"None\r\n"


@case
def pypsrp_fault(world):
    """pypsrp, a shell that is gone is a fault with its number."""
    wsman = world.pypsrp("stock", "ntlm")
    with wsman:
        shell = WinRS(wsman)
        shell.open()
        shell.close()
        shell.opened = True
        try:
            Process(shell, "whoami").invoke()
        except WSManFaultError as error:
            assert error.code == 2150858843, error.code
            return
    raise AssertionError("a closed shell took a command")


@case
def pypsrp_unknown_command(world):
    """pypsrp, standard error and exit code of a command that does not exist."""
    client = Client(
        *[requests.utils.urlparse(world.said["https"]).hostname],
        port=requests.utils.urlparse(world.said["https"]).port,
        username=world.said["user"], password=world.said["password"], auth="ntlm", cert_validation=world.ca.name,
    )
    with client:
        out, err, code = client.execute_cmd("nonsense")
    assert (out, code) == ("", 1) and "nonsense" in err, (out, err, code)


def main():
    world = World(sys.argv[1])
    passed = failed = 0
    try:
        for prove in CASES:
            try:
                prove(world)
                passed += 1
                print(f"ok      {prove.__doc__}")
            except Exception:
                failed += 1
                print(f"FAILED  {prove.__doc__}")
                traceback.print_exc()
        left = world.counters()
    finally:
        world.close()
    if left["open_shells"]:
        failed += 1
        print(f"FAILED  {left['open_shells']} shells were left behind")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
