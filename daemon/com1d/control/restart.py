"""What restarts under every hypervisor have in common."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from com1d.control.base import OFF, RESTARTING
from com1d.control.problems import ControlBusy
from com1d.errors import NotRunning, PortTimeout


PROBE_SECONDS: Final = 0.25
"""Seconds between two looks at a hypervisor that is waited for to come or go."""


class Turn:
    """One restart at a time: `with turn:` raises `ControlBusy` for the second."""

    def __init__(self, console: str) -> None:
        self._console = console
        self._taken = False

    def __enter__(self) -> None:
        if self._taken:
            raise ControlBusy(f"{self._console}: a restart is under way", state=RESTARTING)
        self._taken = True

    def __exit__(self, *_: object) -> None:
        self._taken = False


def unheeded(console: str, limit: float, state: str) -> PortTimeout:
    """Make the problem of a guest that does not shut down.

    It is not forced: it may install updates.
    """
    return PortTimeout(
        f"{console} has not shut down for {limit:g} s after its power button was pressed; "
        f"`com1 send reset {console}` restarts it without asking its guest",
        state=state,
    )


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Poll until `condition` holds, where no event tells of it. The caller limits the time."""
    while not await condition():  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(PROBE_SECONDS)


async def until_relaunched(
    console: str, limit: float, relaunched: Callable[[], Awaitable[bool]]
) -> None:
    """Wait for another hypervisor process in the place of the one that has ended."""
    try:
        async with asyncio.timeout(limit):
            await until(relaunched)
    except TimeoutError:
        raise NotRunning(
            f"{console}: its guest shut down, the hypervisor ended with it, and nothing started it "
            f"again for {limit:g} s; start it, or have it stay (-no-shutdown of QEMU, "
            "--no-shutdown of Cloud Hypervisor)",
            state=OFF,
        ) from None
