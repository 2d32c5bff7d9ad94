#!/usr/bin/env python3
"""The vendor's own SDK against the simulator, unchanged, over HTTPS, through what rdpctl asks of Azure.

    python3 -m venv .venv && .venv/bin/pip install -r .ci/witness/azure-sdk/requirements.txt
    RDPCTL=target/debug/rdpctl .venv/bin/python .ci/witness/azure-sdk/witness.py [WORDS OF A CASE]

Ends with "N passed, N failed".
"""

import contextlib
import hashlib
import json
import os
import pathlib
import shlex
import ssl
import subprocess
import sys
import tempfile
import traceback
import urllib.error
import urllib.request

from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.identity import CertificateCredential, ClientSecretCredential
from azure.mgmt.compute import ComputeManagementClient
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.resourcegraph import ResourceGraphClient
from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions
from azure.mgmt.serialconsole import MicrosoftSerialConsoleClient
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
import driven  # noqa: E402
KEYS = HERE.parents[2] / "tests/house/keys"
RDPCTL = shlex.split(os.environ.get("RDPCTL", "rdpctl"))
CASES = []


def case(function):
    CASES.append(function)
    return function


class Sim:
    """A running simulator, seen through the vendor's clients."""

    def __init__(self, world):
        end = "-----END CERTIFICATE-----"
        certificate = (KEYS / "application.pem").read_text().split(end)[0] + end
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as written:
            written.write(world.read_text().replace("{certificate}", certificate))
            written.flush()
            self.process = subprocess.Popen(
                [*RDPCTL, "sim", written.name, "--format", "json"], stdout=subprocess.PIPE, text=True
            )
            said = json.loads(self.process.stdout.readline())
        self.base = said["azure-tls"]
        self.hatch = said["tencent"]
        self.keys = said["credentials"]["corp"]
        self.subscription = self.keys["subscription"]
        ca = tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False)
        ca.write(said["azure-authority"])
        ca.close()
        self.ca = ca.name
        around = {
            "credential": self.credential(self.keys["secret-key"]),
            "base_url": self.base,
            "credential_scopes": [f"{self.base}/.default"],
            "connection_verify": self.ca,
        }
        self.compute = ComputeManagementClient(
            subscription_id=self.subscription, polling_interval=0.1, **around
        )
        self.network = NetworkManagementClient(
            subscription_id=self.subscription, polling_interval=0.1, **around
        )
        self.graph = ResourceGraphClient(**around)
        self.consoles = MicrosoftSerialConsoleClient(subscription_id=self.subscription, **around)

    def credential(self, secret):
        return ClientSecretCredential(
            self.keys["tenant"],
            self.keys["secret-id"],
            secret,
            authority=self.base,
            disable_instance_discovery=True,
            connection_verify=self.ca,
        )

    def close(self):
        os.unlink(self.ca)
        self.process.terminate()
        self.process.stdout.close()
        return self.process.wait(timeout=10)


def refused(code, call):
    try:
        call()
    except HttpResponseError as error:
        assert error.error.code == code, f"{error.error.code}: {error.message}"
        return
    raise AssertionError(f"{code} was expected")


@case
def token(sim):
    """a token is given for the secret, and not for another"""
    assert sim.credential(sim.keys["secret-key"]).get_token(f"{sim.base}/.default").token
    try:
        sim.credential("wrong").get_token(f"{sim.base}/.default")
    except ClientAuthenticationError as error:
        assert "AADSTS7000215" in error.message, error.message
        return
    raise AssertionError("a wrong secret was taken")


@case
def certificate(sim):
    """a token is given for a certificate that is registered, and not for another"""

    def by(name):
        return CertificateCredential(
            sim.keys["tenant"],
            sim.keys["secret-id"],
            certificate_path=str(KEYS / name),
            authority=sim.base,
            disable_instance_discovery=True,
            connection_verify=sim.ca,
        ).get_token(f"{sim.base}/.default")

    assert by("application.pem").token
    try:
        by("expired.pem")
    except ClientAuthenticationError as error:
        assert "AADSTS700027" in error.message, error.message
        return
    raise AssertionError("a certificate that is not registered was taken")


@case
def lists(sim):
    """VMs are listed over pages, and their states by the list that shows nothing else"""
    vms = list(sim.compute.virtual_machines.list_all())
    assert len(vms) == 252, len(vms)
    web = next(vm for vm in vms if vm.name == "web")
    assert web.tags == {"role": "web"} and web.network_profile.network_interfaces[0].primary
    states = {vm.name: vm for vm in sim.compute.virtual_machines.list_all(status_only="true")}
    codes = [status.code for status in states["idle"].instance_view.statuses]
    assert "PowerState/stopped" in codes, codes


