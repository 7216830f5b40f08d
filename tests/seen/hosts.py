"""Hosts to look at: a whole daemon in this loop and one as a process, with a page each."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from com1d.config import load
from com1d.daemon.service import Service
from com1d.loop.stalls import HoldTimes
from house import PATIENCE, House


def configuration(folder: Path, port: int, consoles: str) -> Path:
    """Write one whose page of metrics is at `port`, with names."""
    path = folder / "com1d.toml"
    path.write_text(
        f'[daemon]\nruntime_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n'
        f'log_dir = "{folder}/log"\nmetrics = "127.0.0.1:{port}"\nmetrics_names = true\n{consoles}'
    )
    return path


@asynccontextmanager
async def host(path: Path) -> AsyncIterator[House]:
    """Run the configuration at `path` in this loop."""
    service = Service(load(path), path, HoldTimes())
    task = asyncio.create_task(service.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await service.ready.wait()
        yield House(path.parent, service)
    finally:
        service.stop()
        await task


class Daemon:
    """The daemon as a process that can be stopped, killed and started again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def descriptors(self) -> int:
        """How many it has open."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    async def start(self) -> None:
        """Start, and return when it answers."""
        with (self.path.parent / "daemon.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "com1d", "--config", str(self.path), stderr=log
            )
        async with asyncio.timeout(PATIENCE):
            while not (self.path.parent / "run" / "com1d.sock").exists():
                assert self.process.returncode is None
                await asyncio.sleep(0.01)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    async def kill(self) -> None:
        """End it as a crash would, and remove what tells that it answers."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.kill()
            await self.process.wait()
        (self.path.parent / "run" / "com1d.sock").unlink(missing_ok=True)
