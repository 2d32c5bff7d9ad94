"""The smallest Windows program: it makes a file, prints a text, and ends.

Wine has no tools to stand in for, and no compiler for Windows need be installed for two lines of it.
"""

import struct

BASE, SECTION = 0x140000000, 0x1000


def program(mark="", text=""):
    """A 64-bit executable as bytes. `mark` is the path of the file that it makes, `text` what it prints."""
    mark, text = mark.encode() + b"\0", text.encode()
    names = ["CreateFileA", "GetStdHandle", "WriteFile", "ExitProcess"]
    # Data first, so that the code knows where everything lies: strings, hints and names, import tables.
    data, at = b"", {}

    def put(name, blob, align=8):
        nonlocal data
        data += b"\0" * (-len(data) % align)
        at[name] = SECTION + len(data)
        data += blob

    put("mark", mark)
    put("text", text)
    put("dll", b"KERNEL32.dll\0")
    for name in names:
        put("hint " + name, b"\0\0" + name.encode() + b"\0", 2)
    thunks = b"".join(struct.pack("<Q", at["hint " + name]) for name in names) + b"\0" * 8
    put("lookup", thunks)
    put("table", thunks)
    put("imports", struct.pack("<5I", at["lookup"], 0, 0, at["dll"], at["table"]) + b"\0" * 20)
    data += b"\0" * (-len(data) % 16)
    start = SECTION + len(data)
    code = b""

    def emit(*parts):
        nonlocal code
        code += b"".join(parts)

    def relative(opcode, target):
        emit(opcode, struct.pack("<i", target - (start + len(code) + len(opcode) + 4)))

    def call(name):
        relative(b"\xff\x15", at["table"] + 8 * names.index(name))

    emit(b"\x48\x83\xec\x58")                                   # sub rsp, 0x58
    if len(mark) > 1:
        relative(b"\x48\x8d\x0d", at["mark"])                   # lea rcx, [mark]
        emit(b"\xba\x00\x00\x00\x40", b"\x45\x31\xc0", b"\x45\x31\xc9")  # write; share and security: none
        emit(b"\x48\xc7\x44\x24\x20\x02\x00\x00\x00")           # always a new file
        emit(b"\x48\xc7\x44\x24\x28\x80\x00\x00\x00", b"\x48\xc7\x44\x24\x30\x00\x00\x00\x00")
        call("CreateFileA")
    emit(b"\xb9\xf5\xff\xff\xff")                               # mov ecx, STD_OUTPUT_HANDLE
    call("GetStdHandle")
    emit(b"\x48\x89\xc1")                                       # mov rcx, rax
    relative(b"\x48\x8d\x15", at["text"])                       # lea rdx, [text]
    emit(b"\x41\xb8" + struct.pack("<I", len(text)))            # mov r8d, length
    emit(b"\x4c\x8d\x4c\x24\x40")                               # lea r9, [written]
    emit(b"\x48\xc7\x44\x24\x20\x00\x00\x00\x00")
    call("WriteFile")
    emit(b"\x31\xc9")                                           # xor ecx, ecx
    call("ExitProcess")
    section = data + code
    size = len(section)
    raw = -(-size // 0x200) * 0x200
    directories = [(0, 0)] * 16
    directories[1] = (at["imports"], 40)
    headers = b"MZ" + b"\0" * 58 + struct.pack("<I", 64)
    headers += b"PE\0\0" + struct.pack("<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22)
    headers += struct.pack("<HBBIIIII", 0x20B, 14, 0, raw, 0, 0, start, SECTION)
    headers += struct.pack("<QIIHHHHHHIIIIHH", BASE, 0x1000, 0x200, 6, 0, 0, 0, 6, 0, 0, SECTION + -(-size // 0x1000) * 0x1000,
                           0x200, 0, 3, 0)
    headers += struct.pack("<QQQQII", 0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    headers += b"".join(struct.pack("<II", *one) for one in directories)
    headers += b".text\0\0\0" + struct.pack("<IIIIIIHHI", size, SECTION, raw, 0x200, 0, 0, 0, 0, 0xE0000060)
    return headers.ljust(0x200, b"\0") + section.ljust(raw, b"\0")
