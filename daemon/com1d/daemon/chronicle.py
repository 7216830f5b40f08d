"""The chronicle, where facts are counted, logged, told to subscribers, and audited."""

from typing import Any

from com1d.api.events import EventStreams
from com1d.audit.audit import Audit
from com1d.audit.refusals import Refusals
from com1d.mistakes import places_of
from com1d.telemetry import facts
from com1d.telemetry.journal import Journal
from com1d.telemetry.log import Log, is_journal
from com1d.telemetry.tally import Tally


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
        kind, at = type(error).__name__, places_of(error)
        self.record(facts.BugFound(context["message"], kind, at))

    def note_failure(self, route: str, error: Exception) -> None:
        """Record a mistake of the daemon's own in the answer of a request of that route."""
        self.record(facts.RequestFailed(route, type(error).__name__, places_of(error)))

    def close(self) -> None:
        """Tell the refusals that were counted so far."""
        self.refusals.close()

    def _publish(self, fact: facts.Fact) -> None:
        if self._events is not None:
            self._events.publish(fact)

    def _write(self, fact: facts.Fact) -> None:
        if not self.log.tell(fact):
            self.tally.suppressed[fact.event] += 1
