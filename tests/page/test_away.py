"""Daemon and gateway go away under a page that is looked at."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from playwright.async_api import Page, WebSocket, expect

from daemon.handover.manager import Manager
from daemon.handover.process import Daemon, ended
from house import PATIENCE
from page.numbers import Numbers
from page.stage import CONSOLES, Stage, build, chromium, staged


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(180)]


class Heard:
    """The console's bytes that a page got, over all its connections."""

    def __init__(self, page: Page) -> None:
        self.data = b""
        self.connections = 0
        page.on("websocket", self._opened)

    def _opened(self, socket: WebSocket) -> None:
        if "/attach" in socket.url:
            self.connections += 1
            socket.on("framereceived", self._came)

    def _came(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes):
            self.data += frame

    async def all_of(self, guest: Numbers) -> None:
        """Wait for the last line; then each has come once, in order."""
        last = guest.text[-10:]
        async with asyncio.timeout(PATIENCE):
            while not self.data.endswith(last):
                await asyncio.sleep(0.01)  # no event tells when a browser has told all its frames
        assert self.data == guest.text


@asynccontextmanager
async def managed() -> AsyncIterator[tuple[Stage, Manager, Daemon]]:
    """Run a stage whose daemon a service manager has started."""
    build()
    with tempfile.TemporaryDirectory(prefix="com1-", dir="/dev/shm") as name:
        stage = Stage(Path(name), CONSOLES)
        manager = Manager(stage.folder, stage.tables)
        try:
            daemon = await manager.begin()
            await asyncio.to_thread(stage.start_gateway)
            yield stage, manager, daemon
        finally:
            stage.stop_gateway()
            manager.close()


async def test_the_daemon_is_restarted_killed_and_upgraded():
    """Each byte comes once. A restart and an upgrade the page does not even notice.

    After a kill it comes back by itself, to the exact byte and to its seat.
    """
    async with managed() as (stage, manager, daemon), chromium(stage) as web, web.person() as anna:
        heard = Heard(anna.page)
        with stage.guest("lin01") as guest:
            numbers = Numbers(guest)
            await stage.up("lin01")
            await anna.opens("lin01")
            numbers.print()
            await manager.end(daemon, "restart")
            numbers.print()
            restarted = await manager.begin()
            numbers.print()
            await anna.types("x")
            assert await guest.typed(1) == b"x"
            assert heard.connections == 1
            await heard.all_of(numbers)
            await manager.kept_is("lin01/scrollback", "lin01/line/out")
            await manager.killed(restarted)
            numbers.print()
            restarted = await manager.begin()
            numbers.print()
            await heard.all_of(numbers)
            await anna.stands("You type")
            await anna.types("z")
            assert await guest.typed(1) == b"z"
            connections = heard.connections
            asked = asyncio.create_task(restarted.upgrade())
            while not asked.done():
                numbers.print(1)
                await asyncio.sleep(0.01)
            assert (await asked).status == 200
            numbers.print()
            await heard.all_of(numbers)
            await anna.types("y")
            assert await guest.typed(1) == b"y"
            await anna.stands("You type")
            assert heard.connections == connections
        await ended(restarted)


async def test_the_daemon_is_killed():
    """The page says that it is away, and goes on by itself: each byte came once, and keys go on."""
    async with managed() as (stage, manager, first), chromium(stage) as web, web.person() as anna:
        daemon, anna.expected = first, f"{anna.expected}|503"
        heard = Heard(anna.page)
        with stage.guest("lin01") as guest:
            numbers = Numbers(guest)
            await stage.up("lin01")
            await anna.opens("lin01")
            await manager.kept_is("lin01/scrollback", "lin01/line/out")
            for kills in range(1, 4):
                numbers.print()
                await anna.sees(f"{kills * 100 - 51:08}")
                await manager.killed(daemon)
                numbers.print()
                daemon = await manager.begin()  # until then the manager holds the connection, too
                await anna.told("The connection was lost")
                await anna.stands("You type")
                await heard.all_of(numbers)
                await anna.types("x")
                assert await guest.typed(1) == b"x"
                assert heard.connections == 1 + kills
        await manager.end(daemon, "stop")


async def test_the_daemon_and_the_gateway_begin_anew():
    """After a stop the page goes on at the exact byte, with the sign-in and the seat it had.

    Meanwhile the list stays, and says that it is old.
    """
    with staged() as stage:
        async with chromium(stage) as web, web.person() as anna:
            anna.expected += "|503"
            other = await anna.page.context.new_page()
            await other.goto(stage.url)
            old = other.locator(".stale")
            await expect(other.locator(".rows li")).to_have_count(4)
            heard = Heard(anna.page)
            with stage.guest("lin01") as guest:
                numbers = Numbers(guest)
                await stage.up("lin01")
                await anna.opens("lin01")
                numbers.print()
                await anna.sees("00000049")
                await asyncio.to_thread(stage.daemon.stop)
                await anna.told("The connection was lost")
                await expect(old).to_be_visible()
                await expect(other.locator(".rows li")).to_have_count(4)
                numbers.print()
                await asyncio.to_thread(stage.daemon.start)
                await anna.stands("You type")
                await expect(old).to_be_hidden()
                await anna.sees("0000009800000099")
                await asyncio.to_thread(stage.stop_gateway)
                await anna.told("The connection was lost")
                numbers.print()
                await asyncio.to_thread(stage.start_gateway)
                await anna.stands("You type")
                await heard.all_of(numbers)
                await anna.types("x")
                assert await guest.typed(1) == b"x"