@case
def view(sim):
    """a running VM shows its agent"""
    view = sim.compute.virtual_machines.instance_view("prod", "web")
    assert view.vm_agent.statuses[0].display_status == "Ready"
    whole = sim.compute.virtual_machines.get("prod", "WEB", expand="instanceView")
    assert whole.instance_view.os_name.startswith("Windows")
    try:
        sim.compute.virtual_machines.get("prod", "nobody")
    except ResourceNotFoundError:
        return
    raise AssertionError("a VM that is not there was shown")


@case
def screen(sim):
    """the last picture of a VM's screen is had by a link, without a token"""
    link = sim.compute.virtual_machines.retrieve_boot_diagnostics_data("prod", "web").console_screenshot_blob_uri
    with urllib.request.urlopen(link, context=ssl.create_default_context(cafile=sim.ca)) as answer:
        assert answer.read(2) == b"BM"


@case
def power(sim):
    """start, restart, power off and deallocate are long-running and end"""
    vms = sim.compute.virtual_machines
    vms.begin_start("prod", "idle").result()

    def state():
        return vms.instance_view("prod", "idle").statuses[-1].code

    assert state() == "PowerState/running"
    vms.begin_restart("prod", "idle").result()
    vms.begin_power_off("prod", "idle").result()
    assert state() == "PowerState/stopped"
    vms.begin_deallocate("prod", "idle").result()
    assert state() == "PowerState/deallocated"


@case
def command(sim):
    """a script runs and gives both streams; one for a VM that is off is refused"""
    script = [
        "[IO.File]::WriteAllText('x.cmd', @'",
        "@echo off",
        "echo hello",
        "echo oops 1>&2",
        "'@)",
        "& cmd.exe /d /c x.cmd",
    ]
    asked = {"commandId": "RunPowerShellScript", "script": script}
    result = sim.compute.virtual_machines.begin_run_command("prod", "web", asked).result()
    messages = {one.code: one.message for one in result.value}
    assert "hello" in messages["ComponentStatus/StdOut/succeeded"], messages
    assert "oops" in messages["ComponentStatus/StdErr/succeeded"], messages
    refused(
        "OperationNotAllowed",
        lambda: sim.compute.virtual_machines.begin_run_command("prod", "idle", asked).result(),
    )


@case
def address(sim):
    """an address is made, bound through the interface, taken off and deleted"""
    body = {
        "location": "koreacentral",
        "sku": {"name": "Standard"},
        "properties": {"publicIPAllocationMethod": "Static"},
    }
    made = sim.network.public_ip_addresses.begin_create_or_update("prod", "new", body).result()
    assert made.ip_address
    nics = sim.network.network_interfaces
    nic = nics.get("prod", "idle-nic")
    nic.ip_configurations[0].public_ip_address = {"id": made.id}
    nics.begin_create_or_update("prod", "idle-nic", nic).result()
    assert nics.get("prod", "idle-nic").ip_configurations[0].public_ip_address.id == made.id
    refused(
        "PublicIPAddressCannotBeDeleted",
        lambda: sim.network.public_ip_addresses.begin_delete("prod", "new").result(),
    )
    nic = nics.get("prod", "idle-nic")
    nic.ip_configurations[0].public_ip_address = None
    nics.begin_create_or_update("prod", "idle-nic", nic).result()
    sim.network.public_ip_addresses.begin_delete("prod", "new").result()
    assert "new" not in [one.name for one in sim.network.public_ip_addresses.list_all()]


@case
def rules(sim):
    """a rule is made and deleted; a number that is taken and a version that is old are refused"""
    rule = {
        "properties": {
            "priority": 310,
            "direction": "Inbound",
            "access": "Allow",
            "protocol": "Tcp",
            "sourceAddressPrefix": "198.51.100.0/24",
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": "3389",
        }
    }
    rules = sim.network.security_rules
    made = rules.begin_create_or_update("prod", "web", "rdp", rule).result()
    assert made.priority == 310
    refused(
        "SecurityRuleConflict",
        lambda: rules.begin_create_or_update("prod", "web", "twin", rule).result(),
    )
    refused(
        "PreconditionFailed",
        lambda: rules.begin_create_or_update(
            "prod", "web", "rdp", rule, headers={"If-Match": 'W/"old"'}
        ).result(),
    )
    group = sim.network.network_security_groups.get("prod", "web")
    assert [one.name for one in group.security_rules] == ["web", "rdp"]
    assert group.default_security_rules[-1].name == "DenyAllInBound"
    rules.begin_delete("prod", "web", "rdp").result()
    assert len(sim.network.network_security_groups.get("prod", "web").security_rules) == 1


