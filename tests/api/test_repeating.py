"""Held keys, end to end: what the guest sees, and everything that ends it."""

import asyncio
import json
import os
import signal
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import unix_connect

from com1d.api import repeating
from com1d.config import GatewayConfig, RoleConfig
from com1d.core.keys import repeat
from house import PATIENCE, close, events, running


F8 = b"\x1b[19~"
"""As a guest of which nothing is known has it."""

HOLD = b'{"keys": ["F8"], "hold": true}'
OPS = RoleConfig("user", "anna", "contributor", "*")


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Press faster than the interface says, so that no test takes long."""
    monkeypatch.setattr(repeating, "EVERY", 0.01)


@asynccontextmanager
async def held(run_dir, body: bytes = HOLD, **options):
    """Hold a key on web01: give the daemon, the guest that has seen it twice, and the answer."""
    async with running(run_dir, "web01", **options) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        answer = asyncio.create_task(house.request("POST", "/v1/consoles/web01/keys", body))
        try:
            assert F8 * 2 == await guest.typed(2 * len(F8))
            yield house, guest, answer
        finally:
            guest.stop()
            await answer


async def ended(answer, guest) -> str:
    """Wait for the end; the guest must have got whole keys, as many as the answer counts."""
    async with asyncio.timeout(PATIENCE):
        got = await answer
    assert 200 == got.status, got.json
    assert F8 * (got.json["pressed"] - 2) == guest.typed_now()
    return got.json["until"]


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        (b"\r\nweb01 login: ", "login"),
        (b"GNU GRUB  version 2.06\r\n\r\n", "boot-menu"),
        (b"Nothing that tells\r\n", "unknown"),
    ],
)
async def test_it_lasts_until_the_guest_does_something_else(run_dir, printed: bytes, state: str):
    """The answer names the state, and not one key comes after it."""
    async with held(run_dir) as (_, guest, answer):
        guest.print(printed)

        assert state == await ended(answer, guest)


async def test_the_firmware_before_the_menu_does_not_end_it(run_dir):
    """Who resets the VM and holds F8 means the menu that comes after the firmware."""
    async with held(run_dir) as (house, guest, answer):
        guest.print(b"SeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n")
        await house.until(lambda: house.service.consoles["web01"].watch.state == "firmware")
        guest.typed_now()
        await guest.typed(2 * len(F8))
        assert not answer.done()
        guest.print(b"GNU GRUB  version 2.06\r\n\r\n")

        assert "boot-menu" == (await answer).json["until"]


async def test_a_minute_is_enough(run_dir, monkeypatch):
    """A guest that never changes is given up."""
    monkeypatch.setattr(repeat, "LIMIT", 0.1)
    async with held(run_dir) as (_, guest, answer):
        assert "timeout" == await ended(answer, guest)


async def test_a_newer_session_ends_it(run_dir):
    """The session for which the key is held is preempted: no key of it follows."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01") as first:
            await events(first, "replayed")
            answer = asyncio.create_task(house.request("POST", "/v1/consoles/web01/keys", HOLD))
            await guest.typed(len(F8))
            async with house.attach("web01") as second:
                await events(second, "replayed")
                guest.typed_now()
                await second.send(b"MINE")

                assert b"MINE" == await guest.typed(4)
                assert "preempted" == (await answer).json["until"]
        guest.stop()


async def test_another_user_who_sits_down_ends_it(run_dir):
    """Where nobody was on, the first to come has the line; what he types follows the last key."""
    gateways = (GatewayConfig(0),)
    roles = (OPS, RoleConfig("uid", 0, "owner", "*"))
    async with (
        held(run_dir, roles=roles, gateways=gateways) as (house, guest, answer),
        unix_connect(
            str(house.api), "ws://com1d/v1/consoles/web01/attach", subprotocols=["com1.v1"],
            compression=None, additional_headers={"Com1d-User": "anna"},
        ) as anna,
    ):  # fmt: skip
        await anna.send(b"MINE")

        async with asyncio.timeout(PATIENCE):
            got = (await answer).json
        assert "preempted" == got["until"]
        rest = len(F8) * (got["pressed"] - 2)
        assert F8 * (got["pressed"] - 2) + b"MINE" == await guest.typed(rest + 4)


