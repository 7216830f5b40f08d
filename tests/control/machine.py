"""A real VM that boots in a quarter of a second: QEMU, SeaBIOS, and a guest of 148 bytes.

The guest answers on COM1 to all that a control can do to it: `R` it runs, `N` an NMI, `!` a break,
`P` the power button, which it obeys; and each key is its scan code. F7 sets off the watchdog, F8
resets, F9 panics, F10 tells of a crash dump.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from com1d.control import VmEvent
from com1d.control.base import Limits
from com1d.control.qmp import QmpControl
from com1d.control.qmp_link import QmpLink
from com1d.errors import Problem
from guests.line import Line
from guests.qemu import CHARDEVS, Guest


PATIENCE = 30.0
"""Seconds to wait for what must come: the machine may be busy."""

READY, NMI, BREAK, POWER = b"R", b"N", b"!", b"P"
F1, F7, F8, F9, F10 = b"\x3b", b"\x41", b"\x42", b"\x43", b"\x44"

SECTOR_BYTES, DISK_BYTES = 512, 1 << 20

LISTENS = "ef"
"""`out dx, ax` to 0x602: without it the guest never hears of the power button."""

GUEST = """
fa                  cli
31c0                xor ax, ax
8ed8 8ec0 8ed0      mov ds, ax; mov es, ax; mov ss, ax
bc007c              mov sp, 0x7c00
c7060800857c        mov word [2*4], nmi
c7060a000000        mov word [2*4+2], 0
ba0206              mov dx, 0x602           ; ACPI PM1 enable register
b80001              mov ax, 0x100           ; power button
{listens}                  out dx, ax
fb                  sti
b052                mov al, 'R'
e86a00              call put
f4                  loop: hlt               ; until the next key or timer tick
bafd03              mov dx, 0x3fd           ; line status register of COM1
ec                  in al, dx
a810                test al, 0x10           ; break
7409                jz power
b021                mov al, '!'
e85c00              call put
baf803              mov dx, 0x3f8
ec                  in al, dx
ba0006              power: mov dx, 0x600    ; ACPI PM1 status register
ed                  in ax, dx
f6c401              test ah, 1
740c                jz keys
b050                mov al, 'P'
e84a00              call put
ba0406              mov dx, 0x604           ; ACPI PM1 control register
b80020              mov ax, 0x2000          ; off
ef                  out dx, ax
b411                keys: mov ah, 0x11      ; is there a key?
cd16                int 0x16
74d3                jz loop
b410                mov ah, 0x10            ; which one?
cd16                int 0x16
88e0                mov al, ah
e83400              call put
3c41                cmp al, 0x41            ; F7
7506                jne f9
ba4304 b00f ee      mov dx, 0x443; mov al, 15; out dx, al  ; watchdog ib700, no time left
3c43                f9: cmp al, 0x43
7506                jne f10
ba0505 b001 ee      mov dx, 0x505; mov al, 1; out dx, al   ; pvpanic: panicked
3c44                f10: cmp al, 0x44
7506                jne f8
ba0505 b002 ee      mov dx, 0x505; mov al, 2; out dx, al   ; pvpanic: crash kernel loaded
3c42                f8: cmp al, 0x42
75a8                jne loop
baf90c b006 ee      mov dx, 0xcf9; mov al, 6; out dx, al   ; reset
eba0                jmp loop
50 52               nmi: push ax; push dx
b04e                mov al, 'N'
e80300              call put
5a 58               pop dx; pop ax
cf                  iret
baf803              put: mov dx, 0x3f8
ee                  out dx, al
c3                  ret
"""
"""Machine code, and what it says. Real mode, at 0x7c00."""


def disk(*, obeys: bool) -> bytes:
    """Assemble the guest's disk."""
    lines = GUEST.format(listens=LISTENS if obeys else "90").splitlines()
    code = b"".join(bytes.fromhex(line[:20]) for line in lines)
    return (code.ljust(SECTOR_BYTES - 2, b"\0") + b"\x55\xaa").ljust(DISK_BYTES, b"\0")


