"""What a guest answers a verified paste with: its echo is followed at a bounded cost a byte."""

from functools import partial

from com1d.core.paste.echo import Echo
from com1d.core.paste.sent_line import KEPT
from fuzz.sockets import pieces
from steps import steps


STEPS_A_BYTE = 500
"""Lines of code for a byte that is a move of its own, with all that the move settles."""

STEPS_A_PIECE = 2000

LENGTH = 400
"""Bytes of an input that are read: counting makes them slow, and patterns show in a few."""

SEEDS = (
    b"\x01ababab",
    b"\x00$ ab\r\nab",
    b"\x01\n" + b" " * 200 + b"\x1b[m " * 40,
    b"\x00ab\b\b\x1b[5;7Hab\x1b[5;9H*\r",
    b"\x03\x1b[6;1H\x1b[2C\x1b[9999D\xc2\x9fa",
)


def target(data: bytes) -> None:
    """Expect a bounded number of steps for each byte, and little that is kept."""
    echo = Echo()
    for piece in pieces(data[:LENGTH]):
        if not echo.pending:
            echo.expect("ab  abab  *** ab")
        spent = steps(partial(echo.feed, piece))
        assert spent <= STEPS_A_PIECE + STEPS_A_BYTE * len(piece), spent
        assert len(echo.misfit) <= KEPT
        echo.verdict()
