"""The daemon's facilities for the API, as plain values."""

from collections.abc import Awaitable, Callable
from typing import Any

from com1d.api.events import EventStreams
from com1d.api.quota import Quota
from com1d.api.works import Works
from com1d.clients.painting import Painter
from com1d.console.site import Site
from com1d.telemetry.log import Log
from com1d.telemetry.samples import DaemonSample
from com1d.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Facilities(Site):
    """What requests need: the consoles, the event streams, the painter."""

    painter: Painter
    events: EventStreams
    works: Works
    """Operations under way."""
    log_readers: Quota
    """Each user's share of the answers that send a log."""
    log: Log
    """The daemon's own."""
    reload: Callable[[], Awaitable[dict[str, Any]]]
    """Put the configuration on the disk in force, and give what changed. Raises `Problem`."""
    upgrade: Callable[[], Awaitable[None]]
    """Have the installed version take over. Raises `UpgradeFailed`; else this process ends."""
    daemon_sample: Callable[[], DaemonSample]
    """Give the daemon's own figures for a scrape."""
    service_level: Callable[[float], Awaitable[dict[str, Any]]]
    """Give the service level of the last seconds."""
    named_consoles: Callable[[], int]
    """Give how many consoles may have series of their own in a scrape."""
