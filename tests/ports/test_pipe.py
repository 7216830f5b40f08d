"""A pair of FIFOs, and the VM that comes and goes at its other end."""

import fcntl
import os
import select
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from com1d.errors import PortDown
from com1d.ports.pipe import PipePort
from ports.ends import PipeGuest, descriptors_left, events, read, well_kept


SIZE = 262144


async def first_try(path: Path, size: int = SIZE) -> PipePort:
    """Make the FIFOs: the first try does that, and finds no VM."""
    port = PipePort(str(path), size)
    with pytest.raises(PortDown):
        await port.open()
    return port


def modes(*paths: Path) -> list[int]:
    return [stat.S_IMODE(path.stat().st_mode) for path in paths]


async def test_the_first_try_makes_what_is_missing(tmp_path):
    """FIFOs for owner and group, directories that only the owner writes to, whatever the umask."""
    path = tmp_path / "guests" / "east" / "web01"
    umask = os.umask(0o077)
    try:
        await first_try(path)
    finally:
        os.umask(umask)

    made = modes(Path(f"{path}.in"), Path(f"{path}.out"), path.parent, path.parent.parent)
    assert [0o660, 0o660, 0o750, 0o750] == made


async def test_without_a_vm_the_port_is_down(tmp_path):
    """The reason names the FIFO and says what is waited for."""
    port = PipePort(str(tmp_path / "web01"), SIZE)

    with pytest.raises(PortDown, match=r"no VM holds .*/web01\.in yet"):
        await port.open()


async def test_bytes_go_both_ways(tmp_path):
    """What the VM prints is read, what is typed arrives, all 256 values of a byte."""
    every = bytes(range(256))
    port = await first_try(tmp_path / "web01")
    with PipeGuest(tmp_path / "web01") as guest:
        line = await port.open()
        os.write(guest.writes, every)
        os.write(line.write_fd, every)

        moved = await read(line.read_fd), await read(guest.reads)
        line.close()

    assert (every, every) == moved


async def test_what_was_printed_before_is_there(tmp_path):
    """The first bytes of a boot wait in the FIFO until the daemon opens it."""
    port = await first_try(tmp_path / "web01")
    with PipeGuest(tmp_path / "web01") as guest:
        os.write(guest.writes, b"BIOS 1.0")
        line = await port.open()

        first = await read(line.read_fd)
        line.close()

    assert first == b"BIOS 1.0"


async def test_last_words_outlive_the_vm(tmp_path):
    """A VM that exits leaves a hang-up, its last bytes, and after them the end of the file."""
    port = await first_try(tmp_path / "web01")
    with PipeGuest(tmp_path / "web01") as guest:
        line = await port.open()
        os.write(guest.writes, b"Power down.")

    ended = events(line.read_fd) & select.POLLHUP, os.read(line.read_fd, 99)
    end = os.read(line.read_fd, 99)
    line.close()

    assert ((select.POLLHUP, b"Power down."), b"") == (ended, end)


async def test_a_silent_vm_raises_no_event(tmp_path):
    """Neither data nor a hang-up: looking for a VM that is gone leaves no trace."""
    port = await first_try(tmp_path / "web01")
    with PipeGuest(tmp_path / "web01"):
        line = await port.open()
        silent = events(line.read_fd)
        line.close()

    assert silent == 0


async def test_typing_to_a_gone_vm_fails(tmp_path):
    """The line is over for the writing side, too: EPIPE, not silence."""
    port = await first_try(tmp_path / "web01")
    with PipeGuest(tmp_path / "web01"):
        line = await port.open()

    with pytest.raises(BrokenPipeError):
        os.write(line.write_fd, b"x")
    line.close()


async def test_a_vm_that_holds_only_one_fifo_is_not_opened(tmp_path):
    """It is ending, and lets go of P.out before P.in; or it starts, and opens P.in before P.out."""
    port = await first_try(tmp_path / "web01")
    with PipeGuest(tmp_path / "web01") as guest:
        (await port.open()).close()
        os.close(guest.writes)
        with pytest.raises(PortDown, match=r"no VM holds .*/web01\.out yet"):
            await port.open()

        guest.writes = os.open(tmp_path / "web01.out", os.O_RDWR | os.O_NONBLOCK)
        (await port.open()).close()


