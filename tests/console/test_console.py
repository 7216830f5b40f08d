"""A console: what it shows of its parts, and that it lets go of them."""

import asyncio
import gc
import json
import weakref

import pytest

from com1d import wire
from com1d.console.description import describe
from com1d.console.figures import sample as sample_of
from com1d.errors import NotRunning
from house import discarded, events, read_bytes, running


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"idle_timeout": 60},
        {"guest": "windows", "on_disconnect": "lock", "idle_timeout": 60},
        {"control": "qmp:/nowhere/web01.qmp"},
        {"control": "chv:/nowhere/web01.sock"},
        {"log_size": 0},
    ],
    ids=["plain", "with a limit", "locked", "with QMP", "with Cloud Hypervisor", "without a log"],
)
async def test_a_stopped_console_is_freed_by_its_reference_count(run_dir, options):
    """The garbage collector leaves consoles alone, so nothing in one may point back to it then."""
    host = {"require_boot_diagnostics": False}
    async with running(run_dir, "web01", host=host, **options) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        gc.collect()
        gc.disable()
        try:
            async with house.raw("web01.observe"), house.attach("web01") as client:
                await events(client, "replayed")
                await client.send(b"x")
                await guest.typed(1)
                guest.print(b"y")
                await read_bytes(client, 1)
            await house.until(lambda: not house.service.sessions)
            gone = weakref.ref(house.service.consoles["web01"])

            await house.service.roster.remove(["web01"])

            await house.until(lambda: gone() is None)
        finally:
            gc.enable()
        guest.stop()


async def test_with_clients_on_it_goes_all_the_same(run_dir):
    """They are sent away first, each with a word."""
    async with running(run_dir, "web01") as house:
        async with house.attach("web01") as client, house.attach("web01", "?wait=true") as waiting:
            await events(waiting, "waiting")
            await house.service.roster.remove(["web01"])
            for one in (client, waiting):
                await one.wait_closed()
                assert wire.CLOSE_RESTARTING == one.close_code
        assert 0 == house.service.sessions


async def test_everybody_is_told_of_the_port(run_dir):
    """That it is up and that it is down, at the offset at which it happened."""
    async with running(run_dir, "web01") as house, house.attach("web01") as client:
        first, _ = await events(client, "replayed")
        assert not first[0]["connected"]
        guest = house.guest("web01").start()
        up, _ = await events(client, "port-up")
        assert 0 == up[-1]["offset"]
        guest.print(b"hello")
        await read_bytes(client, 5)
        guest.stop()
        down, _ = await events(client, "port-down")
        assert 5 == down[-1]["offset"]
        assert down[-1]["reason"]


async def test_what_it_shows(run_dir):
    """Who is on, what was typed in vain, and where the stream is, in the list and in a scrape."""
    async with running(run_dir, "web01") as house:
        console = house.service.consoles["web01"]
        async with house.attach("web01") as client, house.attach("web01", "?mode=observe") as other:
            await events(client, "replayed")
            await other.send(b"1234")
            refused, _ = await events(other, "input-refused")
            await client.send(b"123")
            await events(client, "input-refused")
            shown, sample = (
                describe(console, house.service.access),
                sample_of(console, enabled=True),
            )

    assert ("forbidden", 4) == (refused[-1]["code"], refused[-1]["bytes"])
    assert json.loads(json.dumps(shown)) == shown
    assert "websocket" == shown["active"]["via"]
    assert 1 == len(shown["observers"])
    assert (7, 1, 1, 2) == (discarded(console), sample.active, sample.observers, sample.sessions)


async def test_a_break_needs_a_port_that_is_up(run_dir):
    """Without one there is nothing to hold in break."""
    async with running(run_dir, "web01") as house:
        with pytest.raises(NotRunning, match="the port is down"):
            await house.service.consoles["web01"].send_break()


async def test_a_stopped_console_calls_nobody(run_dir):
    """What is still under way for it ends unheard."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        console = house.service.consoles["web01"]
        guest.print(b"so that it is looked at")
        await house.until(lambda: console.watch.awake)
        await house.service.roster.remove(["web01"])
        before = describe(console, house.service.access)
        guest.print(b"to nobody")
        await asyncio.sleep(0)

        assert before == describe(console, house.service.access)
        assert not console.connected
        guest.stop()


async def test_a_port_that_waits_is_told_at_the_start(run_dir, capfd):
    """The daemon's log says which ports are not open, and why: the start alone has their number."""
    async with running(run_dir, "web01", host={"log_level": "info"}):
        pass
    [line] = [line for line in capfd.readouterr().err.splitlines() if "port.waiting" in line]
    assert "web01" in line
    assert "no VM holds" in line


async def test_a_console_says_what_it_can_and_may(run_dir):
    """Its list and itself have the caller's role and what is possible; an attach why it is down."""
    async with running(run_dir, "web01", control="qmp:/nowhere/web01.qmp") as house:
        listed = (await house.get("/v1/consoles")).json
        [console] = listed["consoles"]
        assert 1 == listed["version"]
        assert ("owner", True) == (console["role"], "nmi" in console["can"])
        assert console["can"] == (await house.get("/v1/consoles/web01")).json["can"]
        async with house.attach("web01") as client:
            seen, _ = await events(client, "replayed")
            assert "no VM holds" in seen[0]["reason"]
