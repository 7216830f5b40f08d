"""A restart by the service manager: what the old process leaves in the manager's store.

It is the same state as for an upgrade, in a memfd beside all descriptors. A state that cannot be
read is put aside; its clients are told to come back, and the daemon starts as after a stop.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any, Final, NoReturn

from websockets.frames import Close, Frame, Opcode

from com1d import wire
from com1d.clients.raw import RawClient
from com1d.daemon.fd_store import FdStore, pass_on
from com1d.daemon.handover.estate import Estate
from com1d.daemon.handover.form import Tree, decode, encode
from com1d.errors import EX_OK, StateRefused
from com1d.loop.descriptors import Descriptors


STATE: Final = "com1d-state"
"""The name of the memfd that holds the state."""

ASIDE: Final = "state.refused"
"""In the state directory: a state that could not be read, for who wants to look at it."""

COME_BACK: Final = "com1d was restarted, and could not keep this session; attach again"


def leave(estate: Estate, store: FdStore, room: int, hello: Mapping[str, object]) -> NoReturn:
    """Leave everything in the store, which has `room`, and end. Raises `OSError`."""
    fds = Descriptors()
    tree = estate.hand_over(fds) | {"at": monotonic(), "hello": hello}
    if (needed := len(fds.all()) + 1) > room:
        why = f"FileDescriptorStoreMax= is {room}, and {needed} descriptors are to be kept"
        raise OSError(errno.ENOSPC, why)
    memory = os.memfd_create(STATE, os.MFD_CLOEXEC)
    with os.fdopen(memory, "wb", closefd=False) as file:
        file.write(encode(tree))
    store.keep(fds.all() | {STATE: memory})
    sys.stderr.flush()
    os._exit(EX_OK)  # nothing of what we hold is ours any more


class Keepsake:
    """What an earlier process has left. It is taken over as from a living one (`Successor`)."""

    def __init__(self, fds: Descriptors, environment: Mapping[str, str]) -> None:
        """Read it. Raises `StateRefused`, also in `take_over`; `give_up` follows then."""
        self._fds = fds
        self._environment = dict(environment)
        self._names = list(fds.all())
        self._state = _read(fds.take(STATE))
        self._tree: Tree = {}
        self.seconds = 0.0
        """For how long there was no process."""

    @classmethod
    def found(cls, fds: Descriptors, environment: Mapping[str, str]) -> "Keepsake | None":
        """Give what an earlier process has left among the descriptors received, if one has."""
        if fds.has(STATE):
            return cls(fds, environment)
        names = list(fds.all())
        fds.close()
        _forget(names, environment)  # of one that was ended while it left them
        return None

    @property
    def hello(self) -> dict[str, Any]:
        """What has to be known beforehand. Raises `StateRefused`."""
        self._tree = self._tree or decode(self._state)
        hello = self._tree.get("hello")
        if not isinstance(hello, dict):
            raise StateRefused("it does not say what has to be known beforehand")
        return hello

    def take_over(self, estate: Estate, _version: str) -> tuple[list[str], str]:
        """Go on with everything. Gives fresh consoles, and the version that had it."""
        fresh = estate.take_over(self._tree, self._fds)
        self._fds.close()
        self.seconds = monotonic() - self._tree["at"]
        _forget(self._names, self._environment)
        return fresh, str(self._tree["version"])

    def give_up(self, state_dir: Path, given: Mapping[str, int]) -> NoReturn:
        """Put the state aside, tell the clients, and start as after a stop: in this process.

        It receives what is `given` by the service manager once more.
        """
        with contextlib.suppress(OSError):
            (state_dir / ASIDE).write_bytes(self._state)
        for name, fd in self._fds.all().items():
            _console, _, what = name.partition("/")
            if what.startswith("client/"):
                _send_away(fd, raw=what.endswith(RawClient.via))
        _forget(self._names, self._environment)
        sys.stderr.flush()
        os.environ |= {**self._environment, **pass_on(given)}
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves


def _forget(names: list[str], environment: Mapping[str, str]) -> None:
    """Have nothing kept any more, or nobody would see that a socket of ours is closed."""
    if names and "NOTIFY_SOCKET" in environment:
        with contextlib.suppress(OSError):
            FdStore(environment["NOTIFY_SOCKET"]).remove(names)


def _read(memory: int) -> bytes:
    with os.fdopen(memory, "rb") as file:
        file.seek(0)
        return file.read()


def _send_away(fd: int, *, raw: bool) -> None:
    """Tell a client to come back."""
    close = Frame(Opcode.CLOSE, Close(wire.CLOSE_RESTARTING, COME_BACK).serialize())
    words = f"\r\ncom1d: {COME_BACK}\r\n".encode() if raw else close.serialize(mask=False)
    with contextlib.suppress(OSError):
        os.set_blocking(fd, False)
        os.write(fd, words)
