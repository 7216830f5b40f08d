"""A trace of one console: where each piece of the guest's output spends its time.

While it lasts, the fan-out calls something around each taker, and the line's descriptor is polled
once more, for the moment at which bytes arrive. Without a trace nothing of this is there, so
nothing is paid.
"""

import asyncio
import os
import select
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import Any, Final

from com1d.bootlog.store import Store
from com1d.clients.client import Client
from com1d.console.console import Console
from com1d.guest.guest_watch import GuestWatch
from com1d.input.input import Input
from com1d.line.fanout import Taker
from com1d.line.feed import Feed
from com1d.loop.poller import IN, Poller
from com1d.ports.unread import unread


LOOK_SECONDS: Final = 0.001
"""Between two looks at clients that are behind: how exactly a late write is timed."""

OWED_MAX: Final = 256
"""Pieces that are remembered for clients that are behind."""

_READERS: Final = {Store: "log", Input: "echo", GuestWatch: "state"}
"""What the takers that are no clients do with a piece."""


class Trace:
    """One trace. `tell` gets the way of each piece, and later writes, as plain values."""

    def __init__(
        self, console: Console, poller: Poller, tell: Callable[[dict[str, Any]], None]
    ) -> None:
        """Begin; `close` ends it."""
        self._console = console
        self._poller = poller
        self._tell = tell
        self._loop = asyncio.get_running_loop()
        self._fd = -1
        self._arrived: float | None = None
        """When the first byte arrived of those that were not read yet."""
        self._piece: dict[str, Any] = {}
        self._owed: list[tuple[Client, int, float]] = []
        """Clients that lack a piece, its end, and when it arrived."""
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._watch(console.traffic.feed)
        console.traffic.changed = self._watch
        console.fanout.trace(self._around)

    def close(self) -> None:
        """End it, and leave everything as it was; safe to call twice."""
        if self._closed:
            return
        self._closed = True
        self._watch(None)
        self._console.traffic.changed = _nobody
        self._console.fanout.trace(None)
        if self._timer is not None:
            self._timer.cancel()

    # -- when bytes arrive ----------------------------------------------------------------------

    def _watch(self, feed: Feed | None) -> None:
        """Watch the descriptor of this line, and no other."""
        if self._fd >= 0:
            self._poller.remove(self._fd)
            os.close(self._fd)
            self._fd = -1
        self._arrived = None
        if feed is not None:
            self._fd = os.dup(feed.intake.fd)  # epoll has each descriptor only once
            self._poller.add(self._fd, IN | select.EPOLLET, self._on_arrival)

    def _on_arrival(self, _events: int) -> None:
        # The bytes that this tells of may have been read by now, in the same turn.
        if self._arrived is None and unread(self._fd):
            self._arrived = perf_counter()

    # -- how they are passed on -----------------------------------------------------------------

    def _around(self, takers: tuple[Taker, ...]) -> tuple[Taker, ...]:
        ring, *others = takers
        readers = (partial(self._pass_on, take) for take in others)
        return (partial(self._store, ring), *readers, self._finish)

    def _store(self, store: Taker, data: bytes) -> None:
        began = perf_counter()
        arrived, self._arrived = self._arrived, None
        store(data)
        feed = self._console.traffic.feed
        self._piece = {
            "offset": self._console.ring.end - len(data),
            "bytes": len(data),
            "gear": "" if feed is None else feed.intake.gear.name.lower(),
            "arrived": began if arrived is None else arrived,
            "wait_us": _micro(0.0 if arrived is None else began - arrived),
            "ring_us": _micro(perf_counter() - began),
            "readers": [],
        }

    def _pass_on(self, take: Taker, data: bytes) -> None:
        began = perf_counter()
        take(data)
        step: dict[str, Any] = {"us": _micro(perf_counter() - began)}
        reader = getattr(take, "__self__", None)
        if isinstance(reader, Client):
            end = self._console.ring.end
            step |= {"reader": f"session {reader.session.number} ({reader.via})"}
            step |= {"written": reader.session.cursor == end, "behind": end - reader.session.cursor}
            if step["behind"] and len(self._owed) < OWED_MAX:
                self._owe(reader, end, self._piece["arrived"])
        else:
            step |= {"reader": _READERS.get(type(reader), "other")}
        self._piece["readers"].append(step)

    def _finish(self, _data: bytes) -> None:
        piece, self._piece = self._piece, {}
        total = perf_counter() - piece.pop("arrived")
        self._tell(piece | {"total_us": _micro(total)})

    # -- what is written later ------------------------------------------------------------------

    def _owe(self, client: Client, end: int, arrived: float) -> None:
        self._owed.append((client, end, arrived))
        if self._timer is None:
            self._timer = self._loop.call_later(LOOK_SECONDS, self._look)

    def _look(self) -> None:
        now, owed = perf_counter(), []
        for client, end, arrived in self._owed:
            if client.session.cursor < end:
                owed.append((client, end, arrived))
                continue
            reader = f"session {client.session.number} ({client.via})"
            self._tell({"late": reader, "until": end, "total_us": _micro(now - arrived)})
        attached = self._console.seating.audience
        self._owed = [one for one in owed if one[0] in attached]
        self._timer = self._loop.call_later(LOOK_SECONDS, self._look) if self._owed else None


def _micro(seconds: float) -> float:
    return round(seconds * 1e6, 1)


def _nobody(_feed: Feed | None) -> None:
    """Watch nothing: the trace is over."""
