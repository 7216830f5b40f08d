"""What the API needs of the daemon, as plain values."""

from collections.abc import Callable
from dataclasses import dataclass

from com1d.api.events import EventStreams
from com1d.clients.painting import Painter
from com1d.clients.websocket import Budget
from com1d.console.site import Site
from com1d.telemetry import metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Facilities(Site):
    """The consoles, and what its streams share."""

    budget: Budget
    painter: Painter
    events: EventStreams
    daemon_sample: Callable[[], metrics.DaemonSample]
    """Give the daemon's own figures for a scrape."""
