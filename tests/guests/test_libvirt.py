"""A real libvirt with a real guest, seen through com1d from its definition to its end."""

import asyncio

import pytest

from frontends.harness import PATIENCE, Terminal, running
from guests.libvirtd import libvirtd
from guests.operate import post, request
from guests.qemu import PROMPT, READY
from guests.served import until
from guests.session import Session, attached


pytestmark = pytest.mark.guest

PANIC = b"Kernel panic - not syncing: NMI: Not continuing"
PTY = "<serial type='pty'><target port='0'/></serial>"
UNIX = "<serial type='unix'><source mode='bind' path='{}'/><target port='0'/></serial>"


async def boots(session: Session) -> None:
    """Wait for a whole boot."""
    await session.expect(READY)
    await session.expect(PROMPT)


async def shown(daemon, name):
    """Give a console, None where there is none."""
    answer = await request(daemon, "GET", name)
    return answer.json if answer.status == 200 else None


async def becomes(daemon, name, true):
    """Wait until a console is so, and give it."""
    async with asyncio.timeout(PATIENCE):
        while not true(console := await shown(daemon, name)):
            await asyncio.sleep(0.01)
    return console


async def test_a_domain_from_its_definition_to_its_end(run_dir):
    """Define, start, reboot, NMI, reset, destroy, undefine: one console, one session."""
    with (
        libvirtd(run_dir / "lv") as libvirt,
        running(run_dir, f'[discover.lv]\nuri = "{libvirt.uri}"\n') as daemon,
    ):
        libvirt.define("vm", PTY)
        console = await becomes(daemon, "vm", lambda console: console)
        early = await post(daemon, "vm/nmi")
        async with attached(daemon.socket) as session:
            libvirt.virsh("start", "vm")
            await session.event("port-up")
            await boots(session)
            answers = [await post(daemon, "vm/keys", keys=["Ctrl-Alt-Delete"], on="keyboard")]
            await boots(session)
            answers.append(await post(daemon, "vm/nmi"))
            await session.expect(PANIC)
            answers.append(await post(daemon, "vm/reset"))
            await boots(session)
            last_boot = (await shown(daemon, "vm"))["boot"]
            refused = await post(daemon, "vm/break")

            libvirt.virsh("destroy", "vm")
            await session.event("port-down")
            libvirt.virsh("start", "vm")
            await session.event("port-up")
            libvirt.virsh("destroy", "vm")
            await session.event("port-down")
            libvirt.virsh("undefine", "vm")
            left = await shown(daemon, "vm")
        await becomes(daemon, "vm", lambda console: console is None)

    assert (False, "linux", "lv", f"pty:{run_dir}/run/terminals/lv/vm") == (
        console["connected"], console["guest"], console["discovered"], console["port"]
    )  # fmt: skip
    assert ("libvirt", ["keyboard", "nmi", "reset", "restart"], True) == tuple(
        console["control"].values()
    )
    assert (409, "not-running") == (early.status, early.json["code"])
    assert [200, 200, 200] == [answer.status for answer in answers]
    assert 501 == refused.status
    assert left is not None
    assert [2, 2] == [last_boot, sum(event.get("what") == "reset" for event in session.events)]
    assert not {"preempted", "lost"} & set(session.names())


NONE = "it has no serial port"


async def test_domains_that_come_and_go_with_their_libvirt(run_dir):
    """What is there at the start, what cannot be served, and a libvirtd that is started again."""
    config = '[discover.lv]\nuri = "{}"\n[consoles.mine]\nport = "unix:{}/b"\n'
    with libvirtd(run_dir / "lv") as libvirt:
        libvirt.define("a", UNIX.format(f"{run_dir}/lv/a"))
        libvirt.define("b", UNIX.format(f"{run_dir}/b"))
        libvirt.define("none", "")
        with running(run_dir, config.format(libvirt.uri, run_dir)) as daemon:
            first = {name: await shown(daemon, name) for name in ("a", "b", "mine", "none")}
            libvirt.virsh("start", "a")
            await becomes(daemon, "a", lambda console: console["connected"])
            libvirt.restart()
            libvirt.define("c", PTY)
            await becomes(daemon, "c", lambda console: console)
            still = await shown(daemon, "a")
            libvirt.virsh("undefine", "c")
            await becomes(daemon, "c", lambda console: console is None)
            log = run_dir / "daemon.log"
            await until(lambda: b"it has no serial port" in log.read_bytes())
            said = log.read_text()

    assert {"a": "", "mine": "", "b": "mine has its port or control", "none": NONE} == {
        name: "" if console.get("served", True) else console["reason"]
        for name, console in first.items()
    }
    assert still["connected"]
    assert 1 == said.count("mine has its port or control")


async def test_a_pty_has_one_reader(run_dir):
    """Who sits at virsh console is named, and comes first; later, com1d does."""
    with libvirtd(run_dir / "lv") as libvirt:
        libvirt.define("vm", PTY)
        libvirt.virsh("start", "vm")
        virsh = ("virsh", "--connect", libvirt.uri)
        with Terminal("console", "vm", program=virsh) as terminal:
            terminal.shows(b"Escape character")
            with running(run_dir, f'[discover.lv]\nuri = "{libvirt.uri}"\n') as daemon:
                await becomes(daemon, "vm", lambda console: "in use by" in console["reason"])
                reason = (await shown(daemon, "vm"))["reason"]
                terminal.type(b"\x1d")
                terminal.ends()
                await becomes(daemon, "vm", lambda console: console["connected"])
                with Terminal("console", "vm", program=virsh) as late:
                    late.shows(b"lock file")

    assert f"in use by libvirtd (pid {libvirt.pid})" in reason
