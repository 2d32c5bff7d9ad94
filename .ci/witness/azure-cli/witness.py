#!/usr/bin/env python3
"""The Azure CLI against the simulator, unchanged, over HTTPS; and rdpctl's own requests beside those of the CLI.

    python3 -m venv .venv && .venv/bin/pip install -r .ci/witness/azure-cli/requirements.txt
    RDPCTL=target/debug/rdpctl .ci/witness/azure-cli/witness.py .venv/bin/az

Each kind of request (method, type and action) that rdpctl makes in a survey, a repair, a look into a disk and when it gives
back what it made must be among those that the CLI made here, or that the SDK's witness makes where the CLI has no command
for it without an extension. Ends with "N passed, N failed".
"""

import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys
import tempfile
import traceback
import urllib.request

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[2]
RDPCTL = shlex.split(os.environ.get("RDPCTL", "rdpctl"))
KEYS = ROOT / "tests/house/keys/application.pem"
CASES = []

# The CLI has commands for these in extensions alone, which are on no registry: the SDK's witness makes the former, and
# tests/house/serial.rs drives the console's.
ELSEWHERE = {"Microsoft.SerialConsole/consoleServices/read", "Microsoft.SerialConsole/serialPorts/read",
             "Microsoft.SerialConsole/serialPorts/connect/action"}


def case(function):
    CASES.append(function)
    return function


class Sim:
    """A running simulator."""

    def __init__(self, folder):
        certificate = KEYS.read_text().split("-----END CERTIFICATE-----")[0] + "-----END CERTIFICATE-----"
        world = folder / "world.toml"
        world.write_text((HERE / "world.toml").read_text().replace("{certificate}", certificate))
        self.process = subprocess.Popen([*RDPCTL, "sim", world, "--format", "json"], stdout=subprocess.PIPE, text=True)
        self.said = json.loads(self.process.stdout.readline())
        self.keys = self.said["credentials"]["corp"]
        self.ca = folder / "ca.pem"
        self.ca.write_text(self.said["azure-authority"])

    def requests(self):
        """Each kind of request since the simulator started."""
        counters = json.load(urllib.request.urlopen(f"{self.said['tencent']}/__sim/counters"))
        return set(counters["requests"])

    def close(self):
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(timeout=10)


class Cli:
    """The CLI in a configuration of its own."""

    def __init__(self, az, sim, folder):
        self.az, self.sim = az, sim
        self.around = {"PATH": os.environ["PATH"], "HOME": str(folder), "AZURE_CONFIG_DIR": str(folder / "az"),
                       "REQUESTS_CA_BUNDLE": str(sim.ca), "AZURE_CORE_COLLECT_TELEMETRY": "no", "AZURE_CORE_NO_COLOR": "1",
                       "AZURE_CORE_ONLY_SHOW_ERRORS": "1", "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no"}
        base = sim.said["azure-tls"]
        self("config set core.instance_discovery=false")
        self(f"cloud register -n sim --endpoint-resource-manager {base} --endpoint-active-directory {base} "
             f"--endpoint-active-directory-resource-id {base} --endpoint-active-directory-graph-resource-id {base} "
             "--suffix-storage-endpoint core.windows.net")
        self("cloud set -n sim")

    def __call__(self, line, *more, fails=False):
        ran = subprocess.run([self.az, *shlex.split(line), *more, "-o", "json"], env=self.around, capture_output=True,
                             text=True, stdin=subprocess.DEVNULL, timeout=180)
        assert (ran.returncode != 0) == fails, f"az {line}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        if fails:
            return ran.stderr
        return json.loads(ran.stdout) if ran.stdout.strip() else None


@case
def log_on(az):
    """an application logs on by its certificate and by its secret, and not by another secret"""
    who = f"login --service-principal -u {az.sim.keys['secret-id']} --tenant {az.sim.keys['tenant']}"
    assert "AADSTS7000215" in az(f"{who} -p wrong", fails=True)
    assert az(f"{who} --certificate {KEYS}")[0]["name"] == "corp"
    az("logout")
    assert az(f"{who} -p {az.sim.keys['secret-key']}")[0]["id"] == az.sim.keys["subscription"]
    assert az("account show")["state"] == "Enabled"


