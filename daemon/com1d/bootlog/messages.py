"""Messages between the daemon and the process that writes its logs.

They go over a socket pair, pickled, with their length in front. Pickles are safe here, because both
ends are the same program.
"""

import pickle
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from com1d.bootlog.sealing import Keyring
from com1d.core.carried import carried
from com1d.core.store.known import Known
from com1d.core.store.marks import Mark
from com1d.telemetry.facts import Fact


LENGTH_BYTES: Final = 4


class Batch(NamedTuple):
    """Consecutive bytes of a console, at most `PIECE_BYTES`, and the marks between them."""

    offset: int
    data: bytes
    at: float
    """When the bytes were gathered, in seconds since 1970."""
    marks: Sequence[Mark] = ()


@carried()
class LogState(NamedTuple):
    """The state of one console's log on the disk."""

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
    """What the marks say of the past; None where that has not changed."""
    told: Sequence[Fact] = ()
    """Facts since the last state; each is given once."""
    uuid: str = ""
    """The VM that it is of; empty while that is not known."""


BOOTS_TOLD: Final = 200
"""Boots in one answer, with up to 100 more: to read them holds the loop for a millisecond."""


def few_boots(states: Iterable[LogState]) -> list[LogState]:
    """Take states up to the one with which their boots are many, as of guests that boot in a loop.

    The others are asked for again.
    """
    told: list[LogState] = []
    boots = 0
    for state in states:
        told.append(state)
        boots += 0 if state.known is None else len(state.known.boots)
        if boots > BOOTS_TOLD:
            break
    return told


class Ready(NamedTuple):
    """Answered by itself, as soon as the process can read."""


class Open(NamedTuple):
    """Find the logs in `folder`. Answered by `Opened` or `Refused`."""

    folder: Path
    keyring: Keyring


class Opened(NamedTuple):
    """The state of every log on the disk, and the facts about opening them."""

    states: dict[str, LogState]
    told: list[Fact]


class Refused(NamedTuple):
    """The logs cannot be opened; the reason says what an operator can do."""

    reason: str


class Bounds(NamedTuple):
    """The bytes that a log may take on the disk, or, with an empty name, all logs together."""

    sizes: dict[str, int]


class Put(NamedTuple):
    """Write batches, each into the named log."""

    batches: list[tuple[str, Batch]]


class Flush(NamedTuple):
    """End a round: try again what could not be written before it.

    Answered by a list of `LogState`, in the order of the names; of the first ones, where
    `few_boots` ends it.
    """

    names: list[str]


class Identify(NamedTuple):
    """Note which VM each of these logs is of."""

    uuids: dict[str, str]


class Part(NamedTuple):
    """Put a log away, because another VM has the console's name now; go on with that VM's own.

    Answered by `Parted`.
    """

    name: str
    uuid: str
    """Of the VM that has the name now; empty where its hypervisor has given it none."""


class Parted(NamedTuple):
    """The state of both logs afterwards; or the reason why all is as before."""

    states: dict[str, LogState]
    told: Sequence[Fact] = ()
    error: str = ""


class Rest(NamedTuple):
    """Close the files of a log that gets no more batches."""

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
