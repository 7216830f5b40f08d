"""`serial:/dev/ttyS0`: a real tty, opened and configured through pyserial and pyserial-asyncio.

Bytes do not pass through either: pyserial's read() fails from descriptor 1024 on, because it calls
select(), and its write() spins on EAGAIN. The engine polls the descriptor and uses os.read() and
os.write(). Nor does closing: theirs waits for the device to take what is left, in a thread.
"""

import asyncio
import contextlib
import errno
import fcntl
import os
import termios
from pathlib import Path
from typing import Final

import serial
from serial_asyncio import SerialTransport

from com1d.core.carry import Packed, pack, unpack
from com1d.errors import PortDown
from com1d.loop.descriptors import Descriptors
from com1d.ports import holder
from com1d.ports.attributes import TTY_BULK, TTY_CAPACITY, Attributes, raw, without_hangup
from com1d.ports.base import BreakLine
from com1d.ports.framing import EIGHT_N_ONE, Framing, as_framed
from com1d.ports.reasons import explain


BREAK_SECONDS: Final = 0.25
"""How long a break lasts: within the quarter to half second of tcsendbreak(3)."""

DRAIN_SECONDS: Final = 5.0
"""How long a break waits for what was written before it: the kernel's 4 KiB at 9600 baud."""

PARITY: Final = {
    "none": serial.PARITY_NONE,
    "even": serial.PARITY_EVEN,
    "odd": serial.PARITY_ODD,
    "mark": serial.PARITY_MARK,
    "space": serial.PARITY_SPACE,
}

TIOCNXCL: Final = 0x540D
"""Ends TIOCEXCL (ioctl_tty(2)); the termios module has only the beginning."""

BUSY: Final = (errno.EBUSY, errno.EAGAIN)
"""What open() says after another process's TIOCEXCL, and flock() after another's flock()."""

WHY: Final = {
    errno.ENOENT: "does not exist: plug the adapter in, or correct `port`",
    errno.EACCES: "may not be opened by com1d: add its user to the device's group, often dialout",
    errno.ENXIO: "has no hardware behind it: use another device",
    errno.ENODEV: "has no hardware behind it: use another device",
    errno.EIO: "has no hardware behind it: use another device",
    errno.EINVAL: "cannot be set so: correct `parity` or `data_bits`, or use another device",
    errno.ENOTTY: "is not a serial device: correct `port`",
}


