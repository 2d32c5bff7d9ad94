"""Worlds and declarations of the cases that `ab.py` measures, as text."""

ACCOUNT = """
[world]
seed = 7
time-scale = "instant"
[policy]
rate-limits = "unlimited"
[account.scale]
kind = "tencent"
region = "ap-guangzhou"
secret-id = "AKIDscale000000000000000000000000000"
secret-key = "scale-opens-nothing"
network-account-type = "STANDARD"
"""

PROVIDER = """
[provider.scale]
kind = "tencent"
region = "ap-guangzhou"
rates = "unlimited"
endpoint = "{endpoint}"
[guard]
reboot = "allow"
spend = "allow"
open-to-world = "allow"
weaken = "allow"
"""

EXPIRED = 'certificate = "expired"'


def machines(name, which, group, more="", guest=""):
    return f"""
[vm.{name}]
{which}
account = "scale"
zone = "ap-guangzhou-3"
os = "Windows Server 2022 Datacenter 64bit"
address = {{ type = "eip", bandwidth = 1 }}
security-groups = ["{group}"]
tags = {{ role = "scale" }}
{more}
[vm.{name}.guest]
os = "2022"
{guest}
"""


def vm(number, group, more="", guest=""):
    return machines(f"v{number}", f'id = "ins-{number:08x}"', group, more, guest)


def group(name, rule):
    return f"""
[security-group.{name}]
account = "scale"
name = "{name}"
ingress = ["{rule}"]
egress = ["ACCEPT all all 0.0.0.0/0"]
"""


def own_groups(count, more="", guest="", rule="DROP tcp 3389 0.0.0.0/0"):
    """Machines with a security group each."""
    parts = [ACCOUNT]
    for number in range(count):
        name = f"sg-{number:08x}"
        parts += [vm(number, name, more, guest), group(name, rule)]
    return "".join(parts)


def one_group(count, more="", guest="", rule="DROP tcp 3389 0.0.0.0/0"):
    """The same machines behind one."""
    alike = "".join(vm(number, "sg-00000000", more, guest) for number in range(count))
    return ACCOUNT + group("sg-00000000", rule) + alike


def cohort(name, count, group, guest=""):
    """The same machines as one entry, so that they share one image in the simulator: a hundred thousand fit into memory."""
    return machines(name, f"count = {count}", group, guest=guest)


def different(count):
    """Every machine its own wish: from where, and how much bandwidth."""
    parts = [PROVIDER]
    for number in range(count):
        source = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}/32"
        parts.append(f"""
[profile.p{number}]
power = "running"
public-ip = "eip"
bandwidth = {{ at-least = "{2 + number % 90}Mbps" }}
ingress = {{ from = ["{source}"] }}
[instance.i{number}]
provider = "scale"
id = "ins-{number:08x}"
profile = "p{number}"
""")
    return "".join(parts)


def fleet(facets):
    return f"""{PROVIDER}
[profile.p]
{facets}
[fleet.f]
provider = "scale"
select = {{ tags = {{ role = "scale" }} }}
profile = "p"
"""


DOORS = """
power = "running"
public-ip = "eip"
bandwidth = { at-least = "1Mbps" }
ingress = { from = ["198.51.100.0/24"] }
"""

# Everything but the handshake, which needs ports of its own for ten thousand machines.
INSIDE = """
extends = "standard"
ingress = { from = ["198.51.100.0/24"] }
reachable = "unmanaged"
"""
