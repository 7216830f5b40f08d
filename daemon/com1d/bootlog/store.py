"""One console's boot diagnostics log in the loop: a taker of the stream with a cursor.

`take` only keeps a reference to the piece; a few times a second `Rounds` gathers the pieces and
sends them to the writing process. Bytes that the disk does not take wait here, then in the ring.
Bytes that the ring has lost too are a gap, with its number of bytes and its times.
"""

from typing import Any, Final, Protocol

from com1d.bootlog.account import Account
from com1d.bootlog.batches import batches_of
from com1d.bootlog.messages import Batch, LogState
from com1d.bootlog.past import Past, Reading
from com1d.core.carried import carried
from com1d.core.carry import Packed, pack, restore
from com1d.core.store.known import OF_KNOWN, Known
from com1d.core.store.layout import KIB, MIB
from com1d.core.store.marks import GAP, Mark
from com1d.core.store.records import PIECE_BYTES
from com1d.core.stream.ring import Ring
from com1d.telemetry import facts
from com1d.wire.times import rfc3339


BEHIND_BYTES: Final = PIECE_BYTES
"""Bytes in a store that begin a round at once; every store may hold these without asking."""

PENDING_BYTES: Final = 2 * MIB
"""The most that a store keeps in memory beside the ring: twice what a guest's FIFO holds when the
daemon comes back to it. At one round in 50 ms, a flood is logged at 40 MB/s, and the rest is gaps:
a guest must not wear out the host's disk."""

GRANT_BYTES: Final = 256 * KIB
"""Bytes by which a store's share of the common memory grows."""

MARKS_MAX: Final = 256
"""Marks that wait for a disk that does not take them."""

RETRY_SECONDS: Final = 1.0
"""Between two tries on a disk that is full or read-only: the log is back within a second."""

TELL_SECONDS: Final = 60.0
"""Between two lines about one log's gaps: a flood makes some in every round."""


class Shared(Reading, Protocol):
    """What all stores of the host have in common."""

    def due(self, store: "Store") -> None:
        """Gather from `store` in the next round."""

    def hurry(self) -> None:
        """Begin the next round soon."""

    def grant(self, size: int) -> bool:
        """Give away `size` bytes of the common memory, or not."""

    def refund(self, size: int) -> None:
        """Take them back."""

    def identify(self, store: "Store", uuid: str) -> None:
        """Note which VM the log of `store` is of."""


