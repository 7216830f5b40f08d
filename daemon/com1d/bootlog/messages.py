"""What the daemon and the process that writes its logs say to each other.

They speak over a socket pair, in pickles with their length in front: both are the same program.
"""

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from com1d.bootlog.sealing import Keyring
from com1d.core.store.known import Known
from com1d.core.store.marks import Mark
from com1d.telemetry.facts import Fact


LENGTH_BYTES: Final = 4


class Batch(NamedTuple):
    """What a console printed in a row, at most `PIECE_BYTES`, and what happened meanwhile."""

    offset: int
    data: bytes
    at: float
    """When it was gathered, in seconds since 1970."""
    marks: Sequence[Mark] = ()


class State(NamedTuple):
    """Where one console's log stands."""

    end: int = 0
    """Offset after the newest byte on the disk."""
    end_at: float = 0.0
    """When it came, in seconds since 1970; 0 where that is not known."""
    taken: int = 0
    """Offset after the newest byte that was taken, on the disk or not."""
    backlog: int = 0
    """Bytes that were taken and are not on the disk yet."""
    error: str = ""
    """Why they are not; empty while all is well."""
    oldest: int = 0
    """Offset of the oldest byte on the disk."""
    oldest_at: float = 0.0
    """When the segment of that byte was last written."""
    weight: int = 0
    """Bytes on the disk."""
    known: Known | None = Known()
    """What its marks tell; None is as before."""
    told: Sequence[Fact] = ()
    """What there is to tell, once."""


class Open(NamedTuple):
    """Find the logs in `folder`. Answered by `Opened` or `Refused`."""

    folder: Path
    keyring: Keyring


class Opened(NamedTuple):
    """All logs that are there, and what there is to tell."""

    states: dict[str, State]
    told: list[Fact]


class Refused(NamedTuple):
    """The logs cannot be opened, for a reason that an operator can do something about."""

    reason: str


class Bounds(NamedTuple):
    """How many bytes each log may take on the disk; all together, where the name is empty."""

    sizes: dict[str, int]


class Put(NamedTuple):
    """Write batches, each of the log that is named."""

    batches: list[tuple[str, Batch]]


class Flush(NamedTuple):
    """End a round: try again what could not be written before it.

    Answered by a list of `State`, in the order of the names.
    """

    names: list[str]


class Rest(NamedTuple):
    """Close the files of a log that is no longer written to."""

    name: str


class Tidy(NamedTuple):
    """Delete logs of consoles that have not been configured for `keep` seconds."""

    configured: frozenset[str]
    seen: float
    """Seconds that the daemon has run since the last of these."""
    keep: float


def frame(message: Any) -> bytes:
    """Give a message as it goes over the socket."""
    data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(LENGTH_BYTES, "little") + data


def length(head: bytes) -> int:
    """Give the length of the message that follows its first `LENGTH_BYTES`."""
    return int.from_bytes(head, "little")


def unframe(data: bytes) -> Any:
    """Read a message back, without its length."""
    return pickle.loads(data)  # noqa: S301 - our own process wrote it
