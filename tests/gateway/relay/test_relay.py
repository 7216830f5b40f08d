"""Streams through the gateway: what passes, what waits, and how they end."""

import asyncio
import json

from com1d.gateway.relay import relay
from gateway.portal import opened
from house import PATIENCE, events


async def test_a_slow_browser_holds_only_itself_up(run_dir):
    """What it does not read waits in the daemon, which counts what it loses; others get all."""
    size = 8 << 20
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        guest = portal.house.guest("vm").start()
        await portal.house.up("vm")
        async with (
            browser.stream("v1/consoles/vm/attach?mode=observe&replay=none") as slow,
            browser.stream("v1/consoles/vm/attach?mode=observe&replay=none&window=1048576") as fast,
        ):
            await events(slow, "replayed")
            await events(fast, "replayed")
            slow.transport.pause_reading()
            printing = asyncio.create_task(guest.print_all(b"x" * size))
            got = lost = 0
            while got + lost < size:
                message = await asyncio.wait_for(fast.recv(), PATIENCE)
                if isinstance(message, bytes):
                    got += len(message)
                    await fast.send(json.dumps({"op": "ack", "bytes": len(message)}))
                elif (event := json.loads(message))["event"] == "lost":
                    lost += event["bytes"]
            await printing
            slow.transport.resume_reading()
            slow_got = slow_lost = 0
            while slow_got + slow_lost < size:
                message = await asyncio.wait_for(slow.recv(), PATIENCE)
                if isinstance(message, bytes):
                    slow_got += len(message)
                elif (event := json.loads(message))["event"] == "lost":
                    slow_lost += event["bytes"]

            assert size == slow_got + slow_lost
            assert slow_lost > 0
        guest.stop()


async def test_preempted_by_another_browser(run_dir):
    """The daemon's last event and its close code reach the browser that loses the seat."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        async with browser.stream("v1/consoles/vm/attach") as first:
            await events(first, "replayed")
            async with browser.stream("v1/consoles/vm/attach") as second:
                seen, _ = await events(first, "preempted")
                await events(second, "replayed")
                await first.wait_closed()

            assert ("anna", 4001) == (seen[-1]["by"], first.close_code)


async def test_signing_out_ends_the_streams(run_dir):
    """All of that browser's, with a word, and nobody else's."""
    async with opened(run_dir, "vm") as portal:
        async with portal.signed_in() as browser, portal.signed_in() as other:
            watching = "v1/consoles/vm/attach?mode=observe"
            async with browser.stream(watching) as stream, other.stream(watching) as stays:
                await events(stream, "replayed")
                await events(stays, "replayed")
                await browser.post("session/end")
                seen, _ = await events(stream, "refused")
                await stream.wait_closed()

                assert (401, "sign-in-needed") == (seen[-1]["status"], seen[-1]["code"])
                assert 4003 == stream.close_code
                await (await stays.ping())


async def test_a_sign_in_that_is_over_ends_its_streams(run_dir, monkeypatch):
    """Nobody looks on after the time that the cookie names."""
    monkeypatch.setattr("com1d.gateway.relay.relays.BEAT_SECONDS", 0.01)
    settings = {"session_time": 1.0}
    async with opened(run_dir, "vm", settings=settings) as portal, portal.signed_in() as browser:
        async with browser.stream("v1/consoles/vm/attach") as stream:
            seen, _ = await events(stream, "refused")
            await stream.wait_closed()

        assert "sign-in-needed" == seen[-1]["code"]
        assert (await browser.get("session")).status == 401


async def test_the_daemon_goes_and_comes_back(run_dir):
    """A daemon that stops closes with its own code; while there is none, that is said."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        async with browser.stream("v1/consoles/vm/attach") as stream:
            await events(stream, "replayed")
            portal.house.service.stop()
            await stream.wait_closed()
            assert 1012 == stream.close_code
        await portal.house.until(lambda: not portal.house.api.exists())
        async with browser.stream("v1/consoles/vm/attach") as stream:
            seen, _ = await events(stream, "refused")
            await stream.wait_closed()
            assert ("daemon-unreachable", 1013) == (seen[0]["code"], stream.close_code)
        answer = await browser.get("v1/consoles")
        assert 503 == answer.status


async def test_a_daemon_that_dies_in_the_middle(run_dir):
    """Without a close frame of its own the browser gets one, and knows that it may come back."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        async with browser.stream("v1/consoles/vm/attach") as stream:
            await events(stream, "replayed")
            console = portal.house.service.consoles["vm"]
            console.seating.audience[0].abandon()
            await stream.wait_closed()

        assert 1012 == stream.close_code


async def test_silence_is_broken_by_a_ping(run_dir, monkeypatch):
    """A proxy in front closes what is silent; a browser that answers nothing is given up."""
    monkeypatch.setattr(relay, "PING_SECONDS", 0.05)
    monkeypatch.setattr(relay, "DEAF_SECONDS", 0.5)
    monkeypatch.setattr("com1d.gateway.relay.relays.BEAT_SECONDS", 0.01)
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        async with browser.stream("v1/consoles/vm/attach") as answers:
            await events(answers, "replayed")
            async with browser.stream("v1/consoles/vm/attach?mode=observe") as deaf:
                await events(deaf, "replayed")
                deaf.transport.pause_reading()
                await portal.house.until(lambda: 1 == len(portal.gateway.relays.open))
                await (await answers.ping())
                deaf.transport.abort()


async def test_events_of_all_consoles(run_dir):
    """The list's stream passes as well, with what its user may see."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        async with browser.stream("v1/events") as stream:
            assert (await browser.post("v1/consoles/vm/disable")).status == 200
            async with asyncio.timeout(PATIENCE):
                while "disable" not in str(json.loads(await stream.recv())):
                    pass
            async with browser.stream("v1/consoles/vm/attach") as refused:
                seen, _ = await events(refused, "refused")
                await refused.wait_closed()
                assert ("console-disabled", 4002) == (seen[0]["code"], refused.close_code)


async def test_a_cookie_outlives_the_gateway(run_dir):
    """After a restart of the gateway its users are signed in still; nothing is kept but a key."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        said = {"Cookie": browser.cookies()}
    async with opened(run_dir, "vm") as portal, portal.browser() as browser:
        async with browser.stream("v1/consoles/vm/attach", **said) as stream:
            seen, _ = await events(stream, "attached")
        assert "anna" == seen[0]["user"]
        assert {"seal.key"} == {path.name for path in run_dir.glob("seal*")}


async def test_a_gateway_that_stops_says_so(run_dir):
    """Its browsers come back to the next one, with the same cookie."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        async with browser.stream("v1/consoles/vm/attach") as stream:
            await events(stream, "replayed")
            async with asyncio.timeout(PATIENCE):
                await portal.gateway.relays.close()
            await stream.wait_closed()
            assert (1012, "com1-web stops") == (stream.close_code, stream.close_reason)