@carried(
    without={
        "_library": "of the daemon",
        "_ring": "of the console",
        "name": "configured",
        "past": "of the library",
    }
)
class Store:
    """The log of one console."""

    __slots__ = (
        "_allowance", "_behind", "_end_at", "_library", "_marks", "_marks_lost", "_retry_at",
        "_ring", "_room", "_said", "_told_at", "_unheard", "_untold", "account", "failing", "name",
        "past",
    )  # fmt: skip

    def __init__(self, name: str, library: Shared) -> None:
        """Continue the log of the console `name`."""
        self.name = name
        self.past = Past(name, library)
        """The kept part of the log, for requests."""
        state = library.state(name)
        self.account = Account(state.taken, state.backlog)
        self.failing = ""
        """Why it cannot be written now; empty while it can."""
        self._library = library
        self._ring: Ring | None = None
        self._allowance = BEHIND_BYTES
        self._room = BEHIND_BYTES
        """Bytes that it may still hold of its allowance."""
        self._behind = False
        """Whether new pieces are left in the ring, because memory is full."""
        self._end_at = state.end_at or library.now()
        self._marks: list[Mark] = []
        self._marks_lost = 0
        self._unheard: list[Mark] = []
        """Marks of boots and joins that the writing process has not confirmed."""
        self._said = 0
        """Number of `_unheard` marks that were handed to the writing process."""
        self._retry_at = 0.0
        self._untold: list[tuple[int, float, float]] = []
        self._told_at = -TELL_SECONDS

    def hand_over(self) -> Packed:
        """Give what was taken and not handed to the writing process, and what was counted."""
        return pack(self)

    def take_over(self, packed: Packed) -> None:
        """Go on where another process was. `lost` is called once this one writes, too."""
        restore(self, packed)
        if not self._library.grant(self._allowance - BEHIND_BYTES):
            self._room -= self._allowance - BEHIND_BYTES
            self._allowance = BEHIND_BYTES
        self._library.due(self)

    @property
    def uuid(self) -> str:
        """The VM that the log is of; empty while that is not known."""
        return self._library.state(self.name).uuid

    def identify(self, uuid: str) -> None:
        """Note which VM the log is of."""
        self._library.identify(self, uuid)

    @property
    def end(self) -> int:
        """Offset after the newest byte that it has taken: where a new ring begins."""
        return self.account.end

    # -- taking -------------------------------------------------------------------------------

    def attach(self, ring: Ring) -> None:
        """Take from `ring` from now on, and also what it already holds beyond `end`."""
        if ring.end < self.end:
            raise ValueError(f"{self.name}: the ring ends at {ring.end}, the log at {self.end}")
        self._ring = ring
        self._behind = ring.end > self.end
        if self._behind:
            self._library.due(self)

    @property
    def attached(self) -> bool:
        """Whether it takes from a ring."""
        return self._ring is not None

    def detach(self) -> None:
        """Take the rest of the ring and stop."""
        ring = self._ring
        while ring is not None and self._behind:
            self._catch_up(ring, self._library.now())
        self._ring = None
        self._behind = False

    def take(self, fresh: bytes) -> None:
        """Take what was just appended to the ring."""
        if self._behind:  # memory is full: `_catch_up` takes these bytes from the ring
            return
        parts = self.account.parts
        if not parts:
            self._library.due(self)
        parts.append(fresh)  # as `Account.take` does: a call more is felt, for each port and tick
        self._room -= len(fresh)
        if self._room < 0:
            self._crowded()

    def _crowded(self) -> None:
        """Get more memory, or leave new pieces in the ring until the disk has taken some."""
        self._library.hurry()
        while self._room < 0:
            within = self._allowance + GRANT_BYTES <= PENDING_BYTES
            if not (within and self._library.grant(GRANT_BYTES)):
                self._behind = True
                self._end_at = self._library.now()
                return
            self._allowance += GRANT_BYTES
            self._room += GRANT_BYTES

    def mark(self, kind: str, **what: Any) -> None:
        """Note beside the stream what happened here and now.

        `mark("boot", cause="reset")` says that the hypervisor has reset the guest.
        """
        if len(self._marks) >= MARKS_MAX:  # drop the oldest, and let the next one tell how many
            del self._marks[0]
            self._marks_lost += 1
        if self._marks_lost:
            what["marks_lost_before"] = self._marks_lost
        offset = self.end if self._ring is None else self._ring.end
        mark = Mark(offset, self._library.now(), kind, what)
        self._marks.append(mark)
        if kind in OF_KNOWN:
            self._unheard.append(mark)
            if len(self._unheard) > MARKS_MAX:
                del self._unheard[0]
                self._said = max(0, self._said - 1)
        self._library.due(self)

    @property
    def known(self) -> Known:
        """What the marks say of the past, including those that are not written yet."""
        known = self._library.state(self.name).known or Known()
        for mark in self._unheard:
            known = known.noting(mark)
        return known

    # -- the library's side -------------------------------------------------------------------

    def is_ready(self, now: float) -> bool:
        """Tell whether to gather from it in this round."""
        return not self.failing or now >= self._retry_at

    def gather(self, now: float) -> list[Batch]:
        """Hand over what was taken since the last round."""
        account = self.account
        in_memory = account.held + account.waiting
        if self._behind and self._ring is not None and not in_memory:
            self._catch_up(self._ring, now)
        if not self._behind:
            self._end_at = now
        batches = batches_of(account.hand_over(), account.end, self._marks, now)
        self._said = len(self._unheard)
        self._marks, self._marks_lost = [], 0
        return batches

    def _catch_up(self, ring: Ring, now: float) -> None:
        """Take from the ring what is still in it."""
        account = self.account
        lost = ring.start - account.end
        if lost > 0:
            self._note_gap(account.end, lost, self.failing or "the disk was too slow", now)
            account.skip(lost)
        account.take(ring.read(account.end, PENDING_BYTES))
        self._behind = account.end < ring.end

    def _note_gap(self, offset: int, count: int, reason: str, now: float) -> None:
        since = self._end_at
        gap = {"bytes": count, "since": since, "reason": reason}
        self._marks.append(Mark(offset, now, GAP, gap))
        self._untold.append((count, since, now))

    def written(self, state: LogState, now: float) -> None:
        """Take the log's state after the bytes from `gather` were written or refused."""
        self.failing = state.error
        if state.error:
            self._retry_at = now + RETRY_SECONDS
        account = self.account
        account.settle(state.backlog)
        del self._unheard[: self._said]
        self._said = 0
        used = account.held + account.waiting
        wanted = max(0, -(-(used - BEHIND_BYTES) // GRANT_BYTES)) * GRANT_BYTES + BEHIND_BYTES
        if wanted < self._allowance:
            self._library.refund(self._allowance - wanted)
            self._allowance = wanted
        self._room = self._allowance - used
        if state.error or self._behind:
            self._library.due(self)
        self.tell(now)

    def lost(self, state: LogState, reason: str, now: float) -> None:
        """Hear that the process that had it in memory is gone; `state` is what the disk has."""
        lost = self.account.lose(state.end)
        if lost:
            self._note_gap(state.end, lost, reason, now)
        self.written(state, now)

    def give_up(self, state: LogState, now: float) -> None:
        """Record as a gap what will never be written: the console, or the daemon, stops."""
        if self.end > state.end:
            self._untold.append((self.end - state.end, self._end_at, now))
        self._library.refund(self._allowance - BEHIND_BYTES)
        self._allowance = BEHIND_BYTES
        self._told_at = -TELL_SECONDS
        self.tell(now)

    def tell(self, now: float) -> None:
        """Record gaps as facts, at most one every `TELL_SECONDS`."""
        if not self._untold or now < self._told_at + TELL_SECONDS:
            return
        untold, self._untold, self._told_at = self._untold, [], now
        self._library.record(
            facts.LogGap(
                console=self.name,
                bytes=sum(count for count, _, _ in untold),
                gaps=len(untold),
                since=rfc3339(untold[0][1]),
                until=rfc3339(untold[-1][2]),
            )
        )
