"""The page in a real browser, a whole com1d behind it. Started once for each file of tests."""

from collections.abc import AsyncIterator, Iterator

import pytest

from page.stage import Chromium, Stage, chromium, staged


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Give a daemon and a gateway with two simulated Windows guests and two that a test plays."""
    with staged() as stage:
        yield stage


@pytest.fixture(scope="module")
async def web(anyio_backend, stage) -> AsyncIterator[Chromium]:
    """Give a browser."""
    async with chromium(stage) as browser:
        yield browser
