"""Conversations with the Special Administration Console, and its dangerous commands.

The conversations begin wherever the user is and go to `SAC>` first. None of them types a name or
a password: com1d knows none.
"""

import re
from typing import Final

from com1d.core.guest.detector import QUIET
from com1d.core.guest.dialogue import Step, Talk
from com1d.errors import BadRequest
from com1d.values import dataclass


HOME: Final = b"\x1b\t0"
"""ESC TAB goes to the next channel, and 0 from there to SAC's own."""

NEXT: Final = b"\x1b\t"

LINE_MAX: Final = 80
"""Characters that SAC holds of a line: so many backspaces empty it."""

PROMPT_SECONDS: Final = 2.0
"""A repaint of the screen takes 0.2 s on the line."""

ANSWER_SECONDS: Final = 5.0
"""SAC's commands answer at once; a machine in trouble, later."""

LAUNCH_SECONDS: Final = 20.0
"""Until Windows has launched a Command Prompt: it starts processes for that."""

LONGEST_NAME: Final = 64
"""Characters of a channel's name (MS headless interface)."""

_NAME: Final = re.compile(r"[!-~](?:[ -~]*[!-~])?")
_ROW: Final = re.compile(r"^ *(\d) \(([AI])([VR])\) +(\S.*?) *$", re.MULTILINE)

_AT_PROMPT: Final = re.compile(
    r"^(?:SAC>[^\n]*|SAC>[^\n]{76}\n[^\n]{0,4}|(?P<more>-+Press <Enter> for more-+))\Z",
    re.MULTILINE,
)
"""The second: a line that is full goes on in the row below."""
_LISTED: Final = re.compile(r"^# Status  Channel Name.*+(?<=\nSAC>)", re.MULTILINE | re.DOTALL)
"""Possessive, as the guest decides how often the head is there: no way back, no quadratic time."""
_PREVIEW: Final = re.compile(r"^Use any other key to view this channel\.\Z", re.MULTILINE)
_LISTED_NAME: Final = rf"(?P<name>\S[^\n]{{0,{LONGEST_NAME - 1}}}?)"
_PREVIEWED: Final = re.compile(
    rf"^Name: +{_LISTED_NAME} *\n(?:[^\n]*\n){{1,12}}?{_PREVIEW.pattern}", re.MULTILINE
)
_ERROR: Final = (
    r"^(?:Error: )?(?P<error>(?<=Error: )[^\n]+"
    r"|(?:The maximum number of channels|Unrecognized command|A parameter was)[^\n]+)\n"
)
_CREATED: Final = re.compile(rf"^Channel: {_LISTED_NAME} *\n|{_ERROR}", re.MULTILINE)
_SWITCHED: Final = re.compile(rf"{_PREVIEW.pattern}|{_ERROR}", re.MULTILINE)
_CLOSED: Final = re.compile(rf"^EVENT:   A channel has been closed\.|{_ERROR}", re.MULTILINE)
_USERNAME: Final = re.compile(r"^Username:[^\n]*\Z", re.MULTILINE)
_LOCKED: Final = re.compile(
    rf"^Locked access to all Command Prompt channels\.|{_ERROR}", re.MULTILINE
)

_DANGEROUS: Final = {
    "restart": "restarts the machine at once",
    "shutdown": "shuts the machine down at once",
    "crashdump": "crashes the machine at once, with a blue screen",
}


@dataclass(frozen=True, slots=True)
class Channel:
    """A row of `ch`."""

    number: int
    name: str
    active: bool
    raw: bool
    """Without a terminal: its bytes are passed on as they are."""


def channels(text: str) -> list[Channel]:
    """Read what `ch` printed: all rows of channels in `text`."""
    return [
        Channel(int(number), name, status == "A", kind == "R")
        for number, status, kind, name in _ROW.findall(text)
    ]


def dangerous(line: str) -> str | None:
    """Give the harm that Enter would do with this line at `SAC>`; None for a harmless one."""
    words = line.lower().split()
    if not words:
        return None
    if (harm := _DANGEROUS.get(words[0])) is not None:
        return f"{words[0]} {harm}; SAC does not ask again"
    if words[0] == "k" and len(words) > 1:
        return f"k ends the process {words[1][:10]} at once; SAC does not ask again"
    return None


_HOME: Final = (
    Step(HOME, _AT_PROMPT, PROMPT_SECONDS, "SAC did not show its prompt", settle=QUIET),
    Step(b"\x08" * LINE_MAX),
)
"""To an empty line at `SAC>`, whatever is on the screen."""

_SHOW: Final = Step(
    b"ch -sn {name}\r", _SWITCHED, ANSWER_SECONDS, "SAC did not show the channel {name}"
)
"""A channel's preview, which any key leaves for the channel itself."""


def list_channels() -> Talk:
    """List the channels; `channels` reads the answer."""
    listed = Step(b"ch\r", _LISTED, ANSWER_SECONDS, "SAC did not list its channels")
    return Talk("SAC", (*_HOME, listed))


def open_cmd() -> Talk:
    """Open a Command Prompt and show it, up to the question for a user and no further.

    The result's name is the channel's.
    """
    created = Step(b"cmd\r", _CREATED, LAUNCH_SECONDS, "Windows did not launch a Command Prompt")
    asked = Step(b"\r", _USERNAME, ANSWER_SECONDS, "the channel {name} did not ask for a user")
    return Talk("SAC", (*_HOME, created, _SHOW, asked))


def switch(name: str) -> Talk:
    """Show a channel. Raises `BadRequest` for what cannot be a channel's name."""
    _check(name)
    way = () if name.lower() == "sac" else (_SHOW, Step(b"\r"))
    return Talk("SAC", (*_HOME, *way), name)


def next_channel() -> Talk:
    """Go to the preview of the next channel. The result's name is that channel's."""
    shown = Step(NEXT, _PREVIEWED, PROMPT_SECONDS, "SAC did not show a next channel")
    return Talk("SAC", (shown,))


def close(name: str) -> Talk:
    """Close a channel. Raises `BadRequest` for what cannot be a channel's name."""
    _check(name)
    closed = Step(
        b"ch -cn {name}\r", _CLOSED, ANSWER_SECONDS, "SAC did not close the channel {name}"
    )
    return Talk("SAC", (*_HOME, closed), name)


def lock() -> Talk:
    """Lock all Command Prompt channels, so that the next user has to log in."""
    locked = Step(b"lock\r", _LOCKED, ANSWER_SECONDS, "SAC did not confirm the lock")
    return Talk("SAC", (*_HOME, locked))


def _check(name: str) -> None:
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise BadRequest(f"{name[:LONGEST_NAME]!a} is no name of a channel; `ch` lists them")
