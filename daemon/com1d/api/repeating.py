"""Held keys: pressed again and again on a console until the guest's state changes."""

import asyncio
from typing import Any, Final

from com1d import wire
from com1d.access.peer import Caller
from com1d.api.operation import Answer
from com1d.console.console import Console
from com1d.core.keys.keys import parse
from com1d.core.keys.repeat import EVERY, KEYS_MAX, Repeat
from com1d.core.keys.translator import Translator
from com1d.errors import BadRequest, Busy, PasteStopped
from com1d.input.lease import Lease
from com1d.sessions.session import Session
from com1d.wire.outcome import Outcome


PORT_DOWN: Final = "port-down"
CANCELLED: Final = "cancelled"


async def hold_keys(console: Console, caller: Caller, names: list[str]) -> Answer:
    """Press keys again and again; give how often, and what ended it.

    They lease the line meanwhile, as a paste does. Raises `Problem`, with nothing pressed, for a
    key that the guest lacks and for a line that is down or leased.
    """
    if not 1 <= len(names) <= KEYS_MAX:
        raise BadRequest(f"{len(names)} keys to hold; from 1 to {KEYS_MAX} can be held at once")
    session = console.seating.demand(caller)
    lease = console.input.claim(session)
    lease.holder = Repeat(console.watch.state, asyncio.get_running_loop().time())
    return await _hold(console, caller, names, lease, lease.holder)


async def resume_hold(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Go on pressing keys that another process has begun to press."""
    lease = leased(console)
    if lease.holder is None:
        raise PasteStopped(f"{console.name}: the keys are not held any more")
    return await _hold(console, caller, wire.strings(body, "keys"), lease, lease.holder)


def leased(console: Console) -> Lease:
    """Give the lease that a request of another process has. Raises `PasteStopped`."""
    if (lease := console.input.lease) is None:
        raise PasteStopped(f"{console.name}: it ended while com1d was exchanged")
    return lease


async def _hold(
    console: Console, caller: Caller, names: list[str], lease: Lease, repeat: Repeat
) -> Answer:
    session, now = lease.session, asyncio.get_running_loop().time
    try:
        while (until := repeat.over(console.watch.state, now())) is None:
            console.seating.demand(caller)  # still nobody else's
            seated = console.seating.active
            console.input.send(session, _encoded(console, names))
            repeat.pressed += 1
            console.counts.held_keys += 1
            await asyncio.wait((lease.done,), timeout=EVERY)
            if lease.done.done():
                until = _stopped(console, seated)
                break
    except Busy:  # nobody had the seat at the start, and somebody has taken it since
        if not repeat.pressed:
            raise
        until = Outcome.PREEMPTED
    finally:
        console.input.release(lease)
    return {"pressed": repeat.pressed, "until": until}


def _encoded(console: Console, names: list[str]) -> bytes:
    """Give the keys' bytes in the guest's present profile.

    Raises `Problem` for a key without any.
    """
    return Translator(console.input.profile).press(map(parse, names))


def _stopped(console: Console, seated: Session | None) -> str:
    """Say what ended it. `seated` is the session that had the seat at the last press, if any."""
    if not console.connected:
        return PORT_DOWN
    active = console.seating.active
    return Outcome.PREEMPTED if seated is not None and active not in (None, seated) else CANCELLED
