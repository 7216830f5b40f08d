"""The network goes away under a page that is looked at."""

import re
from collections.abc import Callable

import pytest
from playwright.async_api import WebSocketRoute, expect

from page.numbers import Numbers


pytestmark = pytest.mark.one_loop


class Cut:
    """A network that can die without a word: what is sent on it goes nowhere, and nobody hangs up.

    A connection of later on is as good as any.
    """

    def __init__(self) -> None:
        self._is_dead = False
        self._connections = 0

    async def joins(self, page: WebSocketRoute) -> None:
        """Be between a page and the gateway."""
        gateway = page.connect_to_server()
        self._connections += 1
        first = self._connections == 1

        def passing(other: WebSocketRoute) -> Callable[[str | bytes], None]:
            return lambda data: None if first and self._is_dead else other.send(data)

        page.on_message(passing(gateway))
        gateway.on_message(passing(page))
        page.on_close(lambda code, reason: None if first else gateway.close(code=code))

    def dies(self) -> None:
        """Have the first connection carry nothing any more."""
        self._is_dead = True


async def test_a_network_that_says_nothing_any_more(web, stage):
    """A line that is dead without a word is given up; the page goes on in its own seat."""
    async with web.person() as anna:
        cut = Cut()
        await anna.page.clock.install()
        await anna.page.route_web_socket(re.compile("/lin01/attach"), cut.joins)
        with stage.guest("lin01") as guest:
            numbers = Numbers(guest)
            await stage.up("lin01")
            await anna.opens("lin01")
            numbers.print()
            await anna.sees("00000049")
            await anna.page.clock.fast_forward(6_000)
            await expect(anna.page.locator(".foot")).to_contain_text("Daemon")
            cut.dies()
            numbers.print(5)
            await anna.page.clock.fast_forward(10_000)  # a ping goes nowhere
            await anna.page.clock.fast_forward(30_000)
            await anna.sees("000000490000005000000051000000520000005300000054")
            await anna.stands("You type")
            await anna.types("x")
            assert await guest.typed(1) == b"x"


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
