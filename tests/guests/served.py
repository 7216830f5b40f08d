"""A guest whose COM1 is the console `vm` of a daemon: both real, each a process of its own."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path

from frontends.harness import Daemon, running
from guests.line import EXPECT_SECONDS
from guests.operate import port_up
from guests.qemu import Guest
from guests.session import Session


LAST_BYTES = 64
"""How much of the end of a log tells that all of it came: a prompt and the line before."""


def console(kind: str, folder: Path, scrollback: str = "4MiB") -> str:
    """Write the configuration of `vm`; for a `pty:` the path is a symbolic link to it."""
    return f'[consoles.vm]\nport = "{kind}:{folder}/com1"\nscrollback = "{scrollback}"\n'


@asynccontextmanager
async def served(
    kind: str, folder: Path, kernel: str = "quiet", scrollback: str = "4MiB"
) -> AsyncIterator[tuple[Daemon, Guest]]:
    """Run a daemon for a guest that is not started yet: `power_on` does that."""
    with running(folder, console(kind, folder, scrollback)) as daemon:
        guest = Guest(f"{kind}:{folder}/com1", folder, kernel)
        try:
            yield daemon, guest
        finally:
            await guest.stop()


async def power_on(daemon: Daemon, guest: Guest) -> None:
    """Start the guest, and let it run once the daemon has its port.

    Its pty has another path each time: a symbolic link follows it.
    """
    await guest.start(halted=True)
    if guest.kind == "pty":
        _point(Path(guest.path), await guest.pty_path())
    await port_up(daemon, "vm")
    await guest.go()


def _point(link: Path, terminal: str) -> None:
    fresh = link.with_suffix(".new")
    fresh.symlink_to(terminal)
    fresh.replace(link)


async def until(true: Callable[[], object]) -> None:
    """Wait for what another process does and does not announce, such as writing a log."""
    async with asyncio.timeout(EXPECT_SECONDS):
        while not true():
            await asyncio.sleep(0.01)


async def whole_log(guest: Guest, session: Session) -> bytes:
    """Stop the guest's processor; give all that it printed, once the session has the end of it."""
    await guest.qmp("stop")
    log = guest.log.read_bytes()
    await until(lambda: session.received.endswith(log[-LAST_BYTES:]))
    return log


def is_printed(received: bytes, log: bytes, *, from_the_start: bool = True) -> bool:
    """Say whether `received` is what a guest printed, although QEMU's log of it stutters.

    QEMU writes a byte down whenever it tries to send it, and tries again when the socket is full
    (chardev/char.c, qemu_chr_write_buffer). So the bytes and their order are certain, but not how
    often each was repeated. Without `from_the_start`, the beginning may be missing.
    """
    got, logged = _runs(received), _runs(log)
    if not from_the_start:
        logged = logged[-len(got) :]
    return [byte for byte, _ in got] == [byte for byte, _ in logged] and all(
        count <= tries for (_, count), (_, tries) in zip(got, logged, strict=True)
    )


def _runs(data: bytes) -> list[tuple[int, int]]:
    return [(byte, len(list(same))) for byte, same in groupby(data)]
