"""JSON from clients: the operations of `com1.v1`, and the bodies of requests."""

from contextlib import suppress

from websockets.frames import Frame, Opcode

from com1d import wire
from com1d.api.messages import json_object
from com1d.api.operations import on_keyboard
from com1d.audit.entry import sizes
from com1d.core.keys import sysrq
from com1d.errors import Problem
from fuzz.sockets import LOOP
from fuzz.visitor import Host, Visit


SEEDS = (
    b'{"op":"paste","text":"Get-Service\\r","verify":true}',
    b'{"op":"paste","text":"\\ud83d\\ude42\\ud800\\u0000"}',
    b'{"op":"keys","keys":["F8","Ctrl-Alt-Delete","shift-tab","Ctrl-C"],"hold":true}',
    b'{"op":"grant","session":9}',
    b'{"op":"cancel"}',
    b'{"keys":"REISUB"}',
    b'{"keys":["F8"],"on":"keyboard"}',
    b'[1e999,-0.0,true,null,{"op":["cancel"]}]',
    b"[" * 64,
)


HOST = Host()


def target(data: bytes) -> None:
    """Expect each to be carried out or refused with a documented code, on both ways in."""
    LOOP.run_until_complete(_visit(Frame(Opcode.TEXT, data).serialize(mask=True)))
    with suppress(Problem):
        body = json_object(data)
        assert all(isinstance(size, int) for size in sizes(body).values())
        on_keyboard(body)
        commands = sysrq.sequence(wire.field(body, "keys", str), "linux")
        assert 3 <= len(commands) <= 3 * sysrq.MAX_KEYS


async def _visit(message: bytes) -> None:
    visit = Visit(HOST)
    await visit.sends(message)
    await visit.leaves()
