"""A daemon in a process of its own, which can be exchanged for another one."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from house import PATIENCE, Answer, FifoGuest, House, parse
from leash import Leash


HEAD = """\
[daemon]
runtime_dir = "{folder}/run"
state_dir = "{folder}/state"
log_dir = "{folder}/log"
metrics = ""
"""


ASKING = b"POST /v1/upgrade HTTP/1.1\r\nHost: c\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Daemon(House):
    """A daemon process, and ways in."""

    def __init__(self, folder: Path, first: "subprocess.Popen[bytes]") -> None:
        self.folder = folder
        self.api = folder / "run" / "com1d.sock"
        self.first = first
        self.pid = first.pid

    async def upgrade(self) -> Answer:
        """Have it exchanged; give what it says of that."""
        answer = parse(await self.send_raw(ASKING))
        if answer.status == 200:
            self.pid = answer.json["pid"]
        return answer

    async def shown(self, name: str):
        return (await self.get(f"/v1/consoles/{name}")).json

    async def connected(self, *names: str) -> None:
        until = asyncio.get_running_loop().time() + PATIENCE
        for name in names:
            while not (shown := await self.shown(name))["connected"]:
                assert asyncio.get_running_loop().time() < until, (name, shown["reason"])
                await asyncio.sleep(0.02)

    def facts(self) -> list[dict]:
        """Give what it has logged so far."""
        lines = (self.folder / "journal").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


async def made(path) -> None:
    """Wait until the daemon has made a FIFO, which it does after its own sockets."""
    async with asyncio.timeout(PATIENCE):
        while not path.exists():
            await asyncio.sleep(0.01)


def configure(folder: Path, *tables: str) -> Path:
    path = folder / "com1d.toml"
    path.write_text(HEAD.format(folder=folder) + "".join(tables))
    return path


def pipe(folder: Path, name: str, more: str = "") -> str:
    return f'[consoles.{name}]\nport = "pipe:{folder}/guests/{name}"\n{more}\n'


@asynccontextmanager
async def serving(folder: Path, *tables: str) -> AsyncIterator[Daemon]:
    """Run a daemon of these tables until the end, whichever process it is by then."""
    path, leash = configure(folder, *tables), Leash()
    first = _started(folder, path, leash)
    daemon = Daemon(folder, first)
    try:
        async with asyncio.timeout(PATIENCE):
            while not daemon.api.exists():
                assert first.poll() is None, (folder / "journal").read_text()
                await asyncio.sleep(0.01)
        yield daemon
        await ended(daemon)
    finally:
        leash.end()


def _started(folder: Path, path: Path, leash: Leash) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "com1d", "--config", str(path)]
    with (folder / "journal").open("ab") as journal:
        return leash.hold(
            subprocess.Popen(
                command, stderr=journal, stdout=journal, cwd=folder, env=leash.environment
            )
        )


async def ended(daemon: Daemon) -> None:
    """End the last process, and wait for all of them."""
    watch = os.pidfd_open(daemon.pid)
    try:
        os.kill(daemon.pid, signal.SIGTERM)
        await asyncio.to_thread(daemon.first.wait, PATIENCE)
        done = asyncio.Event()
        asyncio.get_running_loop().add_reader(watch, done.set)
        async with asyncio.timeout(PATIENCE):
            await done.wait()
    finally:
        asyncio.get_running_loop().remove_reader(watch)
        os.close(watch)


__all__ = ["Daemon", "FifoGuest", "configure", "made", "pipe", "serving"]
