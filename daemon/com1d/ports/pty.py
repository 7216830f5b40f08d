"""`pty:/dev/pts/7`: the slave side of a pseudo-terminal that a hypervisor opened.

The last choice: when the VM dies the kernel drops what we had not read, and the number of the pty
is another one the next time. A symbolic link that follows it, as udev rules and scripts make, is
watched under its own name.
"""

import asyncio
import contextlib
import errno
import os
import termios
from pathlib import Path
from typing import Final

from com1d.core.carry import Packed, pack, unpack
from com1d.errors import PortDown
from com1d.loop.descriptors import Descriptors
from com1d.ports.attributes import TTY_BULK, TTY_CAPACITY, Attributes, raw
from com1d.ports.claim import Claim
from com1d.ports.holder import DeviceBusyError, describe
from com1d.ports.reasons import explain


WHY: Final = {
    errno.ENOENT: "does not exist: the VM is not running, or has another pty now",
    errno.EACCES: "may not be opened by com1d: add its user to the group that owns the pty",
    errno.EIO: "has no VM on its other side any more",
    errno.ENXIO: "is not a terminal: correct `port`",
    errno.ENOTTY: "is not a terminal: correct `port`",
}


class PtyLine:
    """The slave of a pty, raw."""

    __slots__ = ("_claim", "_closed", "_found", "bulk", "capacity", "read_fd", "write_fd")

    def __init__(self, fd: int, claim: Claim, found: Attributes | None = None) -> None:
        """Take over `fd` and set it raw. Raises `termios.error` if it is no terminal.

        `found` are the attributes that it had before, where it is raw already.
        """
        self._claim = claim
        self._found: Attributes = found or termios.tcgetattr(fd)
        if found is None:
            # A new pty echoes: what the guest prints would come back to it as if typed.
            termios.tcsetattr(fd, termios.TCSANOW, raw(self._found))
        self.read_fd = self.write_fd = fd
        self.bulk = TTY_BULK
        self.capacity = TTY_CAPACITY
        self._closed = False

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give the pty, the attributes that it had, and the lock on it."""
        path = self._claim.path
        return {
            "fd": fds.give(self.read_fd, f"{name}/pty"),
            "found": pack(self._found),
            "lock": None if path is None else str(path),
        }

    def close(self) -> None:
        """Put the attributes back, if the VM is still there, and close."""
        if self._closed:
            return
        self._closed = True
        with contextlib.suppress(termios.error):  # the VM is gone, and its pty with it
            termios.tcsetattr(self.read_fd, termios.TCSANOW, self._found)
        os.close(self.read_fd)
        self._claim.release()


class PtyPort:
    """The path of a pty's slave."""

    __slots__ = ("_path", "watch")

    def __init__(self, path: str) -> None:
        self._path = path
        self.watch = (Path(path),)

    async def open(self) -> PtyLine:
        """Open the slave and set it raw at once."""
        try:
            claim = Claim(Path(self._path))
        except DeviceBusyError as error:
            raise PortDown(
                f"{self._path} is in use by {describe(error.pid)}, says {error.lock}; if that is "
                "libvirtd, somebody has the VM open in virsh console or virt-manager, and has to "
                "leave it"
            ) from None
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            claim.release()
            raise explain(self._path, error, WHY) from None
        try:
            return PtyLine(fd, claim)
        except termios.error as error:
            os.close(fd)
            claim.release()
            raise explain(self._path, error, WHY) from None

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give nothing: nothing outlives a line."""

    def take_over(self, _packed: Packed, line: Packed, fds: Descriptors) -> PtyLine | None:
        """Go on with the pty. Its lock is ours as soon as the other process has ended."""
        if line is None:
            return None
        claim = Claim.taken_over(line["lock"])
        asyncio.get_running_loop().call_soon(claim.renew)
        return PtyLine(fds.take(line["fd"]), claim, unpack(line["found"]))

    def close(self) -> None:
        """Nothing outlives a line."""
