"""A guest that boots as machines do: firmware, GRUB's menu, kernel, all of it on COM1."""

import functools
import os
import subprocess
from pathlib import Path

from guests.qemu import Guest


SETUP = Path(__file__).parents[1] / "setup" / "grub"

DISC_MEMORY_MB = 192
"""GRUB holds kernel and initrd a second time while it loads them."""


@functools.cache
def disc() -> Path:
    """Give the disc; it is made now if that has not been done."""
    subprocess.run(["sh", SETUP], check=True)
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "com1d" / "guest"
    return cache / "grub.iso"


class GrubGuest(Guest):
    """Boots from the disc. Without a display, SeaBIOS speaks on COM1, too."""

    def command(self, monitor: int) -> list[str]:
        command = super().command(monitor)
        command = command[: command.index("-kernel")]
        command[command.index("q35")] = "q35,graphics=off"
        command[command.index("-m") + 1] = str(DISC_MEMORY_MB)
        return [*command, "-cdrom", str(disc()), "-boot", "order=d"]
