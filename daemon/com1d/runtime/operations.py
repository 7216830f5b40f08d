"""What `POST /v1/consoles/NAME/…` does to a guest: paste, keys, break, SysRq, NMI, reset, restart.

None of it needs a stream. Where somebody else holds the active session the answer is `busy`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, NamedTuple, TypeAlias

from com1d import wire
from com1d.core import sysrq
from com1d.core.policy import Verb
from com1d.errors import PasteStopped
from com1d.runtime.console import Console
from com1d.runtime.peer import Caller


Answer: TypeAlias = dict[str, Any]


async def paste(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """`{"text", "verify"}`: send a text, and answer when the last character is through."""
    text = wire.field(body, "text", str)
    verify = wire.field(body, "verify", bool, default=False)
    session = console.seating.demand(caller)
    try:
        outcome = await console.input.paste(session, text, lambda _: None, verify=verify)
    except asyncio.CancelledError:
        console.input.cancel("its client went away")
        raise
    if "stopped" in outcome:
        raise PasteStopped(f"{console.name}: {outcome['stopped']}", **outcome)
    return outcome


async def keys(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """`{"keys": ["F8"]}`: press keys by name, all or none."""
    names = wire.strings(body, "keys")
    console.input.press(console.seating.demand(caller), names)
    return {"pressed": len(names)}


async def send_break(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Hold the line in break."""
    del body
    console.seating.demand(caller)
    await console.send_break()
    return {}


async def nmi(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Send a non-maskable interrupt. Disturbs no session."""
    del caller, body
    await console.vm.nmi()
    return {}


async def reset(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Press the reset button. The session stays."""
    del caller, body
    await console.vm.reset()
    return {}


async def restart(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Have the guest shut down and boot anew; attached clients are told every step."""
    del caller, body
    await console.vm.restart()
    return {}


async def send_sysrq(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """`{"keys": "REISUB"}`: for each key break, key, wait."""
    commands = sysrq.sequence(wire.field(body, "keys", str), console.config.guest)
    session = console.seating.demand(caller)
    work = console.input.claim(session)
    try:
        for command in commands:
            await _step(console, session, command)
            if work.done.done():
                raise PasteStopped(f"{console.name}: SysRq: {work.done.result()['stopped']}")
    finally:
        console.input.release(work)
    return {"sent": sum(isinstance(command, sysrq.Press) for command in commands)}


async def _step(console: Console, session: int, command: sysrq.Command) -> None:
    match command:
        case sysrq.Break():
            await console.send_break()
        case sysrq.Press(data=data):
            console.input.send(session, data)
        case sysrq.Wait(seconds=seconds):
            await asyncio.sleep(seconds)


class Operation(NamedTuple):
    """A verb and what it does."""

    verb: Verb
    run: Callable[[Console, Caller, dict[str, Any]], Awaitable[Answer]]


OPERATIONS: Final = {
    "paste": Operation(Verb.PASTE, paste),
    "keys": Operation(Verb.KEYS, keys),
    "break": Operation(Verb.BREAK, send_break),
    "nmi": Operation(Verb.NMI, nmi),
    "reset": Operation(Verb.RESET, reset),
    "restart": Operation(Verb.RESTART, restart),
    "sysrq": Operation(Verb.SYSRQ, send_sysrq),
}
"""By the last part of the path."""
