#!/usr/bin/env python3
"""Makes the skeleton of a Windows disk: an NTFS volume and an EFI system partition with empty files in their places.

Needs root, FUSE, ntfs-3g (mkntfs), dosfstools and mtools. Writes beside itself `windows.z`, `system.z` (zlib, of the words' differences) and
`places.tsv`: which file lies where in which volume, run by run, and `descriptors.tsv`. The volumes hold nothing of Windows: names, sizes,
descriptors. What is in the files the simulator writes.
"""

import os
import re
import struct
import subprocess
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
MIB = 1 << 20
WINDOWS = 16 * MIB
SYSTEM = 4 * MIB
# Where the disk will have them: boot sectors repeat it.
SYSTEM_START = 1 * MIB
WINDOWS_START = SYSTEM_START + SYSTEM + 1 * MIB

CONFIG = "Windows/System32/config"
KEYS = "ProgramData/Microsoft/Crypto/RSA/MachineKeys"
KEY = "f686aace6942fb7f7ceb231212eef4a4_0f0e0d0c-0b0a-0908-0706-050403020100"
# What the image was cloned from left its own behind.
LEFTOVER = "f686aace6942fb7f7ceb231212eef4a4_1f1e1d1c-1b1a-1918-1716-151413121110"
FILES = {
    f"{CONFIG}/SYSTEM": 1 * MIB,
    f"{CONFIG}/SYSTEM.LOG1": 128 << 10,
    f"{CONFIG}/SYSTEM.LOG2": 128 << 10,
    f"{CONFIG}/SOFTWARE": 512 << 10,
    f"{CONFIG}/SOFTWARE.LOG1": 64 << 10,
    f"{CONFIG}/SOFTWARE.LOG2": 64 << 10,
    f"{CONFIG}/SAM": 64 << 10,
    f"{CONFIG}/SECURITY": 64 << 10,
    "Windows/System32/winload.efi": 4096,
    "Windows/System32/winload.exe": 4096,
    "Windows/System32/termsrv.dll": 4096,
    f"{KEYS}/{KEY}": 4096,
    "Boot/BCD": 32 << 10,
    "Boot/BCD.LOG": 16 << 10,
    "hiberfil.sys": 4096,
}
BOOT = {
    "EFI/Microsoft/Boot/BCD": 32 << 10,
    "EFI/Microsoft/Boot/BCD.LOG": 16 << 10,
    "EFI/Microsoft/Boot/bootmgfw.efi": 4096,
}

SY, NS, BA, WD = "S-1-5-18", "S-1-5-20", "S-1-5-32-544", "S-1-1-0"
SESSION_ENV = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833"
FULL, READ = 0x1F01FF, 0x120089
# The last one is the key's when the skeleton is done; all stay in the volume's store.
DESCRIPTORS = [
    ("damaged: nobody but Administrators", BA, [(0, FULL, BA)]),
    ("damaged: NETWORK SERVICE denied", SY, [(1, READ, NS), (0, FULL, SY), (0, READ, NS)]),
    ("healthy up to 2016", SY, [(0, FULL, SY), (0, READ, NS), (0, READ, BA)]),
    ("healthy since 2019", SY, [(0, FULL, SY), (0, READ, NS), (0, FULL, SESSION_ENV)]),
]
FOLDER = (SY, [(0, 0x12019F, WD), (0, FULL, BA)])


def sid(text):
    authority, *rest = [int(part) for part in text.split("-")[2:]]
    return struct.pack(">BBHI", 1, len(rest), 0, authority) + b"".join(struct.pack("<I", part) for part in rest)


def descriptor(owner, aces):
    body = b""
    for kind, mask, who in aces:
        who = sid(who)
        body += struct.pack("<BBHI", kind, 0, 8 + len(who), mask) + who
    dacl = struct.pack("<BBHHH", 2, 0, 8 + len(body), len(aces), 0) + body
    owner, group = sid(owner), sid(SY)
    at = 20
    return (
        struct.pack("<BBHIIII", 1, 0, 0x9004, at, at + len(owner), 0, at + len(owner) + len(group))
        + owner
        + group
        + dacl
    )


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def fill(path, size):
    with open(path, "wb") as out:
        out.write(b"\xa5" * size)


