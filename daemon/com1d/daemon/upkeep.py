"""Upkeep: what the daemon looks after in a rhythm, because nobody tells of it."""

import asyncio
import time
from functools import partial
from typing import Any, Final

from com1d.api.facilities import Facilities
from com1d.console.console import Console
from com1d.loop.stalls import HoldTimes
from com1d.loop.tasks import telling
from com1d.telemetry.log import Log
from com1d.telemetry.service_level import IN_TIME, MINUTE, STALL, Level, ServiceLevel


LOOK_SECONDS: Final = 10.0
"""Between two looks at VMs whose ports are down."""

SLICE: Final = 100
"""Consoles looked at before the loop goes on: a tenth of a millisecond."""


class Upkeep:
    """The daemon's minutes, and its looks at VMs."""

    def __init__(self, facilities: Facilities, holds: HoldTimes, log: Log) -> None:
        """Begin with no minute; `run` counts them."""
        self._facilities = facilities
        self._holds = holds
        self._log = log
        self.unlogged_minutes = 0
        """Minutes in which a console's log failed or had a gap, summed over consoles."""
        self.service_level = ServiceLevel(time.time())

    async def run(self) -> None:
        """Look after it all, until cancelled."""
        task = asyncio.current_task()
        if task is not None:
            task.add_done_callback(telling("the upkeep failed"))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._count_minutes())
            group.create_task(self._look_at_vms())

    async def _count_minutes(self) -> None:
        while True:
            await asyncio.sleep(MINUTE)
            self._log.tell_suppressed()
            await self._end_minute()
            self.service_level.note(await self._level())

    async def _end_minute(self) -> None:
        for number, console in enumerate(tuple(self._facilities.consoles.values()), 1):
            console.traffic.margin.begin_period()
            self.unlogged_minutes += _had_no_log(console)
            if number % SLICE == 0:
                await asyncio.sleep(0)

    async def over(self, window: float) -> dict[str, Any]:
        """Give the service level of the last `window` seconds."""
        return self.service_level.over(window, await self._level())

    async def _lost(self) -> int:
        """Add up what clients and logs have missed, of consoles that have gone, too."""
        gone = self._facilities.departed.of("com1d_lost_bytes_total")
        lost = int(sum(one["client"] + one["log"] for one in gone))
        for number, console in enumerate(tuple(self._facilities.consoles.values()), 1):
            lost += console.seating.bytes_lost + console.log.sample().missed
            if number % SLICE == 0:
                await asyncio.sleep(0)
        return lost

    async def _level(self) -> Level:
        lost = await self._lost()
        delivered, holds = self._holds.delivered.sample(), self._holds.times.sample()
        return Level(
            at=time.time(),
            delivered=delivered.observed,
            in_time=delivered.within(IN_TIME),
            stalls=holds.observed - holds.within(STALL),
            lost=lost,
            unlogged=self.unlogged_minutes,
        )

    async def _look_at_vms(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for console in tuple(self._facilities.consoles.values()):
                if not console.connected and console.vm.is_controlled:
                    await console.vm.look(partial(_is_up, console))


def _is_up(console: Console) -> bool:
    return console.connected


def _had_no_log(console: Console) -> bool:
    """Tell whether a console's log failed since this was last asked, or fails."""
    log, counts = console.log.sample(), console.counts
    gaps, counts.gaps_seen = log.gaps - counts.gaps_seen, log.gaps
    return bool(gaps or log.failing)
