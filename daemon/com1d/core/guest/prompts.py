"""How a console ends while it waits for somebody to type.

A prompt counts only as the last thing on the console, while the guest is silent. Only the last
line is tried, and a line or two before it.
"""

import re
from dataclasses import dataclass
from typing import Final

from com1d.core.guest.states import ANY, LINUX, WINDOWS, State
from com1d.core.guest.text import LINE_END


@dataclass(frozen=True, slots=True)
class Prompt:
    """How the console ends while it waits for somebody to type."""

    state: State
    pattern: re.Pattern[str]
    """Matched from the start of the line, which is the last one with text in it. A group `shown`
    is what the guest printed of it; the rest is what somebody typed, and nobody else's business."""
    guest: str = ANY
    lines_before: int = 0
    """How many lines before the last the pattern begins."""
    ended: bool = False
    """Whether the last line may have been ended by a line feed."""


def _prompt(
    state: State, pattern: str, guest: str = ANY, *, lines_before: int = 0, ended: bool = False
) -> Prompt:
    return Prompt(state, re.compile(pattern), guest, lines_before, ended)


_TYPED: Final = r"[^\n]{0,100}\Z"
"""What somebody has typed at a prompt: SAC takes 80 characters."""

_TYPED_LONG: Final = r"[^\n]{0,300}\Z"

PROMPTS: Final = (
    _prompt(State.BUGCHECK, rf"(?P<shown>!SAC>){_TYPED}", WINDOWS),
    _prompt(State.SAC, rf"(?P<shown>SAC>){_TYPED}", WINDOWS),
    _prompt(State.SAC, r"-+Press <Enter> for more-+\Z", WINDOWS, ended=True),
    _prompt(
        State.SAC_CHANNEL,
        rf"Press <esc><tab>0 to return to the SAC channel\.{LINE_END}"
        r"Use any other key to view this channel\.\Z",
        WINDOWS,
        lines_before=1,
        ended=True,
    ),
    _prompt(
        State.CMD_LOGIN,
        rf"Please enter login credentials\.{LINE_END}(?P<shown>Username:){_TYPED_LONG}",
        WINDOWS,
        lines_before=1,
    ),
    _prompt(State.CMD_LOGIN, rf"(?P<shown>Domain  :){_TYPED_LONG}", WINDOWS),
    *(
        # What is typed after a repaint stands on a line of its own.
        _prompt(
            State.CMD_LOGIN,
            rf"Domain  :(?:[^\n]{{0,300}}\n){{{lines}}}(?P<shown>Password:){_TYPED_LONG}",
            WINDOWS,
            lines_before=lines,
        )
        for lines in (1, 2)
    ),
    _prompt(State.POWERSHELL, rf"(?P<shown>PS [A-Za-z]:\\[^>\n]{{0,260}}>){_TYPED_LONG}", WINDOWS),
    _prompt(State.CMD, rf"(?P<shown>[A-Za-z]:\\[^>\n]{{0,260}}>){_TYPED_LONG}", WINDOWS),
    _prompt(State.EMERGENCY, r"(?:\(initramfs\)|(?:dracut|switch_root|rescue):[^\n#]{0,80}#)\Z",
            LINUX),
    _prompt(State.LOGIN, r"(?P<shown>[\w.-]{1,64} login:)(?: \S{0,32})?\Z", LINUX),
    _prompt(
        State.LOGIN,
        r"[\w.-]{1,64} login: \S{1,32} *\n(?P<shown>Password:)\Z",
        LINUX,
        lines_before=1,
    ),
    _prompt(State.FIRMWARE, r"(?:Shell|FS\d{1,2}:[^\n>]{0,80})>[^\n]{0,100}\Z"),
    # user@host:~$, [user@host ~]#, host#, host:/tmp#, sh-5.2#, / #, and the prompt alone
    _prompt(
        State.SHELL,
        r"(?!\d+%)(?:\([\w.-]{1,40}\) )?"
        r"(?:\[?[\w.-]{1,32}@[\w.-]{1,64}[: ][^\n]{0,200}[\])]?|[\w.-]{1,64}(?::[~/][^\n ]{0,200})?"
        r"|[~/][^\n ]{0,200} )?"
        r"[#$%]\Z",
        LINUX,
    ),
)  # fmt: skip
"""Tried in this order. Trailing blanks are not there any more when they are."""

LINES_BEFORE: Final = max(prompt.lines_before for prompt in PROMPTS)