@case
def machines(az):
    """VMs are listed with power and address, started, looked at and restarted"""
    states = {vm["name"]: vm["powerState"] for vm in az("vm list -d -g prod")}
    assert states["web"] == "VM stopped", states
    az("vm start -g prod -n web")
    assert az("vm get-instance-view -g prod -n web")["instanceView"]["vmAgent"]["statuses"][0]["displayStatus"] == "Ready"
    az("vm restart -g prod -n web")
    az("vm deallocate -g prod -n idle")
    az("vm start -g prod -n idle")
    root = f"/subscriptions/{az.sim.keys['subscription']}"
    states = az(f"rest --method get --url '{root}/providers/Microsoft.Compute/virtualMachines?statusOnly=true&api-version=2024-07-01'")
    assert len(states["value"]) == 2
    view = az(f"rest --method get --url '{root}/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web/instanceView?api-version=2024-07-01'")
    assert view["statuses"]


@case
def scripts(az):
    """a script runs in both forms; a managed command is listed with what came of it, and deleted"""
    said = az("vm run-command invoke -g prod -n web --command-id RunPowerShellScript", "--scripts", "& cmd.exe /d /c ver")
    assert said["value"][0]["code"].startswith("ComponentStatus/StdOut"), said
    az("vm run-command create -g prod --vm-name web --run-command-name look -l koreacentral", "--script", "& cmd.exe /d /c ver")
    assert [one["name"] for one in az("vm run-command list -g prod --vm-name web")] == ["look"]
    seen = az("vm run-command show -g prod --vm-name web --run-command-name look --instance-view")
    assert seen["instanceView"]["executionState"] in ("Succeeded", "Failed"), seen
    az("vm run-command delete -g prod --vm-name web --run-command-name look --yes")
    assert az("vm run-command list -g prod --vm-name web") == []


@case
def network(az):
    """addresses, interfaces, groups, networks, load balancers and Bastions are listed; an address and a rule are made and taken back"""
    for what in ("public-ip", "nic", "nsg", "vnet", "lb"):
        assert az(f"network {what} list"), what
    root = f"/subscriptions/{az.sim.keys['subscription']}"
    hosts = az(f"rest --method get --url '{root}/providers/Microsoft.Network/bastionHosts?api-version=2024-05-01'")
    assert [one["name"] for one in hosts["value"]] == ["hop"]
    assert az("network lb inbound-nat-rule list -g prod --lb-name edge")[0]["frontendPort"] == 50001
    az("network public-ip create -g prod -n new --sku Standard --allocation-method Static -l koreacentral")
    assert az("network public-ip show -g prod -n new")["ipAddress"]
    az("network nic ip-config update -g prod --nic-name idle-nic -n ipconfig1 --public-ip-address new")
    az("network nic ip-config update -g prod --nic-name idle-nic -n ipconfig1 --remove publicIPAddress")
    az("network public-ip delete -g prod -n new")
    az("network nsg rule create -g prod --nsg-name web -n rdp --priority 200 --access Allow --protocol Tcp "
       "--source-address-prefixes 198.51.100.0/24 --destination-port-ranges 3389")
    both = az("network nsg rule create -g prod --nsg-name web -n both --priority 210 --access Allow --protocol Tcp "
              "--source-address-prefixes 198.51.100.0/24 2001:db8::/32 --destination-port-ranges 3389", fails=True)
    assert "DifferentAddressFamilies" in both, both
    az("network nsg rule delete -g prod --nsg-name web -n rdp")
    rules = f"{root}/resourceGroups/prod/providers/Microsoft.Network/virtualNetworks/vnet/listNetworkManagerEffectiveSecurityAdminRules"
    assert az(f"rest --method post --url '{rules}?api-version=2024-05-01' --body {{}}")["value"]


@case
def graph(az):
    """the resource graph answers"""
    body = json.dumps({"subscriptions": [az.sim.keys["subscription"]], "query":
                       "Resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name | order by id asc"})
    url = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
    rows = az(f"rest --method post --url '{url}'", "--body", body)["data"]
    assert [row["name"] for row in rows] == ["idle", "web"], rows


