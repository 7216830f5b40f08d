"""Real processes under different users and groups, against a real daemon.

The users have no accounts: numbers are all that the kernel vouches for, and all that counts.
"""

import asyncio
import grp
import json
from functools import partial

import pytest
from websockets.asyncio.client import unix_connect

from com1d.config import RoleConfig
from house import PATIENCE, House, running
from identity import act


pytestmark = pytest.mark.one_loop

STRANGER, READER, CONTRIBUTOR, OWNER = 20001, 20002, 20003, 20004
TEAM = 30001
ENTRANTS = next(entry for entry in grp.getgrall() if entry.gr_gid)
"""The group that may open the sockets: any that has a name."""

ROLES = (
    RoleConfig("uid", READER, "reader", "web*"),
    RoleConfig("gid", TEAM, "contributor", "web*"),
    RoleConfig("uid", CONTRIBUTOR, "contributor", "*"),
    RoleConfig("uid", OWNER, "owner", "*"),
    RoleConfig("uid", 0, "owner", "*"),
)

CONFIG = """
[daemon]
runtime_dir = "{folder}/run"
state_dir = "{folder}/state"
log_dir = "{folder}/log"
metrics = ""
[consoles.web01]
port = "pipe:{folder}/guests/web01"
"""

host = partial(running, roles=ROLES, host={"socket_group": ENTRANTS.gr_name})


async def come(house: House, uid: int, *steps: list, groups: tuple[int, ...] = ()) -> list:
    """Have a process of that user, who may open the sockets, do something."""
    house.folder.chmod(0o711)
    entrants = (ENTRANTS.gr_gid, *groups)
    return await asyncio.to_thread(partial(act, uid, *steps, groups=entrants))


def paths(house: House, name: str) -> list[str]:
    folder = house.folder / "run" / "consoles"
    return [str(folder / f"{name}.sock"), str(folder / f"{name}.observe.sock")]


async def test_everyone_is_any_process_that_opens_the_sockets(run_dir):
    """A stranger has that role, no more and on no other console; others keep theirs beside it."""
    roles = (RoleConfig("everyone", "", "reader", "web*"), *ROLES)
    async with running(
        run_dir, "web01", "db01", roles=roles, host={"socket_group": ENTRANTS.gr_name}
    ) as house:
        asked = (
            ["http", str(house.api), "GET", "/v1/consoles/web01"],
            ["http", str(house.api), "POST", "/v1/consoles/web01/disable"],
            ["http", str(house.api), "GET", "/v1/consoles/db01"],
            ["http", str(house.api), "POST", "/v1/disable"],
        )
        stranger = await come(house, STRANGER, *asked)
        owner = await come(house, OWNER, *asked[1:2])

    assert [200, 403, 404, 403] == [status for status, _ in stranger]
    assert [200] == [status for status, _ in owner]


async def test_without_a_role_nothing_is_there(run_dir):
    """Each entrance answers as for a console that does not exist, to the byte."""
    async with host(run_dir, "web01") as house:
        api = str(house.api)
        said = {}
        for name in ("web01", "web99"):
            answers = await come(
                house,
                STRANGER,
                ["http", api, "GET", f"/v1/consoles/{name}"],
                ["http", api, "POST", f"/v1/consoles/{name}/disable"],
                ["http", api, "POST", f"/v1/consoles/{name}/nmi"],
                ["http", api, "POST", f"/v1/consoles/{name}/paste", '{"text": "x"}'],
                ["http", api, "GET", f"/v1/consoles/{name}/log"],
                ["websocket", api, f"/v1/consoles/{name}/attach"],
                ["websocket", api, f"/v1/consoles/{name}/attach?mode=observe"],
            )
            said[name] = json.dumps(answers).replace(name, "NAME")
            assert {404} == {status for status, _ in answers}
            assert {"not-found"} == {json.loads(body)["code"] for _, body in answers}
        assert said["web01"] == said["web99"]

        for line in await come(
            house, STRANGER, *(["raw", p, "typed"] for p in paths(house, "web01"))
        ):
            assert line.startswith("com1d: not-found: ")
        listed, metrics, host_off, names = await come(
            house,
            STRANGER,
            ["http", api, "GET", "/v1/consoles"],
            ["http", api, "GET", "/metrics"],
            ["http", api, "POST", "/v1/disable"],
            ["names", str(house.folder / "run" / "consoles")],
        )
        assert (200, 200) == (listed[0], metrics[0])
        assert "web01" not in listed[1] + metrics[1]
        assert 404 == host_off[0]
        assert "PermissionError" == names


async def test_without_the_group_there_is_no_way_in(run_dir):
    """Who is not in the sockets' group cannot even connect, whatever his role."""
    async with host(run_dir, "web01") as house:
        house.folder.chmod(0o711)
        steps = (["dial", str(house.api)], ["dial", paths(house, "web01")[0]])
        refused = await asyncio.to_thread(partial(act, OWNER, *steps))

        assert ["PermissionError"] * 2 == refused