HOST_RESET = ("reset", "host-qmp-system-reset")
GUEST_RESET = ("reset", "guest-reset")
BUTTON, SHUTDOWN = ("power-button", ""), ("shutdown", "guest-shutdown")
PAUSED, RESUMED = ("paused", ""), ("resumed", "")
"""Events, as `Events` gives them."""


def ignore(_: str) -> None:
    """Hear a line and do nothing with it."""


class Machine(Guest):
    """The VM. `options` are further arguments of QEMU's."""

    def __init__(self, port: str, folder: Path, *options: str, obeys: bool = True) -> None:
        super().__init__(port, folder)
        self.options = options
        self.disk = folder / "disk"
        self.disk.write_bytes(disk(obeys=obeys))

    def command(self, monitor: int) -> list[str]:
        com1 = CHARDEVS[self.kind].format(path=self.path)
        return [
            *("setpriv", "--pdeathsig", "KILL"),
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"),
            *("-machine", "q35", "-accel", "tcg", "-m", "16"),
            *("-drive", f"format=raw,file={self.disk}"),
            *("-device", "pvpanic", "-device", "ib700", "-action", "watchdog=none,panic=none"),
            *("-chardev", f"{com1},id=com1", "-serial", "chardev:com1"),
            *("-chardev", f"socket,fd={monitor},id=harness"),
            *("-mon", "chardev=harness,mode=control"),
            *("-qmp", f"unix:{self.control},server=on,wait=off"),
            *self.options,
        ]

    async def ended(self) -> None:
        """Wait until QEMU has ended by itself."""
        await self._ended()

    async def boot(self) -> Line:
        """Start, on FIFOs, and wait until the guest runs; give COM1."""
        line = fifos(self.path)
        try:
            await self.start()
            await line.expect(READY)
        except BaseException:
            line.__exit__()
            raise
        return line


def fifos(path: str) -> Line:
    """Open a pair of FIFOs as com1d does; they are made the first time."""
    for end in ("in", "out"):
        with suppress(FileExistsError):
            os.mkfifo(f"{path}.{end}")
    return Line(
        os.open(f"{path}.out", os.O_RDONLY | os.O_NONBLOCK),
        os.open(f"{path}.in", os.O_RDWR | os.O_NONBLOCK),
    )


class Events:
    """Collects what a control tells."""

    def __init__(self) -> None:
        self.seen: list[VmEvent] = []

    def __call__(self, event: VmEvent) -> None:
        self.seen.append(event)

    def take(self) -> list[tuple[str, str]]:
        """Give what and why of all that has come since the last time."""
        seen, self.seen = self.seen, []
        return [(str(event.what), event.cause) for event in seen]

    async def until(self, count: int) -> list[tuple[str, str]]:
        """Wait for `count` events, and take them."""
        await until(lambda: len(self.seen) >= count)
        return self.take()


@asynccontextmanager
async def machine_on(
    folder: Path, *options: str, obeys: bool = True
) -> AsyncIterator[tuple[Machine, Line]]:
    """Boot a machine with COM1 on FIFOs."""
    machine = Machine(f"pipe:{folder / 'com1'}", folder, *options, obeys=obeys)
    try:
        with await machine.boot() as line:
            yield machine, line
    finally:
        await machine.stop()


@asynccontextmanager
async def controlling(
    path: object, port: object = "", **options: Any
) -> AsyncIterator[tuple[QmpControl, Events]]:
    """Control the VM whose QMP socket is `path`, from the first connection on if it can be had."""
    events = Events()
    shared = options.pop("shared", False)
    control = QmpControl(str(path), "web01", str(port), Limits(**options), shared=shared)
    control.start(events)
    try:
        with suppress(Problem):
            await control.status()
        yield control, events
    finally:
        await control.stop()


@asynccontextmanager
async def linked(path: object) -> AsyncIterator[QmpLink]:
    """Speak QMP to the VM whose socket is `path`, as its control does."""
    link = QmpLink(str(path), "web01", hear=lambda *_: None, lost=lambda: None)
    link.start()
    try:
        yield link
    finally:
        await link.stop()


async def until(condition) -> None:
    """Wait for something that happens in this loop."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)
