"""A simulated Windows with SAC behind real FIFOs: booted already, and silent on request."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from com1d.ports.demo import Guest
from house import PATIENCE, FifoGuest, House, running


BOOTED = 3.0
"""Seconds until SAC takes commands."""


class Windows(FifoGuest):
    """The guest. `heard` is all that was ever typed to it."""

    def start(self) -> "Windows":
        super().start()
        self._loop = asyncio.get_running_loop()
        self._zero = self._loop.time() - BOOTED
        self._timer: asyncio.TimerHandle | None = None
        self._guest = Guest(0.0, datetime(2026, 11, 22, tzinfo=UTC))
        self.heard = b""
        self._unread: bytes | None = None
        self.print(b"".join(self._boot()))
        self._loop.add_reader(self._in, self._read)
        return self

    def _boot(self):
        while (due := self._guest.deadline()) is not None and due <= BOOTED:
            yield self._guest.tick(due)

    def _read(self) -> None:
        data = os.read(self._in, 16)
        self.heard += data
        if self._unread is None:
            self._take(data)
        else:
            self._unread += data

    def pause(self) -> None:
        """Fall silent: leave what is typed for later."""
        self._unread = b""

    def resume(self) -> None:
        """Take what was typed meanwhile, and go on."""
        unread, self._unread = self._unread, None
        self._take(unread or b"")

    def _take(self, data: bytes) -> None:
        self.print(self._guest.handle(data, self._loop.time() - self._zero))
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if (due := self._guest.deadline()) is not None:
            self._timer = self._loop.call_at(self._zero + due, self._tick)

    def _tick(self) -> None:
        self.print(self._guest.tick(self._loop.time() - self._zero))
        self._arm()

    def stop(self) -> None:
        self._loop.remove_reader(self._in)
        if self._timer is not None:
            self._timer.cancel()
        super().stop()


@asynccontextmanager
async def windows(
    folder: Path, *, guest: str = "windows", **options: Any
) -> AsyncIterator[tuple[House, Windows]]:
    """Run a daemon with the console `web01`, whose guest is seen to be at SAC."""
    async with running(folder, "web01", guest=guest, **options) as house:
        machine = Windows(folder / "guests" / "web01").start()
        try:
            await house.up("web01")
            await at(house, "sac")
            yield house, machine
        finally:
            machine.stop()


async def at(house: House, state: str) -> None:
    """Wait until the guest is seen in a state."""
    await house.until(lambda: house.service.consoles["web01"].watch.state == state)


async def shown(client: Any, text: bytes) -> bytes:
    """Give what the console shows up to a text, past all events."""
    stream = b""
    async with asyncio.timeout(PATIENCE):
        while text not in stream:
            message = await client.recv()
            stream += message if isinstance(message, bytes) else b""
    return stream


def audited(folder: Path, event: str) -> list[dict[str, Any]]:
    """Give the lines of the audit about an event."""
    text = (folder / "log" / "audit.jsonl").read_text()
    return [line for line in map(json.loads, text.splitlines()) if line["event"] == event]
