"""A log's knowledge of its past beyond its oldest bytes: boots, and its join to QEMU's log.

Each segment begins with a mark that holds all of it, so that the last segment is enough.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from com1d.core.carried import carried
from com1d.core.store.boots import Boot, Sign, Stage, fold, present
from com1d.core.store.marks import BOOT, CARRY, JOINED, Mark


@carried()
class Joined(NamedTuple):
    """How the stream and QEMU's own log of it fit together."""

    shift: int
    """Offset in the stream, less position in QEMU's log."""
    inode: int
    """Of QEMU's log."""


@carried()
class Known(NamedTuple):
    """The past in short."""

    boots: tuple[Boot, ...] = ()
    joined: Joined | None = None

    def noting(self, mark: Mark) -> "Known":
        """Give what is known once `mark` is read."""
        facts = mark.facts
        if mark.kind == BOOT:
            stage, cause = Stage(facts.get("stage", Stage.POWER)), facts.get("cause", "")
            sign = Sign(mark.offset, mark.at, stage, cause)
            return self._replace(boots=fold(self.boots, sign))
        if mark.kind == JOINED:
            return self._replace(joined=Joined(facts["shift"], facts["inode"]))
        if mark.kind == CARRY:
            joined = facts["joined"]
            boots = tuple(map(Boot.from_json, facts["boots"]))
            return Known(boots, Joined(*joined) if joined else None)
        return self

    def keeping(self, ranges: Iterable[tuple[int, int]]) -> "Known":
        """Give what is left to know where only these ranges of the stream are kept."""
        return self._replace(boots=present(self.boots, ranges))

    def carried(self, boots: int) -> dict[str, Any]:
        """Give the facts of a `CARRY` mark, with the last `boots` boots."""
        return {"boots": [boot.as_json() for boot in self.boots[-boots:]], "joined": self.joined}


OF_KNOWN = frozenset((BOOT, CARRY, JOINED))
"""Marks that only carry this knowledge, and are not shown to people."""
