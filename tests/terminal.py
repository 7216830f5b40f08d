"""A terminal that nobody outside claims."""

import os
from contextlib import ExitStack
from pathlib import Path

from com1d.ports.holder import LOCK_DIRECTORIES, DeviceBusyError, refuse_locked


ATTEMPTS = 64
"""Terminals that are tried: more than machines beside this one have claimed."""


def open_terminal() -> tuple[int, int]:
    """Open the master and the slave of a pty whose number has no lock.

    Numbers are given out for each /dev/pts, and lock files are of the whole host: the same number
    may have one from a container.
    """
    with ExitStack() as refused:
        for _ in range(ATTEMPTS):
            master, slave = os.openpty()
            try:
                refuse_locked(Path(os.ttyname(slave)), LOCK_DIRECTORIES)
            except DeviceBusyError:
                refused.callback(os.close, master)
                refused.callback(os.close, slave)
            else:
                return master, slave
    raise AssertionError("no terminal is free")
