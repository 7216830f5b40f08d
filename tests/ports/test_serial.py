"""Real ttys: what opening changes, what closing puts back, and who may have the device."""

import asyncio
import errno
import fcntl
import os
import resource
import struct
import subprocess
import sys
import termios
from contextlib import contextmanager
from pathlib import Path
from select import POLLOUT

import pytest
import serial

from com1d.errors import PortDown
from com1d.ports import holder
from com1d.ports.base import BreakLine
from com1d.ports.framing import CMSPAR, Framing
from com1d.ports.serial import BREAK_SECONDS, SerialPort, Tty
from ports.ends import PATIENCE, events, fill, pty_at, read, well_kept, writable


BAUD = 115200
CFLAG = 2
TIOCSBRK, TIOCCBRK = 0x5427, 0x5428
MODEM_LINES = (termios.TIOCMBIS, termios.TIOCMBIC, termios.TIOCMSET)


class Ioctls(list):
    """The ioctl() requests of this process, and an event for the one that begins a break."""

    def __init__(self) -> None:
        super().__init__()
        self.breaking = asyncio.Event()

    def note(self, code: int) -> None:
        self.append(code)
        if code == TIOCSBRK:
            self.breaking.set()


recording: list[Ioctls] = []


def note_ioctl(event: str, arguments: tuple) -> None:
    if event == "fcntl.ioctl":
        for ioctls in recording:
            ioctls.note(arguments[1])


sys.addaudithook(note_ioctl)  # cannot be removed; without a recording it does nothing


@contextmanager
def recorded_ioctls():
    recording.append(Ioctls())
    try:
        yield recording[-1]
    finally:
        recording.pop()


@contextmanager
def claimed(device: Path, claim: str):
    """Run a process that has claimed `device` in one of the two ways; give its pid."""
    script = (
        "import fcntl, sys, termios; device = open(sys.argv[1], 'rb+', buffering=0)\n"
        "fcntl.flock(device, fcntl.LOCK_EX) if sys.argv[2] == 'flock' else"
        " fcntl.ioctl(device, termios.TIOCEXCL)\n"
        "print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", script, str(device), claim]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process.pid
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def device(tmp_path):
    """Give the path of a device that can be plugged in."""
    return tmp_path / "ttyX0"


@pytest.fixture
def master(device):
    """Plug the device in and give its far end."""
    with pty_at(device) as master:
        yield master


@pytest.fixture
def high_descriptors():
    """Occupy every descriptor below 1024, the wall of select()."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limits[1], 4096), limits[1]))
    held = [os.open("/dev/null", os.O_RDONLY)]
    while held[-1] < 1024:
        held.append(os.open("/dev/null", os.O_RDONLY))
    yield
    for fd in held:
        os.close(fd)
    resource.setrlimit(resource.RLIMIT_NOFILE, limits)


def change(path: Path, cflag: int) -> list:
    """Set flags in the device's control modes; give its attributes then."""
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        attributes = termios.tcgetattr(fd)
        attributes[CFLAG] |= cflag
        termios.tcsetattr(fd, termios.TCSANOW, attributes)
        return termios.tcgetattr(fd)
    finally:
        os.close(fd)


async def test_every_byte_goes_both_ways_unchanged(device, master):
    """Nothing is cooked, in either direction."""
    every = bytes(range(256))
    line = await SerialPort(str(device), BAUD).open()
    os.write(master, every)
    os.write(line.write_fd, every)

    moved = await read(line.read_fd), await read(master)
    kept = well_kept(line.read_fd)
    line.close()

    assert (every, every, True) == (*moved, kept)


async def test_data_moves_above_descriptor_1023(device, master, high_descriptors):
    """Both ways, where pyserial's own read() raises, and pyserial-asyncio with it."""
    line = await SerialPort(str(device), BAUD).open()
    os.write(master, b"login: ")
    os.write(line.write_fd, b"root\r")

    moved = await read(line.read_fd), await read(master)
    line.close()
    with serial.Serial(str(device), BAUD, timeout=0) as other:
        with pytest.raises(ValueError, match="out of range in select"):
            other.read(1)
        beyond = other.fileno() > 1023 < line.read_fd

    assert (b"login: ", b"root\r", True) == (*moved, beyond)


