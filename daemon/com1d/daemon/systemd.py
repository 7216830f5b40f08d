"""The service manager's notification socket, sd_notify(3): a datagram of VARIABLE=VALUE lines."""

import asyncio
import os
import socket
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from com1d.daemon.fd_store import FdStore


WATCHDOG_SHARE: Final = 0.4
"""Ping after this share of WATCHDOG_USEC: half is what sd_watchdog_enabled(3) recommends, and the
rest is for a loop that is late."""


LENT: Final = "COM1D_LENT"
"""In the environment of a process that takes over: see `Manager.lent`."""

STATUS_SECONDS: Final = 10.0
"""Seconds between two STATUS lines for the service manager."""

EXTEND_SECONDS: Final = 1.0
"""Seconds between two requests for more time to stop. It stops in less, unless a disk is slow."""

EXTENDED_SECONDS: Final = 10.0
"""The time that each of them asks for: a loop that is held ends it."""


class Manager:
    """The service manager, if one has started us and wants notifications."""

    def __init__(self) -> None:
        """Take the address and the watchdog's interval out of the environment."""
        self._address = os.environ.pop("NOTIFY_SOCKET", "")
        self.lent = os.environ.pop(LENT, "")
        """The path of a socket that the manager listens on, too."""
        usec = self._usec = os.environ.pop("WATCHDOG_USEC", "")
        ours = os.environ.pop("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        self.watchdog = int(usec) / 1e6 * WATCHDOG_SHARE if usec.isdigit() and ours else None
        """Seconds between two pings, if any are wanted."""

    @property
    def address(self) -> str:
        """Where it listens; empty without one."""
        return self._address

    @property
    def store(self) -> FdStore | None:
        """The manager's store of descriptors."""
        return FdStore(self._address) if self._address else None

    @property
    def environment(self) -> dict[str, str]:
        """What another process of the daemon needs to speak to the manager."""
        if not self._address:
            return {}
        return {
            "NOTIFY_SOCKET": self._address, "WATCHDOG_USEC": self._usec, LENT: self.lent,
        }  # fmt: skip

    async def pulse(self, look: Callable[[], Awaitable[str]]) -> None:
        """Ping the watchdog from the loop, until cancelled. `look` gives the status.

        What `look` waits for is no sign of a loop that is held, so that the ping does not wait.
        """
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell(look))
            while self.watchdog is not None:
                await asyncio.sleep(self.watchdog)
                self.notify(WATCHDOG="1")

    async def _tell(self, look: Callable[[], Awaitable[str]]) -> None:
        while True:
            await asyncio.sleep(STATUS_SECONDS)
            self.notify(STATUS=await look())

    async def extend(self) -> None:
        """Ask for more time to stop, until cancelled (sd_notify(3), EXTEND_TIMEOUT_USEC)."""
        while True:
            await asyncio.sleep(EXTEND_SECONDS)
            self.notify(EXTEND_TIMEOUT_USEC=str(int(EXTENDED_SECONDS * 1e6)), WATCHDOG="1")

    def notify_reloading(self) -> None:
        """Say that the configuration is being read again; READY follows."""
        self.notify(RELOADING="1", MONOTONIC_USEC=str(int(monotonic() * 1e6)))

    def notify(self, **variables: str) -> None:
        """Send variables such as READY=1. A missing manager or a full socket is no error."""
        if not self._address:
            return
        message = "\n".join(f"{key}={value}" for key, value in variables.items())
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            try:
                sock.sendto(message.encode(), address)
            except OSError:
                return
