"""A conversation with the guest: text is sent, and an answer expected within some seconds.

A `Talk` is a table of steps; a `Dialogue` is a position in it, in plain fields. It is told events
and gives commands; it does no I/O and has no clock. The groups of a step's pattern say what an
answer means:

- `error`: the guest said no, in these words; the conversation ends
- `more`: a page of output ends here; Enter asks for the next, and the same step goes on
- `name`: what `{name}` in the steps that follow stands for, and part of the result
"""

import re
from typing import Final, TypeAlias

from com1d.core.guest.text import MARKS, PlainText
from com1d.core.paste.delivery import Send
from com1d.values import dataclass


HEARD_MAX: Final = 8192
"""Characters of an answer that are kept: two repaints of a screen, with room to spare."""

PAGES_MAX: Final = 32
"""Pages of earlier output that are turned to get at an answer."""

_MARKS: Final = str.maketrans("", "", MARKS)


@dataclass(frozen=True, slots=True)
class Step:
    """Send something, then wait until what the guest printed since has a match.

    The pattern sees lines, without escape sequences, and blanks at the very end cut off.
    """

    send: bytes = b""
    answer: re.Pattern[str] | None = None
    """None where nothing is waited for."""
    seconds: float = 0.0
    problem: str = ""
    """The problem if no answer comes, for people; `{name}` is replaced."""
    settle: float = 0.0
    """Seconds of silence that have to follow, as after a repaint of the screen."""


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that could be held."""

    partner: str
    """Who answers, for people."""
    steps: tuple[Step, ...]
    name: str = ""
    """The value of `{name}` until an answer gives another."""


@dataclass(frozen=True, slots=True)
class Done:
    """The conversation has come to its end."""

    name: str = ""
    answer: str = ""
    """The text that the last step's pattern matched."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The conversation has failed."""

    reason: str
    refused: bool = False
    """Whether the guest said no; else it did not answer."""


Command: TypeAlias = Send | Done | Failed


class Dialogue:
    """One conversation. Call `begin`, then `guest_spoke` and `expire` until `over`."""

    __slots__ = (
        "_answer", "_at", "_due", "_heard", "_match", "_name", "_pages", "_plain", "_settled",
        "_talk", "over",
    )  # fmt: skip

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._at = 0
        """The step that waits for its answer."""
        self._name = talk.name
        self._answer = ""
        self._pages = 0
        self._plain = PlainText()
        self._heard = ""
        self._match: re.Match[str] | None = None
        self._due = self._settled = 0.0
        self.over = False
        """Whether nothing more will be sent."""

    def begin(self, now: float) -> list[Command]:
        """Start it."""
        return self._go_on(now)

    def deadline(self) -> float | None:
        """Tell when `expire` has something to do, or `None`."""
        if self.over:
            return None
        return self._due if self._match is None else self._settled

    def guest_spoke(self, data: bytes, now: float) -> list[Command]:
        """Take what the guest printed."""
        if self.over:
            return []
        step = self._talk.steps[self._at]
        self._heard = (self._heard + self._plain.read(data).translate(_MARKS))[-HEARD_MAX:]
        self._match = step.answer.search(self._heard.rstrip()) if step.answer else None
        self._settled = min(now + step.settle, self._due)
        return [] if step.settle else self.expire(now)

    def expire(self, now: float) -> list[Command]:
        """Go on after a silence, or without an answer. Nothing happens before `deadline()`."""
        due = self.deadline()
        if due is None or now < due:
            return []
        match, self._match = self._match, None
        if match is None:
            return self._fail(self._talk.steps[self._at].problem.replace("{name}", self._name))
        groups = match.groupdict()
        if error := groups.get("error"):
            words = error.strip().rstrip(".")
            return self._fail(f"{self._talk.partner} refused: {words}", refused=True)
        if groups.get("more"):
            return self._turn_page(now)
        self._name = groups.get("name") or self._name
        self._answer = match[0]
        self._at += 1
        return self._go_on(now)

    def cancel(self) -> None:
        """End it where it is."""
        self.over = True

    def _go_on(self, now: float) -> list[Command]:
        """Send the texts of all steps up to the next one with an answer."""
        commands: list[Command] = []
        while self._at < len(self._talk.steps):
            step = self._talk.steps[self._at]
            if step.send:
                name = self._name.encode("ascii", "replace")
                commands.append(Send(step.send.replace(b"{name}", name)))
                self._heard = ""
            if step.answer is not None:
                self._due = now + step.seconds
                return commands
            self._at += 1
        self.over = True
        return [*commands, Done(self._name, self._answer)]

    def _turn_page(self, now: float) -> list[Command]:
        self._pages += 1
        if self._pages >= PAGES_MAX:
            return self._fail(f"{self._talk.partner} prints page after page and does not answer")
        self._heard = ""
        self._due = now + self._talk.steps[self._at].seconds
        return [Send(b"\r")]

    def _fail(self, reason: str, *, refused: bool = False) -> list[Command]:
        self.over = True
        return [Failed(reason, refused)]
