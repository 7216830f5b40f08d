"""What `POST /v1/consoles/NAME/…` does to a guest: paste, keys, break, SysRq, NMI, reset, restart.

None of these needs a stream. While another user holds the active session, input is refused with
`busy`.
"""

import asyncio
from dataclasses import asdict
from typing import Any, Final

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
from com1d.errors import BadRequest, PasteStopped
from com1d.input.lease import Outcome, Stopped
from com1d.wire.events import Event


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
    """Hold the line in break."""
    del body
    console.seating.demand(caller)
    await console.send_break()
    return await console.vm.standing()


async def nmi(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """Send a non-maskable interrupt. Disturbs no session."""
    del body
    await console.vm.nmi()
    console.note("nmi", user=caller.user)
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
    session = console.seating.demand(caller)
    lease = console.input.claim(session)
    try:
        for command in commands:
            await _step(console, session, command)
            if lease.done.done() and isinstance(outcome := lease.done.result(), Stopped):
                raise PasteStopped(f"{console.name}: SysRq: {outcome.why}")
    finally:
        console.input.release(lease)
    return {"sent": sum(isinstance(command, sysrq.Press) for command in commands)}


async def _step(console: Console, session: int, command: sysrq.Command) -> None:
    match command:
        case sysrq.Break():
            await console.send_break()
        case sysrq.Press(data=data):
            console.input.send(session, data)
        case sysrq.Wait(seconds=seconds):
            await asyncio.sleep(seconds)


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
}
"""By the last part of the path."""
