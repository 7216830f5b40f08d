"""Where a stream goes on in QEMU's own log of it: found by what stands there, not by counting.

QEMU writes a byte down whenever it tries to send it, so its log has some bytes twice: those that
found the daemon's socket full (chardev/char.c, `qemu_chr_write_buffer`). Counting alone would be
wrong by so many.
"""

from typing import Final

from com1d.core.store.layout import KIB


TAIL_BYTES: Final = 256
"""Of the end of the stream, by which it is found: four lines, of a guest that talks."""

REACH_BYTES: Final = 64 * KIB
"""How far from where it should be something is looked for."""


def nearest(window: bytes, base: int, needle: bytes, expected: int) -> int | None:
    """Give where `needle` begins that begins nearest to `expected`; None where it is not at all.

    `window` is the part of the log that begins at `base`; positions are those of the log.
    """
    if not needle:
        return expected
    at = expected - base
    after = window.find(needle, max(0, at))
    before = window.rfind(needle, 0, max(0, at + len(needle) - 1))
    found = [place for place in (before, after) if place >= 0]
    return base + min(found, key=lambda place: abs(place - at)) if found else None
