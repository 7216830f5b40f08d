"""VMs that are found, while the daemon is exchanged: their consoles do not depend on a new look.

What is installed is the com1d of this checkout in other circumstances, which a module of the name
of one of its libraries makes, in the folder that it is started in.
"""

import asyncio
from contextlib import AsyncExitStack, contextmanager

import pytest

from daemon.handover.manager import managing
from house import PATIENCE
from ports.ends import listening_at


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(180)]

LATER = """\
import importlib, sys
sys.path.remove({folder!r})
sys.modules["uvloop"] = importlib.import_module("uvloop") if sys.modules.pop("uvloop") else None
from com1d.daemon import population
from com1d.daemon.discovery import directory

async def blind(self):
    import asyncio
    await asyncio.Event().wait()

population.RETRY_SECONDS = 0.1
{circumstances}
"""

BLIND = "directory.Directory.run = blind"
"""As where libvirt is restarted at the same time, and answers too late."""


@contextmanager
def vm(path):
    """Be a VM whose QEMU listens; its socket goes with it."""
    path.parent.mkdir(parents=True)
    try:
        with listening_at(path) as listening:
            yield listening
    finally:
        path.unlink(missing_ok=True)


async def until(condition) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await condition():
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("way", ["upgrade", "restart"])
async def test_a_discovery_that_looks_too_late_costs_no_session(run_dir, way):
    """And what has gone meanwhile goes once it has looked: at once, or when the last has left."""
    table = f'[discover.vms]\nglob = "{run_dir}/vms/*/com1.sock"\n'
    async with AsyncExitStack() as stack:
        for name in ("kept", "left", "gone"):
            stack.enter_context(vm(run_dir / "vms" / name / "com1.sock"))
        manager, daemon = await stack.enter_async_context(managing(run_dir, table))
        await daemon.connected("kept", "left", "gone")
        sessions = {
            name: await stack.enter_async_context(daemon.attach(name)) for name in ("kept", "left")
        }

        async def exchanged(circumstances: str) -> None:
            nonlocal daemon
            text = LATER.format(folder=str(run_dir), circumstances=circumstances)
            (run_dir / "uvloop.py").write_text(text)
            if way == "restart":
                daemon = await manager.restart(daemon)
            else:
                assert 200 == (await daemon.upgrade()).status

        async def names() -> set[str]:
            return {one["name"] for one in (await daemon.get("/v1/consoles")).json["consoles"]}

        async def gone() -> bool:
            return "gone" not in await names()

        async def left() -> bool:
            return "left" not in await names()

        await exchanged(BLIND)
        blindly = await names()
        for name in ("left", "gone"):
            (run_dir / "vms" / name / "com1.sock").unlink()
        await exchanged("")
        await until(gone)
        served = await names()
        for name, session in sessions.items():
            await session.send('{"op":"ping"}')
            assert name in await names()
        await sessions["left"].close()
        await until(left)
        shown = await daemon.shown("kept")
        await manager.end(daemon, "stop")

    assert {"kept", "left", "gone"} == blindly
    assert {"kept", "left"} == served
    assert (1, True) == (shown["active"]["session"], shown["connected"])
