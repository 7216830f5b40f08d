"""Facts as events: JSON for the journal, colours for a terminal.

A fact is one event, named `noun.verb_past`. What a guest or a user has said is not in it
(`Fact.private`), and nothing in it breaks a line or moves a cursor. An event that comes too often
loses lines, never their number: the next line of it tells how many there were, or `log.suppressed`.
"""

import json
import logging
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from com1d.core.allowance import Allowance
from com1d.telemetry.facts import Fact
from com1d.telemetry.facts.daemon import LogSuppressed
from com1d.telemetry.journal import PRIORITIES, Journal


LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

BURST: Final = 1000
"""Lines of one event at once: a host of a thousand consoles that starts."""

SECONDS_A_LINE: Final = 0.1
"""For each line of one event in the long run. The journal takes 300 lines a second of a service
before it drops some itself, without saying which."""

KEPT_LINES: Final = 500
"""Newest lines that are kept for `com1d report`."""


class Log:
    """The daemon's log."""

    def __init__(
        self,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        journal: Journal | None = None,
    ) -> None:
        """Write to `journal`, where that takes it, else to `stream`, by default stderr.

        Where that leads to the journal, too, a line begins with its level.
        """
        self.level = "info"
        """The least level that is written."""
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        """The newest lines, as JSON."""
        self._stream = stream
        self._clock = clock
        self._journal = journal
        self._allowances: dict[str, Allowance] = {}

    def tell(self, fact: Fact) -> bool:
        """Write one fact; false where it is suppressed, because there are too many like it."""
        if LEVELS[fact.level] < LEVELS[self.level]:
            return True
        allowance = self._allowances.get(fact.event)
        if allowance is None:
            allowance = self._allowances[fact.event] = Allowance(BURST, SECONDS_A_LINE)
        if not allowance.take(self._clock()):
            return False
        more = {"suppressed": count} if (count := allowance.passed_over()) else {}
        self._write(fact, more)
        return True

    def tell_suppressed(self) -> None:
        """Write how many lines were suppressed since their event was last written."""
        for event, allowance in self._allowances.items():
            if count := allowance.passed_over():
                self._write(LogSuppressed(event, count), {})

    def _write(self, fact: Fact, more: dict[str, Any]) -> None:
        stream = self._stream or sys.stderr
        said = {"event": fact.event, **fact.public(), **more}
        event = _stamped(fact.level, dict(said))
        line = as_json(event)
        self.lines.append(line)
        if self._journal is not None and self._journal.tell(fact.level, line, said):
            return
        if stream.isatty():
            line = _coloured(fact.level, printable(event))
        prefix = f"<{PRIORITIES[fact.level]}>" if self._journal is not None else ""
        stream.write(f"{prefix}{line}\n")
        stream.flush()


def is_journal(fd: int = 2) -> bool:
    """Whether a descriptor leads to the journal: it tells by device and inode which one does."""
    status = os.fstat(fd)
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"


def _stamped(level: str, event: dict[str, Any]) -> dict[str, Any]:
    stamp = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return event | {"level": level, "timestamp": stamp}


def _coloured(level: str, event: dict[str, Any]) -> str:
    import structlog.dev  # noqa: PLC0415 -- a third of a start, and nothing to a journal

    return structlog.dev.ConsoleRenderer()(None, level, event)


def as_json(event: Mapping[str, Any]) -> str:
    """Give an event as one line of JSON, which escapes by itself all but DEL."""
    return json.dumps(event, default=repr).replace("\x7f", "\\u007f")


def printable(event: Mapping[str, Any]) -> dict[str, Any]:
    """Escape what does not print: names that somebody asked for, texts of hypervisors.

    A terminal would act on it.
    """
    return {key: _escaped(value) for key, value in event.items()}


def _escaped(value: object) -> object:
    if isinstance(value, str):
        return "".join(char if char.isprintable() else repr(char)[1:-1] for char in value)
    if isinstance(value, list | tuple):
        return type(value)(_escaped(item) for item in value)
    if isinstance(value, dict):
        return {_escaped(key): _escaped(item) for key, item in value.items()}
    return value
