"""The figures of a console for a scrape, gathered from its parts."""

from com1d.bootlog.console_log import ConsoleLog
from com1d.console.console import Console
from com1d.telemetry.counts import BOOTS, Counts, count
from com1d.telemetry.samples import ConsoleSample


def sample(console: Console, *, enabled: bool) -> ConsoleSample:
    """Give the console's figures at this moment."""
    seating, traffic, counts = console.seating, console.traffic, console.counts
    active, waiting = int(seating.active is not None), seating.waiting
    count_boots(counts, console.log)
    end = console.ring.end
    lags = (end - client.session.cursor for client in seating.audience)
    return ConsoleSample(
        name=console.name,
        counts=counts,
        pastes=console.input.pastes,
        state=console.watch.state.value,
        up=int(console.connected),
        openings=traffic.openings,
        unserved=int(console.vm.unserved),
        enabled=int(enabled),
        received=end,
        sent=traffic.sent,
        reads=traffic.reads,
        writes=traffic.writes,
        lost=seating.bytes_lost,
        skipped=console.watch.skipped,
        no_seat=seating.typed_in_vain,
        lag=max(lags, default=0),
        queued=traffic.queued,
        keys_waiting=console.input.keys_waiting,
        active=active,
        observers=len(seating.sessions()) - active - waiting,
        waiting=waiting,
        sessions=seating.began,
        preemptions=seating.preemptions,
        troubles=len(console.failing),
        margin=traffic.margin.seconds,
        fullest=traffic.margin.lately,
        log=console.log.sample(),
    )


def count_boots(counts: Counts, log: ConsoleLog) -> None:
    """Count the boots since the last time: the log knows them, and nobody tells of each."""
    number = log.boot
    fresh = number - counts.boots_seen
    if fresh <= 0:
        return
    causes = [boot.cause for boot in log.boots[-fresh:]]
    count(counts.boots, "other", fresh - len(causes))
    for cause in causes:
        count(counts.boots, cause if cause in BOOTS else "other")
    counts.boots_seen = number
