"""A restart by the service manager: what the old process leaves in the manager's store.

It is the same state as for an upgrade, in a memfd beside all descriptors. A state that cannot be
read is put aside; then the daemon starts as after a kill -9, with what that leaves (`Remains`).
"""

import contextlib
import errno
import os
import sys
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from time import monotonic
from typing import Any, Final, NoReturn

from com1d.daemon.fd_store import FdStore, pass_on
from com1d.daemon.handover.estate import Estate, Taken
from com1d.daemon.handover.form import Tree, decode, encode
from com1d.errors import EX_OK, StateRefused
from com1d.loop.collector import resting
from com1d.loop.descriptors import Descriptors
from com1d.loop.labels import TABLE
from com1d.loop.vault import Vault


STATE: Final = "com1d-state"
"""The name of the memfd that holds the state."""

OURS: Final = 2
"""Descriptors that are stored beside all others: the state, and the table of labels."""

ASIDE: Final = "state.refused"
"""In the state directory: a state that could not be read, for who wants to look at it."""


def leave(
    estate: Estate, store: FdStore, vault: Vault, room: int, hello: Mapping[str, object]
) -> NoReturn:
    """Leave everything in the store, which has `room`, and end. Raises `OSError`."""
    fds = Descriptors()
    with resting():
        parts = chain([{"hello": hello}], estate.hand_over(fds))
        state = b"".join(map(encode, parts))
    if (needed := len(fds.all()) + OURS) > room:
        why = f"FileDescriptorStoreMax= is {room}, and {needed} descriptors are to be kept"
        raise OSError(errno.ENOSPC, why)
    memory = os.memfd_create(STATE, os.MFD_CLOEXEC)
    with os.fdopen(memory, "wb", closefd=False) as file:
        file.write(state)
    there = vault.certain | {TABLE}
    others = {name: fd for name, fd in fds.all().items() if name not in there}
    store.keep(vault.labelled(others) | {STATE: memory})
    sys.stderr.flush()
    os._exit(EX_OK)  # nothing of what we hold is ours any more


class Keepsake:
    """What an earlier process has left. It is taken over as from a living one (`Successor`)."""

    def __init__(self, fds: Descriptors, vault: Vault, environment: Mapping[str, str]) -> None:
        """Read it. Raises `StateRefused`, also in `take_over`; `give_up` follows then."""
        self._fds = fds
        self._vault = vault
        self._environment = dict(environment)
        vault.inherit(fds.all())
        self._state = _read(fds.take(STATE))
        self._received = fds.all()
        self._tree: Tree = {}
        self.seconds = 0.0
        """For how long there was no process."""

    @property
    def hello(self) -> dict[str, Any]:
        """What has to be known beforehand. Raises `StateRefused`."""
        with resting():
            self._tree = self._tree or decode(self._state)
        hello = self._tree.get("hello")
        if not isinstance(hello, dict):
            raise StateRefused("it does not say what has to be known beforehand")
        return hello

    def take_over(self, estate: Estate, _version: str) -> Taken:
        """Go on with everything."""
        with resting():
            taken = estate.take_over([self._tree], self._fds)
        self._fds.close()
        self.seconds = monotonic() - taken.at
        return taken

    def give_up(self, state_dir: Path, given: Mapping[str, int], store: FdStore | None) -> NoReturn:
        """Put the state aside, and start with the rest as after a kill -9: in this process.

        It receives what is `given` by the service manager once more. The state goes out of the
        `store`: a process that came later would take it for its predecessor's.
        """
        with contextlib.suppress(OSError):
            (state_dir / ASIDE).write_bytes(self._state)
        with contextlib.suppress(OSError):
            if store is not None:
                store.drop(STATE)
        labels = self._vault.labels
        environment = self._environment | pass_on(labels.labelled(self._received) | dict(given))
        sys.stderr.flush()
        os.environ |= environment
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves


def _read(memory: int) -> bytes:
    with os.fdopen(memory, "rb") as file:
        file.seek(0)
        return file.read()
