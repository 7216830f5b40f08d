"""A daemon that its service manager restarts: everything comes back from the store."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import ClientConnection

from com1d import wire
from daemon.handover.manager import Manager, managing
from daemon.handover.numbered import Guest, RawWatcher, Watcher, faults, numbers
from daemon.handover.test_upgrade import KINDS, TYPED, cancelled, caught_up, printed_on, typed_out
from house import PATIENCE


pytestmark = pytest.mark.one_loop


async def closed_with(session: ClientConnection) -> int:
    """Read to the end; give the code with which the daemon has closed it."""
    async with asyncio.timeout(PATIENCE):
        await session.wait_closed()
    return session.close_code or 0


async def test_no_byte_is_lost_or_doubled_over_restarts(run_dir):
    """Guests print and users type through three restarts, on every kind of port."""
    (run_dir / "guests").mkdir()
    guests = [Guest(kind, run_dir, f"{kind}01") for kind in KINDS]
    async with AsyncExitStack() as stack:
        for guest in guests:
            stack.callback(guest.close)
        manager = Manager(run_dir, *(guest.table for guest in guests))
        stack.callback(manager.close)
        joining = [asyncio.create_task(guest.join()) for guest in guests]
        daemon = await manager.begin()
        await asyncio.gather(*joining)
        await daemon.connected(*(guest.name for guest in guests))
        users: list[Watcher | RawWatcher] = []
        for number, guest in enumerate(guests):
            if number % 2:
                raw = await stack.enter_async_context(daemon.raw(guest.name))
                users.append(RawWatcher(*raw))
            else:
                attached = await stack.enter_async_context(daemon.attach(guest.name))
                users.append(Watcher(attached))
        readers = [asyncio.create_task(user.live()) for user in users]
        typists = [asyncio.create_task(user.type()) for user in users]
        printing = [asyncio.create_task(guest.live()) for guest in guests]
        for _ in range(3):
            await printed_on(users)
            daemon = await manager.restart(daemon)
        await cancelled(typists)
        for user, guest in zip(users, guests, strict=True):
            await typed_out(guest, user.keys)
        await cancelled(printing)
        for guest in guests:
            await guest.finish()
        await caught_up(users, guests)
        await cancelled(readers)
        kept = dict(manager.kept)
        await manager.end(daemon, "stop")

    assert "com1d-state" not in kept
    for guest, user in zip(guests, users, strict=True):
        assert [] == faults(numbers(bytes(user.data)), guest.printed), guest.kind
        assert [] == faults(numbers(bytes(guest.typed), TYPED), user.keys), guest.kind


async def test_a_stop_tells_everybody_and_leaves_nothing(run_dir):
    """Nobody starts it again, so its clients are not left waiting for that."""
    async with managing(run_dir) as (manager, daemon), daemon.attach("web01") as session:
        await manager.end(daemon, "stop")
        code = await closed_with(session)

    assert "com1d-state" not in manager.kept
    assert wire.CLOSE_RESTARTING == code


async def test_a_store_that_is_too_small_is_told_and_not_used(run_dir):
    """A part of the state would be worse than none: the daemon stops as it always did."""
    async with managing(run_dir, room=3) as (manager, daemon):
        await manager.end(daemon, "restart")

    reasons = [fact["reason"] for fact in daemon.facts() if fact["event"] == "state.unread"]
    assert {} == manager.kept
    assert "FileDescriptorStoreMax= is 3" in reasons[0]


async def test_a_manager_that_does_not_say_why_is_told(run_dir):
    """Nobody knows then whether anybody comes after us: clients hear the end, and why is told."""
    async with managing(run_dir) as (manager, daemon), daemon.attach("web01") as session:
        (run_dir / "bin" / "systemctl").write_text("#!/bin/sh\nexec sleep 60\n")
        await manager.end(daemon, "restart")
        code = await closed_with(session)

    reasons = [fact["reason"] for fact in daemon.facts() if fact["event"] == "state.unread"]
    assert "com1d-state" not in manager.kept
    assert wire.CLOSE_RESTARTING == code
    assert [
        "it could not be left: systemctl did not say within 4 s whether this is a restart"
    ] == reasons
