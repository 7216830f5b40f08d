"""Switching a console or the host on and off, and closing the sessions that this ends."""

import asyncio
from collections.abc import Iterable
from typing import Final

from com1d import wire
from com1d.audit.entry import AuditEntry
from com1d.console.console import Console
from com1d.console.site import Site
from com1d.errors import StateUnavailable
from com1d.input.input import DISABLED
from com1d.telemetry import facts


SLICE: Final = 20
"""Consoles or clients handled before the loop goes on: two milliseconds."""


async def turn_on(site: Site, console: str | None, entry: AuditEntry) -> None:
    """Switch a console or, with None, the host on. Raises `StateUnavailable`: it stays off."""
    with entry:
        await site.board.turn_on(console)


async def turn_off(site: Site, console: str | None, by: str, entry: AuditEntry) -> int:
    """Switch a console or the host off at once, and close all sessions; give how many.

    Input on its way to the guest is discarded. Raises `StateUnavailable` where the switch could not
    be stored for a restart; it is off nevertheless.
    """
    site.board.turn_off(console, by)
    consoles = tuple(site.consoles.values()) if console is None else (site.consoles[console],)
    entry.details["sessions"] = sum(len(each.seating.audience) for each in consoles)
    entry.tell()
    for number, each in enumerate(consoles, start=1):
        each.seating.revoke()
        each.input.cancel(DISABLED)
        if number % SLICE == 0:
            await asyncio.sleep(0)
    count = await send_away(consoles, wire.CLOSE_DISABLED, f"disabled by {by}")
    try:
        await site.board.keep()
    except StateUnavailable as problem:
        site.record(facts.SwitchUnkept(console, problem.detail))
        raise
    return count


async def send_away(consoles: Iterable[Console], code: int, reason: str) -> int:
    """Close every session with `code`, a few at a time; give how many there were."""
    count = 0
    for console in tuple(consoles):
        for session in console.seating.sessions():
            console.seating.dismiss(session, code, reason)
            count += 1
            if count % SLICE == 0:
                await asyncio.sleep(0)
    return count
