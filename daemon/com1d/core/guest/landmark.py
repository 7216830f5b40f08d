"""What a landmark is: a text that tells something of the guest, wherever it is in the stream.

A landmark's pattern is matched from the start of the line that has its needle. It must be decided
by what it matches: text that comes later may not change that, so it has no `$` and looks at
nothing behind its end. And its repetitions are bounded: whoever controls a guest controls what
these patterns are tried on.
"""

import re
from dataclasses import dataclass
from typing import Final

from com1d.core.guest.states import ANY, State


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """A text that tells the state from there on. Each is itself alone, and quick to hash."""

    state: State | None
    """None of what the guest survives: it tells a `notice`, and changes no state."""
    needle: str
    """What to look for first: a plain search is far faster than a pattern."""
    pattern: re.Pattern[str]
    """A group `shown` is the evidence, where the rest is not; a group `code`, the STOP code; a
    group `stamp`, the kernel's time."""
    guest: str = ANY
    boots: bool = False
    """Whether the text is printed by a boot, early, and ends all that was before."""
    lines_before: int = 0
    """How many lines before the needle's the pattern begins."""
    inside: bool = False
    """Whether more than blanks can stand before the needle in its line."""
    weak: bool = False
    """Whether it counts only before anything else is known of this boot: such lines go on while
    somebody is asked to log in."""
    ends: bool = False
    """Whether it is the end of what an earlier text began: no second alarm."""
    notice: str = ""
    """The word for what the guest survives."""


def landmark(
    state: State | None,
    needle: str,
    pattern: str = "",
    guest: str = ANY,
    *,
    boots: bool = False,
    lines_before: int = 0,
    inside: bool = False,
    weak: bool = False,
    ends: bool = False,
    notice: str = "",
) -> Landmark:
    """Make one; without a pattern, the needle has to begin its line."""
    whole = re.compile(pattern or rf" {{0,79}}{re.escape(needle)}")
    return Landmark(
        state, needle, whole, guest, boots, lines_before, inside, weak, ends, notice
    )  # fmt: skip


STAMP: Final = r"\[ {0,4}\d{1,10}\.\d{3,7}\](?:\[ {0,5}[TC]\d{1,10}\])? "
"""What printk puts before a line: seconds, and the caller where CONFIG_PRINTK_CALLER is set."""

TIMED: Final = r"\[ {0,4}(?P<stamp>\d{1,10}\.\d{3,7})\](?:\[ {0,5}[TC]\d{1,10}\])? "

BEHIND_PROMPT: Final = (
    r"(?:[\w.@~:/()\[\] -]{0,100}[#$%>] ?|(?:[\w.-]{1,64} )?login: [^\n]{0,32}|[Pp]assword: ?)?"
)
"""The kernel does not begin a new line when somebody waits at a prompt. A syslog line, in which
the stamp follows `kernel:`, does not look like one, nor does a string in a source."""
