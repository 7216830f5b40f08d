"""An upgrade, a reload and a stop exclude each other: what one has begun, no other cuts in two."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from com1d.console.console import Console
from com1d.daemon.handover import predecessor
from com1d.daemon.handover.estate import Estate
from com1d.daemon.handover.form import FORMAT
from com1d.daemon.handover.predecessor import VARIABLE
from com1d.errors import StateRefused
from daemon.handover.process import HEAD, pipe, serving
from house import PATIENCE, running


READY = f"""
import os, socket
with socket.socket(fileno=int(os.environ["{VARIABLE}"])) as channel:
    channel.send(b'{{"ready": "0", "reads": {FORMAT}}}')
    channel.recv(1 << 17), channel.recv(1 << 17)
"""
"""A new version that is ready, and waits for what it is to take over."""


class Upgrade:
    """An upgrade to such a version, which waits for what is under way, as long as the test says."""

    def __init__(self, monkeypatch) -> None:
        self.begun = asyncio.Event()
        self.refused = False
        self.waits = True
        monkeypatch.setattr(predecessor, "command", lambda: [sys.executable, "-c", READY])
        monkeypatch.setattr(Estate, "obstacles", lambda _: self.obstacles())

    def obstacles(self):
        self.begun.set()
        if self.refused:
            raise StateRefused("a test")
        return iter(["a test"] if self.waits else [])

    async def begin(self, house) -> "asyncio.Task":
        asking = asyncio.create_task(house.request("POST", "/v1/upgrade"))
        async with asyncio.timeout(PATIENCE):
            await self.begun.wait()
        house.service.estate.unpause()  # so that it can be asked
        return asking


def refusals_of(house) -> list[str]:
    """Note from now on why upgrades were refused."""
    noted: list[str] = []
    publish = house.service.events.publish

    def note(fact):
        if fact.event == "upgrade.refused":
            noted.append(fact.reason)
        publish(fact)

    house.service.events.publish = note
    return noted


async def test_an_upgrade_that_a_stop_overtakes_is_none(run_dir, monkeypatch):
    """Who has the service stopped finds no other process that serves instead."""
    upgrade = Upgrade(monkeypatch)
    async with running(run_dir, "web01") as house:
        refusals = refusals_of(house)
        asking = await upgrade.begin(house)
        house.service.stop()
        upgrade.waits = False
    await asyncio.wait((asking,))

    assert ["com1d is stopping"] == refusals


async def test_a_reload_waits_for_an_upgrade_and_who_asks_is_told(run_dir, monkeypatch):
    """The new process has read the configuration by then: it would not have what has changed."""
    (run_dir / "com1d.toml").write_text(HEAD.format(folder=run_dir) + pipe(run_dir, "web02"))
    upgrade = Upgrade(monkeypatch)
    async with running(run_dir, "web01") as house:
        asking = await upgrade.begin(house)
        os.kill(os.getpid(), signal.SIGHUP)
        refused = await house.request("POST", "/v1/reload")
        upgrade.refused = True
        before, answer = [*house.service.consoles], await asking
        await house.until(lambda: [*house.service.consoles] == ["web02"])

    assert (409, "busy", ["web01"]) == (refused.status, refused.json["code"], before)
    assert (503, "a test") == (answer.status, answer.json["detail"])


async def test_consoles_that_come_or_go_stand_in_its_way(run_dir, monkeypatch):
    """The line of a VM in another's place, for one, is in neither console meanwhile."""
    stops, go_on, stop = asyncio.Event(), asyncio.Event(), Console.stop

    async def slowly(self, *args, **options) -> None:
        stops.set()
        await go_on.wait()
        await stop(self, *args, **options)

    monkeypatch.setattr(Console, "stop", slowly)
    async with running(run_dir, "web01") as house:
        service = house.service
        service.roster.another("web01", "")
        news = [*service.estate.obstacles()]
        empty = replace(service.in_force.config, consoles={})
        reloading = asyncio.create_task(service.in_force.switch_to(empty))
        async with asyncio.timeout(PATIENCE):
            await stops.wait()
        meanwhile = [*service.estate.obstacles()]
        go_on.set()
        await reloading
        after = [*service.estate.obstacles()]

    assert "consoles come or go" in news
    assert "consoles come or go" in meanwhile
    assert "consoles come or go" not in after


def has_successor(pid: int) -> bool:
    """Say whether a daemon has started the process that is to take over; any thread may have."""
    with suppress(FileNotFoundError, ProcessLookupError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                if VARIABLE.encode() in Path(f"/proc/{child}/environ").read_bytes():
                    return True
    return False


@pytest.mark.one_loop
async def test_a_reload_that_was_asked_for_meanwhile_is_the_new_processs(run_dir):
    """It reads the configuration once more: what is written after it has begun is not missed."""
    (run_dir / "guests").mkdir()
    async with serving(run_dir, pipe(run_dir, "web01")) as daemon:
        asking = asyncio.create_task(daemon.upgrade())
        async with asyncio.timeout(PATIENCE):
            while not has_successor(daemon.pid):
                await asyncio.sleep(0.005)
        path = run_dir / "com1d.toml"
        path.write_text(path.read_text() + pipe(run_dir, "web02"))
        os.kill(daemon.pid, signal.SIGHUP)
        answer = await asking
        async with asyncio.timeout(PATIENCE):
            while "config.reloaded" not in (events := [one["event"] for one in daemon.facts()]):
                await asyncio.sleep(0.01)
        consoles = (await daemon.get("/v1/consoles")).json["consoles"]

    assert (200, {"web01", "web02"}) == (answer.status, {one["name"] for one in consoles})
    assert events.index("daemon.upgraded") < events.index("config.reloaded")
