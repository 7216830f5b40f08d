"""The process at the other end of a Unix socket, as the kernel identifies it (SO_PEERCRED).

The credentials are those of the process at the moment it connected: a process that changes its
user later keeps what it had, and a descriptor passed on keeps its first owner.
"""

import asyncio
import os
import pwd
import socket
import struct
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from com1d.access.sign_in import SignIn, sign_in
from com1d.core.access.policy import Peer
from com1d.core.carried import carried
from com1d.loop.worker import Worker
from com1d.telemetry.facts import Who
from com1d.values import dataclass
from com1d.wire.origin import NOWHERE, Origin, person


carried()(Origin)

SO_PEERGROUPS: Final = 59
"""Supplementary groups of the peer, since Linux 4.13 (asm-generic/socket.h); not in `socket`."""

_UCRED: Final = struct.Struct("iII")
_GROUPS_BYTES: Final = 1024
"""Bytes that Python's `getsockopt` returns: 256 groups. Of a peer with more, no group counts."""

NAME_SECONDS: Final = 2.0
"""How long a name is looked up. A user whose name takes longer is shown by uid."""

HANGS_SECONDS: Final = 30.0
"""How long a user directory that hung is not waited for: everybody would else wait again."""

PENDING_MAX: Final = 64
"""Look-ups that wait for the one thread; more come from a crowd of users only when it hangs."""

NAMES_KEPT: Final = 1024
"""Names in the cache: far more than a host has console users."""


COMMAND_BYTES: Final = 64
"""Bytes read of a process's name; the kernel keeps 15 (proc(5), comm)."""


@carried()
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
    origin: Origin = NOWHERE
    """Who signed in for the process, and where; nothing for a gateway's user."""

    @property
    def user(self) -> str:
        """The name, or `uid N` where there is none."""
        return self.peer.user

    @property
    def who(self) -> Who:
        """The caller as facts have it."""
        peer, origin = self.peer, self.origin
        return Who(
            peer.user, peer.uid, peer.gid, self.pid, self.command, self.gateway,
            origin.login or None, origin.terminal or None, origin.address or None,
        )  # fmt: skip

    @property
    def person(self) -> str:
        """The user and, in brackets, who that is, for texts: `root (anna, pts/3)`."""
        return person(self.user, self.origin.as_json())

    def is_same_user(self, other: "Caller") -> bool:
        """Tell whether both are the same user: through a gateway all have the gateway's uid."""
        return (self.peer.uid, self.gateway, self.user) == (
            other.peer.uid, other.gateway, other.user
        )  # fmt: skip


class Callers:
    """Reads credentials and looks names up off the loop, once per user."""

    def __init__(self, find: Callable[[int], pwd.struct_passwd] = pwd.getpwuid) -> None:
        """Look names up with `find`, which may block; raises `KeyError` for a user without one."""
        self._find = find
        self._names: dict[int, str] = {}
        self._pending: dict[int, asyncio.Future[pwd.struct_passwd]] = {}
        """Look-ups that have not come to an end: who asks again waits for the same one."""
        self._hangs_until = 0.0
        """Until when, by the loop's clock, nobody waits for the user directory."""
        self._worker: Worker | None = None

    async def identify(self, sock: socket.socket) -> Caller:
        """Tell who connected `sock`. Never fails: an unknown user is shown by number."""
        pid, uid, gid = _UCRED.unpack(
            sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
        )
        command, behind = _command(pid), sign_in(pid)
        name = await self._name(uid)
        origin = await self._origin(behind, uid)
        peer = Peer(uid, gid, frozenset(_groups(sock)), name)
        return Caller(peer, pid, command, origin=origin)

    async def _origin(self, behind: SignIn, uid: int) -> Origin:
        login = "" if behind.uid is None or behind.uid == uid else await self._name(behind.uid)
        return Origin(login, behind.terminal, behind.address)

    async def _name(self, uid: int) -> str:
        name = self._names.get(uid)
        return await self._look_up(uid) if name is None else name

    async def _look_up(self, uid: int) -> str:
        loop = asyncio.get_running_loop()
        number = f"uid {uid}"
        if loop.time() < self._hangs_until:
            return number
        pending = self._pending.get(uid) or self._ask(uid)
        if pending is None:
            return number
        await asyncio.wait((pending,), timeout=NAME_SECONDS)
        if not pending.done():
            self._hangs_until = loop.time() + HANGS_SECONDS
        return self._names.get(uid, number)

    def _ask(self, uid: int) -> asyncio.Future[pwd.struct_passwd] | None:
        """Have a name looked up, in a thread for nothing else; None where too many wait for it."""
        if len(self._pending) >= PENDING_MAX:
            return None
        if self._worker is None:
            self._worker = Worker("com1d-names")
        pending = self._pending[uid] = self._worker.call(partial(self._find, uid))
        pending.add_done_callback(partial(self._found, uid))
        return pending

    def _found(self, uid: int, pending: asyncio.Future[pwd.struct_passwd]) -> None:
        self._pending.pop(uid, None)
        if pending.cancelled():
            return
        error = pending.exception()
        if error is not None and not isinstance(error, KeyError):
            return  # the directory failed: asked again the next time
        self._hangs_until = 0.0  # it answers
        if len(self._names) >= NAMES_KEPT:
            self._names.clear()
        self._names[uid] = f"uid {uid}" if error is not None else pending.result().pw_name

    def close(self) -> None:
        """Look up no more."""
        if self._worker is not None:
            self._worker.stop()


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
