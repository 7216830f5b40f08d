"""The page that Prometheus reads, rendered in slices so that no number of consoles holds the loop.

Both of its text formats, by what the scraper asks for. The lines are written here, because
`prometheus_client` takes ten times as long, and a host can have 200,000 of them. The tests read
each page with its parser, and with promtool.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

from com1d.loop.histogram import HistogramSample
from com1d.telemetry.departed import Departed
from com1d.telemetry.samples import ConsoleSample, DaemonSample
from com1d.telemetry.table import CONSOLE, DAEMON, Kind, Metric


SLICE: Final = 500
"""Consoles whose lines of one metric are written at once: a third of a millisecond."""

UNITS: Final = ("seconds", "bytes", "ratio")


class Format(NamedTuple):
    """One of Prometheus' text formats."""

    content_type: str
    is_open: bool
    """Whether it is OpenMetrics."""


_PLAIN: Final = Format("text/plain; version=0.0.4; charset=utf-8", is_open=False)
_OPEN: Final = Format("application/openmetrics-text; version=1.0.0; charset=utf-8", is_open=True)


def negotiate(accept: str) -> Format:
    """Choose the format for a request's Accept header: OpenMetrics for all that know its 1.0.0."""
    for accepted in accept.split(","):
        kind, *parameters = (part.strip() for part in accepted.split(";"))
        versions = [part for part in parameters if part.startswith("version=")]
        if kind == "application/openmetrics-text" and versions in ([], ["version=1.0.0"]):
            return _OPEN
    return _PLAIN


class Rows(NamedTuple):
    """The consoles of a page."""

    named: Sequence[ConsoleSample]
    """Those that have series of their own."""
    summed: Sequence[ConsoleSample] | None = None
    """Those whose sum is one more row, without a name; None: there is no such row."""
    departed: Departed | None = None
    """What the consoles that have gone add to the sum, so that it never falls."""


def page(daemon: DaemonSample, rows: Rows, form: Format) -> Iterator[bytes]:
    """Render the page piece by piece; between two pieces the caller lets the loop go on."""
    for metric in DAEMON:
        yield _head(metric, form) + "".join(_lines(metric, "", metric.value(daemon))).encode()
    labels = [f'console="{_escaped(one.name)}"' for one in rows.named]
    for metric in CONSOLE:
        yield _head(metric, form)
        if rows.summed is not None:
            yield "".join(_lines(metric, 'console=""', _sum(metric, rows))).encode()
        both = zip(labels, rows.named, strict=True)
        while part := list(islice(both, SLICE)):
            yield _rows(metric, part)
    if form.is_open:
        yield b"# EOF\n"


def _head(metric: Metric, form: Format) -> bytes:
    name = metric.name.removesuffix("_total") if form.is_open else metric.name
    unit = name.rpartition("_")[2]
    head = f"# HELP {name} {metric.help}\n# TYPE {name} {metric.kind}\n"
    if form.is_open and unit in UNITS:
        head += f"# UNIT {name} {unit}\n"
    return head.encode()


def _sum(metric: Metric, rows: Rows) -> Any:
    values = [value for one in rows.summed or () if (value := metric.value(one)) is not None]
    if metric.kind is Kind.COUNTER and rows.departed is not None:
        values += rows.departed.of(metric.name)
    return metric.together(values) if values else None


def _rows(metric: Metric, part: Iterable[tuple[str, ConsoleSample]]) -> bytes:
    name, value_of = metric.name, metric.value
    if metric.label:
        lines = (line for label, one in part for line in _lines(metric, label, value_of(one)))
    else:
        values = ((label, value_of(one)) for label, one in part)
        lines = (f"{name}{{{label}}} {value}\n" for label, value in values if value is not None)
    return "".join(lines).encode()


def _lines(metric: Metric, label: str, value: Any) -> Iterator[str]:
    """Give the lines of one value; `label` is that of its console, or empty."""
    name, first = metric.name, f"{label}," if label else ""
    if isinstance(value, HistogramSample):
        yield from _buckets(name, value)
    elif isinstance(value, Mapping):
        for key, count in value.items():
            yield f'{name}{{{first}{metric.label}="{_escaped(key)}"}} {count}\n'
    elif value is not None:
        yield f"{name}{{{label}}} {value}\n" if label else f"{name} {value}\n"


def _buckets(name: str, sample: HistogramSample) -> Iterator[str]:
    for bound, count in sample.buckets:
        yield f'{name}_bucket{{le="{"+Inf" if math.isinf(bound) else bound}"}} {count}\n'
    yield f"{name}_count {sample.observed}\n{name}_sum {sample.total}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def choose(samples: Sequence[ConsoleSample], most: int) -> Sequence[ConsoleSample]:
    """Give the `most` consoles that matter most, in their order.

    Those with trouble come first, then those in use, then those that have printed the most.
    """
    if most >= len(samples):
        return samples
    first = {id(one) for one in sorted(samples, key=_weight, reverse=True)[:most]}
    return [one for one in samples if id(one) in first]


def _weight(one: ConsoleSample) -> tuple[int, int, int]:
    trouble = one.unserved + one.troubles + one.log.failing + sum(one.counts.panics.values())
    return trouble, one.active + one.observers + one.waiting, one.received
