"""A tally of facts: how many there were of each kind, for the metrics. Plain data."""

from typing import Final

from com1d.core.carried import carried
from com1d.telemetry import facts
from com1d.telemetry.counts import HOOKS, REFUSALS, none_of


EVENTS: Final = tuple(
    sorted(
        fact.event
        for fact in vars(facts).values()
        if isinstance(fact, type) and issubclass(fact, facts.Fact) and "event" in vars(fact)
    )
)
"""The events of all facts."""


@carried()
class Tally:
    """Counts facts."""

    __slots__ = ("audit_missed", "facts", "hooks", "refusals", "reload_failed", "suppressed")

    def __init__(self) -> None:
        """Begin with none."""
        self.facts = none_of(EVENTS)
        self.suppressed = none_of(EVENTS)
        """Those without a line of their own in the log."""
        self.refusals = none_of(REFUSALS)
        """Refused attaches and verbs, by code."""
        self.hooks = none_of(HOOKS)
        """Programs of hooks that ended, by outcome."""
        self.audit_missed = 0
        self.reload_failed = False
        """Whether the last change of the configuration was refused."""

    def note(self, fact: facts.Fact) -> None:
        """Count one fact."""
        self.facts[fact.event] += 1
        match fact:
            case facts.AttachRefused() | facts.VerbUsed():
                if fact.outcome in self.refusals:
                    self.refusals[fact.outcome] += 1
            case facts.HookEnded():
                outcome = fact.outcome if fact.outcome in self.hooks else "not-started"
                self.hooks[outcome] += 1
            case facts.AuditGap():
                self.audit_missed += fact.missed
            case facts.ConfigReloaded():
                self.reload_failed = False
            case facts.ConfigRefused():
                self.reload_failed = True
