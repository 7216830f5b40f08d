"""A Linux guest, its hypervisor and the daemon: one boot after the other in the same session."""

import pytest

from frontends.harness import running
from guests.operate import post, request
from guests.qemu import PROMPT, READY, Guest
from guests.served import console
from guests.session import Session, attached


pytestmark = pytest.mark.guest

PANIC = b"Kernel panic - not syncing: NMI: Not continuing"


async def boots(session: Session) -> None:
    """Wait for a whole boot."""
    await session.expect(READY)
    await session.expect(PROMPT)


async def test_a_session_through_all_that_a_hypervisor_can_do(run_dir):
    """Break and SysRq, Ctrl-Alt-Del, reset, and an NMI that ends it; for late ones, too."""
    config = console("pipe", run_dir) + f'control = "qmp:{run_dir}/control.qmp"\n'
    with running(run_dir, config) as daemon:
        async with (
            Guest(f"pipe:{run_dir}/com1", run_dir, "quiet unknown_nmi_panic"),
            attached(daemon.socket) as session,
        ):
            await boots(session)
            answers = [await post(daemon, "vm/break")]
            await session.send(b"h")
            await session.expect(b"sysrq: HELP")

            said = daemon.run("send", "keys", "vm", "Ctrl-Alt-Delete", "--keyboard")
            await boots(session)
            answers.append(await post(daemon, "vm/reset"))
            await boots(session)

            answers.append(await post(daemon, "vm/nmi"))
            await session.expect(PANIC)
            async with attached(daemon.socket, "?mode=observe&replay=boot") as late:
                await late.expect(PROMPT)
                await late.expect(PANIC)
            while (await session.event("guest"))["state"] != "kernel-panic":
                pass  # it has been at a prompt before
            shown = (await request(daemon, "GET", "vm")).json

    assert [(200, {"state": "running"})] * 3 == [(a.status, a.json) for a in answers]
    assert (0, b"Ctrl-Alt-Delete sent to the keyboard of vm\n") == (said.returncode, said.stdout)
    reasons = [event["cause"] for event in session.events if event.get("what") == "reset"]
    assert ["guest-reset", "host-qmp-system-reset"] == reasons
    assert not {"preempted", "port-down", "lost"} & set(session.names())
    assert session.events[0]["user"] == shown["active"]["user"]
