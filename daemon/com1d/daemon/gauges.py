"""The daemon's own figures for a scrape, gathered from its parts."""

from collections.abc import Sized

from com1d.api.events import EventStreams
from com1d.audit.audit import Audit
from com1d.daemon.premises import Premises
from com1d.daemon.upkeep import Upkeep
from com1d.loop.stalls import HoldTimes
from com1d.sessions.attendance import Attendance
from com1d.telemetry import process
from com1d.telemetry.counts import ENTRANCES, none_of
from com1d.telemetry.samples import DaemonSample
from com1d.telemetry.tally import Tally
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Gauges:
    """The parts of the daemon that have figures."""

    version: str
    holds: HoldTimes
    tally: Tally
    attendance: Attendance
    events: EventStreams
    audit: Audit
    consoles: Sized
    connections: Sized
    unserved: Sized
    premises: Premises
    upkeep: Upkeep

    def sample(self) -> DaemonSample:
        """Read them."""
        tally = self.tally
        return DaemonSample(
            version=self.version,
            consoles=len(self.consoles),
            sessions=none_of(ENTRANCES) | self.attendance.by_entrance,
            connections=len(self.connections),
            subscribers=len(self.events),
            subscribers_dropped=self.events.dropped,
            holds=self.holds.times.sample(),
            longest_hold=self.holds.longest,
            delivered=self.holds.delivered.sample(),
            audit_failing=int(bool(self.audit.failing)),
            audit_queue=len(self.audit),
            audit_missed=tally.audit_missed,
            parts_failing=len(self.premises.troubles),
            unserved=len(self.unserved),
            reload_failed=int(tally.reload_failed),
            refusals=tally.refusals,
            hooks=tally.hooks,
            facts=tally.facts,
            suppressed=tally.suppressed,
            unlogged_minutes=self.upkeep.unlogged_minutes,
            process=process.sample(),
        )