class Tty(serial.Serial):
    """A tty as pyserial configures it, with nothing else touched.

    pyserial's own open() sets DTR and RTS, throws away what has arrived, and makes two pipes; its
    close() leaves the device as configured.
    """

    def open(self, *, despite_claim: bool = False) -> None:
        """Open, claim and configure the device.

        Raises `ClaimedError` (not with `despite_claim`), `OSError` or `termios.error`.
        """
        fd = self.fd = os.open(str(self.port), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            self._found: Attributes = without_hangup(termios.tcgetattr(fd))
            if not despite_claim:
                holder.refuse_claimed(fd)
            self._reconfigure_port(force_update=True)  # type: ignore[attr-defined]  # not in the stubs
            fcntl.ioctl(fd, termios.TIOCEXCL)
        except BaseException:
            os.close(fd)
            self.fd = None
            raise
        self.is_open = True

    def take_over(self, fd: int, found: Attributes) -> None:
        """Go on with a device that is open and configured."""
        self.fd, self._found, self.is_open = fd, found, True

    @property
    def found(self) -> Attributes:
        """The attributes that the device had before it was opened."""
        return self._found

    def close(self) -> None:
        """Restore the attributes, but without HUPCL, and close the device at once.

        What was not yet transmitted is discarded: the kernel would wait for it, up to 30 s.
        """
        fd = self.fd if self.is_open else None
        if fd is None:
            return
        with contextlib.suppress(OSError, termios.error):  # unplugged: nothing to restore
            self.break_condition = False
            fcntl.ioctl(fd, TIOCNXCL)
            termios.tcflush(fd, termios.TCOFLUSH)
            termios.tcsetattr(fd, termios.TCSANOW, self._found)
        self.is_open = False
        self.fd = None
        os.close(fd)


class SerialLine(SerialTransport, BreakLine):  # type: ignore[misc]  # pyserial-asyncio has no types
    """An open tty: a transport whose readiness, reading and writing belong to the engine."""

    def __init__(self, loop: asyncio.AbstractEventLoop, tty: Tty, bits: int) -> None:
        """Take over a tty on which a byte has so many bits."""
        # Configures once more, and leaves VMIN at 0, and BRKINT and HUPCL as they were found.
        super().__init__(loop, asyncio.Protocol(), tty)
        self._tty = tty
        self._bits = bits
        self.read_fd: int = tty.fileno()
        self.write_fd = self.read_fd
        self.bulk = TTY_BULK
        self.capacity = TTY_CAPACITY
        found = termios.tcgetattr(self.read_fd)
        attributes = without_hangup(as_framed(raw(found), found))
        termios.tcsetattr(self.read_fd, termios.TCSANOW, attributes)

    async def send_break(self) -> None:
        """Hold the line in break once all is sent, without holding up anything else."""
        async with asyncio.timeout(DRAIN_SECONDS):
            await self._sent()
        self._tty.break_condition = True
        try:
            await asyncio.sleep(BREAK_SECONDS)
        finally:
            self._tty.break_condition = False

    async def _sent(self) -> None:
        """Return when the output buffer is empty: TIOCSBRK waits for that inside the kernel."""
        while waiting := self._waiting():  # noqa: ASYNC110 -- the kernel has no event for it
            await asyncio.sleep(waiting * self._bits / self._tty.baudrate)

    def _waiting(self) -> int:
        if not self._tty.is_open:
            raise OSError(errno.EBADF, "the line is closed")
        return self._tty.out_waiting

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give the device, and the attributes that it had."""
        return {"fd": fds.give(self.read_fd, f"{name}/tty"), "found": pack(self._tty.found)}

    def close(self) -> None:
        """Close at once; nothing is flushed, drained or waited for."""
        self._closing = True
        self._tty.close()

    abort = close

    def _handed_to_the_engine(self) -> None:
        """Register nothing with the event loop."""

    _ensure_reader = _remove_reader = _ensure_writer = _remove_writer = _handed_to_the_engine


class SerialPort:
    """A serial device of this host."""

    __slots__ = ("_baud", "_device", "_framing", "_holder", "_locks", "watch")

    def __init__(
        self,
        device: str,
        baud: int,
        framing: Framing = EIGHT_N_ONE,
        *,
        locks: tuple[Path, ...] = holder.LOCK_DIRECTORIES,
    ) -> None:
        """Use `device` at `baud`, a speed that termios(3) names.

        `locks` are the directories of UUCP lock files.
        """
        self._locks = locks
        self._device = Path(device)
        self._baud = baud
        self._framing = framing
        self._holder: int | None = None
        self.watch = (self._device,)

    async def open(self) -> SerialLine:
        """Open and configure the device, unless another process uses it."""
        try:
            return self._open()
        except holder.DeviceBusyError as busy:
            self._holder = busy.pid or await asyncio.to_thread(
                holder.find, self._device, self._holder
            )
            lock = f", says {busy.lock}" if busy.lock else ""
            if self._holder is None and isinstance(busy, holder.ClaimedError):
                # A claim lasts until the last close, so one that was killed leaves it behind on a
                # pty, whose other side stays open.
                return self._open(despite_claim=True)
        raise PortDown(
            f"{self._device} is in use by {holder.describe(self._holder)}{lock}: "
            "stop that; com1d takes over by itself"
        )

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give nothing: nothing outlives a line."""

    def take_over(self, _packed: Packed, line: Packed, fds: Descriptors) -> SerialLine | None:
        """Go on with the device."""
        if line is None:
            return None
        tty = self._tty()
        tty.take_over(fds.take(line["fd"]), unpack(line["found"]))
        return SerialLine(asyncio.get_running_loop(), tty, self._framing.bits)

    def close(self) -> None:
        """Nothing outlives a line."""

    def _tty(self) -> Tty:
        framing = self._framing
        tty = Tty(
            baudrate=self._baud, bytesize=framing.data_bits, parity=PARITY[framing.parity],
            stopbits=framing.stop_bits, xonxoff=framing.flow == "xonxoff",
            rtscts=framing.flow == "rtscts", exclusive=True,
        )  # fmt: skip
        tty.port = str(self._device)
        return tty

    def _open(self, *, despite_claim: bool = False) -> SerialLine:
        holder.refuse_locked(self._device, self._locks)
        tty = self._tty()
        try:
            tty.open(despite_claim=despite_claim)
            return SerialLine(asyncio.get_running_loop(), tty, self._framing.bits)
        except (OSError, termios.error) as error:
            tty.close()
            if error.args[0] in BUSY:
                raise holder.DeviceBusyError from None
            raise explain(self._device, error, WHY) from None
