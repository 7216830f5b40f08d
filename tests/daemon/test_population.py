"""Consoles that come and go with their VMs, in a whole daemon: listed, attached to, left behind."""

import asyncio
import gc
import json
import os
import socket
import weakref
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import replace

import pytest

from com1d.config import (
    Config,
    ConsoleConfig,
    DiscoverConfig,
    PortAddress,
    RoleConfig,
)
from house import PATIENCE, events, read_bytes, running
from ports.ends import Listening, listening_at


@pytest.fixture
def vms(run_dir):
    """Give the directory in which VMs make their sockets."""
    return run_dir / "vms"


def discovery(vms, name="qemu", pattern="*/com1.sock", **settings):
    template = ConsoleConfig("", PortAddress("unix", ""), discovered=name, **settings)
    return DiscoverConfig(name, template, glob=f"{vms}/{pattern}")


@contextmanager
def listening(vms, name, file="com1.sock"):
    """Be a VM whose QEMU listens; its socket goes with it."""
    path = vms / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with listening_at(path) as vm:
            yield vm
    finally:
        path.unlink()


@asynccontextmanager
async def finding(run_dir, vms, *names, discover=(), **settings):
    async with running(
        run_dir, *names, discover=discover or (discovery(vms, **settings),)
    ) as house:
        yield house


async def listed(house, query=""):
    consoles = (await house.get(f"/v1/consoles{query}")).json["consoles"]
    return {console["name"]: console for console in consoles}


async def connection(server):
    return await asyncio.to_thread(server.accept)


def facts_of(house):
    """Note from now on what the daemon records about discoveries."""
    noted = []
    publish = house.service.events.publish

    def note(fact):
        noted.append(fact)
        publish(fact)

    house.service.events.publish = note
    return noted


async def test_a_vm_that_is_there_at_the_start_is_listed_when_the_daemon_is_ready(run_dir, vms):
    """READY means that everything can be had."""
    with listening(vms, "web"):
        async with finding(run_dir, vms, guest="linux") as house:
            web = (await listed(house))["web"]

    assert (f"unix:{vms}/web/com1.sock", "linux", "qemu", True) == (
        web["port"], web["guest"], web["discovered"], web["connected"]
    )  # fmt: skip


async def test_a_vm_is_served_when_it_comes_and_not_when_it_has_gone(run_dir, vms):
    """Sockets, list and all: both ways, more than once."""
    async with finding(run_dir, vms) as house:
        assert {} == await listed(house)
        for _ in range(2):
            with listening(vms, "web") as server:
                await house.until(lambda: "web" in house.service.consoles)
                await house.up("web")
                with await connection(server) as guest:
                    async with house.attach("web", "?replay=16384") as client:
                        guest.send(b"hello")
                        assert b"hello" == await read_bytes(client, 5)
            await house.until(lambda: "web" not in house.service.consoles)
            assert (404, False) == (
                (await house.get("/v1/consoles/web")).status, house.socket("web").exists()
            )  # fmt: skip


async def test_a_socket_that_is_bound_and_does_not_listen_yet_is_tried_soon(run_dir, vms):
    """The news comes at bind(); the connection is refused until listen(), and then it is not."""
    path = vms / "web" / "com1.sock"
    path.parent.mkdir(parents=True)
    async with finding(run_dir, vms) as house:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            await house.until(lambda: "web" in house.service.consoles)
            await house.until(
                lambda: "has no listener" in house.service.consoles["web"].circuit.keeper.reason
            )
            server.listen()
            vm = Listening(server)
            await house.up("web")
            vm.close()


async def test_who_is_attached_keeps_the_console_of_a_vm_that_has_gone(run_dir, vms):
    """A VM that is started again is the same console to him; without him it goes."""
    async with finding(run_dir, vms) as house, AsyncExitStack() as stack:
        with listening(vms, "web") as server:
            await house.until(lambda: "web" in house.service.consoles)
            await house.up("web")
            first = stack.enter_context(await connection(server))
            client = await stack.enter_async_context(house.attach("web", "?replay=none"))
            await events(client, "replayed")
        first.send(b"last words")
        assert b"last words" == await read_bytes(client, 10)
        first.close()
        await events(client, "port-down")
        assert (await listed(house))["web"]["connected"] is False
        with listening(vms, "web") as server:
            await events(client, "port-up")
            with await connection(server) as second:
                second.send(b"again")
                assert b"again" == await read_bytes(client, 5)
                assert 1 == house.service.consoles["web"].log.boot
        await events(client, "port-down")
        await client.close()
        await house.until(lambda: "web" not in house.service.consoles)


