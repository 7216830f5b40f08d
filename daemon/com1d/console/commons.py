"""What the daemon's consoles share, as plain values: made once, by the composition root."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from com1d.access.access import Access
from com1d.access.peer import Caller, Callers
from com1d.access.switchboard import Switchboard
from com1d.audit.audit import Audit
from com1d.bootlog.library import Library
from com1d.clients.unfinished import Budget
from com1d.guest.hooks import Hooks
from com1d.guest.looks import Looks
from com1d.loop.doors import Doors
from com1d.loop.lingering import Lingering
from com1d.loop.poller import Poller
from com1d.loop.ticker import Ticker
from com1d.loop.vault import Vault
from com1d.loop.watch import Watcher
from com1d.sessions.attendance import Attendance
from com1d.telemetry import facts
from com1d.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Commons:
    """What a console and its entrances need of the daemon."""

    poller: Poller
    ticker: Ticker
    watcher: Watcher
    doors: Doors
    callers: Callers
    access: Access
    board: Switchboard
    audit: Audit
    hooks: Hooks
    looks: Looks
    library: Library
    attendance: Attendance
    vault: Vault
    """Descriptors that outlive a kill -9."""
    budget: Budget
    """What all clients' unfinished messages take together."""
    lingering: Lingering
    """Sockets of clients that were sent away."""
    tasks: set[asyncio.Task[None]]
    """Tasks of clients that are being admitted."""
    full: Callable[[], bool]
    """Whether the bound on clients is reached."""
    full_for: Callable[[Caller], bool]
    """Whether a user has his share of them, or the rest is for owners."""
    record: Callable[[facts.Fact], Any]
    """Record a fact for the log, the event stream and the audit."""
    commit: Callable[[facts.Fact], Awaitable[None]]
    """Record a fact, and wait until the audit has it. Raises `AuditUnavailable`."""
