"""A part of the daemon that does not work: it is told, it comes by itself, the rest is served."""

import grp
import json
import os
import shutil
import signal
import socket
from pathlib import Path

import pytest

from com1d.config import PortAddress
from com1d.errors import Com1Error
from com1d.loop.listener import bind_unix
from com1d.tools.audit_check import check
from house import running


DEMO = PortAddress("demo", "")


def toml(folder: Path, settings: str, *names: str) -> str:
    folders = (f'{key}_dir = "{folder}/{key}"' for key in ("state", "log"))
    head = ["[daemon]", f'runtime_dir = "{folder}/run"', *folders, settings]
    return "\n".join([*head, *(f'[consoles.{name}]\nport = "demo:"' for name in names)])


async def reload(house, text: str):
    """Reload another configuration, as SIGHUP does, and give the fact that tells of it."""
    (house.folder / "com1d.toml").write_text(text)
    told = []
    publish, house.service.events.publish = house.service.events.publish, told.append
    os.kill(os.getpid(), signal.SIGHUP)
    ends = ("config.reloaded", "config.refused")
    await house.until(lambda: told and told[-1].event in ends)
    house.service.events.publish = publish
    return told[-1]


async def shown(house, name: str) -> str:
    return (await house.get(f"/v1/consoles/{name}")).json["trouble"]


@pytest.mark.parametrize("gone", ["run/com1d.sock", "run/consoles", "run", "run/consoles/a.sock"])
async def test_what_a_cleaner_removes_is_made_again(run_dir, gone: str):
    """A socket, its directory, or all of the runtime directory: whoever comes next gets in."""
    async with running(run_dir, "a", "b", port=DEMO) as house:
        path = run_dir / gone
        async with house.attach("b"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
            await house.until(lambda: house.api.exists() and house.socket("a").exists())
            assert 1 == house.service.sessions
        assert 200 == (await house.get("/v1/consoles")).status
        async with house.raw("a") as (reader, _):
            assert await reader.read(1)


async def test_a_socket_of_another_process_is_left_alone(run_dir):
    """Who has taken the path of a raw socket keeps it, at the start and at the end; it is told."""
    (run_dir / "run" / "consoles").mkdir(parents=True)
    with bind_unix(run_dir / "run" / "consoles" / "a.sock", None) as theirs:
        async with running(run_dir, "a", "b", port=DEMO) as house:
            assert "another process listens" in await shown(house, "a")
            assert not await shown(house, "b")
        assert house.socket("a").exists()
        theirs.close()
        async with running(run_dir, "a", port=DEMO) as house:
            assert not await shown(house, "a")


@pytest.mark.parametrize("what", ["a file", "a directory"])
async def test_a_console_whose_socket_cannot_be_made(run_dir, what: str):
    """It is served over the API meanwhile, and has its socket once the way is free."""
    path = run_dir / "run" / "consoles" / "a.sock"
    path.parent.mkdir(parents=True)
    path.touch() if what == "a file" else path.mkdir()
    async with running(run_dir, "a", "b", port=DEMO) as house:
        assert str(path) in await shown(house, "a")
        async with house.attach("a"):
            path.unlink() if what == "a file" else path.rmdir()
            await house.until(lambda: not house.service.consoles["a"].troubles)
            assert path.is_socket()


async def test_a_metrics_port_that_is_taken(run_dir):
    """All else is served, the service manager is told, and the page is there when the port is."""
    with socket.create_server(("127.0.0.1", 0)) as theirs:
        address = theirs.getsockname()
        async with running(run_dir, "a", port=DEMO) as house:
            service = house.service
            await reload(house, toml(run_dir, f'metrics = "127.0.0.1:{address[1]}"', "a"))
            assert f"port {address[1]}" in service.premises.troubles["metrics"]
            assert 1 == service.gauges.sample().parts_failing
            theirs.close()
            await house.until(lambda: not service.premises.troubles)
            socket.create_connection(address).close()


@pytest.mark.parametrize("key", ["log_dir", "state_dir"])
async def test_a_directory_that_cannot_be_had(run_dir, monkeypatch, key: str):
    """Consoles are served and observed by nobody unrecorded; it is made when that can be done."""
    monkeypatch.setattr("com1d.daemon.systemd.STATUS_SECONDS", 0.05)
    (run_dir / "in-the-way").touch()
    host = {key: run_dir / "in-the-way" / "folder"}
    async with running(run_dir, "a", port=DEMO, host=host) as house:
        service = house.service
        assert key in service.premises.troubles
        assert 200 == (await house.get("/v1/consoles")).status
        (run_dir / "in-the-way").unlink()
        await house.until(lambda: not service.premises.troubles)
        assert host[key].is_dir()


async def test_a_reload_moves_the_group_and_names_what_waits(run_dir):
    """The group holds at once, for sockets and their directory; directories take a restart."""
    async with running(run_dir, "a", port=DEMO) as house:
        settings = 'metrics = ""\nsocket_group = "daemon"'
        text = toml(run_dir, settings, "a").replace(f"{run_dir}/log", f"{run_dir}/elsewhere")
        fact = await reload(house, text)
        paths = (house.api, house.socket("a"), house.socket("a").parent)
        groups = {path.stat().st_gid for path in paths}

    assert {grp.getgrnam("daemon").gr_gid} == groups
    assert ("log_dir",) == fact.restart
    assert not (run_dir / "elsewhere").exists()


async def test_a_reload_with_a_group_that_is_none(run_dir):
    """It is refused whole: no console comes or goes."""
    async with running(run_dir, "a", port=DEMO) as house:
        fact = await reload(house, toml(run_dir, 'socket_group = "no-such-group"', "b"))
        assert "no-such-group" in str(fact.problems)
        assert ["a"] == list(house.service.consoles)


async def test_two_daemons(run_dir):
    """The second does not start, and the first is not disturbed."""
    async with running(run_dir, "a", port=DEMO) as house:
        with pytest.raises(Com1Error, match="already running"):
            async with running(run_dir, "a", port=DEMO):
                pass
        assert 200 == (await house.get("/v1/consoles")).status
        assert house.socket("a").exists()


async def test_a_key_within_others_reach_does_not_keep_the_host_dark(run_dir: Path):
    """It is taken from them before it is used, and the audit says with what mode it was found."""
    key = run_dir / "audit.key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o644)
    async with running(run_dir, "web01", host={"audit_key": str(key)}):
        assert 0o600 == key.stat().st_mode & 0o777

    lines = [json.loads(line) for line in (run_dir / "log/audit.jsonl").read_text().splitlines()]
    told = next(line for line in lines if line["event"] == "key.tightened")
    assert ("audit_key", str(key), "0644") == (told["setting"], told["path"], told["mode"])
    verifier, findings = check(run_dir / "log", run_dir / "state", key.read_bytes())
    assert (len(lines), []) == (verifier.count, findings)
