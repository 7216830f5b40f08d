"""The process at the other end of a Unix socket, as the kernel identifies it (SO_PEERCRED).

The credentials are those of the process at the moment it connected: a process that changes its
user later keeps what it had, and a descriptor passed on keeps its first owner.
"""

import asyncio
import os
import pwd
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from com1d.core.access.policy import Peer
from com1d.telemetry.facts import Who


SO_PEERGROUPS: Final = 59
"""Supplementary groups of the peer, since Linux 4.13 (asm-generic/socket.h); not in `socket`."""

_UCRED: Final = struct.Struct("iII")
_GROUPS_BYTES: Final = 1024
"""Bytes that Python's `getsockopt` returns: 256 groups. Of a peer with more, no group counts."""

NAME_SECONDS: Final = 2.0
"""How long a name is looked up. A user whose name takes longer is shown by uid."""

NAMES_KEPT: Final = 1024
"""Names in the cache: far more than a host has console users."""


COMMAND_BYTES: Final = 64
"""Bytes read of a process's name; the kernel keeps 15 (proc(5), comm)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A process that connected, for policy, display and audit."""

    peer: Peer
    pid: int
    command: str = ""
    """The name of the process when it connected: its own choice, so for display only."""
    gateway: str | None = None
    """The gateway's own user, where a gateway speaks for `user`."""
    mfa: bool = False
    """Whether a gateway vouches for a multi-factor sign-in."""

    @property
    def user(self) -> str:
        """The name, or `uid N` where there is none."""
        return self.peer.user

    @property
    def who(self) -> Who:
        """The caller as facts have it."""
        peer = self.peer
        return Who(peer.user, peer.uid, peer.gid, self.pid, self.command, self.gateway)

    def is_same_user(self, other: "Caller") -> bool:
        """Tell whether both are the same user: through a gateway all have the gateway's uid."""
        return (self.peer.uid, self.gateway, self.user) == (
            other.peer.uid, other.gateway, other.user
        )  # fmt: skip


class Callers:
    """Reads credentials and looks names up off the loop, once per user."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    async def identify(self, sock: socket.socket) -> Caller:
        """Tell who connected `sock`. Never fails: an unknown user is shown by number."""
        pid, uid, gid = _UCRED.unpack(
            sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        )
        command = _command(pid)
        name = self._names.get(uid)
        if name is None:
            name = await self._look_up(uid)
        return Caller(Peer(uid, gid, frozenset(_groups(sock)), name), pid, command)

    async def _look_up(self, uid: int) -> str:
        loop = asyncio.get_running_loop()
        try:
            entry = await asyncio.wait_for(
                loop.run_in_executor(None, pwd.getpwuid, uid), NAME_SECONDS
            )
        except TimeoutError:
            return f"uid {uid}"
        except KeyError:
            name = f"uid {uid}"
        else:
            name = entry.pw_name
        if len(self._names) >= NAMES_KEPT:
            self._names.clear()
        self._names[uid] = name
        return name


def _command(pid: int) -> str:
    """Read a process's name. /proc is in memory, so this does not block the loop."""
    try:
        fd = os.open(f"/proc/{pid}/comm", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # it has ended, or lives in another namespace
        return ""
    try:
        return os.read(fd, COMMAND_BYTES).decode(errors="replace").removesuffix("\n")
    except OSError:
        return ""
    finally:
        os.close(fd)


def _groups(sock: socket.socket) -> Iterable[int]:
    try:
        raw = sock.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, _GROUPS_BYTES)
    except OSError:
        return ()
    return (gid for (gid,) in struct.iter_unpack("I", raw))
