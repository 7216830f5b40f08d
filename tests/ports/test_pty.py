"""The slave of a hypervisor's pty: raw while we have it, as it was afterwards."""

import os
import termios
from pathlib import Path

import pytest

from com1d.errors import PortDown
from com1d.ports.pty import PtyPort
from ports.ends import fill, pty_at, read, well_kept


@pytest.fixture
def slave(tmp_path):
    """Give the path at which a pty's slave appears."""
    return tmp_path / "com1"


def attributes(path: Path) -> list:
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    try:
        return termios.tcgetattr(fd)
    finally:
        os.close(fd)


async def test_every_byte_goes_both_ways_unchanged(slave):
    """A new pty echoes, turns CR into LF and takes ^C for a signal; ours does none of it."""
    every = bytes(range(256))
    with pty_at(slave) as master:
        line = await PtyPort(str(slave)).open()
        os.write(master, every)
        os.write(line.write_fd, every)

        moved = await read(line.read_fd), await read(master)
        kept = well_kept(line.read_fd)
        line.close()

    assert (every, every, True) == (*moved, kept)


async def test_an_idle_line_is_no_ended_line(slave):
    """Reading while nothing is there says EAGAIN, not end of file."""
    with pty_at(slave):
        line = await PtyPort(str(slave)).open()

        with pytest.raises(BlockingIOError):
            os.read(line.read_fd, 1)
        line.close()


async def test_a_full_line_is_no_spinning_line(slave):
    """A guest that does not read gives EAGAIN; the bytes before it are kept."""
    with pty_at(slave) as master:
        line = await PtyPort(str(slave)).open()
        count = fill(line.write_fd)

        taken = 0
        while taken < count:
            taken += len(await read(master))
        line.close()

    assert count == taken > 4096


async def test_closing_puts_the_attributes_back(slave):
    """Whoever uses the pty next finds it as it was."""
    with pty_at(slave):
        before = attributes(slave)
        line = await PtyPort(str(slave)).open()
        during = attributes(slave)
        line.close()
        line.close()

        after = attributes(slave)

    assert (before, True) == (after, during != before)


async def test_a_gone_vm_ends_the_line(slave):
    """Reading gives the end of the file, writing EIO, and closing does not mind."""
    with pty_at(slave):
        line = await PtyPort(str(slave)).open()

    end = await read(line.read_fd)
    with pytest.raises(OSError, match="Input/output error"):
        os.write(line.write_fd, b"x")
    line.close()

    assert end == b""


async def test_no_pty_means_no_vm(slave):
    """The reason names the path and the likely cause; the path is watched."""
    port = PtyPort(str(slave))

    with pytest.raises(PortDown, match="/com1 does not exist: the VM is not running"):
        await port.open()
    port.close()

    assert port.watch == (slave,)


@pytest.mark.parametrize("kind", ["device", "file"])
async def test_something_else_is_refused(slave, kind):
    """Another character device, or a file, is not a terminal."""
    if kind == "device":
        slave.symlink_to("/dev/null")
    else:
        slave.write_text("")

    with pytest.raises(PortDown, match="/com1 is not a terminal: correct `port`"):
        await PtyPort(str(slave)).open()