async def test_a_full_line_does_not_spin(device, master):
    """A far end that does not read gives EAGAIN and no readiness, until it does read."""
    line = await SerialPort(str(device), BAUD).open()
    count = fill(line.write_fd)
    while events(line.write_fd) & POLLOUT:  # the kernel still moved bytes on; it ends when full
        count += fill(line.write_fd)

    taken = 0
    while taken < count:
        taken += len(await read(master))
    await writable(line.write_fd)
    line.close()

    assert count == taken > 4096


async def test_an_idle_line_is_no_ended_line(device, master):
    """With VMIN at 0, as pyserial has it, reading nothing looks like a hang-up."""
    line = await SerialPort(str(device), BAUD).open()

    with pytest.raises(BlockingIOError):
        os.read(line.read_fd, 1)
    line.close()


async def test_unplugging_ends_the_line(device):
    """Reading gives the end of the file, writing EIO; closing puts back what it can: nothing."""
    with pty_at(device):
        line = await SerialPort(str(device), BAUD).open()

    end = await read(line.read_fd)
    with pytest.raises(OSError, match="Input/output error"):
        os.write(line.write_fd, b"x")
    line.close()
    line.close()

    assert end == b""


async def test_closing_puts_the_attributes_back_except_hupcl(device, master):
    """As found, but no later close by anybody drops DTR; nor would a crash of ours."""
    before = change(device, termios.HUPCL | termios.CRTSCTS)
    line = await SerialPort(str(device), BAUD).open()
    during = termios.tcgetattr(line.read_fd)
    line.close()

    after = change(device, 0)

    before[CFLAG] &= ~termios.HUPCL
    assert before == after
    set_while_open = termios.CLOCAL | termios.CREAD | termios.CS8
    kept_clear = termios.HUPCL | termios.CRTSCTS | termios.CSTOPB | termios.PARENB
    assert set_while_open == during[CFLAG] & (set_while_open | kept_clear)
    assert [termios.B115200, termios.B115200] == during[4:6]
    assert during[0] & termios.BRKINT == 0


@pytest.mark.parametrize(
    ("framing", "cflag", "iflag"),
    [
        (Framing(), 0, 0),
        (Framing(stop_bits=2), termios.CSTOPB, 0),
        (Framing(flow="rtscts"), termios.CRTSCTS, 0),
        (Framing(flow="xonxoff"), 0, termios.IXON | termios.IXOFF),
    ],
)
async def test_a_line_is_framed_as_configured(device, master, framing, cflag, iflag):
    """Stop bits and flow control are the device's while it is open, and as found afterwards."""
    before = change(device, 0)
    line = await SerialPort(str(device), BAUD, framing).open()
    during = termios.tcgetattr(line.read_fd)
    line.close()

    assert cflag == during[CFLAG] & (termios.CSTOPB | termios.CRTSCTS)
    assert iflag == during[0] & (termios.IXON | termios.IXOFF)
    assert before == change(device, 0)


@pytest.mark.parametrize(
    ("parity", "expected"),
    [
        ("none", 0),
        ("even", termios.PARENB),
        ("odd", termios.PARENB | termios.PARODD),
        ("mark", termios.PARENB | termios.PARODD | CMSPAR),
        ("space", termios.PARENB | CMSPAR),
    ],
)
async def test_parity_and_data_bits_are_asked_for(device, master, parity, expected, monkeypatch):
    """A pty has neither and refuses, which is told; what it refuses is what is configured."""
    asked = []
    really = termios.tcsetattr

    def noted(fd, when, attributes):
        asked.append(attributes[CFLAG])
        really(fd, when, attributes)

    monkeypatch.setattr(termios, "tcsetattr", noted)
    framing = Framing(parity=parity, data_bits=7)

    with pytest.raises(PortDown, match="cannot be set so: correct `parity` or `data_bits`"):
        await SerialPort(str(device), BAUD, framing).open()

    assert termios.CS7 == asked[0] & termios.CSIZE
    assert expected == asked[0] & (termios.PARENB | termios.PARODD | CMSPAR)


