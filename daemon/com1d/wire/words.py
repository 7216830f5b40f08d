"""The words and numbers of the protocol. PROTOCOL.md is their prose."""

from enum import Enum
from typing import Final


SUBPROTOCOL: Final = "com1.v1"
PROBLEM_TYPE: Final = "application/problem+json"

DEFAULT_REPLAY: Final = 16384
"""Bytes of scrollback that an attach replays unless told otherwise: some eight 80x24 screens."""

SCREEN_ROWS: Final = (2, 100)
SCREEN_COLUMNS: Final = (2, 300)
"""The screens that an attach can ask for: the largest is a large monitor full of small print, and
has a megabyte at the very worst."""

PASTE_LIMIT: Final = 2048
"""Characters in one paste, as Azure Serial Console has it."""


class Mode(Enum):
    """What a session asks for when it attaches."""

    ACTIVE = "active"
    OBSERVE = "observe"
