"""The socket that VMs dial: one line at a time, nobody lost, nobody else's socket removed."""

import asyncio
import os
import socket
import stat
from contextlib import suppress

import pytest

from com1d.errors import PortDown
from com1d.loop.descriptors import Descriptors
from com1d.ports.base import DialledPort
from com1d.ports.listen import ListenPort
from ports.ends import PATIENCE, descriptors_left, read, well_kept


@pytest.fixture
def path(run_dir):
    """Give a path whose directory does not exist yet."""
    return run_dir / "guests" / "web01"


@pytest.fixture
def port(path):
    """Give a port that is closed afterwards."""
    port = ListenPort(str(path))
    yield port
    port.close()


def dial(path) -> socket.socket:
    guest = socket.socket(socket.AF_UNIX)
    guest.settimeout(PATIENCE)
    guest.connect(str(path))
    return guest


async def hung_up(guest: socket.socket) -> bool:
    return await asyncio.to_thread(guest.recv, 1) == b""


async def test_bytes_go_both_ways(path, port):
    """A VM that dials in is a line until the daemon hangs up."""
    dialled: DialledPort = port
    dialled.listen()
    with dial(path) as guest:
        line = await port.open()
        guest.send(b"SAC>")
        os.write(line.write_fd, b"ch\r")

        moved = await read(line.read_fd), guest.recv(99)
        kept = well_kept(line.read_fd)
        line.close()
        line.close()
        ended = guest.recv(99)

    assert (b"SAC>", b"ch\r", True, b"") == (*moved, kept, ended)


async def test_open_waits_for_the_vm(path, port):
    """`open` listens before it first suspends, and returns when somebody has dialled."""
    waiting = asyncio.create_task(port.open())
    await asyncio.sleep(0)
    with dial(path) as guest:
        async with asyncio.timeout(PATIENCE):
            line = await waiting
        guest.send(b"hello")

        assert await read(line.read_fd) == b"hello"
    line.close()


def test_the_socket_is_for_owner_and_group(path, port):
    """Whatever the umask; so are the directories that were missing."""
    umask = os.umask(0o077)
    try:
        port.listen()
    finally:
        os.umask(umask)

    assert [0o660, 0o750] == [stat.S_IMODE(made.stat().st_mode) for made in (path, path.parent)]


async def test_a_second_dialler_is_sent_away_while_the_first_lives(path, port):
    """It learns at once, instead of waiting in a backlog; the first does not notice."""
    port.listen()
    with dial(path) as guest:
        line = await port.open()
        for _ in range(3):
            with dial(path) as second:
                assert await hung_up(second)

        guest.send(b"still here")
        heard = await read(line.read_fd)
        line.close()

    assert heard == b"still here"


@pytest.mark.parametrize("printed", [b"", b"BIOS", b"x" * 100_000])
async def test_what_an_unwanted_dialler_has_printed_is_counted(path, port, printed: bytes):
    """Told at once, and then the rest together after a while."""
    told: list[tuple[int, int]] = []
    port.turned_away = lambda *what: told.append(what)
    port.listen()
    with dial(path):
        line = await port.open()
        for _ in range(3):
            with dial(path) as second:
                second.sendall(printed)
                with suppress(ConnectionResetError):
                    await hung_up(second)
        line.close()

    assert [(1, len(printed))] == told


async def test_who_was_turned_away_and_not_told_is_handed_over(path, port):
    """What is counted for the next report is not lost with the process."""
    port.listen()
    with dial(path):
        line = await port.open()
        for _ in range(3):
            with dial(path) as second:
                second.sendall(b"BIOS")
                with suppress(ConnectionResetError):
                    await hung_up(second)
        packed = port.hand_over(fds := Descriptors(), "web01")
        heir = ListenPort(str(path))
        heir.take_over(packed, None, Descriptors({k: os.dup(fd) for k, fd in fds.all().items()}))
        again = heir.hand_over(Descriptors(), "web01")
        line.close()
        heir.close()

    assert [2, 8] == packed["untold"] == again["untold"]


async def test_who_dials_between_two_lines_waits(path, port):
    """A VM that is back before the port is opened again keeps what it has printed."""
    port.listen()
    with dial(path):
        first = await port.open()
        first.close()
    with dial(path) as guest:
        guest.send(b"BIOS")

        second = await port.open()
        heard = await read(second.read_fd)
        second.close()

    assert heard == b"BIOS"


async def test_who_dials_before_the_end_was_read_waits(path, port):
    """A VM restarted faster than its last words are read is the next line, not an intruder."""
    port.listen()
    with dial(path) as old:
        first = await port.open()
        old.send(b"last words")
    with dial(path) as new:
        await read(first.read_fd)  # the loop has seen the dialler too
        new.send(b"BIOS")
        first.close()

        second = await port.open()
        heard = await read(second.read_fd)
        second.close()

    assert heard == b"BIOS"


