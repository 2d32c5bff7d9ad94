#!/usr/bin/python3
"""The disk engine beside tools that are not ours: hivex, ntfs-3g, sleuthkit, dissect.ntfs, qemu-img, and Windows itself.

    witness.py DISK_TOOL DISK_IMAGE [PYTHON_WITH_DISSECT]

DISK_TOOL and DISK_IMAGE are the examples of those names, RDPCTL names the binary. Needs root, FUSE, and the packages of install.sh; hivex is a
module of Debian's own Python. RDPCTL_HIVES names a folder of real hives (packed with xz, as its SHA256SUMS lists them):
without it that part is left out, and said to be.
"""

import glob
import hashlib
import lzma
import os
import subprocess
import sys
import tempfile

import hivex

TOOL, IMAGE, *DISSECT = sys.argv[1:]
RDPCTL = os.environ["RDPCTL"]
WORK = tempfile.TemporaryDirectory()
FAILED = []
KEY = "ProgramData\\Microsoft\\Crypto\\RSA\\MachineKeys\\f686aace6942fb7f7ceb231212eef4a4_0f0e0d0c-0b0a-0908-0706-050403020100"
RIGHTS = {"FA": "0x1f01ff", "FR": "0x120089", "FW": "0x120116", "FX": "0x1200a0"}
SYSTEM = "Windows\\System32\\config\\SYSTEM"


def path(name):
    return os.path.join(WORK.name, name)