async def test_the_same_user_types_behind_it(run_dir):
    """What he types meanwhile waits, and comes after the last key: never between two bytes."""
    async with held(run_dir) as (house, guest, answer), house.attach("web01") as client:
        await client.send(b"typed")
        await guest.typed(len(F8))
        guest.print(b"\r\nweb01 login: ")
        pressed = (await answer).json["pressed"]

        assert F8 * (pressed - 3) + b"typed" == await guest.typed(len(F8) * (pressed - 3) + 5)


async def test_a_slow_line_gets_whole_keys(run_dir):
    """What waits for the line is never cut in the middle of a key's bytes."""
    async with held(run_dir, baud=2400) as (_, guest, answer):
        guest.print(b"\r\nweb01 login: ")
        rest = F8 * ((await answer).json["pressed"] - 2)

        assert rest == await guest.typed(len(rest))


async def test_a_port_that_goes_down_ends_it(run_dir):
    """The VM's end of the line is closed: that is said, not that the guest has changed."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        answer = asyncio.create_task(house.request("POST", "/v1/consoles/web01/keys", HOLD))
        await guest.typed(2 * len(F8))
        guest.stop()

        assert "port-down" == (await answer).json["until"]


@pytest.mark.parametrize("way", ["ctrl-c", "cancel", "disable"])
async def test_what_cancels_it(run_dir, way: str):
    """Ctrl-C and `cancel` of a session of the same user, and the console's switch."""
    async with held(run_dir) as (house, _, answer), house.attach("web01") as client:
        if way == "disable":
            await house.request("POST", "/v1/consoles/web01/disable")
        else:
            await client.send(b"\x03" if way == "ctrl-c" else json.dumps({"op": "cancel"}))

        assert "cancelled" == (await answer).json["until"]


async def test_a_console_that_is_configured_away_ends_it(run_dir):
    """A reload without the console: nothing is pressed on a line that is no more."""
    async with held(run_dir) as (house, _, answer):
        (house.folder / "com1d.toml").write_text(
            f'[daemon]\nruntime_dir = "{house.folder}/run"\nstate_dir = "{house.folder}/state"\n'
            f'log_dir = "{house.folder}/log"\nmetrics = ""\n'
        )
        os.kill(os.getpid(), signal.SIGHUP)

        async with asyncio.timeout(PATIENCE):
            assert "port-down" == (await answer).json["until"]


async def test_a_client_that_goes_away_ends_it(run_dir):
    """Nobody waits for the answer any more: the line is free for the next paste."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        _, writer = await asyncio.open_unix_connection(str(house.api))
        head = f"POST /v1/consoles/web01/keys HTTP/1.1\r\nHost: x\r\nContent-Length: {len(HOLD)}"
        writer.write(head.encode() + b"\r\n\r\n" + HOLD)
        await guest.typed(2 * len(F8))
        assert 409 == (await paste(house)).status
        await close(writer)
        async with asyncio.timeout(PATIENCE):
            while (await paste(house)).status != 200:
                await asyncio.sleep(0.001)

        assert b"x" == guest.typed_now().replace(F8, b"")
        guest.stop()


async def paste(house):
    return await house.request("POST", "/v1/consoles/web01/paste", b'{"text": "x"}')


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"keys": []}, "bad-request"),
        ({"keys": ["F8"] * 17}, "bad-request"),
        ({"keys": ["F88"]}, "bad-request"),
        ({"keys": ["F8"], "hold": "yes"}, "bad-request"),
        ({"keys": ["F8"], "on": "keyboard"}, "bad-request"),
        ({"keys": ["Shift-F8"]}, "unsupported"),
    ],
)
async def test_what_cannot_be_held(run_dir, body, code: str):
    """No key, too many, unknown ones, and what the guest's profile lacks: nothing is pressed."""
    async with running(run_dir, "web01", keys="pcansi") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        content = json.dumps({"hold": True} | body).encode()
        answer = await house.request("POST", "/v1/consoles/web01/keys", content)

        assert code == answer.json["code"]
        assert b"" == guest.typed_now()
        guest.stop()


async def test_the_audit_says_how_often_and_why_it_ended(run_dir):
    """One line for all presses together."""
    async with held(run_dir) as (_, guest, answer):
        guest.print(b"\r\nweb01 login: ")
        pressed = (await answer).json["pressed"]

    lines = map(json.loads, (run_dir / "log" / "audit.jsonl").read_text().splitlines())
    [line] = [line for line in lines if line["event"] == "verb.used"]
    assert {"keys": 1, "pressed": pressed, "until": "login"} == line["details"]
