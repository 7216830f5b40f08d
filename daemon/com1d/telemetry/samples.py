"""Samples: the figures of a console and of the daemon at one moment, as plain values."""

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from com1d.loop.histogram import HistogramSample
from com1d.telemetry.counts import Counts


Labelled: TypeAlias = Mapping[str, float]
"""A figure by the values of its label."""


class LogSample(NamedTuple):
    """Figures of a console's boot diagnostics log; all zero where none is kept."""

    logged: int = 0
    missed: int = 0
    gaps: int = 0
    failing: int = 0
    lag: int = 0
    """Bytes that are not on the disk yet."""


class ConsoleSample(NamedTuple):
    """One console's figures."""

    name: str
    counts: Counts
    pastes: Labelled
    state: str
    """The guest's."""
    up: int
    openings: int
    unserved: int
    enabled: int
    received: int
    sent: int
    reads: int
    writes: int
    lost: int
    skipped: int
    no_seat: int
    lag: int
    queued: int
    keys_waiting: int
    active: int
    observers: int
    waiting: int
    sessions: int
    preemptions: int
    troubles: int
    margin: float | None
    fullest: float | None
    log: LogSample = LogSample()


class ProcessSample(NamedTuple):
    """What the kernel says of the daemon's process."""

    cpu: float
    """Seconds."""
    resident: int
    """Bytes."""
    virtual: int
    descriptors: int
    descriptors_max: int
    started: float
    """Seconds since 1970."""


class DaemonSample(NamedTuple):
    """The daemon's own figures."""

    version: str
    consoles: int
    sessions: Labelled
    connections: int
    subscribers: int
    subscribers_dropped: int
    holds: HistogramSample
    longest_hold: float
    delivered: HistogramSample
    audit_failing: int
    audit_queue: int
    audit_missed: int
    parts_failing: int
    unserved: int
    reload_failed: int
    refusals: Labelled
    hooks: Labelled
    facts: Labelled
    suppressed: Labelled
    unlogged_minutes: int
    process: ProcessSample