def windows(folder, places):
    image = os.path.join(folder, "windows.img")
    with open(image, "wb") as out:
        out.truncate(WINDOWS)
    run("mkntfs", "-q", "-Q", "-F", "-s", "512", "-c", "4096", "-p", str(WINDOWS_START // 512), "-H", "255", "-S", "63", "-L", "Windows", image)
    mount = os.path.join(folder, "mount")
    os.mkdir(mount)
    run("ntfs-3g", "-o", "rw,no_def_opts,silent", image, mount)
    try:
        for path, size in FILES.items():
            path = os.path.join(mount, path)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            fill(path, size)
        # A file in many pieces and with many names: its record overflows, and others carry it on. Nothing else is
        # free while it is written than every second of many clusters.
        free = os.statvfs(mount).f_bavail
        fill(os.path.join(mount, "rest.bin"), (free - 900) * 4096)
        small = [os.path.join(mount, f"small{number}") for number in range(600)]
        for path in small:
            fill(path, 4096)
        for path in small[::2]:
            os.remove(path)
        with open(os.path.join(mount, "pieces.bin"), "wb", buffering=0) as pieces:
            for number in range(320):
                pieces.write(struct.pack("<I", number) * 1024)
        for number in range(4):
            os.link(os.path.join(mount, "pieces.bin"), os.path.join(mount, f"pieces {number}, the same file by another name"))
        for path in small[1::2]:
            os.remove(path)
        os.remove(os.path.join(mount, "rest.bin"))
        # A folder of many names, so that its index has blocks.
        many = os.path.join(mount, "many")
        os.mkdir(many)
        for number in range(120):
            fill(os.path.join(many, f"file {number:03} with a name that takes room"), 0)
        for _, owner, aces in DESCRIPTORS:
            os.setxattr(os.path.join(mount, KEYS, KEY), "system.ntfs_acl", descriptor(owner, aces))
        leftover = os.path.join(mount, KEYS, LEFTOVER)
        fill(leftover, 4096)
        _, owner, aces = DESCRIPTORS[-1]
        os.setxattr(leftover, "system.ntfs_acl", descriptor(owner, aces))
        os.setxattr(os.path.join(mount, KEYS), "system.ntfs_acl", descriptor(*FOLDER))
    finally:
        run("umount", mount)
    for path in [*FILES, "pieces.bin"]:
        for at, start, length in runs(image, path):
            places.append(("windows", path, at, start, length))
    descriptors(image)
    # Fillers of places in the image would compress badly and say nothing.
    with open(image, "r+b") as disk:
        for _, path, _, start, length in places:
            if path != "pieces.bin":
                disk.seek(start)
                disk.write(b"\0" * length)
        # What was deleted lies there still, and is nothing to keep.
        bitmap = subprocess.run(("ntfscat", "-f", "-i", "6", image), check=True, capture_output=True).stdout
        for cluster in range(WINDOWS // 4096):
            if not bitmap[cluster // 8] >> (cluster % 8) & 1 and cluster < WINDOWS // 4096 - 1:
                disk.seek(cluster * 4096)
                disk.write(b"\0" * 4096)
    return image


def runs(image, path):
    """The runs of a file, as ntfsinfo lists them."""
    text = run("ntfsinfo", "-v", "-f", "-F", path, image)
    data = text[text.index("Dumping attribute $DATA") :]
    found = []
    for vcn, lcn, length in re.findall(r"^\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)$", data, re.M):
        found.append((int(vcn, 16) * 4096, int(lcn, 16) * 4096, int(length, 16) * 4096))
    return found


def descriptors(image):
    """Where the key's record lies in the volume, and under which number its store holds each descriptor."""
    with open(image, "rb") as disk:
        content = disk.read()
    inode = re.search(r"Dumping Inode (\d+)", run("ntfsinfo", "-v", "-f", "-F", f"{KEYS}/{KEY}", image)).group(1)
    name = KEY.encode("utf-16-le")
    records = [at for at in range(0, WINDOWS, 1024) if content[at : at + 4] == b"FILE" and name in content[at : at + 1024]]
    record = next(at for at in records if struct.unpack_from("<I", content, at + 44)[0] == int(inode))
    with open(os.path.join(HERE, "descriptors.tsv"), "w") as out:
        out.write("# the key's record: byte in the volume; then the numbers of descriptors, and what they are\n")
        out.write(f"{record}\n")
        for what, owner, aces in DESCRIPTORS:
            own = descriptor(owner, aces)
            number = struct.unpack_from("<I", content, content.index(own) - 16)[0]
            out.write(f"{number}\t{what}\n")


def system(folder, places):
    image = os.path.join(folder, "system.img")
    with open(image, "wb") as out:
        out.truncate(SYSTEM)
    run("mkfs.fat", "-F", "16", "-s", "1", "-h", str(SYSTEM_START // 512), "-n", "SYSTEM", "-i", "5d5d5d5d", image)
    for part in ("EFI", "EFI/Microsoft", "EFI/Microsoft/Boot"):
        run("mmd", "-i", image, "::" + part)
    for number, (path, size) in enumerate(BOOT.items()):
        filler = os.path.join(folder, f"filler{number}")
        with open(filler, "wb") as out:
            out.write(bytes([0xC0 + number]) * size)
        run("mcopy", "-i", image, filler, "::" + path)
    with open(image, "r+b") as disk:
        bytes_ = disk.read()
        for number, (path, size) in enumerate(BOOT.items()):
            start = bytes_.index(bytes([0xC0 + number]) * size)
            places.append(("system", path, 0, start, size))
            disk.seek(start)
            disk.write(b"\0" * size)
    return image


def differences(image):
    """Each 16-bit word less the one before: the volume's table of upper case is words that count up."""
    words = struct.unpack(f"<{len(image) // 2}H", image)
    return struct.pack(f"<{len(words)}H", *((word - before) & 0xFFFF for before, word in zip((0, *words), words)))


def main():
    places = []
    with tempfile.TemporaryDirectory() as folder:
        for name, make in (("windows", windows), ("system", system)):
            image = make(folder, places)
            with open(image, "rb") as disk, open(os.path.join(HERE, name + ".z"), "wb") as out:
                out.write(zlib.compress(differences(disk.read()), 9))
    with open(os.path.join(HERE, "places.tsv"), "w") as out:
        out.write("# volume, path, byte in the file, byte in the volume, length\n")
        for place in places:
            out.write("\t".join(map(str, place)) + "\n")


if __name__ == "__main__":
    main()
