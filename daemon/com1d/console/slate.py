"""A console's slate: its small state, for a process that begins where another one was killed.

It is written whenever it changes, into the console's memory (`loop.memory`), beside the scrollback;
descriptors are in the service manager's store (`loop.vault`). Users' sessions are not in it: a
killed process says nothing of what it had read and not sent on, so they are told to come back.
"""

import json
import os
import zlib
from collections.abc import Callable
from typing import Any, Final

from com1d.console.moving import Things
from com1d.core.carry import Packed, pack, restore
from com1d.core.stream.ring import Ring
from com1d.errors import StateRefused
from com1d.loop.descriptors import Descriptors
from com1d.loop.memory import FRONT_BYTES, SLATE_BYTES, Memory
from com1d.loop.vault import Vault
from com1d.sessions import session


FORMAT: Final = 2
"""Counted up whenever a slate that an older version wrote, or the ring's head that goes with it,
would be misread."""

PLAIN_BYTES: Final = 256 * 1024
"""Of a slate before it is pressed: some ten times what one has."""

LONGEST: Final = SLATE_BYTES - 64
"""Of a slate as it is written."""


class Slate:
    """The writing of one console's slate, and its descriptors in the vault."""

    __slots__ = ("_kept", "_lives", "_name", "_outlasts", "_things", "_vault")

    def __init__(
        self, name: str, things: Things, outlasts: Callable[[Descriptors], Packed], vault: Vault
    ) -> None:
        """Write what becomes of `things`, and of the circuit, of which `outlasts` gives a part."""
        self._outlasts = outlasts
        self._lives = False
        self._name = name
        self._things = things
        self._vault = vault
        self._kept: dict[str, tuple[int, int]] = {}
        """Names in the vault, with descriptor and inode."""

    def begin(self, *, anew: bool = False) -> None:
        """Write from now on, if there is a service manager to keep it.

        What another process has handed over has a slate, which is still true unless it is `anew`.
        """
        self._lives, things = self._vault.serves, self._things
        if self._lives and things.memory.is_written and not anew:
            fds = Descriptors()
            self._outlasts(fds)
            self._keep(fds.all())
        elif things.memory.fd >= 0:
            self.write()

    def write(self) -> None:
        """Keep the state as it is now."""
        if not self._lives:
            return
        things, fds = self._things, Descriptors()
        things.ring.make_room()
        if things.memory.fd < 0:  # it is of this process alone, and the console says so
            return
        state = self._outlasts(fds) | {
            "format": FORMAT,
            "log": pack(things.log),
            "identity": pack(things.identity),
            "watch": pack(things.watch),
        }
        if len(slate := _pressed(state)) > LONGEST:  # the guest's state is told again, then
            slate = _pressed(state | {"watch": None})
        things.memory.write(slate)
        self._keep(fds.all())

    def _keep(self, fds: dict[str, int]) -> None:
        everything = fds | {f"{self._name}/scrollback": self._things.memory.fd}
        present = {name: (fd, os.fstat(fd).st_ino) for name, fd in everything.items()}
        for name in self._kept.keys() - present.keys():
            self._vault.drop(name)
        for name, of in present.items():
            if self._kept.get(name) != of:
                self._vault.put(name, of[0])
        self._kept = present

    def close(self) -> None:
        """Have nothing of the console kept any more. To be called before it is closed."""
        self._vault.drop_all(f"{self._name}/")
        self._kept = {}


def recover(things: Things, name: str, fds: Descriptors) -> tuple[dict[str, Any], int]:
    """Go on with what a killed process has left of the console `name`.

    Gives its slate, for port and line, and how many bytes it had read and not quite stored. Raises
    `StateRefused` and what reading a foreign state can raise; the console has to be thrown away.
    """
    earlier = Memory()
    fd = fds.take(f"{name}/scrollback")
    earlier.fd = fd
    slate = _read(earlier.read())
    torn = _recover_ring(things, fd, earlier)
    store = things.log.store
    if store is not None:
        store.attach(things.ring)
    session.go_on_after(things.memory.highest)
    things.memory.forget_all()
    restore(things.log, slate["log"])
    restore(things.identity, slate["identity"])
    if slate["watch"] is not None:
        restore(things.watch, slate["watch"])
    return slate, torn


def _recover_ring(things: Things, fd: int, earlier: Memory) -> int:
    """Go on with the ring; copy it where another `scrollback` is configured by now."""
    ring, capacity = things.ring, os.fstat(fd).st_size - FRONT_BYTES
    least = things.log.store.end if things.log.store is not None else 0
    if capacity <= 0:
        raise StateRefused("its memory is too small")
    if capacity == ring.capacity:
        torn = ring.recover(things.memory.take_over(fd, capacity))
    else:
        there = Ring(capacity)
        torn = there.recover(earlier.take_over(fd, capacity))
        ring.resume(there.start, there.start, None)
        ring.append(there.read(there.start, capacity))
        earlier.close()
    if ring.end < least:
        raise StateRefused(f"its scrollback ends at {ring.end}, and its log at {least}")
    return torn


def _pressed(state: Packed) -> bytes:
    return zlib.compress(json.dumps(state, separators=(",", ":")).encode(), 1)


def _read(slate: bytes) -> dict[str, Any]:
    try:
        state = json.loads(zlib.decompressobj().decompress(slate, PLAIN_BYTES))
    except (zlib.error, ValueError, RecursionError) as error:
        raise StateRefused(f"its slate cannot be read: {error}") from None
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        raise StateRefused("its slate is of an unknown format")
    return state
