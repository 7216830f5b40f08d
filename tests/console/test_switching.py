"""Enable and disable, end to end."""

import json

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from com1d.config import RoleConfig
from com1d.errors import StateUnavailable
from house import House, close, events, running


async def refusal(house: House, name: str, query: str = "") -> dict:
    """Attach in vain, and give the problem."""
    with pytest.raises(InvalidStatus) as refused:
        async with house.attach(name, query):
            pass
    return json.loads(refused.value.response.body)


@pytest.mark.parametrize(
    ("path", "code", "others_stay"),
    [
        ("/v1/consoles/web01/disable", "console-disabled", True),
        ("/v1/disable", "host-disabled", False),
    ],
)
async def test_disable_sends_everybody_away_and_lets_nobody_in(
    run_dir, path: str, code: str, others_stay: bool
):
    """Live sessions end with 4002 at once, on each kind of socket; new ones are refused."""
    async with running(run_dir, "web01", "db01") as house:
        async with (
            house.attach("web01") as active,
            house.attach("web01", "?mode=observe") as observer,
            house.raw("web01.observe") as (reader, _),
            house.attach("db01") as other,
        ):
            for client in (active, observer, other):
                await events(client, "replayed")
            await house.until(lambda: house.service.sessions == 4)

            answer = await house.request("POST", path)

            assert {"enabled": False, "disconnected": 3 if others_stay else 4} == answer.json
            for client in (active, observer):
                with pytest.raises(ConnectionClosed) as closed:
                    await client.recv()
                assert (4002, "disabled by root") == (
                    closed.value.rcvd.code, closed.value.rcvd.reason
                )  # fmt: skip
            assert b"com1d: web01: disabled by root" in await reader.read()
            if others_stay:
                await other.ping()

        problem = await refusal(house, "web01", "?mode=observe")
        assert (code, 403, "root") == (problem["code"], problem["status"], problem["by"])
        async with house.raw("web01") as (reader, _):
            assert f"com1d: {code}: ".encode() in await reader.read()
        paste = await house.request("POST", "/v1/consoles/web01/paste", b'{"text": "x"}')
        assert code == paste.json["code"]
        console = (await house.get("/v1/consoles/web01")).json
        assert (False, code) == (console["enabled"], console["disabled"]["code"])

        assert {"enabled": True} == (
            await house.request("POST", path.replace("disable", "enable"))
        ).json
        async with house.attach("web01") as client:
            await events(client, "replayed")
        assert (await house.get("/v1/consoles/web01")).json["enabled"]


async def test_switches_outlive_the_daemon(run_dir):
    """After a restart what was off is off, and the host's switch counts before the console's."""
    async with running(run_dir, "web01") as house:
        await house.request("POST", "/v1/consoles/web01/disable")
        await house.request("POST", "/v1/disable")
    async with running(run_dir, "web01") as house:
        assert "host-disabled" == (await refusal(house, "web01"))["code"]
        await house.request("POST", "/v1/enable")
        assert "console-disabled" == (await refusal(house, "web01"))["code"]


async def test_a_damaged_state_opens_nothing(run_dir):
    """The daemon starts, its ports are open, and nobody gets in until an owner says so."""
    (run_dir / "state").mkdir()
    (run_dir / "state" / "switches.json").write_text("{")
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        problem = await refusal(house, "web01")
        assert "host-disabled" == problem["code"]
        assert "switches.json cannot be used" in problem["detail"]

        await house.request("POST", "/v1/enable")
        async with house.attach("web01") as client:
            await events(client, "replayed")
        guest.stop()


async def test_a_disk_that_keeps_nothing(run_dir, monkeypatch):
    """Disable works and warns; enable is refused; both answers say what to do."""
    async with running(run_dir, "web01") as house:

        async def full(_state) -> None:
            raise StateUnavailable("No space left")

        async with house.attach("web01") as client:
            await events(client, "replayed")
            monkeypatch.setattr(house.service.board, "_write", full)
            answer = await house.request("POST", "/v1/consoles/web01/disable")
            assert (503, "state-unavailable") == (answer.status, answer.json["code"])
            with pytest.raises(ConnectionClosed):
                await client.recv()
        answer = await house.request("POST", "/v1/consoles/web01/enable")
        assert 503 == answer.status
        assert "console-disabled" == (await refusal(house, "web01"))["code"]


@pytest.mark.parametrize(
    ("roles", "path", "code"),
    [
        ([("reader", "*")], "/v1/consoles/web01/disable", "forbidden"),
        ([("contributor", "*")], "/v1/consoles/web01/disable", None),
        ([("contributor", "db*")], "/v1/consoles/web01/disable", "not-found"),
        ([("contributor", "*")], "/v1/disable", "forbidden"),
        ([("owner", "web*")], "/v1/disable", "forbidden"),
        ([("owner", "*")], "/v1/disable", None),
        ([], "/v1/disable", "not-found"),
        ([("contributor", "*")], "/v1/consoles/web01/disconnect", "forbidden"),
    ],
)
async def test_who_may(run_dir, roles, path: str, code: str | None):
    """A contributor switches his consoles, only an owner of everything the host."""
    granted = [RoleConfig("uid", 0, role, scope) for role, scope in roles]
    nobody = RoleConfig("uid", 1, "owner", "*")
    async with running(run_dir, "web01", roles=(nobody, *granted)) as house:
        answer = await house.request("POST", path)

        assert code == answer.json.get("code")
        assert (code is None) is (answer.status == 200)
        for console in house.service.consoles.values():
            blocked = house.service.access.obstacle(console.config)
            assert (code is None) is (blocked is not None)


async def test_without_a_log_a_console_is_off(run_dir):
    """`log_size = 0` is Azure's boot diagnostics off; the rule can be switched off."""
    async with running(run_dir, "web01", log_size=0) as house:
        assert "boot-diagnostics-required" == (await refusal(house, "web01"))["code"]
        async with house.raw("web01") as (reader, writer):
            assert b"com1d: boot-diagnostics-required: " in await reader.read()
            await close(writer)
    host = {"require_boot_diagnostics": False}
    async with running(run_dir, "web01", log_size=0, host=host) as house:
        async with house.attach("web01") as client:
            await events(client, "replayed")


async def test_a_port_that_is_down_keeps_nobody_out(run_dir):
    """Attaching to a VM that does not run is allowed: the session waits for it."""
    async with running(run_dir, "web01") as house:
        async with house.attach("web01") as client:
            seen, _ = await events(client, "replayed")
            assert seen[0]["connected"] is False
            guest = house.guest("web01").start()
            await events(client, "port-up")
        guest.stop()
