"""What is switched off: the host, single consoles, by whom and since when.

Everything is on unless it was switched off. The state is kept as JSON with a checksum. A state that
does not read back as it was written is damaged, and never taken as "everything is on".
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, field, replace
from hashlib import sha256
from typing import Any, Final

from com1d.values import dataclass


VERSION: Final = 1


class DamagedError(ValueError):
    """The kept state is not what was written. The text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Off:
    """The record of something switched off: by whom, and when."""

    by: str
    at: str
    """RFC 3339."""
    why: str = ""

    def __str__(self) -> str:
        return f"disabled by {self.by} at {self.at}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True, slots=True)
class Switches:
    """The switches of a host."""

    host: Off | None = None
    consoles: Mapping[str, Off] = field(default_factory=dict)
    """Consoles that are off, by name. One that leaves the configuration and comes back is still
    off."""

    def turn(self, console: str | None, off: Off | None) -> "Switches":
        """Give the state after a switch was turned: of a console or, with None, of the host."""
        if console is None:
            return replace(self, host=off)
        consoles = {name: state for name, state in self.consoles.items() if name != console}
        if off is not None:
            consoles[console] = off
        return replace(self, consoles=consoles)

    def encode(self) -> bytes:
        """Give the state as it is kept."""
        state = {"version": VERSION, **asdict(self)}
        return json.dumps({**state, "sum": _sum(state)}, indent=1).encode() + b"\n"


def decode(data: bytes) -> Switches:
    """Read a kept state. Raises `DamagedError`."""
    try:
        state = json.loads(data)
    except (ValueError, RecursionError):
        raise DamagedError("it is not JSON") from None
    if not isinstance(state, dict) or state.pop("sum", None) != _sum(state):
        raise DamagedError("its checksum is wrong")
    if state.pop("version", None) != VERSION:
        raise DamagedError("another version of com1d has written it")
    try:
        host = None if state["host"] is None else Off(**state["host"])
        return Switches(host, {name: Off(**off) for name, off in state["consoles"].items()})
    except (KeyError, TypeError, AttributeError):
        raise DamagedError("it is not a state of switches") from None


def _sum(state: Mapping[str, Any]) -> str:
    return sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()
