#!/usr/bin/env python3
"""The vendor's own command line against the simulator, unchanged, over HTTPS, through what rdpctl asks of Azure.

    python3 -m venv target/venv/azure-cli
    target/venv/azure-cli/bin/pip install -r .ci/witness/azure-cli/requirements.txt
    CARGO_TARGET_DIR=target RDPCTL=target/debug/rdpctl .ci/witness/azure-cli/witness.py

`az graph` and `az serial-console` are extensions that are had from elsewhere than PyPI: the graph is asked by `az rest`,
and the console by the witness of the SDKs. Ends with "N passed, N failed".
"""

import json
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import driven  # noqa: E402

RDPCTL = shlex.split(os.environ.get("RDPCTL", "rdpctl"))
AZ = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", "target")).absolute() / "venv/azure-cli/bin/az"
CASES = []


def case(function):
    CASES.append(function)
    return function


class Cloud:
    """A running simulator, and the command line that is logged on to it."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            [*RDPCTL, "sim", str(HERE / "world.toml"), "--format", "json"], stdout=subprocess.PIPE, text=True
        )
        said = json.loads(self.process.stdout.readline())
        self.base, self.hatch = said["azure-tls"], said["tencent"]
        self.keys = said["credentials"]["corp"]
        self.group = f"/subscriptions/{self.keys['subscription']}/resourceGroups/prod"
        authority = folder / "authority.pem"
        authority.write_text(said["azure-authority"])
        # Nothing of whoever runs this: neither their log-on nor their proxies.
        self.around = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "AZURE_CONFIG_DIR": str(folder / "azure"),
            "REQUESTS_CA_BUNDLE": str(authority),
            "AZURE_CORE_COLLECT_TELEMETRY": "false",
            "AZURE_CORE_INSTANCE_DISCOVERY": "false",
            "AZURE_CORE_ONLY_SHOW_ERRORS": "true",
        }

    def ran(self, *words):
        return subprocess.run([AZ, *words], env=self.around, capture_output=True, text=True, timeout=120)

    def az(self, *words):
        """What a command answers, as JSON."""
        ran = self.ran(*words, "--output", "json")
        assert ran.returncode == 0, f"az {shlex.join(words)}: {ran.stderr[-2000:]}"
        return json.loads(ran.stdout) if ran.stdout.strip() else None

    def refused(self, code, *words):
        ran = self.ran(*words)
        assert ran.returncode != 0 and code in ran.stderr, f"az {shlex.join(words)}: {ran.stdout}{ran.stderr[-2000:]}"

    def close(self):
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(timeout=10)


@case
def log_on(cloud):
    """a cloud of one's own is registered by its endpoints, and an application logs on by its secret, not by another"""
    endpoints = ["resource-manager", "active-directory", "active-directory-resource-id", "active-directory-graph-resource-id", "management"]
    cloud.az("cloud", "register", "-n", "sim", *[word for one in endpoints for word in (f"--endpoint-{one}", cloud.base)])
    cloud.az("cloud", "set", "-n", "sim")
    name = ["login", "--service-principal", "-u", cloud.keys["secret-id"], "-t", cloud.keys["tenant"]]
    cloud.refused("7000215", *name, "-p", "wrong")
    accounts = cloud.az(*name, "-p", cloud.keys["secret-key"])
    assert [one["id"] for one in accounts] == [cloud.keys["subscription"]], accounts


@case
def power(cloud):
    """VMs are listed with their states, started, restarted and deallocated"""
    vm = ["-g", "prod", "-n", "idle"]
    cloud.az("vm", "start", *vm)
    cloud.az("vm", "restart", *vm)
    cloud.az("vm", "deallocate", *vm)
    states = {one["name"]: one["powerState"] for one in cloud.az("vm", "list", "-d")}
    assert states == {"web": "VM running", "idle": "VM deallocated"}, states
    view = cloud.az("vm", "get-instance-view", "-g", "prod", "-n", "web")["instanceView"]
    assert view["vmAgent"]["statuses"][0]["displayStatus"] == "Ready", view


@case
def commands(cloud):
    """a script runs, plain and managed; one for a VM that is off is refused"""
    vm, script = ["-g", "prod", "--vm-name", "web", "--name", "look"], "& cmd.exe /d /c ver"
    plain = ["vm", "run-command", "invoke", "-g", "prod", "--command-id", "RunPowerShellScript", "--scripts", script]
    streams = [one["code"] for one in cloud.az(*plain, "-n", "web")["value"]]
    assert streams == ["ComponentStatus/StdOut/succeeded", "ComponentStatus/StdErr/succeeded"], streams
    cloud.refused("OperationNotAllowed", *plain, "-n", "idle")
    cloud.az("vm", "run-command", "create", *vm, "--script", script)
    seen = cloud.az("vm", "run-command", "show", *vm, "--instance-view")["instanceView"]
    assert seen["executionState"] in ("Succeeded", "Failed"), seen
    cloud.az("vm", "run-command", "delete", *vm, "--yes")
    assert cloud.az("vm", "run-command", "list", *vm[:4]) == []