async def test_a_configured_console_has_the_last_word(run_dir, vms):
    """By its name and by its port; what is in its way is said, and served once it is free."""
    mine = ConsoleConfig("mine", PortAddress("unix", f"{vms}/db/com1.sock"))
    with listening(vms, "web"), listening(vms, "db"):
        async with finding(run_dir, vms, "web") as house:
            noted = facts_of(house)
            service = house.service
            assert service.consoles["web"].config.discovered is None
            assert service.consoles["db"].config.discovered == "qemu"

            config = replace(service.in_force.config, consoles={"mine": mine})
            await service.in_force.switch_to(config)
            assert {"mine", "web"} == set(service.consoles)
            refused = [fact for fact in noted if fact.event == "console.refused"]
            assert [("db", "mine has its port or control")] == [
                (fact.console, fact.reason) for fact in refused
            ]

            await service.in_force.switch_to(replace(config, consoles={}))
            assert {"db", "web"} == set(service.consoles)


async def test_a_reload_leaves_alone_what_was_found(run_dir, vms):
    """A session goes on where nothing of its own changed, and ends where something did."""
    with listening(vms, "web") as server:
        async with finding(run_dir, vms) as house:
            await house.up("web")
            service = house.service
            with await connection(server) as guest:
                async with house.attach("web") as client:
                    await service.in_force.switch_to(replace(service.in_force.config))
                    guest.send(b"still here")
                    assert b"still here" == await read_bytes(client, 10)

                    changed = replace(
                        service.in_force.config, discover=(discovery(vms, guest="windows"),)
                    )
                    await service.in_force.switch_to(changed)
                    async with asyncio.timeout(PATIENCE):
                        await client.wait_closed()
                    assert "windows" == service.consoles["web"].config.guest

            await service.in_force.switch_to(replace(service.in_force.config, discover=()))
            assert {} == service.consoles


async def test_two_discoveries_of_one_vm_make_one_console(run_dir, vms):
    """The second name for the same socket is told, and nobody steals the other's bytes."""
    both = (discovery(vms), discovery(vms, "again", "web/*.sock"))
    with listening(vms, "web"):
        async with finding(run_dir, vms, discover=both) as house:
            assert 1 == len(house.service.consoles)


async def test_a_set_is_a_scope_and_a_filter(run_dir, vms):
    """Numbers at the ends of names are instances, and a role for the set is one for each."""
    roles = (RoleConfig("uid", os.geteuid(), "reader", "set:we*"),)
    sets = (discovery(vms, "web", "web-*/com1.sock", set="web"), discovery(vms, "all"))
    with listening(vms, "web-7"), listening(vms, "web-x"), listening(vms, "db1"):
        async with running(run_dir, discover=sets[:1], roles=roles) as house:
            everything = await listed(house)
            assert {"7": ("web", None), "x": ("web", None)} == {
                name: (one["set"], None) for name, one in everything.items()
            }
            assert {"7"} == set(await listed(house, "?set=web&instance=7"))
            assert {} == await listed(house, "?set=db")
            assert 400 == (await house.get("/v1/consoles?instance=x")).status
            assert 403 == (await house.request("POST", "/v1/consoles/7/nmi")).status


async def test_what_cannot_be_a_console_is_told_and_does_no_harm(run_dir, vms):
    """A name that none may have is refused; one whose socket somebody has is served without."""
    async with finding(run_dir, vms) as house:
        noted = facts_of(house)
        taken = house.socket("db")
        with socket.socket(socket.AF_UNIX) as other, listening(vms, "no\nname"):
            other.bind(str(taken))
            other.listen()
            with listening(vms, "db"), listening(vms, "web"):
                await house.until(lambda: "web" in house.service.consoles)
                await house.until(
                    lambda: {"part.failed", "console.refused"} <= {f.event for f in noted}
                )
                assert "another process listens here" in (await listed(house))["db"]["trouble"]
    refused = {fact.console: fact.reason for fact in noted if fact.event == "console.refused"}
    [reason] = refused.values()
    assert "must have a name of printable characters" in reason


async def test_found_fifos_are_used_and_never_made(run_dir, vms):
    """Who makes them may remove them, and does not find them again."""
    vms.mkdir()
    discover = (discovery(vms, pattern="*.out"),)
    async with finding(run_dir, vms, discover=discover) as house:
        for end in ("in", "out"):
            os.mkfifo(vms / f"web.{end}")
        await house.until(lambda: "web" in house.service.consoles)
        guest = type(house.guest("x"))(vms / "web").start()
        try:
            await house.up("web")
        finally:
            (vms / "web.out").unlink()
            (vms / "web.in").unlink()
            guest.stop()
        await house.until(lambda: "web" not in house.service.consoles)
    assert [] == list(vms.iterdir())


