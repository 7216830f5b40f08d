"""The service manager's store of descriptors, sd_pid_notify_with_fds(3): what outlives a restart.

A stored descriptor comes back with the next start, by its name, also after a crash; not after a
stop. Names have no colons, and a name can come back several times, the newest first.
"""

import array
import asyncio
import contextlib
import errno
import os
import socket
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from com1d.loop.descriptors import Descriptors


FIRST: Final = 3
"""The first of the descriptors that the manager gives, SD_LISTEN_FDS_START."""

SOCKET: Final = "com1d.sock"
"""What com1d.socket calls the socket of the API (FileDescriptorName=)."""

SEND_SECONDS: Final = 1.0
"""How long the manager may take to read a message: its queue is short, and there are thousands."""

ASK_SECONDS: Final = 4.0
"""How long it may take to answer us on a busy host; TimeoutStopSec= has room for it."""

ASK_TRIES: Final = 5
AGAIN_SECONDS: Final = 0.05


def received() -> Descriptors:
    """Give the descriptors that the manager has kept for this process, by name."""
    ours = os.environ.pop("LISTEN_PID", "") == str(os.getpid())
    count = os.environ.pop("LISTEN_FDS", "")
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    found: dict[str, int] = {}
    for fd in range(FIRST, FIRST + int(count)) if ours and count.isdecimal() else ():
        os.set_inheritable(fd, False)  # noqa: FBT003 - the standard library's
        name = names[fd - FIRST] if fd - FIRST < len(names) else str(fd)
        if name in found:  # an older one
            os.close(fd)
        else:
            found[name] = fd
    return Descriptors(found)


def pass_on(fds: Mapping[str, int]) -> dict[str, str]:
    """Make the next program of this process receive these; give its environment for that."""
    names: list[str] = []
    for name, fd in sorted(fds.items(), key=lambda item: item[1]):
        number = FIRST + len(names)  # not higher than `fd`, and below all that are still to come
        with contextlib.suppress(OSError):  # one that was closed since
            if fd == number:
                os.set_inheritable(fd, True)  # noqa: FBT003 - the standard library's
            else:
                os.dup2(fd, number, inheritable=True)
            names.append(name)
    return {
        "LISTEN_PID": str(os.getpid()),
        "LISTEN_FDS": str(len(names)),
        "LISTEN_FDNAMES": ":".join(names),
    }


class FdStore:
    """The store of one service."""

    def __init__(self, address: str) -> None:
        """Speak to the manager at `address`, as NOTIFY_SOCKET has it."""
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def keep(self, fds: dict[str, int]) -> None:
        """Have descriptors kept. Blocks. Raises `OSError`; some are kept then."""
        with self._connected() as sock:
            for name, fd in fds.items():
                # FDPOLL=0: a pty or socket whose other end is silent counts as broken else.
                message = f"FDSTORE=1\nFDNAME={name}\nFDPOLL=0".encode()
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [fd]))]
                sock.sendmsg([message], rights)

    def drop(self, name: str) -> None:
        """Have a descriptor kept no more. Blocks. Raises `OSError`."""
        with self._connected() as sock:
            sock.send(f"FDSTOREREMOVE=1\nFDNAME={name}".encode())

    def _connected(self) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            sock.settimeout(SEND_SECONDS)
            sock.connect(self._address)
        except BaseException:
            sock.close()
            raise
        return sock


async def room() -> int:
    """Ask the service manager how many descriptors it keeps; 0 where it does not say."""
    return await asyncio.to_thread(_keeps)


async def room_for_a_restart() -> int:
    """Ask the service manager how many descriptors it keeps; 0 where it does not start us again.

    Raises `OSError` where it does not say in time whether it will.
    """
    restarts, kept = await asyncio.gather(asyncio.to_thread(_restarts), room())
    return kept if restarts else 0


def _restarts() -> bool:
    try:
        jobs = _systemctl("list-jobs", "--no-legend", "--full", _unit())
    except subprocess.TimeoutExpired:
        why = f"systemctl did not say within {ASK_SECONDS:g} s whether this is a restart"
        raise OSError(errno.ETIMEDOUT, why) from None
    except (OSError, subprocess.SubprocessError):  # it is not there: another manager, then
        return False
    return any("restart" in line.split() for line in jobs.splitlines())


def _keeps() -> int:
    try:
        return int(_systemctl("show", "--property=FileDescriptorStoreMax", "--value", _unit()))
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def _unit() -> str:
    return Path("/proc/self/cgroup").read_text().strip().rpartition("/")[2]


def _systemctl(*words: str) -> str:
    """Run systemctl; again where the SIGTERM that ends our control group has met it, too."""
    for _ in range(ASK_TRIES - 1):
        with contextlib.suppress(subprocess.CalledProcessError):
            return _run("systemctl", "--no-pager", *words)
        time.sleep(AGAIN_SECONDS)
    return _run("systemctl", "--no-pager", *words)


def _run(*words: str) -> str:
    return subprocess.run(  # noqa: S603 - the host's own, and the name of our unit
        words, capture_output=True, text=True, timeout=ASK_SECONDS, check=True,
        stdin=subprocess.DEVNULL,
    ).stdout  # fmt: skip