@case
def families(sim):
    """a rule with addresses of both families is refused"""
    rule = {
        "properties": {
            "priority": 320,
            "direction": "Inbound",
            "access": "Allow",
            "protocol": "Tcp",
            "sourceAddressPrefixes": ["198.51.100.0/24", "2001:db8::/32"],
            "sourcePortRange": "*",
            "destinationAddressPrefix": "*",
            "destinationPortRange": "3389",
        }
    }
    refused(
        "ResourceCannotContainAddressPrefixesFromDifferentAddressFamilies",
        lambda: sim.network.security_rules.begin_create_or_update("prod", "web", "both", rule).result(),
    )


@case
def ways(sim):
    """a load balancer names the machines that its rules lead to, a Bastion its network, a network those joined to it"""
    edge = next(iter(sim.network.load_balancers.list_all()))
    rule, translated = edge.inbound_nat_rules
    assert rule.frontend_port == 50001 and rule.backend_ip_configuration.id.endswith("web-nic/ipConfigurations/ipconfig1")
    balanced = edge.load_balancing_rules[0]
    pools = {pool.id: pool for pool in edge.backend_address_pools}
    pool = pools[balanced.backend_address_pool.id]
    assert (balanced.frontend_port, balanced.backend_port) == (3390, 3389)
    assert [card.id for card in pool.backend_ip_configurations] == [rule.backend_ip_configuration.id]
    mapped = pools[translated.backend_address_pool.id].load_balancer_backend_addresses[0].inbound_nat_rules_port_mapping[0]
    assert (mapped.inbound_nat_rule_name, mapped.frontend_port) == (translated.name, translated.frontend_port_range_start)
    network = next(one for one in sim.network.virtual_networks.list_all() if one.name == "vnet")
    peering = network.virtual_network_peerings[0]
    assert peering.peering_state == "Connected" and peering.remote_virtual_network.id.endswith("/hub")
    host = next(iter(sim.network.bastion_hosts.list()))
    assert host.ip_configurations[0].subnet.id.endswith("/vnet/subnets/AzureBastionSubnet")


@case
def administrators(sim):
    """the security admin rules that are in force in a network are listed"""
    network = sim.network
    rules = network.list_network_manager_effective_security_admin_rules("prod", "vnet", {}).value
    assert [(one.priority, one.access) for one in rules] == [(100, "Allow")], rules


@case
def managed(sim):
    """a managed command runs beside others, says what became of it, and is deleted"""
    commands = sim.compute.virtual_machine_run_commands
    asked = {"location": "koreacentral", "properties": {"source": {"script": "& cmd.exe /d /c ver"}}}
    commands.begin_create_or_update("prod", "web", "look", asked).result()
    seen = commands.get_by_virtual_machine("prod", "web", "look", expand="instanceView")
    assert seen.instance_view.execution_state in ("Succeeded", "Failed"), seen.instance_view
    commands.begin_delete("prod", "web", "look").result()
    assert list(commands.list_by_virtual_machine("prod", "web")) == []


@case
def networks(sim):
    """subnets name what guards them"""
    subnets = [s for v in sim.network.virtual_networks.list_all() for s in v.subnets]
    assert subnets[0].network_security_group.id.endswith("/net")


@case
def graph(sim):
    """the graph pages in the body and shows the same VMs with their states"""
    query = (
        "Resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name, "
        "power=tostring(properties.extended.instanceView.powerState.code) | order by id asc"
    )
    rows, token = [], None
    while True:
        options = QueryRequestOptions(top=100, skip_token=token, result_format="objectArray")
        asked = QueryRequest(subscriptions=[sim.subscription], query=query, options=options)
        page = sim.graph.resources(asked)
        rows += page.data
        token = page.skip_token
        if not token:
            break
    assert len(rows) == 252, len(rows)
    assert {"PowerState/running"} <= {row["power"] for row in rows}


def ranged(sim, link, first, last):
    """Bytes of a blob by its link, as any client of storage reads them: status, bytes, length of the whole."""
    request = urllib.request.Request(link, headers={"Range": f"bytes={first}-{last}", "x-ms-version": "2023-11-03"})
    try:
        with urllib.request.urlopen(request, context=ssl.create_default_context(cafile=sim.ca)) as answer:
            return answer.status, answer.read(), int(answer.headers["Content-Range"].split("/")[1])
    except urllib.error.HTTPError as error:
        return error.code, error.read(), 0


