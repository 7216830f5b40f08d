"""The guest's words as evidence: one short line in which every character can be seen.

Evidence goes into events, into logs and into the environment of hooks, and a guest chooses it. So
nothing is left in it that a reader cannot see, or that moves what he sees: controls, zero-width and
bidirectional characters, line separators, variation selectors, tags, and letters that are blank.
"""

import re
from typing import Final


EVIDENCE_MAX: Final = 120
"""Characters of evidence that are shown."""

READ_MAX: Final = 2000
"""Characters that are looked at for them."""

_BLANK_LETTERS: Final = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""Characters that count as printable and show nothing, by Unicode's Default_Ignorable_Code_Point,
and the empty Braille pattern."""


def evidence_line(text: str) -> str:
    """Give `text` on one line of at most `EVIDENCE_MAX` characters, all of them visible."""
    text = text[:READ_MAX]
    if not (text.isascii() and text.isprintable()):
        seen = _BLANK_LETTERS.sub(" ", text)
        text = "".join(char if char.isprintable() else " " for char in seen)
    return " ".join(text.split())[:EVIDENCE_MAX].rstrip()
