"""`idle_timeout`: the active session is warned, its guest locked, and then it ends."""

import asyncio
import json

from com1d import wire
from house import PATIENCE, events, read_bytes, running
from sessions.test_farewell import closed, log_in, secured, told
from sessions.windows import audited, shown, windows


async def test_warned_locked_and_ended(run_dir):
    """In this order, and the idle user sees it all."""
    async with windows(run_dir, on_disconnect="lock", idle_timeout=2) as (house, guest):
        async with house.attach("web01") as client:
            await log_in(house, client)
            warned = await told(client, "hint")
            assert "this session ends in 1 s" in warned["text"]
            assert not guest.heard.endswith(b"lock\r")
            await shown(client, b"Locked access")
            assert wire.CLOSE_IDLE == await closed(client)
            assert "nothing was typed for 2 s" == client.close_reason
        assert 1 == guest.heard.count(b"lock\r")
    assert ["locked"] == [line["outcome"] for line in audited(run_dir, "session.secured")]
    assert ["idle"] == [line["outcome"] for line in audited(run_dir, "session.ended")]


async def test_without_a_lock_it_just_ends(run_dir):
    """Also on a raw socket, with a line for each; observers stay, the next in the queue sits."""
    async with running(run_dir, "web01", idle_timeout=0.4) as house:
        async with (
            house.raw("web01") as (reader, _),
            house.attach("web01", "?mode=observe") as observer,
            house.attach("web01", "?wait=true") as waiting,
        ):
            async with asyncio.timeout(PATIENCE):
                said = await reader.read()
            assert b"[com1d: web01: nothing was typed for a long time: this session ends in" in said
            assert b"com1d: web01: nothing was typed for 0.4 s" in said
            await told(waiting, "seated")
            assert wire.CLOSE_IDLE == await closed(waiting)
            await observer.send(b"x")
            assert "forbidden" == (await told(observer, "input-refused"))["code"]
    assert ["idle", "idle"] == [line["outcome"] for line in audited(run_dir, "session.ended")[:2]]
    assert [] == audited(run_dir, "session.secured")


async def test_whatever_is_typed_pasted_or_pressed_counts(run_dir):
    """Over the stream and beside it: each puts the end off."""
    async with running(run_dir, "web01", idle_timeout=60) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        seating = house.service.consoles["web01"].seating
        async with house.attach("web01") as client:
            await events(client, "replayed")
            seat = seating.active.seat
            for send in (
                client.send(b"k"),
                client.send(json.dumps({"op": "paste", "text": "p"})),
                client.send(json.dumps({"op": "keys", "keys": ["Enter"]})),
                house.request("POST", "/v1/consoles/web01/keys", b'{"keys":["Enter"]}'),
            ):
                seat.idleness.stir(-100.0)
                await send
                await guest.typed(1)
                assert seat.idleness.deadline() > 0.0
            seat.idleness.stir(-100.0)
            before = seat.idleness.deadline()
            guest.print(b"output does not")
            await read_bytes(client, 15)
            assert before == seat.idleness.deadline()
            seat.idleness.stir(asyncio.get_running_loop().time())
        guest.stop()


async def test_an_idle_user_who_is_preempted_was_preempted(run_dir):
    """While the guest is being locked behind him somebody else comes: it is locked once."""
    async with windows(run_dir, on_disconnect="lock", idle_timeout=2) as (house, guest):
        async with house.attach("web01") as idle:
            await log_in(house, idle)
            guest.pause()
            await house.until(lambda: guest.heard.endswith(b"\x1b\t0"))
            await idle.send(b"too late")
            assert "forbidden" == (await told(idle, "input-refused"))["code"]
            await idle.send(json.dumps({"op": "cancel"}))
            assert "forbidden" == (await told(idle, "input-refused"))["code"]
            async with house.attach("web01") as newcomer:
                assert wire.CLOSE_PREEMPTED == await closed(idle)
                guest.resume()
                await events(newcomer, "replayed")
                assert 1 == guest.heard.count(b"lock\r")
    assert "preempted" == audited(run_dir, "session.ended")[0]["outcome"]


async def test_an_idle_user_who_leaves_while_his_guest_is_locked(run_dir):
    """It is locked once, and whoever comes then waits for it like anybody."""
    async with windows(run_dir, on_disconnect="lock", idle_timeout=2) as (house, guest):
        async with house.attach("web01") as idle:
            await log_in(house, idle)
            guest.pause()
            await house.until(lambda: guest.heard.endswith(b"\x1b\t0"))
        async with house.attach("web01") as newcomer:
            await told(newcomer, "hint")
            guest.resume()
            await events(newcomer, "replayed")
            assert 1 == guest.heard.count(b"lock\r")
            assert 1 == len(await secured(house))