@case
def disks(sim):
    """a system disk is copied, read by ranges over a link that is taken back, made a disk of, worked on in a helper, and swapped"""
    vms, disks, snapshots = sim.compute.virtual_machines, sim.compute.disks, sim.compute.snapshots
    vms.begin_deallocate("prod", "idle").result()
    vm = vms.get("prod", "idle")
    own = vm.storage_profile.os_disk.managed_disk.id
    disk = disks.get("prod", own.rsplit("/", 1)[1])
    assert disk.os_type == "Windows" and disk.disk_size_gb > 0
    copy = {"incremental": True, "creationData": {"createOption": "Copy", "sourceResourceId": own}}
    snapshot = snapshots.begin_create_or_update("prod", "look", {"location": vm.location, "properties": copy}).result()
    assert snapshot.provisioning_state == "Succeeded"

    link = snapshots.begin_grant_access("prod", "look", {"access": "Read", "durationInSeconds": 600}).result().access_sas
    status, bytes_, length = ranged(sim, link, 0, 511)
    assert (status, len(bytes_), bytes_[510:]) == (206, 512, b"\x55\xaa"), status
    status, footer, _ = ranged(sim, link, length - 512, length - 1)
    assert footer.startswith(b"conectix"), footer[:8]
    refused("OperationNotAllowed", lambda: snapshots.begin_delete("prod", "look").result())
    snapshots.begin_revoke_access("prod", "look").result()
    assert ranged(sim, link, 0, 511)[0] == 403

    made = {"location": vm.location, "properties": {"osType": "Windows", "creationData": {"createOption": "Copy", "sourceResourceId": snapshot.id}}}
    mended = disks.begin_create_or_update("prod", "mended", made).result()
    disks.begin_update("prod", "mended", {"tags": {"for": "idle"}}).result()
    assert disks.get("prod", "mended").tags == {"for": "idle"}
    subnet = next(s for v in sim.network.virtual_networks.list_all() for s in v.subnets)
    card = {"location": vm.location, "properties": {"ipConfigurations": [{"name": "one", "properties": {"primary": True, "subnet": {"id": subnet.id}}}]}}
    card = sim.network.network_interfaces.begin_create_or_update("prod", "helper", card).result()
    helper = {
        "location": vm.location,
        "properties": {
            "hardwareProfile": {"vmSize": "Standard_B1s"},
            "storageProfile": {
                "imageReference": {"publisher": "Canonical", "offer": "ubuntu-24_04-lts", "sku": "server", "version": "latest"},
                "dataDisks": [{"lun": 10, "createOption": "Attach", "managedDisk": {"id": mended.id}, "deleteOption": "Detach"}],
            },
            "osProfile": {"computerName": "helper", "adminUsername": "helper", "adminPassword": "Witness-0123456789"},
            "networkProfile": {"networkInterfaces": [{"id": card.id}]},
        },
    }
    vms.begin_create_or_update("prod", "helper", helper).result()
    assert disks.get("prod", "mended").managed_by.lower().endswith("/helper")
    refused("ConflictingUserInput", lambda: vms.begin_update("prod", "idle", swap(mended)).result())
    script = {"commandId": "RunShellScript", "script": ["dd if=/dev/disk/azure/scsi1/lun10 bs=512 skip=0 count=1 status=none | sha256sum | cut -c1-64"]}
    said = vms.begin_run_command("prod", "helper", script).result().value[0].message
    assert hashlib.sha256(bytes_).hexdigest() in said, said
    vms.begin_delete("prod", "helper").result()
    sim.network.network_interfaces.begin_delete("prod", "helper").result()

    vms.begin_update("prod", "idle", swap(mended)).result()
    now = vms.get("prod", "idle").storage_profile.os_disk.managed_disk.id
    assert now.lower() == mended.id.lower(), now
    vms.begin_start("prod", "idle").result()
    disks.begin_delete("prod", disk.name).result()
    refused("OperationNotAllowed", lambda: vms.begin_update("prod", "idle", swap(disk)).result())
    snapshots.begin_delete("prod", "look").result()
    assert "look" not in [one.name for one in snapshots.list()]


def swap(disk):
    return {"properties": {"storageProfile": {"osDisk": {"name": disk.name, "managedDisk": {"id": disk.id}}}}}