async def test_a_readers_bytes_never_reach_the_port(run_dir):
    """By no entrance and no verb: the guest gets what the contributor typed, and nothing before."""
    async with host(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        active, observe = paths(house, "web01")
        api = str(house.api)
        answers = await come(
            house,
            READER,
            ["raw", active, "reader"],
            ["raw", observe, "reader"],
            ["websocket", api, "/v1/consoles/web01/attach", "reader"],
            ["websocket", api, "/v1/consoles/web01/attach?mode=observe", "reader"],
            ["http", api, "POST", "/v1/consoles/web01/paste", '{"text": "reader"}'],
            ["http", api, "POST", "/v1/consoles/web01/keys", '{"keys": ["F8"]}'],
            ["http", api, "POST", "/v1/consoles/web01/sysrq", '{"keys": "h"}'],
            ["http", api, "POST", "/v1/consoles/web01/break"],
        )

        assert answers[0].startswith("com1d: forbidden: ")
        assert "this socket observes; what you type goes nowhere" in answers[1]
        assert [403, 101] == [answers[2][0], answers[3][0]]
        assert [403] * 4 == [status for status, _ in answers[4:]]
        async with house.attach("web01") as client:
            await client.send(b"root")
            assert b"root" == await guest.typed(4)
        assert b"" == guest.typed_now()
        guest.stop()


async def test_a_contributor_is_no_owner(run_dir):
    """He switches and types, but disconnects nobody and does not switch the host off."""
    async with host(run_dir, "web01") as house:
        api = str(house.api)
        steps = [
            ["http", api, "POST", path]
            for path in (
                "/v1/consoles/web01/disconnect",
                "/v1/disable",
                "/v1/enable",
                "/v1/consoles/web01/disable",
                "/v1/consoles/web01/enable",
            )
        ]
        contributor = await come(house, CONTRIBUTOR, *steps)
        owner = await come(house, OWNER, *steps)

        assert [403, 403, 403, 200, 200] == [status for status, _ in contributor]
        assert [200] * 5 == [status for status, _ in owner]


async def test_groups_count_as_the_kernel_has_them(run_dir):
    """A supplementary group gives its role, on the consoles of its scope and no others."""
    async with host(run_dir, "web01", "db01") as house:
        steps = [
            ["websocket", str(house.api), f"/v1/consoles/{name}/attach"]
            for name in ("web01", "db01")
        ]
        inside = await come(house, STRANGER, *steps, groups=(TEAM,))
        outside = await come(house, STRANGER, *steps)

        assert [101, 404] == [status for status, _ in inside]
        assert [404, 404] == [status for status, _ in outside]


async def test_a_process_keeps_what_it_had_when_it_connected(run_dir):
    """Changing the user later neither gives nor takes: the connection is that of who made it."""
    async with host(run_dir, "web01") as house:
        api, show = str(house.api), ["GET", "/v1/consoles/web01"]
        rising = await come(house, STRANGER, ["dial", api], ["become", OWNER], ["http", api, *show])
        falling = await come(
            house, OWNER, ["dial", api], ["become", STRANGER], ["http", api, *show]
        )

        assert ["connected", f"uid {OWNER}", 404] == [*rising[:2], rising[2][0]]
        assert ["connected", f"uid {STRANGER}", 200] == [*falling[:2], falling[2][0]]


async def test_who_is_on_is_shown_with_his_process(run_dir):
    """A user without an account is shown by number; the audit has his groups and command."""
    async with host(run_dir, "web01") as house:
        await come(house, CONTRIBUTOR, ["websocket", str(house.api), "/v1/consoles/web01/attach"])
        await house.until(lambda: not house.service.sessions)
        text = (run_dir / "log" / "audit.jsonl").read_text()

    began = next(
        line for line in map(json.loads, text.splitlines()) if "session.began" == line["event"]
    )
    assert (f"uid {CONTRIBUTOR}", CONTRIBUTOR, CONTRIBUTOR) == (
        began["user"], began["uid"], began["gid"]
    )  # fmt: skip
    assert began["command"].startswith("python")


async def test_a_role_that_is_taken_away_ends_what_is_heard(run_dir):
    """Who subscribed to events hears of those consoles only that he may see now."""
    async with running(run_dir, "web01", "db01", roles=ROLES) as house:
        uri = "ws://com1d/v1/events"
        async with unix_connect(str(house.api), uri, compression=None) as subscriber:
            (run_dir / "com1d.toml").write_text(
                '[[roles]]\nprincipal = "uid:0"\nrole = "reader"\nscope = "db*"\n'
                + CONFIG.format(folder=run_dir)
                + f'[consoles.db01]\nport = "pipe:{run_dir}/guests/db01"\n'
            )
            await house.service.reload()
            for name in ("web01", "db01"):
                async with house.raw(name) as (reader, _):
                    assert await reader.read()

            async with asyncio.timeout(PATIENCE):
                heard = json.loads(await subscriber.recv())
            assert ("attach.refused", "db01") == (heard["event"], heard["console"])


async def test_a_role_that_is_taken_away_ends_the_the_session(run_dir):
    """A reload judges who is on again: 4003 for who lost his role, nothing for the others."""
    config = '[[roles]]\nprincipal = "uid:0"\nrole = "reader"\nscope = "*"\n' + CONFIG
    async with running(run_dir, "web01", roles=ROLES) as house:
        async with house.attach("web01") as active:
            async with house.attach("web01", "?mode=observe") as observer:
                (run_dir / "com1d.toml").write_text(config.format(folder=run_dir))
                await house.service.reload()

                await active.wait_closed()
                assert 4003 == active.close_code
                await observer.ping()

    text = (run_dir / "log" / "audit.jsonl").read_text()
    changed = [line for line in map(json.loads, text.splitlines()) if "roles" in line["event"]]
    assert "reader uid:0 on *" in changed[-1]["added"]
    assert "owner uid:0 on *" in changed[-1]["removed"]
