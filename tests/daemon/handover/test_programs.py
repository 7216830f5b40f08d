"""Programs of hooks while the daemon is exchanged or restarted: none is lost, none runs twice."""

import asyncio
import os
from pathlib import Path

import pytest

from daemon.handover.manager import managing_guest
from daemon.handover.process import Daemon, pipe, serving
from daemon.handover.test_refused import begun
from house import PATIENCE


pytestmark = pytest.mark.one_loop

PANIC = b"\r\n[    1.234567] Kernel panic - not syncing: no init found\r\n"


def tables(folder: Path, script: str) -> str:
    """Give a console whose panic runs a shell's script."""
    (folder / "guests").mkdir()
    hook = f'[[hooks]]\nstate = "kernel-panic"\nscope = "*"\nrun = ["/bin/sh", "-c", "{script}"]\n'
    return pipe(folder, "web01", 'guest = "linux"') + hook


async def told(daemon: Daemon, event: str) -> dict:
    """Wait until it is in the journal, and give the last one."""
    async with asyncio.timeout(PATIENCE):
        while not (found := [fact for fact in daemon.facts() if fact["event"] == event]):
            await asyncio.sleep(0.01)
    return found[-1]


async def test_an_upgrade_waits_for_a_hook(run_dir):
    """The daemon that has started it hears how it ends."""
    os.mkfifo(run_dir / "gate")
    async with serving(run_dir, tables(run_dir, f"read x <{run_dir}/gate; exit 7")) as daemon:
        guest = await begun(daemon)
        guest.print(PANIC)
        await told(daemon, "hook.started")
        asking = asyncio.create_task(daemon.upgrade())
        gate = await asyncio.to_thread(os.open, run_dir / "gate", os.O_WRONLY)
        os.close(gate)
        answer = await asking
        guest.stop()

    ended = [fact for fact in daemon.facts() if fact["event"].startswith("hook.")]
    assert 200 == answer.status, answer.body
    assert ["hook.started", "hook.ended"] == [fact["event"] for fact in ended]
    assert ("failed", 7) == (ended[-1]["outcome"], ended[-1]["code"])


async def test_a_hook_that_lasts_does_not_cost_a_restart_its_sessions(run_dir):
    """It ends with the process, as it would by the manager's hand; all others go on."""
    hook = tables(run_dir, "exec sleep 99")
    async with (
        managing_guest(run_dir, hook) as (manager, daemon, guest),
        daemon.attach("web01") as session,
    ):
        guest.print(PANIC)
        await told(daemon, "hook.started")
        heir = await manager.restart(daemon)
        await session.send(b"still here\r")
        typed = await guest.typed(11)
        ended = await told(heir, "hook.ended")
        await manager.end(heir, "stop")

    assert (b"still here\r", "stopped") == (typed, ended["outcome"])
    assert [] == [fact["reason"] for fact in heir.facts() if fact["event"] == "state.unread"]