class Session:
    """A session at a VM's console, opened as the vendor's own client opens it: connect, greeting, bare token."""

    def __init__(self, sim, vm, token=None):
        said = sim.consoles.serial_ports.connect(
            resource_group_name="prod",
            resource_provider_namespace="Microsoft.Compute",
            parent_resource_type="virtualMachines",
            parent_resource=vm,
            serial_port="0",
        )
        self.url = said.connection_string
        assert self.url.startswith("wss://") and self.url.endswith("/client"), self.url
        self.trust = ssl.create_default_context(cafile=sim.ca)
        self.held = contextlib.ExitStack()
        self.socket = self.held.enter_context(connect(self.url, ssl=self.trust))
        self.token = token or sim.credential(sim.keys["secret-key"]).get_token(f"{sim.base}/.default").token
        assert self.socket.recv(timeout=10), "a greeting comes first, and is not shown"
        self.socket.send(self.token)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.held.close()

    def types(self, text, until):
        """One message a key, as people type; gives what was shown until something was seen."""
        for key in text:
            self.socket.send(key)
        seen = ""
        while until not in seen:
            part = self.socket.recv(timeout=10)
            seen += part if isinstance(part, str) else part.decode("utf-8", "replace")
        return seen

    def beside(self, command):
        """What is told to the machine beside the session, at the address that the vendor's client makes."""
        address = self.url.replace("ws", "http").replace("/client", f"/adminCommand/{command}")
        body = json.dumps({"command": command, "requestId": "1", "commandParameters": {}}).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        request = urllib.request.Request(address, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request, context=self.trust) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code


@case
def console(sim):
    """a console is had by the SDK, and its websocket by another maker's client: SAC, a channel, a log-on, a command, the way out"""
    port = sim.consoles.serial_ports.get("prod", "Microsoft.Compute", "virtualMachines", "web", "0")
    assert str(port.state).lower().endswith("enabled"), port.state
    with Session(sim, "web") as session:
        session.types("\r", "SAC>")
        assert "WEB" in session.types("id\r", "reboot:")
        assert "Cmd0001" in session.types("cmd\r", "Cmd0001")
        session.types("ch -sn Cmd0001\r", "view this channel.")
        session.types("\r", "Username:")
        session.types("Administrator\r", "Domain")
        session.types("\r", "Password:")
        assert "Pa55" not in session.types("Pa55-word!\r", "system32>")
        # Shown is what the grid holds; the sum is nowhere in what was typed.
        session.types("set /a 40+2\r", "42")
        session.types("exit\r", "SAC>")


@case
def strangers(sim):
    """a wrong token ends the session, and whoever connects next has the line"""
    with Session(sim, "web", token="nobody") as session:
        try:
            session.socket.recv(timeout=10)
        except ConnectionClosed:
            pass
        else:
            raise AssertionError("a wrong token was taken")
    with Session(sim, "web") as first:
        first.types("\r", "SAC>")
        with Session(sim, "web") as second:
            second.types("\r", "SAC>")
            try:
                while True:
                    first.socket.recv(timeout=10)
            except ConnectionClosed:
                pass


@case
def interrupts(sim):
    """an interrupt and a reset go beside the session, with its token, and the machine starts anew"""
    with Session(sim, "web") as session:
        session.types("\r", "SAC>")
        assert session.beside("nonsense") == 400
        session.token, token = "nobody", session.token
        assert session.beside("nmi") == 401
        session.token = token
        for command in ("nmi", "reset"):
            assert session.beside(command) == 200
            session.types("\r", "SAC>")
            assert "reboot: 0:00:" in session.types("id\r", "reboot: 0:00:")


@case
def switched_off(sim):
    """a subscription's console can be switched off, and is told to be"""
    assert sim.consoles.get_console_status("default").properties.disabled is False
    sim.consoles.disable_console("default")
    assert sim.consoles.get_console_status("default").properties.disabled is True
    refused("SerialConsoleDisabled", lambda: Session(sim, "web"))
    sim.consoles.enable_console("default")
    with Session(sim, "web") as session:
        session.types("\r", "SAC>")


def main():
    words = " ".join(sys.argv[1:])
    passed, failed = 0, 0
    sim = Sim(HERE / "world.toml")
    try:
        for function in CASES:
            if words not in function.__doc__:
                continue
            try:
                function(sim)
                passed += 1
            except Exception:
                failed += 1
                print(f"FAILED {function.__name__}: {function.__doc__}", flush=True)
                traceback.print_exc()
        differs = driven.compare(sim.hatch, HERE / "driven.txt") if not words else ""
        if differs:
            failed += 1
            print(f"FAILED {differs}")
    finally:
        code = sim.close()
    if code != 0:
        failed += 1
        print(f"FAILED the simulator ended with {code}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