def test_who_waits_when_the_port_is_closed_is_counted(path, port):
    """It has printed what nobody reads."""
    told = []
    port.turned_away = lambda *what: told.append(what)
    port.listen()
    with dial(path) as one, dial(path) as other:
        one.send(b"twelve bytes")
        other.send(b"!")
        port.close()
    assert [(2, 13)] == told


async def test_without_descriptors_nobody_is_lost(path, port):
    """A dialler that cannot be taken stays in the queue for the next try."""
    port.listen()
    with dial(path) as guest:
        with descriptors_left(0), pytest.raises(OSError, match="Too many open files"):
            await port.open()
        line = await port.open()
        guest.send(b"BIOS")

        assert await read(line.read_fd) == b"BIOS"
    line.close()


async def test_without_descriptors_a_second_dialler_has_to_wait(path, port):
    """Nor can it be sent away then; the loop does not spin over it, and it is the next line."""
    port.listen()
    with dial(path) as guest, dial(path) as second:
        first = await port.open()
        with descriptors_left(0):
            guest.send(b"x")
            await read(first.read_fd)  # the loop has seen the second dialler too
        first.close()
        line = await port.open()
        second.send(b"BIOS")

        assert await read(line.read_fd) == b"BIOS"
    line.close()


def test_listening_twice_is_listening_once(path, port):
    """The keeper asks before every try."""
    port.listen()
    inode = path.stat().st_ino

    port.listen()

    assert inode == path.stat().st_ino


def test_a_socket_left_behind_is_replaced(path, port):
    """After a SIGKILL the old socket file is still there, and nobody has it."""
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(path))
        killed.listen()

    port.listen()

    dial(path).close()


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
@pytest.mark.parametrize("listening", [False, True])
def test_a_live_socket_is_left_alone(path, port, kind, listening):
    """Also between its bind() and listen(); and its owner does not notice that we asked."""
    path.parent.mkdir()
    with socket.socket(socket.AF_UNIX, kind) as other:
        other.setblocking(False)
        other.bind(str(path))
        if listening and kind is socket.SOCK_STREAM:
            other.listen()
        inode = path.stat().st_ino

        with pytest.raises(PortDown, match=r"another process listens at .*/web01: stop it"):
            port.listen()

        if listening and kind is socket.SOCK_STREAM:
            with pytest.raises(BlockingIOError):
                other.accept()
        assert inode == path.stat().st_ino


def test_something_else_at_the_path_is_refused(path, port):
    """A file that is not a socket is never removed."""
    path.parent.mkdir()
    path.write_text("precious")

    with pytest.raises(PortDown, match="/web01 exists and is not a socket: remove it"):
        port.listen()

    assert path.read_text() == "precious"


def test_a_path_that_cannot_be_bound_leaves_nothing_open(path):
    """An error of bind() itself closes the socket again."""
    with pytest.raises(OSError, match="too long"):
        ListenPort(str(path) + 108 * "x").listen()


def test_closing_removes_the_socket(path, port):
    """A socket that nobody listens at would only puzzle people."""
    port.listen()

    port.close()

    assert not path.exists()


def test_closing_leaves_the_socket_of_a_successor(path, port):
    """Another daemon that has replaced the file by now keeps it."""
    port.listen()
    path.unlink()
    with socket.socket(socket.AF_UNIX) as successor:
        successor.bind(str(path))

        port.close()

        assert path.exists()


async def test_a_removed_socket_is_made_again(path):
    """A cleaner of temporary files does not cut the VM off for good."""
    port = ListenPort(str(path), recheck=0.001)
    waiting = asyncio.create_task(port.open())
    await asyncio.sleep(0)
    path.unlink()

    async with asyncio.timeout(PATIENCE):
        while not path.exists():  # what is tested has no event of its own
            await asyncio.sleep(0)
        with dial(path):
            line = await waiting
    line.close()
    port.close()


async def test_waiting_can_be_cancelled_and_resumed(path, port):
    """The socket stays, so that a VM may dial meanwhile."""
    waiting = asyncio.create_task(port.open())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait((waiting,))

    with dial(path):
        line = await port.open()
        line.close()

    assert waiting.cancelled()


async def test_closing_the_port_before_its_line_is_fine(path, port):
    """The order in which a daemon stops does not matter."""
    port.listen()
    with dial(path) as guest:
        line = await port.open()
        port.close()

        line.close()

        assert await hung_up(guest)
