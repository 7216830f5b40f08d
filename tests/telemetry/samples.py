"""Samples for pages: consoles and a daemon with figures that tell them apart."""

from typing import Any

from com1d.loop.histogram import Histogram
from com1d.telemetry.counts import ENTRANCES, HOOKS, PASTES, REFUSALS, Counts, none_of
from com1d.telemetry.process import sample as process
from com1d.telemetry.samples import ConsoleSample, DaemonSample
from com1d.telemetry.tally import EVENTS


def console(number: int, **figures: Any) -> ConsoleSample:
    """Give the sample of the console `vmN`, which has received N bytes, with these figures."""
    others: dict[str, Any] = {
        name: 0 for name in ConsoleSample._fields if name not in ConsoleSample._field_defaults
    }
    known: dict[str, Any] = {
        "name": f"vm{number}", "received": number, "counts": Counts(), "pastes": none_of(PASTES),
        "state": "login", "margin": 91.0, "fullest": 0.25,
    }  # fmt: skip
    return ConsoleSample(**others | known | figures)


def daemon(**figures: Any) -> DaemonSample:
    """Give the sample of an idle daemon, with these figures."""
    holds, delivered = Histogram((0.002, 0.01)), Histogram((0.001, 0.005))
    holds.note(0.003, 2)
    others: dict[str, Any] = dict.fromkeys(DaemonSample._fields, 0)
    known: dict[str, Any] = {
        "version": "1.2", "holds": holds.sample(), "delivered": delivered.sample(),
        "sessions": none_of(ENTRANCES), "refusals": none_of(REFUSALS), "hooks": none_of(HOOKS),
        "facts": none_of(EVENTS), "suppressed": none_of(EVENTS), "process": process(),
    }  # fmt: skip
    return DaemonSample(**others | known | figures)
