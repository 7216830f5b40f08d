"""What a guest prints again and again, which must cost no more than its bytes: screen and log."""

from com1d.core.screen import Emulator
from com1d.frontends.words.lines import Lines
from fuzz.effort import Effort


LENGTH = 200
"""Bytes of the stream that an input is repeated to."""

PER_BYTE = 128
"""Lines of code for a byte: text takes two, the shortest sequences some fifty."""

PER_STEP = 8192
"""And in one step of a screen: half a millisecond. A sequence has up to 256 controls within."""

SEEDS = (
    b"\x1b[4h\x1b[999b",
    b"\xe4\xb8\x96\xcc\x81\xcc\x81",
    b"\xe4\xb8\x96\x1b[@\x1b[P",
    b"\x1bH\t\x1b[Z\x1b[2J\x1bc",
    b"x\x1b[1K\x1b[9999C\x1b[2X",
    b"\x1b[2;9r\x1b[99T\x1b[99L\n",
    b"\x1b]0;\x1bP\x1b[1;1;1;1m",
)


def target(data: bytes) -> None:
    """Expect a screen and lines whose cost is that of their bytes."""
    stream = (data * LENGTH)[:LENGTH] or b"x"
    with Effort() as whole:
        lines = Lines()
        lines.feed(stream, "AT", 0)
        lines.finish()
    assert whole.lines <= PER_BYTE * LENGTH
    emulator = Emulator(100, 300)
    steps = emulator.read(stream)
    total, more = 0, True
    while more:
        with Effort() as step:
            more = next(steps, steps) is not steps
        assert step.lines <= PER_STEP
        total += step.lines
    assert total <= PER_BYTE * LENGTH
