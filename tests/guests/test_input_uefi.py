"""Keys on their way into real UEFI firmware, Debian's OVMF, as the terminal that it takes us for.

That of Debian 12, of 2022, is built for PC-ANSI, and that of Debian 13, of 2025, for VT-UTF8.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from frontends.harness import running
from guests.operate import press
from guests.qemu import Guest
from guests.served import console
from guests.session import attached


pytestmark = pytest.mark.guest

OVMF = Path("/usr/share/OVMF")

MEMORY_MB = 256
"""OVMF does not start in what the Linux guest has."""

MENU_MILLISECONDS = 60000
"""How long the firmware waits for F2: longer than any test, and 65535 is the most it takes."""

LISTENS = b"\x1b[=3h"
"""Sets the text mode: the firmware does so twice, and then takes keys."""

FRONT_PAGE = b"current system"
"""The help for the first entry of the set-up."""

DEFAULTS = b"Load default configuration?"

TERMINAL = {
    "F2": b"\x1bOQ", "F9": b"\x1b[20~", "Up": b"\x1bOA", "Down": b"\x1bOB",
    "Enter": b"\r", "Escape": b"\x1b",
}  # fmt: skip
"""What xterm sends, in application mode. All but the last two OVMF takes for Escape and letters."""


class Firmware(Guest):
    """A machine without anything to boot, which waits in its boot menu."""

    def command(self, monitor: int) -> list[str]:
        command = super().command(monitor)
        variables = self.log.with_name("variables.fd")
        shutil.copy(OVMF / "OVMF_VARS_4M.fd", variables)
        flash = "if=pflash,format=raw,unit"
        return [
            *command[: command.index("-kernel")],
            *("-m", str(MEMORY_MB), "-boot", f"menu=on,splash-time={MENU_MILLISECONDS}"),
            *("-drive", f"{flash}=0,readonly=on,file={OVMF}/OVMF_CODE_4M.fd"),
            *("-drive", f"{flash}=1,file={variables}"),
        ]


def keys() -> str:
    """Give the key profile of the OVMF that is installed: Debian's versions begin with the year."""
    ask = ["dpkg-query", "-W", "-f", "${Version}", "ovmf"]
    version = subprocess.run(ask, check=True, capture_output=True, text=True).stdout
    return "pcansi" if version < "2025" else "vt-utf8"


def highlighted(entry: str, row: int) -> bytes:
    """Give how the set-up draws the entry of a menu that is chosen: white on black."""
    return b"\x1b[37m\x1b[40m\x1b[%02d;04H%b" % (row, entry.encode())


DEVICE_MANAGER = highlighted("Device Manager", 10)
BOOT_MANAGER = highlighted("Boot Manager", 11)
MAINTENANCE = highlighted("Boot Maintenance Manager", 12)
RESETS = b"F9=Reset to Defaults"

JOURNEY = [
    ("F2", FRONT_PAGE),
    ("Down", DEVICE_MANAGER),
    ("Down", BOOT_MANAGER),
    ("Up", DEVICE_MANAGER),
    ("Down", BOOT_MANAGER),
    ("Down", MAINTENANCE),
    ("Enter", RESETS),
    ("F9", DEFAULTS),
    ("Escape", RESETS),
    ("Escape", MAINTENANCE),
]
"""Keys, and what the firmware shows for each: OVMF of 2022 and of 2025 alike."""


@pytest.mark.parametrize("by_name", [True, False], ids=["by name", "at a terminal"])
async def test_keys_steer_the_set_up(run_dir, by_name):
    """F2 opens the set-up, arrows move in its menus, F9 asks and Escape goes back, either way."""
    config = console("pipe", run_dir) + f'keys = "{keys()}"\n'
    with running(run_dir, config) as daemon:
        async with attached(daemon.socket) as session, Firmware(f"pipe:{run_dir}/com1", run_dir):
            await session.expect(LISTENS)
            await session.expect(LISTENS)
            for key, shown in JOURNEY:
                if by_name:
                    await press(daemon, "vm", key)
                else:
                    await session.send(TERMINAL[key])
                await session.expect(shown)