def run(*words, ok=(0,)):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if ok and done.returncode not in ok:
        raise SystemExit(f"{words}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def tool(*words, ok=(0,)):
    return run(TOOL, *words, ok=ok)


def check(fact, holds, seen=""):
    print(("  holds: " if holds else "  FAILS: ") + fact, flush=True)
    if not holds:
        FAILED.append(fact)
        print(str(seen)[:2000])


def read(name):
    with open(name, "rb") as file:
        return file.read()


def write(name, content):
    with open(name, "wb") as file:
        file.write(content)


def tree(name):
    """A hive as hivex walks it: a line for each key, and for each value."""
    hive = hivex.Hivex(name)
    lines = set()

    def walk(node, above):
        here = f"{above}\\{hive.node_name(node)}"
        lines.add(here)
        for value in hive.node_values(node):
            kind, content = hive.value_value(value)
            lines.add(f"{here} {hive.value_key(value)!r} {kind} {content.hex()}")
        for child in hive.node_children(node):
            walk(child, here)

    walk(hive.root(), "")
    return lines


def edits(control_set):
    """What is asked for, and what hivex must then see less and more."""
    root, tls = f"{control_set}\\Control", "SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.9"
    terminal = f"{root}\\Terminal Server\\WinStations\\RDP-Tcp"
    text = "a text that is longer than what stands there".encode("utf-16-le").hex() + "0000"
    asked = [
        f"create:{root}\\{tls}\\Server",
        f"set:{root}\\{tls}\\Server:Enabled:dword:1",
        f"set:{terminal}:PdDLL:sz:a text that is longer than what stands there",
        f"set:{terminal}:Witness:binary:0102030405060708",
        f"set:{terminal}:UserAuthentication:dword:7",
    ]
    return asked, (root, tls, terminal, text)


def differs_as_asked(before, after, told):
    root, tls, terminal, text = told
    lost, gained = sorted(before - after), sorted(after - before)
    top = next(iter(line for line in after if line.count("\\") == 1 and " " not in line))
    expected = {
        f"{top}\\{root}\\{tls}",
        f"{top}\\{root}\\{tls}\\Server",
        f"{top}\\{root}\\{tls}\\Server 'Enabled' 4 01000000",
        f"{top}\\{terminal} 'PdDLL' 1 {text}",
        f"{top}\\{terminal} 'Witness' 3 0102030405060708",
        f"{top}\\{terminal} 'UserAuthentication' 4 07000000",
    }
    # The keys above the new one come along where they are missing.
    parts = f"{top}\\{root}\\{tls}".split("\\")
    above = {"\\".join(parts[:count]) for count in range(2, len(parts))}
    gone = all(line.startswith((f"{top}\\{terminal} 'PdDLL' ", f"{top}\\{terminal} 'UserAuthentication' ")) for line in lost)
    return set(gained) - above == expected and gone and len(lost) == 2


def partition(image, out, number=3):
    for line in tool("table", image).splitlines():
        words = line.split()
        if words[0] == str(number):
            with open(image, "rb") as disk:
                disk.seek(int(words[3]))
                write(out, disk.read(int(words[4])))
            return
    raise SystemExit(f"{image} has no partition {number}")


def inode(volume, wanted):
    """A file's number, by sleuthkit's listing."""
    for line in run("fls", "-r", "-p", volume).splitlines():
        kind, _, name = line.partition("\t")
        if name == wanted.replace("\\", "/"):
            return kind.split()[-1].rstrip(":")
    raise SystemExit(f"sleuthkit does not list {wanted}")


def mounted(volume, act):
    mount = path("mount")
    os.makedirs(mount, exist_ok=True)
    run("ntfs-3g", "-o", "ro,norecover,no_def_opts,silent", volume, mount)
    try:
        return act(mount)
    finally:
        run("umount", mount)


def simulated():
    print("a disk of the simulator, before and after a repair")
    disk, volume = path("disk.img"), path("volume.img")
    run(IMAGE, disk, "gpt")
    check("sgdisk finds nothing wrong with the table", "No problems found" in run("sgdisk", "-v", disk))
    partition(disk, volume)
    check("ntfsfix finds nothing to do", run("ntfsfix", "-n", volume).rstrip().endswith("was processed successfully."))
    tool("cat", disk, 3, SYSTEM, path("before"))
    before = tree(path("before"))
    asked, told = edits("ControlSet001")
    tool("edit-image", disk, *asked)
    partition(disk, volume)
    tool("cat", disk, 3, SYSTEM, path("after"))
    after = read(path("after"))
    check("hivex sees what was asked for and nothing else", differs_as_asked(before, tree(path("after")), told))
    check("sleuthkit reads the same bytes", hashlib.sha256(subprocess.run(["icat", volume, inode(volume, SYSTEM)], capture_output=True).stdout).digest() == hashlib.sha256(after).digest())
    content = mounted(volume, lambda mount: read(os.path.join(mount, SYSTEM.replace("\\", "/"))))
    check("ntfs-3g reads the same bytes", content == after)
    check("ntfsfix finds nothing to do", run("ntfsfix", "-n", volume).rstrip().endswith("was processed successfully."))

    acl = lambda: big_acl(volume)
    for line in tool("descriptors", disk, 3).splitlines():
        number, list_ = line.split(" ", 1)
        tool("repoint", disk, 3, KEY, number)
        partition(disk, volume)
        own = tool("descriptor", disk, 3, KEY).strip()
        check(f"the key's descriptor is number {number}", own == line)
        masks = [RIGHTS.get(ace.split(";")[2], ace.split(";")[2]) for ace in list_.split("(")[1:]]
        check("ntfs-3g reads that one", all(int(mask, 16).to_bytes(4, "little") in acl() for mask in masks))
        if DISSECT:
            told = run(*DISSECT, os.path.join(os.path.dirname(__file__), "dissected.py"), volume, KEY).split("\t")
            check("dissect.ntfs reads that one", told[2] == number and [ace.split()[0] for ace in told[3:]] == masks, told)
    set_aside(disk, volume)
    audit = run("ntfssecaudit", "-a", volume, ok=())
    check("ntfssecaudit finds all keys in all lists", "No errors were found" in audit or "All keys are present in all lists" in audit, audit)

    write(path("raw.img"), read(disk))
    run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", path("raw.img"), path("disk.qcow2"))
    check("qemu-img finds nothing wrong", "No errors" in run("qemu-img", "check", path("disk.qcow2")))
    refused = subprocess.run([TOOL, "table", path("disk.qcow2")], capture_output=True, text=True)
    check("a QCOW2 image is refused, not misread", refused.returncode == 1 and "Wrapped(Qcow2)" in refused.stderr, refused.stderr)


def set_aside(disk, volume):
    """The key is there under another name, in folder and record alike, with the same bytes and the same descriptor."""
    folder, _, name = KEY.rpartition("\\")
    partition(disk, volume)
    key = lambda name: subprocess.run(["icat", volume, inode(volume, f"{folder}\\{name}")], capture_output=True).stdout
    before, number = key(name), tool("descriptor", disk, 3, KEY)
    aside = name[:-1] + "x"
    tool("aside", disk, 3, folder, name)
    partition(disk, volume)
    names = mounted(volume, lambda mount: os.listdir(os.path.join(mount, folder.replace("\\", "/"))))
    check("ntfs-3g finds the key set aside, and not by its former name", aside in names and name not in names, names)
    content = mounted(volume, lambda mount: read(os.path.join(mount, folder.replace("\\", "/"), aside)))
    check("sleuthkit and ntfs-3g read the same bytes under the new name", before and before == key(aside) == content)
    check("its descriptor is the one it had", tool("descriptor", disk, 3, f"{folder}\\{aside}") == number)
    check("ntfsfix finds nothing to do with a key set aside", run("ntfsfix", "-n", volume).rstrip().endswith("was processed successfully."))


def machine():
    print("the disk that a simulated machine boots from, before and after rdpctl repaired it")
    disk, volume, guest = path("machine.img"), path("volume.img"), path("guest.toml")
    write(guest, GUEST.encode())
    for style in ("gpt", "mbr"):
        number = 3 if style == "gpt" else 1
        run(IMAGE, disk, style, guest)
        partition(disk, volume, number)
        hives = {}
        for name in (SYSTEM, SYSTEM.replace("SYSTEM", "SOFTWARE")):
            tool("cat", disk, number, name, path("before"))
            hives[name] = tree(path("before"))
            check(f"hivex reads {name} of a {style} disk", len(hives[name]) > 50, len(hives[name]))
        run(RDPCTL, "apply", "--disk", disk, "--state", path("kept"), "--auto-approve", "--allow", "offline-repair")
        partition(disk, volume, number)
        check("ntfsfix finds nothing to do", run("ntfsfix", "-n", volume).rstrip().endswith("was processed successfully."))
        tool("cat", disk, number, SYSTEM, path("after"))
        after = tree(path("after"))
        changed = sorted(hives[SYSTEM] ^ after)
        asked = ("fDenyTSConnections", "UserAuthentication", "'Start'", "FirewallRules")
        check("hivex sees only what was asked for", changed and all(any(word in line for word in asked) for line in changed), changed)
        content = mounted(volume, lambda mount: read(os.path.join(mount, SYSTEM.replace("\\", "/"))))
        check("ntfs-3g reads the repaired hive", content == read(path("after")))


def repaired(file, *more):
    """Judged, repaired, judged again; gives the run."""
    doctor = lambda: subprocess.run([RDPCTL, "doctor", "--disk", file], capture_output=True, text=True)
    before = doctor()
    kept = path("kept-" + os.path.basename(file))
    told = run(RDPCTL, "apply", "--disk", file, "--state", kept, "--auto-approve", "--allow", "offline-repair", *more)
    after = doctor()
    check(f"{os.path.basename(file)} has a cause, and none once it is repaired", (before.returncode, after.returncode) == (2, 0), (before, after))
    runs = [line.split()[1].rstrip(":") for line in told.splitlines() if line.startswith("Run ")]
    return runs[0], kept


def wrapped():
    """Formats of their own, through the storage daemon: repaired, put back, and quiet under QEMU's own check."""
    print("images in formats of their own, shown by qemu-storage-daemon")
    write(path("guest.toml"), GUEST.encode())
    run(IMAGE, path("plain.img"), "gpt", path("guest.toml"))
    before = read(path("plain.img"))
    formats = {
        "qcow2": (), "vhdx": (), "vmdk": (), "vdi": (), "vpc": ("-o", "subformat=dynamic,force_size=on"),
        "qcow2-compressed": ("-c",), "vmdk-sparse": ("-o", "subformat=streamOptimized"),
    }
    for name, options in formats.items():
        driver = name.split("-")[0]
        file = path(f"server-{name}.{'vhd' if driver == 'vpc' else driver}")
        run("qemu-img", "convert", "-f", "raw", "-O", driver, *options, path("plain.img"), file)
        if name == "vmdk-sparse":
            # Nothing can be written into such a one in place, by anybody: told, and not damaged.
            whole = read(file)
            refused = subprocess.run([RDPCTL, "apply", "--disk", file, "--state", path("kept-sparse"), "--auto-approve", "--allow", "offline-repair"], capture_output=True, text=True)
            check("a stream-optimized VMDK is not damaged by a repair that cannot be", refused.returncode != 0 and read(file) == whole, refused)
            continue
        told, kept = repaired(file)
        content = lambda: (run("qemu-img", "convert", "-f", driver, "-O", "raw", file, path("plain-again.img")), read(path("plain-again.img")))[1]
        check(f"qemu-img reads the repair in {name}", content() != before)
        if driver != "vpc":
            said = run("qemu-img", "check", "-f", driver, file, ok=())
            check(f"qemu-img check is quiet about {name}", "No errors were found" in said and "leaked" not in said, said)
        partition(path("plain-again.img"), path("volume.img"))
        check(f"ntfsfix finds nothing to do in {name}", run("ntfsfix", "-n", path("volume.img")).rstrip().endswith("was processed successfully."))
        run(RDPCTL, "undo", told, "--disk", file, "--state", kept, "--auto-approve")
        check(f"{name} is put back to the byte", content() == before)


def device():
    """A block device, alone and while another program has it."""
    print("a block device")
    image = path("device.img")
    run(IMAGE, image, "gpt", path("guest.toml"))
    loop = subprocess.run(["losetup", "--find", "--show", image], capture_output=True, text=True)
    if loop.returncode:
        print("  NOT LOOKED AT: this machine gives no loop device: " + loop.stderr.strip())
        return
    name = loop.stdout.strip()
    try:
        held = os.open(name, os.O_RDWR | os.O_EXCL)
        refused = subprocess.run([RDPCTL, "apply", "--disk", name, "--state", path("kept-device"), "--auto-approve", "--allow", "offline-repair"], capture_output=True, text=True)
        check("a device that another program has is not changed", refused.returncode == 1 and "another program has this disk open" in refused.stderr, refused)
        os.close(held)
        told, kept = repaired(name)
        run(RDPCTL, "undo", told, "--disk", name, "--state", kept, "--auto-approve")
    finally:
        run("losetup", "--detach", name)


GUEST = """
[registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server']
fDenyTSConnections = 1
[registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp']
UserAuthentication = 0
[services.TermService]
start = "disabled"
[firewall]
remote-desktop = "off"
"""


def big_acl(volume):
    """ntfs-3g answers with EIO to a buffer that is too small, which Python's own call begins with."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)

    def act(mount):
        buffer = ctypes.create_string_buffer(65536)
        name = os.path.join(mount, KEY.replace("\\", "/")).encode()
        length = libc.getxattr(name, b"system.ntfs_acl", buffer, 65536)
        return buffer.raw[: max(length, 0)]

    return mounted(volume, act)


def volumes():
    print("volumes of mkntfs, in all sizes of clusters")
    for cluster in (512, 1024, 4096, 65536):
        volume, mount = path("fresh.img"), path("mount")
        write(volume, b"")
        os.truncate(volume, 96 << 20)
        run("mkntfs", "-q", "-Q", "-F", "-s", "512", "-c", cluster, volume)
        os.makedirs(mount, exist_ok=True)
        files = {}
        run("ntfs-3g", "-o", "rw,no_def_opts,silent", volume, mount)
        try:
            os.makedirs(os.path.join(mount, "Windows/System32/config"))
            for number in range(900):
                name = f"Windows/System32/library{number:03}.dll"
                files[name] = os.urandom(64 if number % 50 else 70_000)
                write(os.path.join(mount, name), files[name])
            for name in list(files)[::2]:
                os.remove(os.path.join(mount, name))
                del files[name]
            files["Windows/System32/config/SYSTEM"] = os.urandom(3 << 20)
            write(os.path.join(mount, "Windows/System32/config/SYSTEM"), files["Windows/System32/config/SYSTEM"])
        finally:
            run("umount", mount)
        wrong = []
        for name in [*list(files)[::25], "Windows/System32/config/SYSTEM"]:
            tool("cat", volume, 1, name.replace("/", "\\").upper(), path("out"))
            if read(path("out")) != files[name]:
                wrong.append(name)
        check(f"every file is read back, with clusters of {cluster} bytes", not wrong, wrong)


def real():
    folder = os.environ.get("RDPCTL_HIVES")
    if not folder:
        print("real hives: NOT LOOKED AT, RDPCTL_HIVES is not set")
        return
    print("real hives")
    for packed in glob.glob(os.path.join(folder, "**", "*.xz"), recursive=True):
        name = path(os.path.relpath(packed, folder)[:-3])
        os.makedirs(os.path.dirname(name), exist_ok=True)
        with lzma.open(packed) as content:
            write(name, content.read())

    bins = lambda content: content[4096 : 4096 + int.from_bytes(content[40:44], "little")]
    logs = lambda name: sorted(glob.glob(name + ".LOG*"))
    out = path("recovered")
    dirty = path("yarp-GPL3/NewDirtyHive1/NewDirtyHive")
    tool("recover", dirty, out, *logs(dirty))
    check("a new log replayed is what Windows 10 made of it, byte for byte", bins(read(out)) == bins(read(path("yarp-GPL3/NewDirtyHive1/RecoveredHive_Windows10"))))
    dirty = path("yarp-GPL3/OldDirtyHive/OldDirtyHive")
    tool("recover", dirty, out, *logs(dirty))
    check("an old log replayed is what Windows 7 made of it, key for key", tree(out) == tree(path("yarp-GPL3/OldDirtyHive/RecoveredHive_Windows7")))
    system = path("regipy-MIT/SYSTEM_B")
    tool("recover", system, out, *logs(system))
    digest = hashlib.sha256(bins(read(out))).hexdigest()
    check("a system hive of 24 entries is what yarp makes of it", digest == "b6e091176b3d00b7b97efdeaeef519b1adfbaa5f6d8118d5c44fa2dcfeb5029a", digest)
    for name, keys in (("regipy-MIT/SYSTEM_B", 35_595), ("regipy-MIT/SYSTEM", 30_756), ("yarp-GPL3/ManySubkeysHive", 5_003), ("yarp-GPL3/UnicodeHive", 3)):
        said = tool("check", path(name), *logs(path(name)))
        check(f"{name} has {keys} keys and no errors", f" {keys} keys" in said and "error:" not in said, said)
    for name in ("regipy-MIT/SYSTEM_2", "regipy-MIT/SYSTEM_WIN_10_1709", *(f"yarp-GPL3/BadLogHive{number}/BadLogHive" for number in (1, 2, 3)), "yarp-GPL3/TruncatedHive"):
        refused = subprocess.run([TOOL, "check", path(name), *logs(path(name))], capture_output=True, text=True)
        check(f"{name} is refused", refused.returncode == 1, refused.stdout)
    for name in ("yarp-GPL3/BadListHive", "yarp-GPL3/InvalidParentHive"):
        check(f"{name} is not fit for editing", "error:" in tool("check", path(name)))
    for name, control_set in ((out, "ControlSet001"), (path("regipy-MIT/SYSTEM"), "ControlSet001")):
        asked, told = edits(control_set)
        tool("edit", name, path("edited"), *asked)
        check(f"hivex sees in {os.path.basename(name)} what was asked for and nothing else", differs_as_asked(tree(name), tree(path("edited")), told))
        said = tool("check", path("edited"))
        check("and it checks", "error:" not in said, said)
    for name in ("regipy-MIT/BCD", "derived/BCD.gen1", "EricZimmerman-Registry-MIT/BCD"):
        ems = "Objects\\{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}\\Elements\\15000022"
        tool("edit", path(name), path("edited"), f"create:{ems}", f"set:{ems}:Element:binary:0100000000000000")
        gained = tree(path("edited")) - tree(path(name))
        check(f"hivex sees in {name} one element more at the most", len(gained) <= 2 and all("15000022" in line for line in gained), gained)


simulated()
machine()
wrapped()
device()
volumes()
real()
sys.exit(f"{len(FAILED)} facts fail" if FAILED else 0)
