"""Plays at one console: what happens, and what must follow, a line each.

    a attaches   -> a: attached active, replayed
    b attaches   -> a: preempted, closed 4001; b: attached active, replayed

A line's left side is an event, its right side all that the clients hear of it. The console is real
from its sessions to its ring; the clients are real, too, and their far ends are here.
"""

import asyncio
from contextlib import ExitStack, contextmanager

from clients.noting import NotingClient
from com1d import wire
from com1d.access.peer import Caller
from com1d.bootlog.console_log import ConsoleLog
from com1d.config import ConsoleConfig, PortAddress
from com1d.core.access.policy import Peer
from com1d.core.stream.ring import Ring
from com1d.errors import Problem
from com1d.guest.guest_watch import GuestWatch
from com1d.guest.identity import Identity
from com1d.guest.looks import Looks
from com1d.input.input import Input
from com1d.line.fanout import Fanout
from com1d.loop.memory import Memory
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes
from com1d.loop.vault import Vault
from com1d.sessions.attendance import Attendance
from com1d.sessions.parts import Parts
from com1d.sessions.seating import Seating
from com1d.sessions.session import Session
from com1d.wire.words import Mode


class Stage:
    """A console, and whoever is there, by a letter."""

    def __init__(self, **options) -> None:
        self.facts: list = []
        """What was recorded."""
        self.attendance = Attendance()
        self.vacated: list[str] = []
        self.attendance.vacated = self.vacated.append
        config = ConsoleConfig(name="web01", port=PortAddress("pipe", "/nowhere"), **options)
        ring = self.ring = Ring(4096)
        self.fanout = Fanout(ring.append)
        looks = Looks(asyncio.get_running_loop(), HoldTimes())
        watch = GuestWatch(config.guest, ring, lambda _told, _skipped: None, lambda: None, looks)
        way = Input(config, lambda *_: None, lambda: None, bytes)
        nobody = Identity("", None, print, print)
        parts = self.parts = Parts(
            config, ring, ConsoleLog(None, ring, 0), way, watch, nobody, Memory(), Vault(), str
        )  # fmt: skip
        self.seating = Seating(parts, self.facts.append, self.attendance, self._audience_changed)
        self.clients: dict[str, NotingClient] = {}
        self._poller = Poller(asyncio.get_running_loop(), HoldTimes())
        self._exits = ExitStack()
        self._exits.callback(self._poller.close)
        self._exits.callback(watch.close)
        self._exits.callback(way.close)
        self._exits.callback(self.seating.close)

    def close(self) -> None:
        """Send everybody away."""
        for session in self.seating.sessions():
            self.seating.dismiss(session, wire.CLOSE_RESTARTING, "the play is over")
        for client in self.clients.values():
            client.far.close()
        self._exits.close()

    def session(self, name: str) -> Session:
        """Give somebody's session."""
        [found] = [one for one in self.seating.sessions() if one is self.clients[name].session]
        return found

    def _audience_changed(self) -> None:
        self.fanout.tell(*(client.take for client in self.seating.audience))

    # -- events -------------------------------------------------------------------------------

    def happens(self, event: str) -> str:
        """Let `WHO DOES [WHAT]` happen; give what everybody heard."""
        who, does, *what = event.split()
        refused = ""
        try:
            getattr(self, f"_{does}")(who, *what)
        except Problem as problem:
            refused = f"refused {problem.code}"
        heard = {name: _words(client.heard()) for name, client in self.clients.items()}
        said = [f"{name}: {words}" for name, words in sorted(heard.items()) if words]
        return "; ".join([refused, *said] if refused else said)

    def _attaches(self, who: str, **how) -> None:
        self._come(who, Mode.ACTIVE, **how)

    def _observes(self, who: str) -> None:
        self._come(who, Mode.OBSERVE)

    def _waits(self, who: str) -> None:
        self._come(who, Mode.ACTIVE, wait=True)

    def _asks(self, who: str) -> None:
        self._come(who, Mode.ACTIVE, wait=True, requests=True)

    def _yields(self, who: str) -> None:
        self._come(who, Mode.ACTIVE, preempt=False)

    def _come(self, who, mode, *, preempt=True, wait=False, requests=False) -> None:
        self.seating.may_attach(mode, preempt=preempt, wait=wait)
        number = ord(who) - ord("a") + 1
        caller = Caller(Peer(1000 + number, 1000, frozenset(), who), number, "play")
        session = Session(number, "web01", caller, mode, "noting", requests=requests)
        session.cursor = self.ring.end
        client = self.clients[who] = NotingClient(session, self._poller, self.seating)
        self.seating.attach(session, client, preempt=preempt, wait=wait)

    def _leaves(self, who: str) -> None:
        self.clients[who].abandon()

    def _grants(self, who: str, to: str | None = None) -> None:
        number = None if to is None else self.session(to).number
        self.seating.grant(self.session(who).number, number)

    def _prints(self, who: str, text: str) -> None:
        assert "guest" == who
        self.fanout.deliver(text.encode())

    def _seat(self, who: str, whose: str) -> None:
        """Nothing happens: exactly this one has the seat (`-`: nobody)."""
        assert "the" == who
        holders = [name for name, client in self.clients.items() if client.seat is not None]
        assert [whose] * (whose != "-") == holders


def _words(heard: str) -> str:
    return ", ".join(part for part in heard.replace("<", "|").replace(">", "|").split("|") if part)


@contextmanager
def stage(**options):
    """Have a console with these settings."""
    one = Stage(**options)
    try:
        yield one
    finally:
        one.close()


def perform(on: Stage, play: str) -> None:
    """Perform a play line by line."""
    for line in filter(None, map(str.strip, play.splitlines())):
        event, _, follows = map(str.strip, line.partition("->"))
        assert (event, follows) == (event, on.happens(event))
