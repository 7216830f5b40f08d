"""Evidence: the guest's words on one short line in which every character is visible.

Evidence goes into events, logs and the environment of hooks, and the guest chooses it. So
characters that are invisible, or that move other text, are removed: controls, zero-width and
bidirectional characters, line separators, variation selectors, tags, and letters that are blank.
"""

import re
from typing import Final


EVIDENCE_MAX: Final = 120
"""Characters of evidence that are shown."""

READ_MAX: Final = 2000
"""Characters of the text that are looked at."""

_BLANK_LETTERS: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that count as printable and show nothing, by Unicode's Default_Ignorable_Code_Point,
and the empty Braille pattern."""


def evidence_line(text: str) -> str:
    """Give `text` on one line of at most `EVIDENCE_MAX` characters, all of them visible."""
    line = " ".join(text[:READ_MAX].split())
    if not (line.isascii() and line.isprintable()):
        seen = _BLANK_LETTERS.sub(" ", line)
        line = " ".join("".join(char if char.isprintable() else " " for char in seen).split())
    return line[:EVIDENCE_MAX].rstrip()
