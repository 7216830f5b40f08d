"""A console's view of its boot diagnostics log, which may be off."""

import time
from typing import Any, Final

from com1d.bootlog.store import Store
from com1d.core.carried import carried
from com1d.core.store.boots import Boot, Sign, Stage, fold
from com1d.core.store.known import Joined
from com1d.core.store.marks import BOOT, JOINED
from com1d.core.stream.ring import Ring
from com1d.telemetry.samples import LogSample


STARTED: Final = "start"
"""The cause of a boot that is known only from the port's coming up again."""

RESET: Final = "reset"


@carried(
    without={"_ring": "of the console", "limit": "configured", "store": "handed over by itself"}
)
class ConsoleLog:
    """The log of one console, and which boot the console is in."""

    __slots__ = ("_base", "_boots", "_joined", "_ring", "limit", "store")

    def __init__(self, store: Store | None, ring: Ring, limit: int) -> None:
        """Log what is appended to `ring` from now on, if there is a store, of `limit` bytes."""
        self.store = store
        self.limit = limit or ring.capacity
        """Bytes of the stream that can be kept."""
        self._ring = ring
        self._base = ring.end
        self._boots: tuple[Boot, ...] = ()
        self._joined: Joined | None = None
        if store is not None:
            store.attach(ring)

    def stop(self) -> None:
        """Take the rest of the ring and stop: the console is no longer served."""
        if self.store is not None:
            self.store.detach()

    @property
    def printed(self) -> int:
        """Bytes printed since the console was started."""
        return self._ring.end - self._base

    @property
    def oldest(self) -> int:
        """Offset of the oldest byte that can still be read, from the disk or from the ring."""
        start = self._ring.start
        return start if self.store is None else min(start, self.store.past.oldest)

    @property
    def boots(self) -> tuple[Boot, ...]:
        """The boots that are known, the oldest first."""
        return self._boots if self.store is None else self.store.known.boots

    @property
    def joined(self) -> Joined | None:
        """How the stream and QEMU's log of it fit together, if that is known."""
        return self._joined if self.store is None else self.store.known.joined

    @property
    def boot(self) -> int:
        """The number of the present boot, counted for as long as there is a log."""
        boots = self.boots
        return boots[-1].number if boots else 0

    @property
    def boot_offset(self) -> int:
        """Offset at which the present boot began; None where that is not known."""
        boots = self.boots
        return boots[-1].offset if boots else self.oldest

    def ending(self, count: int) -> bytes:
        """Give the last `count` bytes that the guest has printed, none from before it booted."""
        ring = self._ring
        return ring.read(max(ring.start, self.boot_offset, ring.end - count), count)

    def identify(self, uuid: str) -> None:
        """Note which VM it is of."""
        if self.store is not None and uuid != self.store.uuid:
            self.store.identify(uuid)

    def begins(self, cause: str) -> None:
        """Note that a boot begins here and now."""
        if self.store is not None:
            self.store.mark(BOOT, cause=cause)
        else:
            sign = Sign(self._ring.end, time.time(), Stage.POWER, cause)
            self._boots = fold(self._boots, sign)

    def note(self, kind: str, **what: Any) -> None:
        """Note beside the stream what happens here and now."""
        if self.store is not None:
            self.store.mark(kind, **what)
        elif kind == JOINED:
            self._joined = Joined(**what)

    def describe(self) -> dict[str, Any] | None:
        """Give the log as the interface shows it; None where none is kept."""
        store = self.store
        if store is None:
            return None
        return {
            "oldest": store.past.oldest,
            "bytes": store.past.weight,
            "missed": store.account.missed,
            "failing": store.failing or None,
        }

    def sample(self) -> LogSample:
        """Give the log's figures for a scrape."""
        store = self.store
        if store is None:
            return LogSample()
        account, failing = store.account, int(bool(store.failing))
        lag = self._ring.end - account.settled
        return LogSample(account.logged, account.missed, account.gaps, failing, lag)
