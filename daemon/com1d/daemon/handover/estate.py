"""All that a daemon hands over: the state of each part, put together, and taken apart again."""

from collections.abc import Iterator
from typing import Final

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


SHAPE: Final = {
    "version": str, "number": int, "switches": str, "unlogged": int, "refusals": dict,
    "hooks": dict, "logs": dict, "lingering": list, "doors": dict, "vault": list,
    "consoles": dict, "events": dict, "http": list,
}  # fmt: skip
"""What a state has, by name, besides packed objects: of another kind, it would be read as empty."""


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

    def hand_over(self, fds: Descriptors) -> Tree:
        """Give everything. Nothing may happen in this process between this and its end."""
        parts = self.facilities
        return {
            "version": VERSION,
            "number": session.numbers_given(),
            "switches": parts.board.state.encode().decode(),
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
            "vault": parts.vault.hand_over(fds),
            "consoles": {name: each.hand_over(fds) for name, each in parts.consoles.items()},
            "events": parts.events.hand_over(fds),
            "http": self.connections.hand_over(fds),
        }

    def take_over(self, tree: Tree, fds: Descriptors) -> list[str]:
        """Go on with everything; give the consoles of ours that the state does not have.

        Nothing is read or sent before `go_on`. Raises `StateRefused`, after which this daemon
        cannot be used.
        """
        try:
            return self._take_over(tree, fds)
        except UNREADABLE as error:
            raise StateRefused(reason_of(error)) from error

    def _take_over(self, tree: Tree, fds: Descriptors) -> list[str]:
        parts = self.facilities
        for name, kind in SHAPE.items():
            if type(tree[name]) is not kind:
                raise StateRefused(f"{name} is a {type(tree[name]).__name__}")
        parts.vault.take_over(tree["vault"], fds)
        session.go_on_after(tree["number"])
        try:
            parts.board.state = decode(tree["switches"].encode())
        except DamagedError as error:
            raise StateRefused(str(error)) from None
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
        states = tree["consoles"]
        for name, console in parts.consoles.items():
            if name in states:
                try:
                    console.take_over(states[name], fds)
                except (StateRefused, *UNREADABLE) as error:
                    raise StateRefused(f"{name}: {reason_of(error)}") from error
        parts.events.take_over(tree["events"], fds, parts.access.viewer)
        self.connections.take_over(tree["http"], fds)
        return [name for name in parts.consoles if name not in states]

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
