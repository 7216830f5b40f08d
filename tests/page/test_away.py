"""Daemon, gateway and network go away under a page that is looked at."""

import asyncio

import pytest
from playwright.async_api import expect

from page.stage import chromium, staged


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(180)]


@pytest.fixture
def stage():
    """Give processes that one test may stop and start."""
    with staged() as stage:
        yield stage


@pytest.fixture
async def web(stage):
    """Give a browser for them."""
    async with chromium(stage) as browser:
        yield browser


async def test_the_daemon_restarts(web, stage):
    """The page goes on at the exact byte: what was printed meanwhile comes once, in order."""
    async with web.person() as anna:
        anna.expected += "|503"
        with stage.guest("lin01") as guest:
            await anna.opens("lin01")
            await stage.up("lin01")
            guest.print(b"one\r\n")
            await anna.sees("one")
            await asyncio.to_thread(stage.daemon.stop)
            await anna.told("The connection was lost")
            guest.print(b"two\r\n")
            await asyncio.to_thread(stage.daemon.start)
            await anna.stands("You type")
            guest.print(b"three\r\n")
            await anna.sees("onetwothree")
            await anna.types("x")
            assert await guest.typed(1) == b"x"


async def test_the_gateway_restarts(web, stage):
    """The sign-in and the session are there again, and so is every byte."""
    async with web.person() as anna:
        anna.expected += "|503"
        with stage.guest("lin02") as guest:
            await anna.opens("lin02")
            await stage.up("lin02")
            guest.print(b"one\r\n")
            await anna.sees("one")
            await asyncio.to_thread(stage.stop_gateway)
            await anna.told("The connection was lost")
            guest.print(b"two\r\n")
            await asyncio.to_thread(stage.start_gateway)
            await anna.stands("You type")
            await anna.sees("onetwo")


async def test_somebody_took_over_meanwhile(web, stage):
    """A page that comes back takes nothing from whoever came in between: it watches."""
    async with web.person("anna") as anna, web.person("ben") as ben:
        await anna.opens("web01")
        await anna.page.context.set_offline(offline=True)
        await ben.goes("console?name=web01")
        await ben.stands("You watch")
        await ben.page.get_by_role("button", name="Take over").click()
        await ben.stands("You type")
        await anna.page.context.set_offline(offline=False)
        await expect(anna.page.get_by_role("heading", name="ben took over at")).to_be_visible()


async def test_the_list_says_that_it_is_old(web, stage):
    """Without the daemon the list stays, says so, and lives again afterwards."""
    async with web.person() as anna:
        anna.expected += "|503"
        await expect(anna.page.locator(".rows li")).to_have_count(4)
        await asyncio.to_thread(stage.daemon.stop)
        await expect(anna.page.get_by_text("This is how it was")).to_be_visible()
        await expect(anna.page.locator(".rows li")).to_have_count(4)
        await asyncio.to_thread(stage.daemon.start)
        await expect(anna.page.get_by_text("This is how it was")).to_be_hidden()
