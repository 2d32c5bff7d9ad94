# A boot sector that leads one serial port to the other, byte by byte, both ways: what is written to COM1 comes out of
# COM2, and what comes into COM2 goes out of COM1. It uses no interrupts and nothing of the BIOS.
#
#     as --32 relay.S -o relay.o && ld -m elf_i386 -Ttext 0x7c00 --oformat binary relay.o -o relay.img

    .code16
    .globl _start

    .set COM1, 0x3f8
    .set COM2, 0x2f8
    .set LINE_STATUS, 5         # bit 0: a byte has come; bit 5: there is room for one to go

_start:
    cli
    xor %ax, %ax
    mov %ax, %ss
    mov $0x7c00, %sp
    mov $COM1, %bx
    call begin
    mov $COM2, %bx
    call begin

relay:
    mov $COM1, %bx
    mov $COM2, %cx
    call pass
    mov $COM2, %bx
    mov $COM1, %cx
    call pass
    jmp relay

# Takes one byte from the port in bx to the port in cx, where there is one and room for it.
pass:
    mov %bx, %dx
    add $LINE_STATUS, %dx
    in %dx, %al
    test $0x01, %al
    jz 1f
    mov %cx, %dx
    add $LINE_STATUS, %dx
    in %dx, %al
    test $0x20, %al
    jz 1f
    mov %bx, %dx
    in %dx, %al
    mov %cx, %dx
    out %al, %dx
1:  ret

# Sets the port in bx to 115,200 baud, eight bits, no parity, with its FIFOs and without interrupts.
begin:
    lea 1(%bx), %dx             # interrupts off
    xor %al, %al
    out %al, %dx
    lea 3(%bx), %dx             # the divisor: 1, in two bytes
    mov $0x80, %al
    out %al, %dx
    mov %bx, %dx
    mov $1, %al
    out %al, %dx
    lea 1(%bx), %dx
    xor %al, %al
    out %al, %dx
    lea 3(%bx), %dx             # eight bits, no parity, one stop bit
    mov $0x03, %al
    out %al, %dx
    lea 2(%bx), %dx             # FIFOs on and empty
    mov $0x07, %al
    out %al, %dx
    lea 4(%bx), %dx             # ready, on both of its lines
    mov $0x03, %al
    out %al, %dx
    ret

    .org 510
    .word 0xaa55