@case
def copies(az):
    """a disk is copied, its content lent and taken back, and the copy deleted"""
    own = az("vm show -g prod -n web")["storageProfile"]["osDisk"]["managedDisk"]["id"]
    az(f"snapshot create -g prod -n copy --incremental true -l koreacentral --source {own}")
    assert az("snapshot show -g prod -n copy")["provisioningState"] == "Succeeded"
    az("snapshot grant-access -g prod -n copy --duration-in-seconds 600")
    az("snapshot revoke-access -g prod -n copy")
    az("snapshot delete -g prod -n copy")


@case
def subscription(az):
    """the subscription and its log are read"""
    root = f"/subscriptions/{az.sim.keys['subscription']}"
    assert az(f"rest --method get --url '{root}?api-version=2022-12-01'")["displayName"] == "corp"
    az("monitor activity-log list --offset 1h")


@case
def comparison(az):
    """each kind of request that rdpctl makes is one that the CLI made"""
    witnessed = az.sim.requests()
    assert {"PUT Microsoft.Network/networkInterfaces/write", "POST Microsoft.Compute/virtualMachines/start/action"} <= witnessed
    folder = pathlib.Path(tempfile.mkdtemp())
    sim = Sim(folder)
    try:
        made = repaired(sim, folder)
    finally:
        assert sim.close() == 0
        shutil.rmtree(folder)
    # As many as a repair has: a run that did nothing shows nothing.
    assert {"PUT Microsoft.Compute/snapshots/write", "POST Microsoft.Compute/virtualMachines/runCommand/action",
            "PUT Microsoft.Network/networkSecurityGroups/securityRules/write"} <= made, made
    others = {one for one in made - witnessed if one.split(" ")[1] not in ELSEWHERE}
    assert not others, f"nobody but rdpctl made these: {sorted(others)}"
    print(f"{len(made)} kinds of request by rdpctl, {len(witnessed)} by the CLI")


def repaired(sim, folder):
    """What rdpctl asks for, from the first look to what it gives back."""
    sub, keys = sim.keys["subscription"], sim.keys
    (folder / "rdp.toml").write_text(f"""
[provider.corp]
kind = "azure"
subscription = "{sub}"
tenant = "{keys['tenant']}"
endpoint = "{sim.said['azure']}"
credentials = {{ client-id = "{keys['secret-id']}", client-certificate = "{KEYS}" }}
[profile.desk]
extends = "standard"
public-ip = "eip"
tls = ["1.2"]
ingress = {{ from = ["198.51.100.0/24"] }}
[fleet.all]
provider = "corp"
select = {{ resource-group = "prod" }}
profile = "desk"
snapshot = {{ first = true, keep = "7d" }}
[guard]
max-disrupted = "100%"
""")
    around = {"PATH": os.environ["PATH"], "HOME": str(folder / "home"), "USER": "witness",
              "RDPCTL_GRANTS": str(folder / "home/grants.toml")}
    (folder / "home").mkdir()

    def rdpctl(*arguments, may=(0,)):
        ran = subprocess.run([*RDPCTL, *arguments], cwd=folder, env=around, capture_output=True, text=True)
        assert ran.returncode in may, f"rdpctl {arguments}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
        return ran.stdout

    grants = folder / "home/grants.toml"
    for _ in range(2):
        granted = rdpctl("trust", "--print", may=(0, 1, 2, 3))
        grants.write_text((grants.read_text() if grants.exists() else "") + granted)
        grants.chmod(0o600)
    rdpctl("plan", may=(0, 2, 3))
    rdpctl("apply", "--auto-approve", "--allow", "spend,reboot", may=(0, 3))
    rdpctl("apply", "--auto-approve", "--allow", "spend,reboot")
    rdpctl("drift", may=(0, 2, 3))
    rdpctl("doctor", f"azure:{sub}/prod/web", may=(0, 2, 3))
    rdpctl("state", "release", may=(0, 1, 2, 3))
    return sim.requests()


def main():
    folder = pathlib.Path(tempfile.mkdtemp())
    passed = failed = 0
    sim = Sim(folder)
    try:
        az = Cli(sys.argv[1], sim, folder)
        for function in CASES:
            try:
                function(az)
                passed += 1
            except Exception:
                failed += 1
                print(f"FAILED {function.__name__}: {function.__doc__}", flush=True)
                traceback.print_exc()
    finally:
        code = sim.close()
        shutil.rmtree(folder)
    if code != 0:
        failed += 1
        print(f"FAILED the simulator ended with {code}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
