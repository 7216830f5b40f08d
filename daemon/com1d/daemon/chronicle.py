"""The chronicle, where facts are counted, logged, told to subscribers, and audited."""

import traceback
from pathlib import Path
from typing import Any, Final

from com1d.api.events import EventStreams
from com1d.audit.audit import Audit
from com1d.audit.refusals import Refusals
from com1d.telemetry import facts
from com1d.telemetry.journal import Journal
from com1d.telemetry.log import Log, is_journal
from com1d.telemetry.tally import Tally


FRAMES: Final = 8
"""Innermost calls that a bug is told with."""


class Chronicle:
    """Takes facts from everywhere, once `begin` was called."""

    def __init__(self) -> None:
        """Begin with none. To be made in the loop."""
        self.log = Log(journal=Journal() if is_journal() else None)
        self.tally = Tally()
        self.refusals = Refusals(self.record)
        self._events: EventStreams | None = None
        self._audit: Audit | None = None

    def begin(self, events: EventStreams, audit: Audit) -> None:
        """Tell facts to these from now on."""
        self._events, self._audit = events, audit

    def record(self, fact: facts.Fact) -> None:
        """Record a fact. Repeated refusals become a count."""
        self.tally.note(fact)
        if not self.refusals.passes(fact):
            return
        self._write(fact)
        self._publish(fact)
        if fact.audited and self._audit is not None:
            self._audit.note(fact)

    async def commit(self, fact: facts.Fact) -> None:
        """Record a fact, and wait until the audit has it. Raises `AuditUnavailable`."""
        self.tell(fact)
        self._publish(fact)
        if self._audit is not None:
            await self._audit.commit(fact)

    def tell(self, fact: facts.Fact) -> None:
        """Count a fact and write it into the log, and nowhere else."""
        self.tally.note(fact)
        self._write(fact)

    def note_bug(self, _loop: object, context: dict[str, Any]) -> None:
        """Record what the loop has caught: one fact of one line, for `set_exception_handler`."""
        error = context.get("exception")
        frames = traceback.extract_tb(error.__traceback__)[-FRAMES:] if error is not None else ()
        at = tuple(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames)
        self.record(facts.BugFound(context["message"], type(error).__name__, at))

    def close(self) -> None:
        """Tell the refusals that were counted so far."""
        self.refusals.close()

    def _publish(self, fact: facts.Fact) -> None:
        if self._events is not None:
            self._events.publish(fact)

    def _write(self, fact: facts.Fact) -> None:
        if not self.log.tell(fact):
            self.tally.suppressed[fact.event] += 1
