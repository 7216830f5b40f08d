"""A guest without a daemon: its COM1 in the test's own hands, over each kind of port."""

import asyncio
import os
import socket
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from guests.line import Line, connect
from guests.qemu import Guest


@asynccontextmanager
async def guest_on(
    kind: str, directory: Path, kernel: str = "quiet"
) -> AsyncIterator[tuple[Guest, Line]]:
    """Boot a guest with COM1 on this kind of port; give it and the other end of its line."""
    path = directory / "com1"
    guest = Guest(f"{kind}:{path}", directory, kernel)
    try:
        with await STARTS[kind](guest, path) as line:
            await guest.go()
            yield guest, line
    finally:
        await guest.stop()


async def _pipe(guest: Guest, path: Path) -> Line:
    """Make the FIFOs and open them as the daemon does, before QEMU: not a byte is missed."""
    os.mkfifo(f"{path}.in")
    os.mkfifo(f"{path}.out")
    output = os.open(f"{path}.out", os.O_RDONLY | os.O_NONBLOCK)
    # For writing alone it would not open before QEMU holds the other end.
    line = Line(output, os.open(f"{path}.in", os.O_RDWR | os.O_NONBLOCK))
    await guest.start(halted=True)
    return line


async def _listen(guest: Guest, path: Path) -> Line:
    """Listen, and let QEMU dial."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        listener.setblocking(False)
        await guest.start(halted=True)
        connection, _ = await asyncio.get_running_loop().sock_accept(listener)
        return Line(connection.detach())


async def _unix(guest: Guest, path: Path) -> Line:
    """Dial QEMU, which listens."""
    await guest.start(halted=True)
    return connect(path)


async def _pty(guest: Guest, path: Path) -> Line:
    """Open the terminal that QEMU made, raw."""
    await guest.start(halted=True)
    terminal = os.open(await guest.pty_path(), os.O_RDWR | os.O_NOCTTY)
    tty.setraw(terminal)
    return Line(terminal)


STARTS = {"pipe": _pipe, "listen": _listen, "unix": _unix, "pty": _pty}
"""How each kind of port is opened around the start of its guest."""
