"""Everybody of the soak: guests, users, and what goes on while com1d is exchanged."""

import asyncio
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from hosts.soak.asking import STEP, until
from hosts.soak.stream import LINES, SHIFT, Checker
from hosts.soak.users import Raw, User, attach, connect
from hosts.soak.vms import Printing


KINDS = ("pipe", "unix", "listen", "pty")
CONSOLES = Path("/run/com1d/consoles")

SELDOM = 100
"""Steps between two pieces of a guest that prints seldom."""

TYPING = 7
"""Steps between two words of a user: without a gap of 50 ms they would be one endless paste."""


@dataclass
class Seen:
    """One who reads a guest's stream."""

    guest: Printing
    user: User
    checker: Checker


def is_through(seen: Seen) -> bool:
    return seen.checker.place == seen.guest.place


def is_beyond(seen: Seen, place: int) -> bool:
    return bool(seen.checker.place >= place or seen.checker.faults)


def has_come(seen: Seen) -> bool:
    """Tell whether the guest has got all that was typed."""
    return seen.guest.keys.place == seen.user.typed


@dataclass
class Crowd:
    """Guests by kind of port, and their users."""

    folder: Path
    guests: list[Printing] = field(default_factory=list)
    """Those with a numbered stream."""
    readers: list[Seen] = field(default_factory=list)
    typists: list[Seen] = field(default_factory=list)
    deaf: list[Seen] = field(default_factory=list)
    """Observers that do not read."""
    others: list[User] = field(default_factory=list)
    late: float = 0.0
    """Seconds by which a step of ours came late, at most: pauses are no shorter than that."""

    def tables(self) -> str:
        return "".join(guest.table for guest in self.guests)

    def make(self, count: int, kinds: tuple[str, ...] = KINDS) -> None:
        """Make so many guests, of each kind in turn."""
        for number in range(count):
            kind = kinds[number % len(kinds)]
            name = f"{kind}{number:04}"
            self.guests.append(Printing(kind, self.folder, name, number % 100 * SHIFT))

    async def read(self, guest: Printing, *, raw: bool = False, query: str = "") -> Seen:
        """Have somebody read, who sees the stream from its beginning."""
        checker = Checker(f"{guest.name} read", LINES, guest.begin)
        if raw:
            user: User = await connect(Raw(checker), f"{CONSOLES}/{guest.name}.sock")
        else:
            user = attached = await connect(attach(guest.name, checker, query))
            await until(lambda: attached.heard("attached"), f"{guest.name} to let somebody in")
        seen = Seen(guest, user, checker)
        self.readers.append(seen)
        return seen

    async def watch_deaf(self, guest: Printing) -> None:
        """Have somebody observe who does not read."""
        seen = await self.read(guest, query="&mode=observe")
        self.readers.remove(seen)
        self.deaf.append(seen)
        seen.user.transport.pause_reading()

    async def live(self, rest: int = 0) -> None:
        """Have guests print and users type; the last `rest` guests seldom. Until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        step = 0
        while True:
            busy = len(self.guests) - rest
            for guest in self.guests[:busy] + self.guests[busy + step % SELDOM :: SELDOM]:
                guest.step()
            for typist in self.typists[step % TYPING :: TYPING]:
                typist.user.type()
            step += 1
            due += STEP
            self.late = max(self.late, loop.time() - due)
            due = max(due, loop.time() - STEP)
            await asyncio.sleep(due - loop.time())

    async def typed_out(self) -> int:
        """Stop typing, and wait until every word has come; give how many bytes that were."""
        typists, self.typists = self.typists, []
        for seen in typists:
            await until(partial(has_come, seen), f"{seen.guest.keys.what}: end")
        return sum(seen.user.typed for seen in typists)

    async def settle(self) -> None:
        """Wait until everything has come, once nobody prints any more."""
        for seen in self.deaf:
            seen.user.transport.resume_reading()
        for seen in (*self.readers, *self.deaf):
            await until(partial(is_through, seen), f"{seen.checker.what}: end")

    def faults(self) -> list[str]:
        """Give what was wrong by now."""
        checkers = [seen.checker for seen in (*self.readers, *self.deaf)]
        checkers += [guest.keys for guest in self.guests]
        wrong = [fault for checker in checkers for fault in checker.faults]
        users = [seen.user for seen in (*self.readers, *self.deaf)] + self.others
        return wrong + [f"{user}: {user.closed}" for user in users if user.closed]

    def forget_pauses(self) -> None:
        for seen in self.readers:
            seen.checker.forget_pauses()
            seen.guest.keys.forget_pauses()
        self.late = 0.0

    def pauses(self, busy: int) -> tuple[float, float]:
        """Give the longest pause of a user of the first `busy` guests, and of such a guest."""
        those = set(map(id, self.guests[:busy]))
        out = max(seen.checker.pause for seen in self.readers if id(seen.guest) in those)
        typed = [seen.guest.keys.pause for seen in self.typists if id(seen.guest) in those]
        return out, max(typed, default=0.0)

    async def printed_on(self, count: int, busy: int) -> None:
        """Wait until each user of the first `busy` guests has so many bytes more."""
        those = set(map(id, self.guests[:busy]))
        wanted = [
            (seen, seen.checker.place + count) for seen in self.readers if id(seen.guest) in those
        ]
        for seen, place in wanted:
            await until(
                partial(is_beyond, seen, place),
                f"{seen.checker.what}: more than {seen.checker.place}, {seen.user.closed}",
            )