@case
def rules(cloud):
    """a rule is made, shown and deleted; a number that is taken is refused"""
    rule = ["network", "nsg", "rule", "create", "-g", "prod", "--nsg-name", "web", "--priority", "310", "--access", "Allow"]
    rule += ["--protocol", "Tcp", "--source-address-prefixes", "198.51.100.0/24", "--destination-port-ranges", "3389"]
    assert cloud.az(*rule, "-n", "rdp")["priority"] == 310
    cloud.refused("SecurityRuleConflict", *rule, "-n", "twin")
    group = ["network", "nsg", "show", "-g", "prod", "-n", "web"]
    assert [one["name"] for one in cloud.az(*group)["securityRules"]] == ["web", "rdp"]
    cloud.az("network", "nsg", "rule", "delete", "-g", "prod", "--nsg-name", "web", "-n", "rdp")
    assert [one["name"] for one in cloud.az(*group)["securityRules"]] == ["web"]
    assert [one["name"] for one in cloud.az("network", "vnet", "list")] == ["vnet"]
    assert cloud.az("network", "lb", "list") == []


@case
def address(cloud):
    """an address is made, bound, taken off and deleted"""
    made = ["network", "public-ip"]
    made = cloud.az(*made, "create", "-g", "prod", "-n", "new", "--sku", "Standard", "--location", "koreacentral")
    card = ["network", "nic", "ip-config", "update", "-g", "prod", "--nic-name", "idle-nic", "-n", "ipconfig1"]
    bound = cloud.az(*card, "--public-ip-address", "new")
    assert bound["publicIPAddress"]["id"] == made["publicIp"]["id"], bound
    delete = ["network", "public-ip", "delete", "-g", "prod", "-n", "new"]
    cloud.refused("PublicIPAddressCannotBeDeleted", *delete)
    cloud.az(*card, "--remove", "publicIpAddress")
    cloud.az(*delete)
    listed = cloud.az("network", "public-ip", "list")
    assert "new" not in [one["name"] for one in listed], listed


@case
def disks(cloud):
    """a system disk is copied and lent by a link, and a disk is made of the copy; all is given back"""
    source = f"{cloud.group}/providers/Microsoft.Compute/disks/idle-os"
    copy = ["-g", "prod", "-n", "look"]
    made = cloud.az("snapshot", "create", *copy, "--source", source, "--incremental", "true", "--location", "koreacentral")
    assert made["provisioningState"] == "Succeeded", made
    link = cloud.az("snapshot", "grant-access", *copy, "--duration-in-seconds", "600")["accessSAS"]
    assert link.startswith(cloud.base), link
    cloud.refused("OperationNotAllowed", "snapshot", "delete", *copy)
    cloud.az("snapshot", "revoke-access", *copy)
    disk = ["-g", "prod", "-n", "mended"]
    cloud.az("disk", "create", *disk, "--source", "look", "--location", "koreacentral")
    assert cloud.az("disk", "show", *disk)["diskState"] == "Unattached"
    cloud.az("disk", "delete", *disk, "--yes")
    cloud.az("snapshot", "delete", *copy)
    assert cloud.az("snapshot", "list") == []


@case
def graph(cloud):
    """the graph is asked by `az rest`"""
    query = "Resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name | order by id asc"
    body = json.dumps({"subscriptions": [cloud.keys["subscription"]], "query": query})
    url = f"{cloud.base}/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
    rows = cloud.az("rest", "--method", "post", "--url", url, "--body", body)["data"]
    assert [row["name"] for row in rows] == ["idle", "web"], rows


@case
def activity(cloud):
    """the activity log says who deallocated a VM"""
    vm = f"{cloud.group}/providers/Microsoft.Compute/virtualMachines/idle"
    entries = cloud.az("monitor", "activity-log", "list", "--resource-id", vm, "--offset", "1h")
    who = {entry["operationName"]["value"]: entry["caller"] for entry in entries}
    assert who["Microsoft.Compute/virtualMachines/deallocate/action"] == cloud.keys["secret-id"], who


def main():
    passed, failed = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        cloud = Cloud(pathlib.Path(folder))
        try:
            for function in CASES:
                try:
                    function(cloud)
                    passed += 1
                except (AssertionError, KeyError, subprocess.SubprocessError) as error:
                    failed += 1
                    print(f"FAILED {function.__name__}: {function.__doc__}\n{error!r}", flush=True)
            differs = driven.compare(cloud.hatch, HERE / "driven.txt")
            if differs:
                failed += 1
                print(f"FAILED {differs}")
        finally:
            code = cloud.close()
    if code != 0:
        failed += 1
        print(f"FAILED the simulator ended with {code}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
