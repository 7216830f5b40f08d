"""All that a daemon hands over: the state of each part, put together, and taken apart again."""

from collections.abc import Iterable, Iterator
from itertools import islice
from time import monotonic
from typing import Final, NamedTuple

from com1d import VERSION
from com1d.api.facilities import Facilities
from com1d.audit.refusals import Refusals
from com1d.console.roster import Roster
from com1d.core.access.switches import DamagedError, decode
from com1d.core.carry import pack, restore, unpack
from com1d.daemon.connections import Connections
from com1d.daemon.handover.form import Tree
from com1d.daemon.population import Population
from com1d.daemon.upkeep import Upkeep
from com1d.errors import StateRefused
from com1d.loop.descriptors import Descriptors
from com1d.loop.stalls import HoldTimes
from com1d.mistakes import reason_of
from com1d.sessions import session
from com1d.telemetry.tally import Tally
from com1d.values import dataclass


UNREADABLE: Final = (KeyError, TypeError, ValueError, IndexError, AttributeError, OSError)
"""What reading a foreign state can raise besides `StateRefused`."""


FIRST: Final = {"at": float, "version": str, "number": int, "switches": str, "vault": list}
"""What the first part of a state has, by name: of another kind, it would be read as empty. It has
what the consoles need, and no more, because the other process waits for it."""

LAST: Final = {
    "unlogged": int, "refusals": dict, "hooks": dict, "logs": dict, "lingering": list,
    "doors": dict, "events": dict, "http": list, "end": int,
}  # fmt: skip
"""What the last part has, besides packed objects."""

CONSOLES: Final = 16
"""Consoles in one part of a state: one process packs some while the other takes over those before,
and a part of a thousand costs no more than one message."""


