"""VMs that start and stop at random under one daemon with sessions: real QEMU, real firmware."""

import asyncio
import random
import subprocess
import time
from contextlib import asynccontextmanager, suppress

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from com1d.config import ConsoleConfig, DiscoverConfig, PortAddress
from conftest import open_files
from house import PATIENCE, running


pytestmark = pytest.mark.guest

VMS = 20
USERS = 4
SECONDS = 20.0
"""Of starting and stopping; for a longer look, raise it."""

SEED = 8

BANNER = b"SeaBIOS"
"""What each VM prints, and without a disk to boot from all that it prints."""


class Machine:
    """A VM with firmware and nothing else, in a directory of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.socket = folder / "com1.sock"
        self.process = None

    async def start(self):
        """Start QEMU; its socket is there when it is."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL"),
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"),
            *("-machine", "pc,graphics=off", "-accel", "tcg", "-m", "8"),
            *("-chardev", f"socket,id=com1,path={self.socket},server=on,wait=off"),
            *("-serial", "chardev:com1", "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off"),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        )  # fmt: skip

    async def stop(self, *, kill=False):
        """End QEMU; one that is killed leaves its sockets behind."""
        self.process.kill() if kill else self.process.terminate()
        await self.process.wait()
        self.process = None

    def clear(self):
        """Remove what a VM that was killed has left."""
        self.socket.unlink(missing_ok=True)


@asynccontextmanager
async def the_end_of(machines):
    """Kill whoever runs when a test fails: a loop cannot be closed while its children live."""
    try:
        yield
    finally:
        for machine in machines:
            if machine.process is not None:
                await machine.stop(kill=True)


async def churn(machines, dice):
    """Start, stop and kill, one after the other."""
    end = time.monotonic() + SECONDS
    actions = 0
    while time.monotonic() < end:
        machine = dice.choice(machines)
        if machine.process is None:
            machine.clear()
            await machine.start()
        else:
            await machine.stop(kill=dice.random() < 0.3)
            if dice.random() < 0.5:
                machine.clear()
        actions += 1
        await asyncio.sleep(dice.random() / 10)
    return actions


async def use(house, dice, seen):
    """Attach to whatever there is, as the active session or an observer, and leave again."""
    while True:
        await asyncio.sleep(dice.random() / 5)
        if not house.service.consoles:
            continue
        name = dice.choice(sorted(house.service.consoles))
        with suppress(InvalidStatus, ConnectionClosed, TimeoutError):
            async with house.attach(name, dice.choice(["", "?mode=observe"])) as client:
                async with asyncio.timeout(dice.random() * 2):
                    async for message in client:
                        seen.append(message)


async def heard(house, name):
    """Wait for a banner, and reset the VM until it comes: its first may be over when it is found.

    A firmware that is reset as it begins may hang; the next reset helps.
    """
    ring = house.service.consoles[name].ring
    while BANNER not in ring.read(ring.start, 1 << 16):
        await house.request("POST", f"/v1/consoles/{name}/reset")
        with suppress(TimeoutError):
            async with asyncio.timeout(3):
                await house.until(lambda: BANNER in ring.read(ring.start, 1 << 16))


async def test_no_console_is_missing_and_none_left_over(run_dir):
    """Twenty VMs come and go; in the end the consoles are theirs, and nothing has leaked."""
    dice = random.Random(SEED)
    vms = run_dir / "vms"
    template = ConsoleConfig(
        "", PortAddress("unix", ""), f"qmp:{vms}/{{name}}/qmp", discovered="qemu"
    )
    discover = (DiscoverConfig("qemu", template, glob=f"{vms}/*/com1.sock"),)
    machines = [Machine(vms / f"vm{number}") for number in range(VMS)]
    async with the_end_of(machines), running(run_dir, discover=discover) as house:
        consoles = house.service.consoles
        await house.get("/v1/consoles")
        files, tasks = open_files(), len(asyncio.all_tasks())
        seen = []
        users = [
            asyncio.create_task(use(house, random.Random(number), seen)) for number in range(USERS)
        ]
        try:
            actions = await churn(machines, dice)
        finally:
            for user in users:
                user.cancel()
            await asyncio.wait(users)

        alive = {machine.folder.name for machine in machines if machine.process is not None}
        dead = {machine.folder.name for machine in machines if machine.socket.exists()} - alive
        await house.until(lambda: consoles.keys() == alive | dead)
        await house.until(lambda: alive == {name for name in consoles if consoles[name].connected})
        async with asyncio.timeout(PATIENCE):
            for name in alive:
                await heard(house, name)
        assert actions > VMS
        assert len(alive) > 1
        assert any(isinstance(message, bytes) and BANNER in message for message in seen)

        for machine in machines:
            if machine.process is not None:
                await machine.stop()
            machine.clear()
        await house.until(lambda: not consoles)
        async with asyncio.timeout(PATIENCE):
            while open_files() - files or len(asyncio.all_tasks()) > tasks:
                await asyncio.sleep(0.01)
