"""A conversation with the guest: something is sent, and an answer expected within some seconds.

A conversation is a generator. It yields `Send` and `Expect`; an `Expect` gives it the match, or
raises `NoAnswer` in it when the time is up. What it returns is the result. So it reads like what
a person would do, and still does no I/O and owns no clock: `Dialogue` carries it out, one event
in, commands out.
"""

import re
from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

from com1d.core.guest.text import MARKS, PlainText
from com1d.core.paste.delivery import Send


HEARD_MAX: Final = 8192
"""Characters of an answer that are kept: two repaints of a screen, with room to spare."""

_MARKS: Final = str.maketrans("", "", MARKS)


class NoAnswer(Exception):
    """What was expected did not come in time."""


class Refused(Exception):
    """The guest answered, and said no."""


@dataclass(frozen=True, slots=True)
class Expect:
    """Wait until what the guest printed since the last `Send` has a match.

    The pattern sees lines, without escape sequences, and blanks at the very end cut off.
    """

    pattern: re.Pattern[str]
    seconds: float
    what: str
    """What has gone wrong if it does not come, in a person's words."""
    settle: float = 0.0
    """Seconds of silence that have to follow, as after a repaint of the screen."""


@dataclass(frozen=True, slots=True)
class Done:
    """The conversation has come to its end."""

    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """It has not."""

    reason: str
    refused: bool = False
    """Whether the guest said no; else it did not answer."""


Talk: TypeAlias = Generator[Send | Expect, re.Match[str] | None, Any]
Command: TypeAlias = Send | Done | Failed


class Dialogue:
    """Carries out one conversation. Call `begin`, then `guest_spoke` and `expire` until `over`."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self._plain = PlainText()
        self._heard = ""
        self._expect: Expect | None = None
        self._match: re.Match[str] | None = None
        self._due = self._settled = 0.0
        self.over = False
        """Whether nothing more will be sent."""

    def begin(self, now: float) -> list[Command]:
        """Start it."""
        return self._advance(partial(next, self._talk), now)

    def deadline(self) -> float | None:
        """Tell when `expire` has something to do, or `None`."""
        if self._expect is None:
            return None
        return self._due if self._match is None else self._settled

    def guest_spoke(self, data: bytes, now: float) -> list[Command]:
        """Take what the guest printed."""
        if self._expect is None:
            return []
        self._heard = (self._heard + self._plain.read(data).translate(_MARKS))[-HEARD_MAX:]
        self._match = self._expect.pattern.search(self._heard.rstrip())
        self._settled = min(now + self._expect.settle, self._due)
        return [] if self._expect.settle else self.expire(now)

    def expire(self, now: float) -> list[Command]:
        """Go on after a silence, or without an answer. Nothing happens before `deadline()`."""
        due = self.deadline()
        if self._expect is None or due is None or now < due:
            return []
        if self._match is not None:
            return self._advance(partial(self._talk.send, self._match), now)
        return self._advance(partial(self._talk.throw, NoAnswer(self._expect.what)), now)

    def cancel(self) -> None:
        """End it where it is."""
        self.over, self._expect = True, None
        self._talk.close()

    def _advance(self, step: Callable[[], Send | Expect], now: float) -> list[Command]:
        """Run the conversation up to the next answer that it needs."""
        commands: list[Command] = []
        self._expect = self._match = None
        try:
            action = step()
            while isinstance(action, Send):
                commands.append(action)
                self._heard = ""
                action = next(self._talk)
            self._expect, self._due = action, now + action.seconds
        except StopIteration as end:
            self.over = True
            commands.append(Done(end.value))
        except (NoAnswer, Refused) as problem:
            self.over = True
            commands.append(Failed(str(problem), refused=isinstance(problem, Refused)))
        return commands
