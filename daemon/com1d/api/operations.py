"""What `POST /v1/consoles/NAME/…` does to a guest: paste, keys, break, SysRq, NMI, reset, restart.

None of these needs a stream. While another user holds the active session, input is refused with
`busy`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from typing import Any, Final, TypeAlias

from com1d import wire
from com1d.access.peer import Caller
from com1d.api.operation import Answer, Operation
from com1d.api.repeating import hold_keys, leased, resume_hold
from com1d.api.sac import SAC
from com1d.audit.entry import Details, sizes
from com1d.console.console import Console
from com1d.control.qcodes import read
from com1d.core.access.policy import Verb
from com1d.core.keys import sysrq
from com1d.core.session.session import SessionId
from com1d.errors import BadRequest, PasteStopped
from com1d.input.lease import Outcome, Stopped
from com1d.wire.events import Event


BREAK_PAUSE_SECONDS: Final = 0.6
"""Between two parts of a break that is typed: Solaris wants half a second to two."""

SERIAL: Final = "serial"
KEYBOARD: Final = "keyboard"
"""Where keys can be pressed: as bytes on the serial port, or on the keyboard that the hypervisor
emulates."""


async def paste(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """`{"text", "verify"}`: send a text, and answer when the last character is through."""
    text = wire.field(body, "text", str)
    verify = wire.field(body, "verify", bool, default=False)
    session = console.seating.demand(caller)
    return await _pasted(console, console.input.paste(session, text, _nobody, verify=verify))


async def resume_paste(console: Console, _caller: Caller, _body: dict[str, Any]) -> Answer:
    """Answer when a paste that another process has begun is through."""
    return await _pasted(console, leased(console).done)


async def _pasted(console: Console, done: asyncio.Future[Outcome]) -> Answer:
    try:
        outcome = await done
    except asyncio.CancelledError:
        console.input.cancel("its client went away")
        raise
    if isinstance(outcome, Stopped):
        at = {} if outcome.position is None else {"position": outcome.position}
        text = f"{console.name}: {outcome.why}"
        raise PasteStopped(text, verified=outcome.verified, stopped=outcome.why, **at)
    return asdict(outcome)


def _nobody(_event: Event) -> None:
    """Tell nobody: the client waits for the answer."""


async def keys(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """`{"keys": ["F8"], "on"}`: press keys by name, all or none; serial port or keyboard.

    With `"hold": true`, on the serial port, until the guest's state changes.
    """
    names = wire.strings(body, "keys")
    held = wire.field(body, "hold", bool, default=False)
    if held and on_keyboard(body):
        raise BadRequest(f'"hold" is for keys on "{SERIAL}" only')
    if held:
        return await hold_keys(console, caller, names)
    if on_keyboard(body):
        await console.vm.press(names)
        return {"pressed": len(names)} | await console.vm.standing()
    console.input.press(console.seating.demand(caller), names)
    return {"pressed": len(names)}


def on_keyboard(body: dict[str, Any]) -> bool:
    """Say whether keys are for the keyboard that the hypervisor emulates, or for the serial port.

    Raises `BadRequest` for any other place.
    """
    place = wire.field(body, "on", str, default=SERIAL)
    if place not in (SERIAL, KEYBOARD):
        raise BadRequest(f'"on" must be "{SERIAL}" or "{KEYBOARD}"')
    return place == KEYBOARD


async def send_break(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Hold the line in break, or type what the console has instead, with keys waiting behind it."""
    del body
    session = console.seating.demand(caller)
    if console.config.break_keys:
        with _leased(console, session) as step:
            for command in _break(console):
                await step(command)
    else:
        await console.send_break()
    return await console.vm.standing()


def _break(console: Console) -> Iterator[sysrq.Command]:
    """Give the steps of a break."""
    keys = console.config.break_keys
    if not keys:
        yield sysrq.Break()
    for number, part in enumerate(keys):
        if number:
            yield sysrq.Wait(BREAK_PAUSE_SECONDS)
        yield sysrq.Press(part.encode())


Step: TypeAlias = Callable[[sysrq.Command], Awaitable[None]]


@contextlib.contextmanager
def _leased(console: Console, session: SessionId) -> Iterator[Step]:
    """Have the line for some steps; each raises `PasteStopped` where the lease has ended."""
    lease = console.input.claim(session)

    async def step(command: sysrq.Command) -> None:
        match command:
            case sysrq.Break():
                await console.send_break()
            case sysrq.Press(data=data):
                console.input.send(session, data)
            case sysrq.Wait(seconds=seconds):
                await asyncio.sleep(seconds)
        if lease.done.done() and isinstance(outcome := lease.done.result(), Stopped):
            raise PasteStopped(f"{console.name}: {outcome.why}")

    try:
        yield step
    finally:
        console.input.release(lease)


async def nmi(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Send a non-maskable interrupt. Disturbs no session."""
    del body
    await console.vm.nmi()
    console.log.note("nmi", user=caller.user)
    return await console.vm.standing()


async def reset(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Press the reset button. The session stays."""
    del caller, body
    await console.vm.reset()
    return await console.vm.standing()


async def restart(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Have the guest shut down and boot anew; attached clients are told every step."""
    del caller, body
    await console.vm.restart()
    return await console.vm.standing()


async def send_sysrq(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """`{"keys": "REISUB"}`: for each key break, key, wait."""
    commands = sysrq.sequence(wire.field(body, "keys", str), console.config.guest)
    with _leased(console, console.seating.demand(caller)) as step:
        for command in commands:
            for part in _break(console) if isinstance(command, sysrq.Break) else (command,):
                await step(part)
    return {"sent": sum(isinstance(command, sysrq.Press) for command in commands)}


async def message(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """`{"text"}`: tell it to all who are on the console; answers how many that are."""
    return {"told": console.seating.talk.say(caller, wire.field(body, "text", str))}


async def write_note(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """`{"text"}`: write it into the log, at the offset of the answer."""
    return {"offset": console.seating.talk.note(caller, wire.field(body, "text", str))}


def _asked_keys(body: dict[str, Any]) -> Details:
    """Give audit details: names of keys on the keyboard; on the serial port only how many."""
    if not on_keyboard(body):
        return sizes(body)
    return sizes(body) | {"keyboard": " ".join(map(str, read(wire.strings(body, "keys"))))}


def _done_keys(_body: dict[str, Any], answer: Answer) -> Details:
    return {key: answer[key] for key in ("pressed", "until")} if "until" in answer else {}


def _done_sysrq(body: dict[str, Any], _answer: Answer) -> Details:
    return {"sysrq": str(body["keys"])}  # checked by now: SysRq commands and no text


OPERATIONS: Final = {
    "paste": Operation(Verb.PASTE, paste, resume_paste),
    "keys": Operation(Verb.KEYS, keys, resume_hold, _asked_keys, _done_keys),
    "break": Operation(Verb.BREAK, send_break),
    "nmi": Operation(Verb.NMI, nmi),
    "reset": Operation(Verb.RESET, reset),
    "restart": Operation(Verb.RESTART, restart),
    "sysrq": Operation(Verb.SYSRQ, send_sysrq, done=_done_sysrq),
    "sac": SAC,
    "message": Operation(Verb.MESSAGE, message),
    "note": Operation(Verb.NOTE, write_note),
}
"""By the last part of the path."""