async def test_the_next_vm_does_not_get_old_keys(tmp_path):
    """Keys that a VM never read are gone with its line: the next one boots without them."""
    port = await first_try(tmp_path / "web01")
    with PipeGuest(tmp_path / "web01"):
        line = await port.open()
        os.write(line.write_fd, b"reboot\r")
    line.close()

    with PipeGuest(tmp_path / "web01") as guest, pytest.raises(BlockingIOError):
        os.read(guest.reads, 99)


async def test_capacity_is_raised_at_each_open(tmp_path):
    """A FIFO that nobody holds falls back to 64 KiB, so every new line asks again."""
    port = await first_try(tmp_path / "web01")
    granted = []
    for _ in range(2):
        with PipeGuest(tmp_path / "web01"):
            line = await port.open()
            granted.append((line.capacity, fcntl.fcntl(line.read_fd, fcntl.F_GETPIPE_SZ)))
            line.close()

    assert [(SIZE, SIZE), (SIZE, SIZE)] == granted


async def test_capacity_never_shrinks(tmp_path):
    """What the VM's launcher gave the FIFO beyond our wish is kept."""
    port = await first_try(tmp_path / "web01", size=4096)
    with PipeGuest(tmp_path / "web01") as guest:
        before = fcntl.fcntl(guest.writes, fcntl.F_GETPIPE_SZ)
        line = await port.open()
        line.close()

    assert before == line.capacity


def test_an_unprivileged_daemon_takes_what_it_is_granted():
    """Above pipe-max-size the wish is halved until the kernel grants it."""
    script = (
        "import os; from com1d.ports.pipe import enlarge\n"
        "if os.getuid() == 0: os.setresuid(65534, 65534, 65534)\n"
        f"print(enlarge(os.pipe()[0], 4 * {largest()}))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert largest() == int(result.stdout)


def largest() -> int:
    return int(Path("/proc/sys/fs/pipe-max-size").read_text())


async def test_fifos_that_are_there_are_kept(tmp_path):
    """A running VM may hold them, and somebody gave them their owner and mode."""
    path = tmp_path / "web01.out"
    os.mkfifo(path, 0o600)
    inode = path.stat().st_ino

    await first_try(tmp_path / "web01")

    assert (inode, [0o600]) == (path.stat().st_ino, modes(path))


@pytest.mark.parametrize("end", ["in", "out"])
async def test_something_else_at_the_path_is_refused(tmp_path, end):
    """A file, and a symbolic link even to a FIFO, is not ours to use or to replace."""
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "linked").with_suffix(f".{end}").symlink_to("fifo")
    (tmp_path / "filed").with_suffix(f".{end}").write_text("precious")

    for name in ("linked", "filed"):
        with pytest.raises(PortDown, match=rf"{name}\.{end} exists and is not a FIFO: remove it"):
            await PipePort(str(tmp_path / name), SIZE).open()


async def test_a_public_directory_is_refused(tmp_path):
    """Where everybody may write, anybody could be the VM."""
    tmp_path.chmod(0o1777)

    with pytest.raises(PortDown, match="run chmod o-w"):
        await PipePort(str(tmp_path / "web01"), SIZE).open()


@pytest.mark.parametrize("left", [0, 1], ids=["P.in", "P.out"])
async def test_a_fifo_that_cannot_be_opened_leaves_nothing_open(tmp_path, left):
    """When the second fails the first is closed again; the system's reason is passed on."""
    port = await first_try(tmp_path / "web01")
    with (
        PipeGuest(tmp_path / "web01"),
        descriptors_left(left),
        pytest.raises(OSError, match="Too many open files"),
    ):
        await port.open()


async def test_descriptors_are_well_kept_and_closed_once(tmp_path):
    """Nothing blocks, nothing is inherited, and a second close does not hit somebody else's."""
    port = await first_try(tmp_path / "web01")
    with PipeGuest(tmp_path / "web01"):
        line = await port.open()
        kept = [well_kept(line.read_fd), well_kept(line.write_fd)]
        line.close()
        others = os.pipe()
        line.close()

        still_open = [well_kept(fd) is not None for fd in others]
        for fd in others:
            os.close(fd)
    port.close()

    assert ([True, True], [True, True]) == (kept, still_open)
