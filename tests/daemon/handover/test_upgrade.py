"""A daemon that is exchanged while it serves: users and guests notice nothing."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from daemon.handover.numbered import Guest, RawWatcher, Watcher, faults, numbers
from daemon.handover.process import made, serving
from house import PATIENCE, FifoGuest, events, read_bytes


pytestmark = pytest.mark.one_loop


KINDS = ["pipe", "unix", "listen", "pty", "serial", "tcp", "telnet", "rfc2217", "exec"]

TYPED = rb"K(\d{6})\r"


async def printed_on(users, reading=(), count: int = 2000) -> None:
    """Wait until each user has so many bytes more; who is `reading` may not end meanwhile."""
    wanted = [len(user.data) + count for user in users]
    async with asyncio.timeout(PATIENCE):
        while any(len(user.data) < least for user, least in zip(users, wanted, strict=True)):
            for task in reading:
                assert not task.done(), task
            await asyncio.sleep(0.01)


async def caught_up(watchers, guests) -> None:
    async with asyncio.timeout(PATIENCE):
        for watcher, guest in zip(watchers, guests, strict=True):
            while not watcher.data.endswith(b"line %08d\r\n" % (guest.printed - 1)):
                await asyncio.sleep(0.01)


async def typed_out(guest, keys) -> None:
    async with asyncio.timeout(PATIENCE):
        while b"K%06d\r" % (keys - 1) not in guest.typed:
            guest.listen()
            await asyncio.sleep(0.01)


async def cancelled(tasks) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_no_byte_is_lost_or_doubled_on_any_kind_of_port(run_dir):
    """Guests print and users type through three exchanges; observers and raw clients see it all."""
    (run_dir / "guests").mkdir()
    guests = [Guest(kind, run_dir, f"{kind}01") for kind in KINDS]
    async with AsyncExitStack() as stack:
        for guest in guests:
            stack.callback(guest.close)
        daemon = await stack.enter_async_context(serving(run_dir, *(g.table for g in guests)))
        for guest in guests:
            await guest.join()
        await daemon.connected(*(guest.name for guest in guests))
        users: list[Watcher | RawWatcher] = []
        observers: list[Watcher] = []
        for number, guest in enumerate(guests):
            if number % 2:
                raw = await stack.enter_async_context(daemon.raw(guest.name))
                users.append(RawWatcher(*raw))
            else:
                attached = await stack.enter_async_context(daemon.attach(guest.name))
                users.append(Watcher(attached))
            observing = daemon.attach(guest.name, "?mode=observe")
            observers.append(Watcher(await stack.enter_async_context(observing)))
        readers = [asyncio.create_task(each.live()) for each in (*users, *observers)]
        typists = [asyncio.create_task(user.type()) for user in users]
        printing = [asyncio.create_task(guest.live()) for guest in guests]
        for _ in range(3):
            await printed_on(users)
            answer = await daemon.upgrade()
            assert 200 == answer.status, answer.body
        await printed_on(users)
        await cancelled(typists)
        for user, guest in zip(users, guests, strict=True):
            await typed_out(guest, user.keys)
        await cancelled(printing)
        for guest in guests:
            await guest.finish()
        await caught_up(users, guests)
        await caught_up(observers, guests)
        shown = [await daemon.shown(guest.name) for guest in guests]
        await cancelled(readers)

    for guest, user, observer in zip(guests, users, observers, strict=True):
        assert [] == faults(numbers(bytes(user.data)), guest.printed), guest.kind
        assert [] == faults(numbers(bytes(observer.data)), guest.printed), guest.kind
        assert [] == faults(numbers(bytes(guest.typed), TYPED), user.keys), guest.kind
    assert [(1, 1)] * len(guests) == [
        (len(each["observers"]), int(each["active"] is not None)) for each in shown
    ]
    assert ["daemon.upgraded"] * 3 == [
        fact["event"] for fact in daemon.facts() if fact["event"] == "daemon.upgraded"
    ]


async def test_credit_goes_over(run_dir):
    """A client with a window is sent no more by the new daemon than it has acknowledged."""
    (run_dir / "guests").mkdir()
    table = f'[consoles.vm]\nport = "pipe:{run_dir}/guests/vm"\n'
    async with serving(run_dir, table) as daemon:
        await made(run_dir / "guests" / "vm.out")
        guest = FifoGuest(run_dir / "guests" / "vm").start()
        await daemon.connected("vm")
        async with daemon.attach("vm", "?window=4096") as client:
            await events(client, "replayed")
            guest.print(b"a" * 4096 + b"b" * 4096)
            assert b"a" * 4096 == await read_bytes(client, 4096)
            assert 200 == (await daemon.upgrade()).status
            await client.send('{"op":"ack","bytes":1000}')
            assert b"b" * 1000 == await read_bytes(client, 1000)
            await client.send('{"op":"ack","bytes":4096}')
            assert b"b" * 3096 == await read_bytes(client, 3096)
        guest.stop()