async def test_modem_lines_are_left_alone(device, master):
    """DTR and RTS are not touched at opening or closing, as pyserial by itself would."""
    with recorded_ioctls() as ours:
        line = await SerialPort(str(device), BAUD).open()
        line.close()
    with recorded_ioctls() as theirs:
        serial.Serial(str(device), BAUD).close()

    assert [] == [code for code in ours if code in MODEM_LINES]
    assert [] != [code for code in theirs if code in MODEM_LINES]


async def test_what_arrived_before_the_opening_is_there(device, master):
    """Nothing is thrown away: a boot message may be older than the daemon."""
    slave = os.open(device, os.O_RDWR | os.O_NOCTTY)
    change_to_raw = termios.tcgetattr(slave)
    change_to_raw[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(slave, termios.TCSANOW, change_to_raw)
    os.write(master, b"BIOS 1.0")

    line = await SerialPort(str(device), BAUD).open()
    first = await read(line.read_fd)
    line.close()
    os.close(slave)

    assert first == b"BIOS 1.0"


async def test_a_break_lasts_and_holds_nothing_up(device, master):
    """The condition is set and cleared, and the loop goes on meanwhile."""
    line = await SerialPort(str(device), BAUD).open()
    assert isinstance(line, BreakLine)
    loop = asyncio.get_running_loop()
    with recorded_ioctls() as codes:
        began = loop.time()
        sending = asyncio.create_task(line.send_break())
        await codes.breaking.wait()
        meanwhile = list(codes)
        await sending
        lasted = loop.time() - began
        after = codes[-1]
    line.close()

    assert (False, TIOCCBRK) == (TIOCCBRK in meanwhile, after)
    assert lasted >= BREAK_SECONDS * 0.9


async def test_a_break_waits_for_what_was_written(device, master, monkeypatch):
    """The kernel would wait inside the ioctl(), and the loop with it. A pty never has a rest."""
    rest = [4096, 1, 0]
    monkeypatch.setattr(Tty, "out_waiting", property(lambda _: rest.pop(0)))
    line = await SerialPort(str(device), 4000000).open()
    with recorded_ioctls() as codes:
        await line.send_break()
        sent = codes.copy()
    line.close()

    assert ([], [TIOCSBRK, TIOCCBRK]) == (rest, sent)


async def test_a_break_ends_with_its_line(device, master):
    """A line closed in the middle of a break is not left in it, nor reached for afterwards."""
    line = await SerialPort(str(device), BAUD).open()
    with recorded_ioctls() as codes:
        sending = asyncio.create_task(line.send_break())
        await codes.breaking.wait()
        line.close()
        closed_with = codes.count(TIOCCBRK)
        sending.cancel()
        await asyncio.wait((sending,))

    assert (1, 1) == (closed_with, codes.count(TIOCCBRK))


async def test_a_closed_line_has_no_break(device, master):
    """The caller learns that the device is gone, and no other descriptor is touched."""
    line = await SerialPort(str(device), BAUD).open()
    line.close()

    with pytest.raises(OSError, match="the line is closed"):
        await line.send_break()


async def test_the_device_is_ours_alone(device, master):
    """Who asks for exclusive use is refused, in each of the two ways of asking."""
    line = await SerialPort(str(device), BAUD).open()
    with pytest.raises(serial.SerialException, match="exclusively lock"):
        serial.Serial(str(device), BAUD, exclusive=True)
    ours = fcntl.ioctl(line.read_fd, holder.TIOCGEXCL, bytes(4))
    line.close()

    fd = os.open(device, os.O_RDWR | os.O_NOCTTY)
    afterwards = fcntl.ioctl(fd, holder.TIOCGEXCL, bytes(4))
    os.close(fd)

    assert (b"\1\0\0\0", bytes(4)) == (ours, afterwards)


@pytest.mark.parametrize("claim", ["flock", "TIOCEXCL"])
async def test_a_holder_is_named(device, master, claim):
    """Another process's lock is respected, its settings are not touched, and we say who it is."""
    before = change(device, termios.HUPCL)
    port = SerialPort(str(device), BAUD)
    with claimed(device, claim) as pid:
        for _ in range(2):  # found by looking, then by looking where it was
            with pytest.raises(PortDown, match=rf"in use by python.* \(pid {pid}\): stop"):
                await port.open()
        untouched = change(device, 0)

    line = await port.open()  # also over a TIOCEXCL that was left behind
    line.close()

    assert before == untouched


@contextmanager
def user_of(path):
    """Give the pid of a process that has `path` open."""
    with (
        path.open("rb", buffering=0) as file,
        subprocess.Popen(["sleep", "60"], stdin=file) as process,
    ):
        yield process.pid
        process.kill()


@pytest.mark.parametrize(
    "content", [b"%10d\n", b"%d", "binary"], ids=["ten digits", "short", "binary"]
)
def test_lock_files_are_respected(tmp_path, content):
    """minicom, cu and libvirt lock with files, which neither flock() nor TIOCEXCL sees."""
    (tmp_path / "ttyX0").touch()
    (tmp_path / "adapter").symlink_to("ttyX0")
    with user_of(tmp_path / "ttyX0") as pid:
        written = struct.pack("i", pid) if content == "binary" else content % pid
        (tmp_path / "LCK..ttyX0").write_bytes(written)

        for name in ("ttyX0", "adapter"):
            with pytest.raises(holder.DeviceBusyError) as refused:
                holder.refuse_locked(tmp_path / name, (tmp_path / "none", tmp_path))
            assert (pid, tmp_path / "LCK..ttyX0") == (refused.value.pid, refused.value.lock)


@pytest.mark.parametrize(
    "content",
    [b"", b"4194305\n", b"who knows", b"%d" % os.getpid(), b"%d" % os.getppid(), b"9" * 5000],
    ids=["empty", "no such process", "no number", "our own", "given to another", "too long"],
)
def test_dead_lock_files_are_ignored(tmp_path, content):
    """A process that is gone, one without the device, what is no lock, and our own stop nobody."""
    (tmp_path / "LCK..ttyX0").write_bytes(content)

    holder.refuse_locked(tmp_path / "ttyX0", (tmp_path,))


def _fifo(path):
    os.mkfifo(path)


def _sparse(path):
    with path.open("wb") as file:
        file.truncate(3 << 30)


def _linked(path):
    path.symlink_to("/proc/kmsg")


def _looped(path):
    path.symlink_to(path)


@pytest.mark.parametrize("make", [_fifo, _sparse, _linked, _looped, Path.mkdir])
def test_what_others_put_where_locks_are_holds_nobody_up(tmp_path, make):
    """/run/lock is open to everybody: what is no lock there is neither waited for nor read."""
    make(tmp_path / "LCK..ttyX0")

    holder.refuse_locked(tmp_path / "ttyX0", (tmp_path,))


async def test_a_lock_file_names_the_holder(device, master, tmp_path):
    """The port is down, in the words that name the process and the lock file."""
    with user_of(device) as pid:
        (tmp_path / "LCK..ttyX0").write_text(f"{pid:10}\n")

        with pytest.raises(PortDown, match=rf"in use by sleep \(pid {pid}\), says .*LCK..ttyX0"):
            await SerialPort(str(device), BAUD, locks=(tmp_path,)).open()


def test_a_holder_that_is_unknown_or_gone_is_still_described():
    """Another user's process cannot be found, and one may end while we look."""
    gone = 4194305

    assert ["another process", f"process {gone}"] == [holder.describe(None), holder.describe(gone)]


def test_a_driver_that_knows_no_claims_is_not_claimed():
    """Some drivers, and some architectures, do not answer the question."""
    with Path("/dev/null").open("rb") as device:
        holder.refuse_claimed(device.fileno())


def test_nobody_is_found_for_a_device_that_nobody_has(device):
    """The search ends, and says so."""
    assert holder.find(device, None) is None


@pytest.mark.parametrize(
    ("target", "code"), [("/dev/null", errno.ENOTTY), ("nothing", errno.ENOENT)]
)
async def test_a_device_that_is_none_is_explained(device, target, code):
    """The reason names the device and what to do."""
    device.symlink_to(target)
    port = SerialPort(str(device), BAUD)
    why = {errno.ENOTTY: "is not a serial device: correct", errno.ENOENT: "plug the adapter in"}

    with pytest.raises(PortDown, match=f"/ttyX0 .*{why[code]}"):
        await port.open()
    port.close()

    assert port.watch == (device,)
