"""Who is at the other end of a Unix socket, as the kernel says it.

The credentials are those of the process at the moment it connected: a process that changes its
user later keeps what it had, and a descriptor passed on keeps its first owner.
"""

import asyncio
import pwd
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from com1d.core.policy import Peer


SO_PEERGROUPS: Final = 59
"""Supplementary groups of the peer, since Linux 4.13 (asm-generic/socket.h); not in `socket`."""

_UCRED: Final = struct.Struct("iII")
_GROUPS_BYTES: Final = 1024
"""As much as `getsockopt` of Python returns: 256 groups. Of a peer with more, none count."""

NAME_SECONDS: Final = 2.0
"""A user directory that takes longer shows the number instead of the name."""

NAMES_KEPT: Final = 1024
"""Names in the cache; far more than a host has users of its consoles."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A process that connected, for policy, display and audit."""

    peer: Peer
    pid: int

    @property
    def user(self) -> str:
        """The name, or `uid N` where there is none."""
        return self.peer.user


class Callers:
    """Reads credentials and looks names up off the loop, once per user."""

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    async def identify(self, sock: socket.socket) -> Caller:
        """Tell who connected `sock`. Never fails: an unknown user is shown by number."""
        pid, uid, gid = _UCRED.unpack(
            sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        )
        name = self._names.get(uid)
        if name is None:
            name = await self._look_up(uid)
        return Caller(Peer(uid, gid, frozenset(_groups(sock)), name), pid)

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


def _groups(sock: socket.socket) -> Iterable[int]:
    try:
        raw = sock.getsockopt(socket.SOL_SOCKET, SO_PEERGROUPS, _GROUPS_BYTES)
    except OSError:
        return ()
    return (gid for (gid,) in struct.iter_unpack("I", raw))