class Taken(NamedTuple):
    """What was taken over."""

    fresh: list[str]
    """Consoles of ours that the state does not have."""
    version: str
    """Of the process that had it."""
    at: float
    """When that began to hand it over, on the monotonic clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estate:
    """The parts of one daemon that are handed over."""

    facilities: Facilities
    connections: Connections
    roster: Roster
    population: Population
    refusals: Refusals
    holds: HoldTimes
    tally: Tally
    upkeep: Upkeep

    def obstacles(self) -> Iterator[str]:
        """Give what is under way that no other process could go on with."""
        with_us = self.facilities
        if with_us.tasks:
            yield "somebody is being let in"
        for part in (
            self.population, with_us.library, with_us.audit, with_us.board, with_us.hooks,
            with_us.painter,
        ):  # fmt: skip
            if part.busy:
                yield part.busy
        for each in self.connections.under_way():
            yield "a request is being read" if each.request is None else each.request.path
        for name, console in with_us.consoles.items():
            if console.busy:
                yield f"{name}: {console.busy}"

    def pause(self) -> None:
        """Let nobody new begin anything; whoever comes waits, and loses nothing."""
        self.facilities.doors.pause()
        self.connections.pause()

    def cut_readers(self) -> None:
        """Close connections whose requests only read, and take too long: they can ask again."""
        for each in self.connections.under_way():
            if each.request is None or each.request.method in ("GET", "HEAD"):
                each.close()

    def unpause(self) -> None:
        """Let everybody go on, because nothing was handed over."""
        self.facilities.doors.go_on()
        self.connections.go_on()

    def hand_over(self, fds: Descriptors) -> Iterator[Tree]:
        """Give everything, in parts. Nothing may happen in this process before their end."""
        consoles, board = self.facilities.consoles, self.facilities.board
        yield {
            "at": monotonic(),
            "version": VERSION,
            "number": session.numbers_given(),
            "switches": board.state.encode().decode(),
            "vault": self.facilities.vault.hand_over(fds),
        }
        names = iter(consoles)
        while some := tuple(islice(names, CONSOLES)):
            yield {"consoles": {name: consoles[name].hand_over(fds) for name in some}}
        yield self._last(fds)

    def _last(self, fds: Descriptors) -> Tree:
        parts = self.facilities
        return {
            "holds": pack(self.holds),
            "tally": pack(self.tally),
            "departed": pack(parts.departed),
            "minutes": pack(self.upkeep.service_level.notes),
            "unlogged": self.upkeep.unlogged_minutes,
            "refusals": self.refusals.hand_over(),
            "hooks": parts.hooks.hand_over(),
            "logs": parts.library.hand_over(),
            "lingering": parts.lingering.hand_over(fds),
            "doors": parts.doors.hand_over(fds),
            "events": parts.events.hand_over(fds),
            "http": self.connections.hand_over(fds),
            "end": len(parts.consoles),
        }

    def take_over(self, parts: Iterable[Tree], fds: Descriptors) -> Taken:
        """Go on with everything, part by part as they come, with `fds` that come with them.

        Nothing is read or sent before `go_on`. Raises `StateRefused`, after which this daemon
        cannot be used.
        """
        try:
            return self._take_over(iter(parts), fds)
        except UNREADABLE as error:
            raise StateRefused(reason_of(error)) from error

    def _take_over(self, parts: Iterator[Tree], fds: Descriptors) -> Taken:
        first = last = next(parts, {})
        self._take_first(first, fds)
        come = self._take_consoles(first, fds)
        for last in parts:
            come += self._take_consoles(last, fds)
        self._take_last(last, fds)
        if last["end"] != len(come):
            raise StateRefused(f"it has {len(come)} consoles, and should have {last['end']}")
        fresh = self.facilities.consoles.keys() - come
        return Taken(sorted(fresh), first["version"], first["at"])

    def _take_first(self, tree: Tree, fds: Descriptors) -> None:
        _demand(FIRST, tree)
        parts = self.facilities
        parts.vault.take_over(tree["vault"], fds)
        session.go_on_after(tree["number"])
        try:
            parts.board.state = decode(tree["switches"].encode())
        except DamagedError as error:
            raise StateRefused(str(error)) from None

    def _take_consoles(self, part: Tree, fds: Descriptors) -> list[str]:
        consoles, states = self.facilities.consoles, part.get("consoles", {})
        for name, state in states.items():
            if name in consoles:
                try:
                    consoles[name].take_over(state, fds)
                except (StateRefused, *UNREADABLE) as error:
                    raise StateRefused(f"{name}: {reason_of(error)}") from error
        return list(states)

    def _take_last(self, tree: Tree, fds: Descriptors) -> None:
        _demand(LAST, tree)
        parts = self.facilities
        restore(self.holds, tree["holds"])
        restore(self.tally, tree["tally"])
        restore(parts.departed, tree["departed"])
        self.upkeep.service_level.notes.extend(unpack(tree["minutes"]))
        self.upkeep.unlogged_minutes = tree["unlogged"]
        self.refusals.take_over(tree["refusals"])
        parts.hooks.take_over(tree["hooks"])
        parts.library.take_over(tree["logs"])
        parts.lingering.take_over(tree["lingering"], fds)
        parts.doors.take_over(tree["doors"], fds)
        parts.events.take_over(tree["events"], fds, parts.access.viewer)
        self.connections.take_over(tree["http"], fds)

    def go_on(self, fresh: list[str]) -> None:
        """Do what became due meanwhile, and let everybody in. `fresh` consoles are not started."""
        parts = self.facilities
        for name, console in parts.consoles.items():
            if name not in fresh:
                console.go_on()
        parts.hooks.go_on({name: each.config for name, each in parts.consoles.items()})
        self.roster.waits = False
        parts.vault.settle()
        self.connections.go_on()
        parts.doors.go_on()


def _demand(shape: dict[str, type], tree: Tree) -> None:
    for name, kind in shape.items():
        if type(tree[name]) is not kind:
            raise StateRefused(f"{name} is a {type(tree[name]).__name__}")