async def test_a_console_that_goes_is_freed_without_the_garbage_collector(run_dir, vms):
    """The collector is told to leave consoles alone, so nothing in one may point back to it."""
    async with finding(run_dir, vms) as house:
        try:
            with listening(vms, "web"):
                await house.until(lambda: "web" in house.service.consoles)
                await house.up("web")
                gc.collect()
                gc.freeze()
                async with house.attach("web"), house.raw("web"):
                    await house.until(lambda: house.service.sessions)
                gone = weakref.ref(house.service.consoles["web"])
            await house.until(lambda: "web" not in house.service.consoles)
            gc.collect()  # frees its clients, which came later
            await house.until(lambda: gone() is None)
        finally:
            gc.unfreeze()


async def test_finding_and_losing_are_events(run_dir, vms):
    """Who may see the console hears of both."""
    async with finding(run_dir, vms) as house:
        heard = []
        publish = house.service.events.publish

        def note(fact):
            heard.append(json.dumps(fact.fields()) and fact.event)
            publish(fact)

        house.service.events.publish = note
        with listening(vms, "web"):
            await house.until(lambda: "console.found" in heard)
        await house.until(lambda: "console.lost" in heard)


def test_a_config_without_discoveries_looks_for_nothing():
    """Nobody pays for what he does not use."""
    assert () == Config().discover


async def test_a_vm_that_cannot_be_served_is_listed_with_the_reason(run_dir, vms):
    """In the list, by its name, as an event, in the metrics, and to who wants to attach."""
    vms.mkdir()
    discover = (discovery(vms, pattern="*.sock"),)
    async with finding(run_dir, vms, discover=discover) as house:
        noted = facts_of(house)
        (vms / "web.sock").touch()
        await house.until(lambda: noted)
        answer = (await house.get("/v1/consoles")).json
        shown = (await house.get("/v1/consoles/web")).json
        refused = (await house.get("/v1/consoles/web/attach")).json
        page = (await house.get("/metrics")).body
        (vms / "web.sock").unlink()
        with listening(vms, ".", "web.sock"):
            await house.until(lambda: "web" in house.service.consoles)
            assert [] == (await house.get("/v1/consoles")).json["unserved"]
        await house.until(lambda: "web" not in house.service.consoles)
        assert 404 == (await house.get("/v1/consoles/web")).status
    reason = f"{vms}/web.sock is neither a socket, a tty, nor a FIFO whose name ends with .out"
    vm = {"name": "web", "vm": None, "discovered": "qemu", "reason": reason}
    assert {"version": 1, "consoles": [], "unserved": [vm]} == answer
    assert {**vm, "served": False, "connected": False} == shown
    assert ("not-found", f"web is not served: {reason}") == (refused["code"], refused["detail"])
    assert b"\ncom1d_vms_unserved 1" in page
    assert ("console.refused", "web") == (noted[0].event, noted[0].fields()["console"])


async def test_who_may_not_see_a_vm_does_not_hear_that_it_is_not_served(run_dir, vms):
    """Its reason may name its paths."""
    vms.mkdir()
    (vms / "web.sock").touch()
    roles = (RoleConfig("uid", os.geteuid(), "owner", "db*"),)
    discover = (discovery(vms, pattern="*.sock"),)
    async with running(run_dir, discover=discover, roles=roles) as house:
        assert {"version": 1, "consoles": [], "unserved": []} == (
            await house.get("/v1/consoles")
        ).json
        said = (await house.get("/v1/consoles/web")).body
    assert b"neither" not in said


async def test_two_vms_that_want_one_name_do_not_hide_each_other(run_dir, vms):
    """The first has it, the other one is listed, and gets it when the first has gone."""
    table = replace(discovery(vms, pattern="*/*/com1"), called="{2}")
    async with running(run_dir, discover=(table,)) as house, AsyncExitStack() as stack:
        first = stack.enter_context(ExitStack())
        first.enter_context(listening(vms, "a/web", "com1"))
        await house.until(lambda: "web" in house.service.consoles)
        stack.enter_context(listening(vms, "b/web", "com1"))
        await house.until(lambda: house.service._facilities.unserved)
        [other] = (await house.get("/v1/consoles")).json["unserved"]
        assert ("b_x2f_web", "b/web") == (other["name"], other["vm"])
        assert other["reason"].startswith("a/web is called web, too: set `name`")
        first.close()
        await house.until(
            lambda: (
                "web" in house.service.consoles
                and house.service.consoles["web"].config.port.target == f"{vms}/b/web/com1"
            )
        )
        assert [] == (await house.get("/v1/consoles")).json["unserved"]
