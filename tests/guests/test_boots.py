"""The boot diagnostics log of real guests: every boot begins at the firmware's first byte."""

import os
import re
from pathlib import Path

import pytest

from frontends.harness import Daemon, running
from guests.qemu import PROMPT, Guest
from guests.served import is_printed, until


pytestmark = pytest.mark.guest

FIRMWARE = re.compile(rb"\x1bc(?:\x1b\[[0-9;=?]*[A-Za-z])*SeaBIOS \(version ")
"""SeaBIOS begins by resetting the terminal."""


class Machine(Guest):
    """A guest whose firmware talks on COM1, too."""

    def command(self, monitor: int) -> list[str]:
        words = super().command(monitor)
        return ["q35,graphics=off" if word == "q35" else word for word in words]

    async def prompts(self, count: int) -> None:
        """Wait until the guest has come up so many times."""
        await until(lambda: self.log.read_bytes().count(PROMPT) >= count)

    def boots(self) -> list[bytes]:
        """Give what it printed in each life, the newest first, as QEMU wrote it down."""
        log = self.log.read_bytes()
        begins = [found.start() for found in FIRMWARE.finditer(log)]
        assert begins[0] == 0
        return [log[start:end] for start, end in zip(begins, [*begins[1:], len(log)], strict=True)][
            ::-1
        ]


def config(kind: str, folder: Path, **more: object) -> str:
    lines = [f'port = "{kind}:{folder}/com1"', *(f'{key} = "{more[key]}"' for key in more)]
    return "[consoles.vm]\n" + "\n".join(lines) + "\n"


async def check_boots(daemon: Daemon, machine: Machine) -> None:
    """Compare what `com1` shows of each boot with what QEMU wrote down."""
    await machine.qmp("stop")
    lives = machine.boots()

    def shown(number: int) -> bytes:
        return daemon.run("log", "vm", "--raw", "--boot", str(-number)).stdout

    await until(lambda: shown(0).endswith(lives[0][-64:]))
    seen = [shown(number) for number in range(len(lives))]
    assert [True] * len(lives) == [FIRMWARE.match(life) is not None for life in seen]
    assert [True] * len(lives) == [is_printed(*both) for both in zip(seen, lives, strict=True)]
    boots = daemon.run("boots", "vm").stdout.splitlines()
    assert len(lives) + 1 == len(boots)
    await machine.go()


async def test_a_vm_that_was_there_first_and_rebooted_twice(run_dir):
    """On `pipe:`, boots 0, -1 and -2 are whole; the hypervisor's word and the text are one boot."""
    for direction in ("in", "out"):
        os.mkfifo(run_dir / f"com1.{direction}")
    async with Machine(f"pipe:{run_dir}/com1", run_dir) as machine:
        await machine.prompts(1)
        with running(run_dir, config("pipe", run_dir, control=f"qmp:{machine.control}")) as daemon:
            await check_boots(daemon, machine)
            for count in (2, 3):
                await machine.qmp("system_reset")
                await machine.prompts(count)
            await check_boots(daemon, machine)
            causes = daemon.run("boots", "vm").stdout.decode()
            assert [2, 1] == [causes.count(cause) for cause in (" reset ", " firmware ")]


async def test_what_a_vm_printed_to_nobody_is_in_its_own_log(run_dir):
    """On `unix:` with qemu_log, a boot before the daemon, and one while it is away, are whole."""
    async with Machine(f"unix:{run_dir}/com1", run_dir) as machine:
        await machine.prompts(1)
        text = config("unix", run_dir, qemu_log=machine.log)
        with running(run_dir, text) as daemon:
            await check_boots(daemon, machine)
            daemon.kill()
            await machine.qmp("system_reset")
            await machine.prompts(2)
            daemon.start()
            await check_boots(daemon, machine)
            await machine.qmp("system_reset")
            await machine.prompts(3)
            await check_boots(daemon, machine)
