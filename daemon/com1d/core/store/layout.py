"""The layout of a console's log on the disk: names and sizes.

::

    LOG_DIR/NAME/00000000000004194304.raw      bytes as the guest sent them, nothing else
    LOG_DIR/NAME/00000000000004194304.idx      when each piece came, where it lies, its checksum
    LOG_DIR/NAME/00000000000004194304.marks    boots, sessions, NMI, gaps: one JSON object a line

    LOG_DIR/NAME/uuid                          of the VM that printed all that, where it is known
    LOG_DIR/NAME.UUID/                         the log of a VM that had the name before

The number is the offset of the segment's first byte in the console's stream.
"""

import re
from typing import Final

from com1d.wire.uuids import earlier_vm


KIB: Final = 1024
MIB: Final = 1024 * KIB

BLOCK: Final = 4 * KIB
"""A file system's unit of allocation. Sizes are counted in these, so that `du` agrees."""

SEGMENTS: Final = 16
"""Into how many segments a log is cut, so into what part of it goes when the oldest one goes."""

SEGMENT_MIN: Final = 16 * KIB
"""Below, the three files of a segment would cost more in blocks than what they hold."""

SEGMENT_MAX: Final = MIB
"""What start-up checks byte by byte after a crash, for each console: half a millisecond."""

SEGMENTS_MAX: Final = 256
"""Of a huge log, whose segments grow instead: each costs three files."""

SEGMENT_HUGE: Final = 1024 * MIB
"""Positions within a segment have 32 bits; this is far below."""

KINDS: Final = ("raw", "idx", "marks")
ASIDE: Final = "~"
"""In the names of directories moved aside. No console's name can contain it."""

UUID_FILE: Final = "uuid"

_NAME: Final = re.compile(rf"([0-9]{{20}})\.({'|'.join(KINDS)})")


def segment_bytes(log_size: int) -> int:
    """Give the size at which a segment of a log of `log_size` bytes is full."""
    cut = max(min(log_size // SEGMENTS, SEGMENT_MAX), log_size // SEGMENTS_MAX)
    return min(max(cut, SEGMENT_MIN), SEGMENT_HUGE)


def console_of(log: str) -> str:
    """Give the console that a log was written for, by which it is encrypted."""
    earlier = earlier_vm(log)
    return earlier[0] if earlier else log


def blocks(size: int) -> int:
    """Give what a file of `size` bytes takes on the disk."""
    return -(-size // BLOCK) * BLOCK


def file_name(base: int, kind: str) -> str:
    """Name one of the files of the segment that begins at offset `base`."""
    return f"{base:020d}.{kind}"


def parse_name(name: str) -> tuple[int, str] | None:
    """Give base and kind, or None where the file is no part of a segment."""
    match = _NAME.fullmatch(name)
    return (int(match[1]), match[2]) if match else None
