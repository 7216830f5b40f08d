"""The page in a real browser, a whole com1d behind it. Started once for each file of tests."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from page.stage import Chromium, Stage, build, chromium


CONSOLES = """
[consoles.web01]
port = "demo:"
guest = "windows"
[consoles.web02]
port = "demo:"
guest = "windows"
[consoles.lin01]
port = "pipe:{folder}/guests/lin01"
guest = "linux"
[consoles.lin02]
port = "pipe:{folder}/guests/lin02"
guest = "linux"
"""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Give a daemon and a gateway with two simulated Windows guests and two that a test plays."""
    build()
    with tempfile.TemporaryDirectory(prefix="com1-", dir="/dev/shm") as name:
        folder = Path(name)
        (folder / "guests").mkdir()
        stage = Stage(folder, CONSOLES.format(folder=folder))
        try:
            stage.start()
            yield stage
        finally:
            stage.stop()


@pytest.fixture(scope="module")
async def web(anyio_backend, stage) -> AsyncIterator[Chromium]:
    """Give a browser."""
    async with chromium(stage) as browser:
        yield browser
