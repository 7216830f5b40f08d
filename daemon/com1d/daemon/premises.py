"""The daemon's own directories and sockets, and what of all that it needs does not work.

Where a part cannot be had, the log, the metrics and the service manager are told, the rest is
served, and the part is tried again by whoever has the use of it.
"""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from com1d.config import DaemonConfig
from com1d.loop.door import Changed, Door
from com1d.loop.doors import Doors
from com1d.loop.listener import (
    PRIVATE_MODE,
    Accept,
    demand_free,
    hide_directory,
    make_directory,
)
from com1d.telemetry import facts


METRICS: Final = "metrics"


class Premises:
    """What the daemon itself has on the host. The consoles' sockets are the consoles' own."""

    def __init__(
        self, doors: Doors, record: Callable[[facts.Fact], Any], callers: Accept, scrapes: Accept
    ) -> None:
        """Use `doors`; `callers` and `scrapes` take who comes to the API and to the metrics."""
        self._doors = doors
        self._record = record
        self._callers = callers
        self._scrapes = scrapes
        self._api: Door | None = None
        self._page: Door | None = None
        self._address: tuple[str, int] | None = None
        self.troubles: dict[str, str] = {}
        """Parts that do not work at the moment, and why."""

    def teller(self, part: str) -> Changed:
        """Give what takes note of why a part does not work, and that it works again."""

        def tell(trouble: str) -> None:
            if trouble:
                self.troubles[part] = trouble
                self._record(facts.PartFailed(part, None, trouble))
            elif self.troubles.pop(part, None):
                self._record(facts.PartRestored(part, None))

        return tell

    def keep_directories(self, daemon: DaemonConfig) -> None:
        """Make those of state and logs, where they are missing.

        Raises `Com1Error` where others may write there. One that cannot be had is told.
        """
        for key, path in (("state_dir", daemon.state_dir), ("log_dir", daemon.log_dir)):
            trouble = ""
            try:
                make_directory(path, PRIVATE_MODE)
            except OSError as error:
                trouble = str(error)
            if trouble != self.troubles.get(key, ""):
                self.teller(key)(trouble)

    def demand(self, daemon: DaemonConfig) -> None:
        """Make all directories. Raises `Com1Error` where they are not for us alone.

        That is so where others may write there, and where another daemon is at work.
        """
        path = daemon.api_socket
        if not (self._doors.given.is_for(str(path)) or self._doors.has_left(path)):
            demand_free(daemon.api_socket)
        self.keep_directories(daemon)
        with contextlib.suppress(OSError):  # each socket makes its own, as soon as that can be done
            make_directory(daemon.runtime_dir)
            hide_directory(daemon.consoles_dir, self._doors.group)

    def open(self, daemon: DaemonConfig) -> None:
        """Let callers in, and whoever reads the metrics."""
        path = daemon.api_socket
        prepare = partial(make_directory, daemon.runtime_dir)
        self._api = self._doors.open_unix(path, prepare, self._callers, self.teller(str(path)))
        self._publish(daemon.metrics)

    async def change(self, daemon: DaemonConfig, group: int | None) -> None:
        """Put what a reload can change in force."""
        if group != self._doors.group:
            await self._doors.regroup(group)
            with contextlib.suppress(OSError):
                hide_directory(daemon.consoles_dir, group)
        if daemon.metrics != self._address:
            self._publish(daemon.metrics)

    def close(self) -> None:
        """Let nobody in any more."""
        if self._api is not None:
            self._doors.shut(self._api)
        self._publish(None)

    def _publish(self, address: tuple[str, int] | None) -> None:
        """Have the page of metrics at `address` and nowhere else."""
        if self._page is not None:
            self._doors.shut(self._page)
            self.troubles.pop(METRICS, None)
        self._address, self._page = address, None
        if address is not None:
            self._page = self._doors.open_tcp(*address, self._scrapes, self.teller(METRICS))
