"""The guest's state, as clients see it."""

import asyncio
import json

import pytest

from com1d.config import PortAddress
from com1d.core.guest.detector import QUIET
from com1d.core.stream.ring import Ring
from com1d.guest.guest_watch import SPREAD, GuestWatch
from com1d.guest.looks import Looks
from com1d.loop.stalls import HoldTimes
from house import PATIENCE, running


async def test_guests_that_begin_together_are_looked_at_apart():
    """The looks at sixty guests are spread over the time that they have, from the first one on."""
    told: list = []
    looks = Looks(asyncio.get_running_loop(), HoldTimes())
    watches = [
        GuestWatch("linux", Ring(64), lambda *what: told.append(what), lambda: None, looks)
        for _ in range(60)
    ]
    for watch in watches:
        watch.wake(b"")
    due = sorted(watch._timer.when() for watch in watches)
    for watch in watches:
        watch.close()

    assert due[-1] - due[0] > QUIET * SPREAD / 2


async def state(client, wanted: str) -> dict:
    """Wait until the guest is said to be in a state."""
    async with asyncio.timeout(PATIENCE):
        while True:
            message = await client.recv()
            if isinstance(message, str):
                event = json.loads(message)
                if event["event"] == "guest" and event["state"] == wanted:
                    return event


async def test_windows_from_power_on_to_a_bugcheck(run_dir):
    """SAC is seen with its advice, in events and in the console's JSON; then the blue screen."""
    demo = PortAddress("demo", "")
    async with running(run_dir, "web01", port=demo, guest="windows") as house:
        async with house.attach("web01") as client:
            seen = await state(client, "sac")
            shown = (await house.get("/v1/consoles/web01")).json["guest_state"]
            await house.request("POST", "/v1/consoles/web01/nmi")
            dead = await state(client, "bugcheck")

    assert "80" in seen["hint"]
    assert "sac" == shown["state"]
    assert shown["since"].endswith("Z")
    assert dead["hint"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"\r\nweb01 login: ", "login"),
        (b"\r\n[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs on sda1\r\n",
         "kernel-panic"),
        (b"\r\nPress F2 for something else\r\n", "unknown"),
    ],
    ids=["login", "panic", "unknown"],
)  # fmt: skip
async def test_linux(run_dir, text: bytes, expected: str):
    """What a Linux guest prints last says what it does."""
    async with running(run_dir, "web01", guest="linux") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01") as client:
            guest.print(text)
            await state(client, expected)
        guest.stop()


async def test_what_a_guest_survived_last_is_shown(run_dir):
    """To who asks later, with its time; the state is what it was."""
    async with running(run_dir, "web01", guest="linux") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        watch = house.service.consoles["web01"].watch
        assert (None, 0) == (watch.describe()["notice"], watch.describe()["skipped"])
        guest.print(b"\r\nweb01 login: [   77.123456] Out of memory: Killed process 1 (x)\r\n")
        await house.until(lambda: watch.describe()["notice"])
        shown = (await house.get("/v1/consoles/web01")).json["guest_state"]
        guest.stop()

    assert "login" == shown["state"]
    assert "out-of-memory" == shown["notice"]["what"]
    assert "Out of memory: Killed process 1 (x)" == shown["notice"]["evidence"]
    assert shown["notice"]["at"].endswith("Z")
