"""A landmark: a text that shows the guest's state wherever it is in the stream.

A landmark's pattern is matched from the start of the line that has its needle. It must be decided
by what it matches: text that comes later may not change that, so it has no `$` and looks at nothing
behind its end. Its repetitions are bounded, because the guest controls the text that patterns are
tried on.
"""

import re
from functools import cache
from typing import Final

from com1d.core.guest.states import ANY, DEAD, State
from com1d.values import dataclass


_TOLD_EACH_TIME: Final = DEAD | {None, State.BOOT_MENU}


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """A text that shows the state from there on.

    Compared by identity, which is also quick to hash.
    """

    state: State | None
    """None for a text about something that the guest survives, which gives a `notice` and no
    state."""
    needle: str
    """A fixed text that is searched first, because that is far faster than a pattern."""
    source: str
    """The pattern's source. A group `shown` is the evidence, where the rest is not; a group `code`, the STOP code; a
    group `stamp`, the kernel's time."""
    guest: str = ANY
    boots: bool = False
    """Whether a boot prints it early, so that it ends all evidence before it."""
    lines_before: int = 0
    """How many lines before the needle's the pattern begins."""
    inside: bool = False
    """Whether more than blanks can stand before the needle in its line."""
    weak: bool = False
    """Whether it counts only before other evidence of this boot: such lines go on while a login
    prompt waits."""
    ends: bool = False
    """Whether it is the end of an alarm that an earlier text began, and so no second one."""
    notice: str = ""
    """The word of the notice."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """The pattern, compiled when its needle is first seen.

        Few ever are, and all two hundred would be a tenth of the daemon's start.
        """
        return _compiled(self.source)

    @property
    def is_replaced(self) -> bool:
        """Whether the same text again says all that the earlier one did.

        Alarms and notices are told each time, and a menu keeps the title that it begins with.
        """
        return self.state not in _TOLD_EACH_TIME


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
    whole = pattern or rf" {{0,79}}{re.escape(needle)}"
    return Landmark(
        state, needle, whole, guest, boots, lines_before, inside, weak, ends, notice
    )  # fmt: skip


@cache
def _compiled(source: str) -> re.Pattern[str]:
    """Compile a pattern of the tables, once."""
    return re.compile(source)


STAMP: Final = r"(?:<\d{1,3}>)?\[ {0,4}\d{1,10}\.\d{3,7}\](?:\[ {0,5}[TC]\d{1,10}\])? "
"""The stamp that printk puts before a line: seconds, and the caller with CONFIG_PRINTK_CALLER."""

TIMED: Final = r"(?:<\d{1,3}>)?\[ {0,4}(?P<stamp>\d{1,10}\.\d{3,7})\](?:\[ {0,5}[TC]\d{1,10}\])? "

BEHIND_PROMPT: Final = (
    r"(?:[\w.@~:/()\[\] -]{0,100}[#$%>] ?|(?:[\w.-]{1,64} )?login: [^\n]{0,32}|[Pp]assword: ?)?"
)
"""The kernel does not begin a new line when somebody waits at a prompt. A syslog line, in which
the stamp follows `kernel:`, does not look like one, nor does a string in a source."""

TORN: Final = r"(?P<torn>[^\n]{0,400}?\w)"
"""A line that a reset has torn: the kernel's first words follow a letter. In a file that is shown with
names or numbers before its lines, they follow a blank, a colon or a minus."""

BEHIND_PAGER: Final = r"(?P<pager>:|\(END\)|--More--[^\n]{0,30})"
"""A pager waits for a key: it erases this before it shows more, and the kernel does not."""
