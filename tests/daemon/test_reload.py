"""A reload over HTTP: what changed, or all that is wrong; and groups that are made later."""

import asyncio
import grp
import json
import os
import signal
from pathlib import Path

import pytest

from com1d.config import PortAddress, RoleConfig
from com1d.config.model import Config
from com1d.daemon import reload as reloading
from house import running


DEMO = PortAddress("demo", "")


def toml(folder: Path, settings: str = "", *, roles: str = "", **consoles: str) -> str:
    """Give a configuration whose consoles have these lines in their tables."""
    head = [
        "[daemon]",
        *(f'{key}_dir = "{folder}/{place}"' for key, place in DIRECTORIES.items()),
        'metrics = ""',
        settings,
    ]
    tables = (f'[consoles.{name}]\nport = "demo:"\n{more}' for name, more in consoles.items())
    return "\n".join([*head, roles, *tables])


DIRECTORIES = {"runtime": "run", "state": "state", "log": "log"}


def write(house, text: str) -> None:
    (house.folder / "com1d.toml").write_text(text)


async def ask(house):
    return await house.request("POST", "/v1/reload")


async def test_it_answers_what_changed(run_dir):
    """Consoles, settings, roles, and what takes a restart, each by its name."""
    async with running(run_dir, "a", "b", port=DEMO) as house:
        role = '[[roles]]\nprincipal = "uid:0"\nrole = "owner"\nscope = "*"'
        key = run_dir / "key"
        key.touch(0o600)
        key.write_bytes(bytes(range(32)))
        settings = f'max_clients = 7\naudit_key = "{key}"'
        write(house, toml(run_dir, settings, roles=role, b="baud = 9600", c=""))
        answer = await ask(house)
        again = await ask(house)

    assert 200 == answer.status
    owner = f"owner uid:{os.geteuid()} on *"
    assert answer.json == {
        "consoles": {"added": ["c"], "removed": ["a"], "changed": ["b"]},
        "settings": ["daemon.max_clients"],
        "roles": {"added": [], "removed": []} if owner == "owner uid:0 on *" else ...,
        "restart": ["daemon.audit_key"],
    }
    assert again.json["consoles"] == {"added": [], "removed": [], "changed": []}


async def test_it_answers_all_that_is_wrong(run_dir):
    """File, key, value and what was expected, of every problem; nothing has changed."""
    async with running(run_dir, "a", port=DEMO) as house:
        write(house, toml(run_dir, "max_clients = 0", a="baud = 1", b="what = 2"))
        answer = await ask(house)
        assert ["a"] == list(house.service.consoles)

    assert (409, "config-refused") == (answer.status, answer.json["code"])
    problems = answer.json["problems"]
    assert ["daemon.max_clients", "consoles.a.baud", "consoles.b.what"] == [
        one["key"] for one in problems
    ]
    assert {str(run_dir / "com1d.toml")} == {one["file"] for one in problems}
    assert all(one["expected"] for one in problems)


async def test_it_is_for_owners_of_the_host(run_dir):
    """One of some consoles, a reader and a stranger are refused, and it is in the audit."""
    uid = os.geteuid()
    owner = RoleConfig("uid", uid, "owner", "a*"), RoleConfig("uid", uid, "reader", "*")
    async with running(run_dir, "a", port=DEMO, roles=owner) as house:
        answer = await ask(house)
    async with running(
        run_dir, "a", port=DEMO, roles=(RoleConfig("uid", 1, "owner", "*"),)
    ) as house:
        stranger = await ask(house)

    assert [(403, "forbidden"), (404, "not-found")] == [
        (one.status, one.json["code"]) for one in (answer, stranger)
    ]
    lines = map(json.loads, (run_dir / "log" / "audit.jsonl").read_text().splitlines())
    assert ["forbidden", "not-found"] == [
        line["outcome"] for line in lines if line.get("verb") == "reload"
    ]


