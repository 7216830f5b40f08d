"""The directories, FIFOs and sockets that com1d makes for its VMs, and who may use them."""

import os
import stat
from pathlib import Path
from typing import Final

from com1d.errors import PortDown


DIRECTORY_MODE: Final = 0o750
"""A VM's process is in the group and may look, but cannot put something else in our place."""

NODE_MODE: Final = 0o660
"""A console is typed on as well as read; nobody outside the group does either."""


def make_directory(directory: Path) -> None:
    """Make `directory` and what is missing above it, each for the owner and the group only."""
    if directory.exists():
        return
    make_directory(directory.parent)
    directory.mkdir(exist_ok=True)
    set_mode(directory, DIRECTORY_MODE)


def set_mode(path: Path, mode: int) -> None:
    """Give what was just made at `path` exactly `mode`, whatever the process's umask took away.

    A symbolic link that somebody put there instead is not followed.
    """
    fd = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        # fchmod() refuses a descriptor opened with O_PATH; its name in /proc is accepted.
        Path(f"/proc/self/fd/{fd}").chmod(mode)
    finally:
        os.close(fd)


def make_private_directory(directory: Path) -> None:
    """Make `directory` if it is missing.

    Raises `PortDown` if users outside its owner and its group may write to it.
    """
    try:
        mode = directory.stat().st_mode
    except FileNotFoundError:
        make_directory(directory)
        return
    if mode & stat.S_IWOTH:
        raise PortDown(
            f"{directory} can be written to by everybody, so anybody could put their own "
            f"FIFO in the VM's place: run chmod o-w {directory}, or use another directory"
        )
