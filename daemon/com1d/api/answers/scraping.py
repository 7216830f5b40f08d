"""`GET /metrics`: which consoles a scrape shows, and the page as it is sent."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Final

from com1d.api.answers.selection import visible
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response
from com1d.config.settings.values import ALL_NAMED
from com1d.console.console import Console
from com1d.console.figures import sample
from com1d.telemetry.departed import Departed
from com1d.telemetry.page import Format, Rows, choose, negotiate, page
from com1d.telemetry.samples import ConsoleSample


SLICE: Final = 50
"""Consoles sampled before the loop goes on: about half a millisecond."""


async def scrape(house: Facilities, request: Request) -> Response:
    """`GET /metrics`: the visible consoles on the socket; for everybody, without names.

    Everybody is who reaches the TCP listener, where `metrics_names` shows him the names, too.
    """
    everything = iter(tuple(house.consoles.values()))
    shown = everything if request.caller is None else visible(house, request.caller)
    form = negotiate(request.accept)
    named = request.caller is not None or house.access.shows_names
    most = house.named_consoles() if named else 0
    departed = house.departed if request.caller is None else None
    body = _page(house, shown, form, most, departed)
    return Response(body=body, content_type=form.content_type)


async def _page(
    house: Facilities,
    shown: Iterator[Console],
    form: Format,
    most: int,
    departed: Departed | None,
) -> AsyncIterator[bytes]:
    samples: list[ConsoleSample] = []
    async for part in sampled(house, shown):
        samples += part
    rows = Rows(choose(samples, most))
    if most < ALL_NAMED:
        rows = Rows(rows.named, samples, departed)
    for piece in page(house.daemon_sample(), rows, form):
        yield piece
        await asyncio.sleep(0)


async def sampled(
    house: Facilities, consoles: Iterator[Console]
) -> AsyncIterator[list[ConsoleSample]]:
    """Sample consoles, a slice at a time."""
    obstacle = house.access.obstacle
    while part := list(islice(consoles, SLICE)):
        yield [sample(one, enabled=obstacle(one.config) is None) for one in part]
        await asyncio.sleep(0)