async def test_who_ask_at_once_are_all_answered(run_dir):
    """Also beside a SIGHUP, and while the configuration changes."""
    async with running(run_dir, "a", port=DEMO) as house:
        write(house, toml(run_dir, b=""))
        os.kill(os.getpid(), signal.SIGHUP)
        answers = await asyncio.gather(*(ask(house) for _ in range(8)))

        assert {200} == {answer.status for answer in answers}
        assert ["b"] == list(house.service.consoles)


async def test_a_fault_of_ours_does_not_end_the_daemon(run_dir, monkeypatch):
    """A reload that fails in a way that nobody foresaw is refused, with what it was."""

    async def broken(_path: Path) -> Config:
        raise ZeroDivisionError("of ours")

    async with running(run_dir, "a", port=DEMO) as house:
        monkeypatch.setattr(reloading, "read", broken)
        answer = await ask(house)
        monkeypatch.undo()
        write(house, toml(run_dir, a=""))

        told = answer.json["problems"][0]["expected"]
        assert told.startswith("ZeroDivisionError at test_reload.py:")
        assert 200 == (await ask(house)).status


@pytest.fixture
def late_group(monkeypatch):
    """Give the name of a group that this host does not have, and what makes it."""
    known = grp.getgrnam
    made: list[str] = []

    def look_up(name: str) -> grp.struct_group:
        return known("daemon") if name in made else known(name)

    monkeypatch.setattr(grp, "getgrnam", look_up)
    return "no-such-group", lambda: made.append("no-such-group")


@pytest.mark.parametrize("setting", ["socket_group", "guest_group"])
async def test_a_group_that_is_made_later(run_dir, monkeypatch, late_group, setting: str):
    """The daemon starts, says so, keeps what is for the group to itself, and gives it then."""
    monkeypatch.setattr("com1d.daemon.systemd.STATUS_SECONDS", 0.05)
    name, make = late_group
    fifo = run_dir / "guests" / "a.out"
    async with running(run_dir, "a", host={setting: name}) as house:
        path = house.socket("a") if setting == "socket_group" else fifo
        premises = house.service.premises
        await house.until(path.exists)
        assert name in premises.troubles[setting]
        assert 1 == house.service.gauges.sample().parts_failing
        assert {os.getegid()} == {path.stat().st_gid, path.parent.stat().st_gid}
        make()
        gid = grp.getgrnam("daemon").gr_gid
        await house.until(lambda: {gid} == {path.stat().st_gid, path.parent.stat().st_gid})
        assert not premises.troubles


async def test_a_group_that_is_still_missing_is_no_new_mistake(run_dir):
    """A reload changes the rest; the group is told as before. A new one is refused."""
    async with running(run_dir, "a", port=DEMO, host={"socket_group": "no-such-group"}) as house:
        write(house, toml(run_dir, 'socket_group = "no-such-group"', b=""))
        same = await ask(house)
        write(house, toml(run_dir, 'socket_group = "no-other-group"', c=""))
        other = await ask(house)

        assert (200, 409) == (same.status, other.status)
        assert "no-such-group" in house.service.premises.troubles["socket_group"]
        assert ["b"] == list(house.service.consoles)


async def test_another_group_of_guests_needs_no_restart(run_dir):
    """FIFOs and their directory are given to it while the daemon runs."""
    port = PortAddress("pipe", f"{run_dir}/guests/a")
    async with running(run_dir, "a", port=port, host={"guest_group": "daemon"}) as house:
        fifo = run_dir / "guests" / "a.out"
        await house.until(fifo.exists)
        pipe = f'[consoles.a]\nport = "pipe:{run_dir}/guests/a"'
        write(house, toml(run_dir, 'guest_group = "bin"') + "\n" + pipe)
        answer = await ask(house)
        gid = grp.getgrnam("bin").gr_gid
        await house.until(lambda: {gid} == {fifo.stat().st_gid, fifo.parent.stat().st_gid})

    assert ["daemon.guest_group"] == answer.json["settings"]
