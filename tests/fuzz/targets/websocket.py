"""A WebSocket client that is attached: its frames, cut and glued in any way."""

from fuzz.sockets import LOOP, pieces
from fuzz.visitor import Host, Visit


MASK = b"\0\0\0\0"
"""A mask that leaves the payload readable, for seeds as for whoever looks at a finding."""


def frame(first: int, payload: bytes) -> bytes:
    """Make a client's frame."""
    return bytes([first, 0x80 | len(payload)]) + MASK + payload


SEEDS = (
    b"\0" + frame(0x82, b"dir\r"),
    b"\0" + frame(0x81, b'{"op":"paste","text":"dir\\r","verify":true}'),
    b"\x03" + frame(0x81, b'{"op":"keys","keys":["F8","Shift-Up"]}') + frame(0x89, b"ping"),
    b"\0" + frame(0x01, b'{"op":') + frame(0x00, b'"cancel"') + frame(0x80, b"}"),
    b"\0" + frame(0x81, b'{"op":"grant","session":9}') + frame(0x88, b"\x03\xe8bye"),
    b"\0" + b"\x82\xfe\x01\x00" + MASK + b"x" * 256,
    b"\0" + b"\x82\xff" + bytes(5) + b"\x20\0\0" + MASK,
)


HOST = Host()


def target(data: bytes) -> None:
    """Cut off this client at most; hold little for it, and give it back."""
    LOOP.run_until_complete(_visit(pieces(data)))


async def _visit(sent: list[bytes]) -> None:
    visit = Visit(HOST)
    for piece in sent:
        if visit.gone:
            break
        await visit.sends(piece)
        assert 0 <= HOST.held <= sum(map(len, sent))
    await visit.leaves()
