"""A service manager as far as com1d needs one: it hears, keeps descriptors, and starts again."""

import array
import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from com1d.loop.labels import TABLE, Labels
from daemon.handover.process import Daemon, FifoGuest, configure, ended, pipe
from house import PATIENCE
from leash import Leash


SYSTEMCTL = """#!/bin/sh
case "$*" in
*list-jobs*) echo "1 com1d.service $(cat {folder}/job) running" ;;
*) cat {folder}/room ;;
esac
"""

START = """
import os, sys
count = int(sys.argv[1])
held = [os.dup(int(fd)) for fd in sys.argv[2 : 2 + count]]
high = [os.dup2(fd, 1000 + number, inheritable=True) for number, fd in enumerate(held)]
os.closerange(3, 1000)
for number, fd in enumerate(high):
    os.dup2(fd, 3 + number, inheritable=True)
os.closerange(1000, 1000 + count)
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, "-m", "com1d", *sys.argv[2 + count :]])
"""


class Manager:
    """The service manager of one daemon. It reads its socket in the test's loop."""

    def __init__(self, folder: Path, *tables: str, room: int = 500) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.kept: dict[str, int] = {}
        """What is stored, by name; `com1d-names` is the table of their labels."""
        self._labels: dict[str, str] = {}
        self._leash = Leash()
        self._config = configure(folder, *tables)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(str(folder / "notify"))
        tools = folder / "bin"
        tools.mkdir()
        (tools / "systemctl").write_text(SYSTEMCTL.format(folder=folder))
        (tools / "systemctl").chmod(0o755)
        (folder / "room").write_text(f"{room}\n")
        asyncio.get_running_loop().add_reader(self._socket, self._hear)

    def close(self) -> None:
        """Nothing of the daemon is left behind, however the test has ended."""
        self._leash.end()
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()
        for fd in self.kept.values():
            os.close(fd)

    def _hear(self) -> None:
        """Hear all that was said. systemd, too, does before it looks at who has ended."""
        with suppress(BlockingIOError):
            while True:
                self._hear_one(*self._socket.recvmsg(65536, 1024)[:2])

    def _hear_one(self, data: bytes, rights: list) -> None:
        fds = array.array("i")
        for _level, _kind, payload in rights:
            fds.frombytes(payload)
        words = dict(line.split("=", 1) for line in data.decode().splitlines())
        name = self._name(words.get("FDNAME", ""))
        if words.get("FDSTORE") == "1":
            assert ":" not in name
            self._forget(name)  # systemd gives both, the newest first
            self.kept[name], self._labels[name] = fds[0], words["FDNAME"]
        elif words.get("FDSTOREREMOVE") == "1":
            self._forget(name)
        else:
            self.said.append(data.decode())

    def _name(self, label: str) -> str:
        """Give what a label is stored for, or is going to be."""
        for name, known in self._labels.items():
            if known == label and name in self.kept:
                return name
        if TABLE not in self.kept:
            return label
        labels = Labels()
        name = labels.adopt(os.dup(self.kept[TABLE]), [label])[label]
        labels.close()
        return name

    def _forget(self, name: str) -> None:
        if name in self.kept:
            os.close(self.kept.pop(name))

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the daemon with what was kept, the newest first as systemd does."""
        kept = list(reversed(self.kept.items()))
        environment = {
            **self._leash.environment,
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "NOTIFY_SOCKET": str(self.folder / "notify"),
            "LISTEN_FDS": str(len(kept)),
            "LISTEN_FDNAMES": ":".join(self._labels.get(name, name) for name, _ in kept),
        }
        fds = [fd for _, fd in kept]
        words = [str(len(fds)), *map(str, fds), "--config", str(self._config)]
        with (self.folder / "journal").open("ab") as journal:
            started = subprocess.Popen(
                [sys.executable, "-c", START, *words], stderr=journal, stdout=journal,
                cwd=self.folder, env=environment, pass_fds=fds,
            )  # fmt: skip
        return self._leash.hold(started)

    async def begin(self) -> Daemon:
        return await self._ready(Daemon(self.folder, self.start()))

    async def _ready(self, daemon: Daemon) -> Daemon:
        self.said.clear()
        async with asyncio.timeout(PATIENCE):
            while not any("READY=1" in said for said in self.said):
                assert daemon.first.poll() is None, (self.folder / "journal").read_text()
                await asyncio.sleep(0.01)
        return daemon

    async def end(self, daemon: Daemon, job: str) -> None:
        """Have it stopped, for this job."""
        (self.folder / "job").write_text(job)
        await ended(daemon)
        self._hear()

    async def kept_is(self, *names: str) -> None:
        """Wait until so many consoles' things are kept."""
        async with asyncio.timeout(PATIENCE):
            while not all(f"{name}" in self.kept for name in names):
                await asyncio.sleep(0.01)

    async def kill(self, daemon: Daemon) -> Daemon:
        """Kill it, and start it again."""
        await self.killed(daemon)
        return await self.begin()

    async def killed(self, daemon: Daemon) -> None:
        daemon.first.kill()
        await asyncio.to_thread(daemon.first.wait, PATIENCE)
        self._hear()

    async def restart(self, daemon: Daemon) -> Daemon:
        await self.end(daemon, "restart")
        return await self.begin()


@asynccontextmanager
async def managing(
    folder: Path, *tables: str, room: int = 500
) -> AsyncIterator[tuple[Manager, Daemon]]:
    """Run a daemon of these tables, or of `web01` alone, under a manager; the test ends it."""
    (folder / "guests").mkdir(exist_ok=True)
    manager = Manager(folder, *(tables or (pipe(folder, "web01"),)), room=room)
    try:
        yield manager, await manager.begin()
    finally:
        manager.close()


@asynccontextmanager
async def managing_guest(
    folder: Path, *tables: str
) -> AsyncIterator[tuple[Manager, Daemon, FifoGuest]]:
    """Have a VM at `web01`, too."""
    async with managing(folder, *tables) as (manager, daemon):
        guest = daemon.guest("web01").start()
        try:
            await daemon.connected("web01")
            yield manager, daemon, guest
        finally:
            guest.stop()
