"""The daemon's facilities for the API, as plain values."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from com1d.api.events import EventStreams
from com1d.clients.painting import Painter
from com1d.console.site import Site
from com1d.telemetry import metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Facilities(Site):
    """What requests need: the consoles, the event streams, the painter."""

    painter: Painter
    events: EventStreams
    upgrade: Callable[[], Awaitable[None]]
    """Have the installed version take over. Raises `UpgradeFailed`; else this process ends."""
    daemon_sample: Callable[[], metrics.DaemonSample]
    """Give the daemon's own figures for a scrape."""
