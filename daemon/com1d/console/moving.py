"""The parts of a console, from one process to the next: a scrollback goes over without a copy."""

from collections.abc import Callable
from typing import NamedTuple

from com1d.bootlog.console_log import ConsoleLog
from com1d.clients.client import Client
from com1d.clients.opening import opened
from com1d.clients.raw import RawClient
from com1d.clients.unfinished import Budget
from com1d.clients.websocket import WebSocketClient
from com1d.core.carry import Packed, pack, restore
from com1d.core.stream.ring import Ring
from com1d.errors import StateRefused
from com1d.guest.guest_watch import GuestWatch
from com1d.guest.identity import Identity
from com1d.line.keeper import Keeper
from com1d.line.traffic import Traffic
from com1d.loop.descriptors import Descriptors
from com1d.loop.lingering import Lingering
from com1d.loop.memory import Memory, plain
from com1d.loop.poller import Poller
from com1d.sessions.seating import Seating
from com1d.sessions.session import Session


class Things(NamedTuple):
    """What of a console is handed over as it is."""

    ring: Ring
    memory: Memory
    log: ConsoleLog
    watch: GuestWatch
    traffic: Traffic
    keeper: Keeper
    identity: Identity


def packed(things: Things, fds: Descriptors, name: str) -> dict[str, Packed]:
    """Give the parts of the console `name`."""
    ring, memory, store = things.ring, things.memory, things.log.store
    there = None if memory.fd < 0 else fds.give(memory.fd, f"{name}/scrollback")
    return {
        "ring": {
            "capacity": ring.capacity, "base": ring.base, "end": ring.end, "memory": there,
            "front": True,
        },
        "log": pack(things.log),
        "store": None if store is None else store.hand_over(),
        "watch": pack(things.watch),
        "traffic": pack(things.traffic),
        "keeper": pack(things.keeper),
        "identity": pack(things.identity),
    }  # fmt: skip


def resume(things: Things, packed: Packed, fds: Descriptors) -> None:
    """Go on with the parts. Raises `StateRefused`."""
    _resume_ring(things.ring, things.memory, packed["ring"], fds)
    restore(things.log, packed["log"])
    if things.log.store is not None and packed["store"] is not None:
        things.log.store.take_over(packed["store"])
    restore(things.watch, packed["watch"])
    restore(things.traffic, packed["traffic"])
    restore(things.keeper, packed["keeper"])
    restore(things.identity, packed["identity"])


def _resume_ring(ring: Ring, memory: Memory, packed: Packed, fds: Descriptors) -> None:
    """Go on with a ring; copy it where another `scrollback` is configured by now.

    So it is where nothing stands in front of it yet, as before format 2.
    """
    capacity, base, end = packed["capacity"], packed["base"], packed["end"]
    if not capacity > 0 or not 0 <= base <= end:
        raise StateRefused(f"a ring of {capacity} bytes from {base} to {end}")
    if packed["memory"] is None:
        ring.resume(end, end, None)
        return
    fd = fds.take(packed["memory"])
    if packed["front"] and capacity == ring.capacity:
        ring.resume(base, end, memory.take_over(fd, capacity))
        return
    earlier, there = Ring(capacity), Memory()
    earlier.resume(base, end, there.take_over(fd, capacity) if packed["front"] else plain(fd))
    ring.resume(earlier.start, earlier.start, None)
    ring.append(earlier.read(earlier.start, capacity))
    there.close()


def clients(
    poller: Poller, budget: Budget, lingering: Lingering, seating: Seating, log: ConsoleLog
) -> Callable[[int, Session], Client]:
    """Give what makes the client of a session at a descriptor."""

    def make(fd: int, session: Session) -> Client:
        if session.via == RawClient.via:
            return RawClient(fd, session, poller, seating)
        return WebSocketClient(fd, session, poller, seating, log, opened(), budget, lingering)

    return make
