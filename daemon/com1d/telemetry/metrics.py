"""The Prometheus page, rendered in slices so that a thousand consoles never hold the loop.

Counters live as plain integers on the consoles; a scrape reads them. `prometheus_client` formats,
a family and at most `SLICE` consoles at a time, and the caller lets the loop go on in between.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from com1d.loop.stalls import HoldSample


CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

SLICE: Final = 100
"""Consoles rendered at once: about half a millisecond."""


class LogSample(NamedTuple):
    """Figures of a console's boot diagnostics log; all zero where none is kept."""

    logged: int = 0
    missed: int = 0
    gaps: int = 0
    failing: int = 0


class ConsoleSample(NamedTuple):
    """One console's figures at the moment of the scrape."""

    name: str
    up: int
    received: int
    sent: int
    lost: int
    discarded: int
    active: int
    observers: int
    sessions: int
    preemptions: int
    stall_margin: float = math.nan
    stall_fullest: float = math.nan
    log: LogSample = LogSample()
    troubles: int = 0


_SUMMED: Final = tuple(
    field for field, kind in ConsoleSample.__annotations__.items() if kind is int
)
"""The figures that are counts; of the others the worst counts for all."""


def together(samples: Sequence[ConsoleSample]) -> ConsoleSample:
    """Give all consoles as one without a name: what every local user may know of them."""
    counts = {field: sum(getattr(one, field) for one in samples) for field in _SUMMED}
    margins = [one.stall_margin for one in samples if not math.isnan(one.stall_margin)]
    fullest = [one.stall_fullest for one in samples if not math.isnan(one.stall_fullest)]
    return ConsoleSample(
        name="",
        **counts,
        stall_margin=min(margins, default=math.nan),
        stall_fullest=max(fullest, default=math.nan),
        log=LogSample(*map(sum, zip(*(one.log for one in samples), strict=True))),
    )


class DaemonSample(NamedTuple):
    """The daemon's own figures."""

    version: str
    clients: int
    hold: HoldSample
    audit_failing: bool = False
    parts_failing: int = 0
    unserved: int = 0


class _Family(NamedTuple):
    kind: type[CounterMetricFamily | GaugeMetricFamily]
    name: str
    help: str
    value: Callable[[ConsoleSample], float]


_FAMILIES: Final = (
    _Family(GaugeMetricFamily, "com1d_port_up", "Whether the port is open.", lambda c: c.up),
    _Family(
        CounterMetricFamily,
        "com1d_received_bytes",
        "Bytes that the guest printed.",
        lambda c: c.received,
    ),
    _Family(CounterMetricFamily, "com1d_sent_bytes", "Bytes that the port took.", lambda c: c.sent),
    _Family(
        CounterMetricFamily,
        "com1d_lost_bytes",
        "Bytes that clients missed because they did not read, summed over clients.",
        lambda c: c.lost,
    ),
    _Family(
        CounterMetricFamily,
        "com1d_discarded_bytes",
        "Bytes that were typed and not sent: preempted, cancelled, or the port was down.",
        lambda c: c.discarded,
    ),
    _Family(
        GaugeMetricFamily, "com1d_active_sessions", "Active sessions, 0 or 1.", lambda c: c.active
    ),
    _Family(GaugeMetricFamily, "com1d_observers", "Attached observers.", lambda c: c.observers),
    _Family(CounterMetricFamily, "com1d_sessions", "Sessions that began.", lambda c: c.sessions),
    _Family(
        CounterMetricFamily,
        "com1d_preemptions",
        "Active sessions that a newer one ended.",
        lambda c: c.preemptions,
    ),
    _Family(
        GaugeMetricFamily,
        "com1d_stall_margin_seconds",
        "How long the guest can print at line rate while nobody reads; NaN before the port was up.",
        lambda c: c.stall_margin,
    ),
    _Family(
        GaugeMetricFamily,
        "com1d_stall_fullest_ratio",
        "The largest share of what a guest may have unread that was found unread so far.",
        lambda c: c.stall_fullest,
    ),
    _Family(
        CounterMetricFamily,
        "com1d_logged_bytes",
        "Bytes written into the boot diagnostics log.",
        lambda c: c.log.logged,
    ),
    _Family(
        CounterMetricFamily,
        "com1d_log_missed_bytes",
        "Bytes that the guest printed and that are missing in the log: its gaps, summed.",
        lambda c: c.log.missed,
    ),
    _Family(
        GaugeMetricFamily,
        "com1d_console_parts_failing",
        "Parts of the console that do not work at the moment, such as its raw sockets.",
        lambda c: c.troubles,
    ),
    _Family(CounterMetricFamily, "com1d_log_gaps", "Gaps in the log.", lambda c: c.log.gaps),
    _Family(
        GaugeMetricFamily,
        "com1d_log_failing",
        "Whether the log cannot be written at the moment.",
        lambda c: c.log.failing,
    ),
)


def page(daemon: DaemonSample, consoles: Iterable[ConsoleSample]) -> Iterator[bytes]:
    """Render the page piece by piece; between two pieces the caller yields to the loop."""
    yield _render(_daemon_families(daemon))
    everything = list(consoles)
    for family in _FAMILIES:
        rest = iter(everything)
        head = True
        while head or everything:
            part = list(islice(rest, SLICE))
            if not part and not head:
                break
            metric = family.kind(family.name, family.help, labels=["console"])
            for console in part:
                metric.add_metric([console.name], family.value(console))
            text = _render([metric])
            # Prometheus allows the two comment lines of a family only once.
            yield text if head else text.split(b"\n", 2)[2]
            head = False


def _daemon_families(daemon: DaemonSample) -> list[Metric]:
    info = GaugeMetricFamily("com1d_build_info", "The running version.", labels=["version"])
    info.add_metric([daemon.version], 1)
    clients = GaugeMetricFamily("com1d_clients", "Connected clients of all kinds.", daemon.clients)
    failing = GaugeMetricFamily(
        "com1d_audit_failing",
        "Whether the audit cannot be written at the moment.",
        int(daemon.audit_failing),
    )
    parts = GaugeMetricFamily(
        "com1d_parts_failing",
        "Parts of the daemon that do not work at the moment: sockets, directories, inotify.",
        daemon.parts_failing,
    )
    unserved = GaugeMetricFamily(
        "com1d_vms_unserved",
        "VMs that were found or are configured and have no console; `com1 list` has the reasons.",
        daemon.unserved,
    )
    hold = HistogramMetricFamily(
        "com1d_loop_hold_seconds",
        "How long callbacks of 1 ms and more held the event loop.",
        buckets=list(daemon.hold.buckets),
        sum_value=daemon.hold.seconds,
    )
    longest = GaugeMetricFamily(
        "com1d_loop_hold_longest_seconds",
        "The longest that a callback has held the event loop since the start.",
        daemon.hold.longest,
    )
    return [info, clients, failing, parts, unserved, hold, longest]


class _Ready(Collector):
    """A collector that gives finished families to `generate_latest`."""

    def __init__(self, families: list[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _render(families: list[Metric]) -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Ready(families))
    return generate_latest(registry)
