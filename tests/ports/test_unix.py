"""A VM's listening socket, with the VM there, gone, dying and busy."""

import asyncio
import errno
import os
import socket
import subprocess
from pathlib import Path

import pytest

from com1d.errors import PortDown
from com1d.ports.unix import UnixPort
from ports.ends import read, well_kept


NOBODY = 65534


def bound(path, *, backlog=1) -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    if backlog is not None:
        server.listen(backlog)
    return server


async def serving(server, port):
    """Open `port` while the VM at `server` accepts; give the line and the VM's end."""
    server.setblocking(False)
    accepting = asyncio.get_running_loop().sock_accept(server)
    line, (guest, _) = await asyncio.gather(port.open(), accepting)
    guest.setblocking(True)
    return line, guest


async def test_bytes_go_both_ways(run_dir):
    """What QEMU sends is read, and what is typed arrives."""
    with bound(run_dir / "s") as server:
        line, guest = await serving(server, UnixPort(str(run_dir / "s")))
        guest.send(b"SAC>")
        os.write(line.write_fd, b"ch\r")

        moved = await read(line.read_fd), guest.recv(99)
        kept = well_kept(line.read_fd)
        line.close()
        line.close()
        hung_up = guest.recv(99)
        guest.close()

    assert (b"SAC>", b"ch\r", True, b"") == (*moved, kept, hung_up)


async def test_a_gone_vm_ends_the_line(run_dir):
    """QEMU's last words are read, then the end of the stream."""
    with bound(run_dir / "s") as server:
        line, guest = await serving(server, UnixPort(str(run_dir / "s")))
        guest.send(b"bye")
        guest.close()

        words = await read(line.read_fd), await read(line.read_fd)
        line.close()

    assert (b"bye", b"") == words


async def test_a_vm_that_serves_another_program_is_not_connected(run_dir):
    """The other program is named, and the VM finds nothing of ours when that one has left."""
    with bound(run_dir / "s") as server:
        command = ["socat", "-u", f"UNIX-CONNECT:{run_dir / 's'}", "STDOUT"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as other:  # noqa: ASYNC220 - brief
            theirs, _ = server.accept()
            with pytest.raises(PortDown, match=rf"is held by socat \(pid {other.pid}\)"):
                await UnixPort(str(run_dir / "s")).open()
            theirs.close()
        ours, _ = server.accept()
        left = ours.recv(99)
        ours.close()
        line, guest = await serving(server, UnixPort(str(run_dir / "s")))
        line.close()
        guest.close()

    assert b"" == left


@pytest.mark.parametrize("hard", [True, False])
async def test_one_socket_by_two_paths_has_one_console(run_dir, hard: bool):
    """Which `check` cannot know where the link was made later; the other console is named."""
    with bound(run_dir / "s") as server:
        line, guest = await serving(server, UnixPort(str(run_dir / "s")))
        if hard:
            (run_dir / "t").hardlink_to(run_dir / "s")
        else:
            (run_dir / "t").symlink_to(run_dir / "s")
        with pytest.raises(PortDown, match="is held by another console"):
            await UnixPort(str(run_dir / "t")).open()
        line.close()
        guest.close()


async def test_a_vm_that_is_stuck_is_down(run_dir):
    """Nobody else is connected, and still nobody accepts."""
    with (
        bound(run_dir / "s"),
        pytest.raises(PortDown, match="does not accept connections"),
    ):
        await UnixPort(str(run_dir / "s")).open()


def another_binds(path):
    """Put another VM's socket at `path`, as QEMU does: it unlinks before it binds."""
    path.unlink()
    bound(path).close()


def another_is_moved_there(path):
    """Rename another VM's socket over `path`."""
    bound(path.with_name("other")).close()
    path.with_name("other").rename(path)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda path: None, None),
        (Path.unlink, None),
        (another_binds, "is another VM's socket now"),
        (another_is_moved_there, "is another VM's socket now"),
        (lambda path: path.rename(path.with_name("t")), "has another path now"),
    ],
    ids=["none", "removed", "bound anew", "moved over", "moved away"],
)
async def test_a_line_knows_whether_its_path_leads_to_another_vm(run_dir, change, expected):
    """A path that is another's ends the line; one that a cleaner removed leaves it alone."""
    with bound(run_dir / "s") as server:
        line, guest = await serving(server, UnixPort(str(run_dir / "s")))
        change(run_dir / "s")
        said = line.displaced()
        line.close()
        guest.close()

    assert (expected is None) == (said is None)
    assert (expected or "") in (said or "")


async def test_a_line_through_a_link_follows_the_link(run_dir):
    """/var/run is a link: the file behind it counts, not the spelling of its path."""
    (run_dir / "real").mkdir()
    (run_dir / "alias").symlink_to("real")
    with bound(run_dir / "real" / "s") as server:
        line, guest = await serving(server, UnixPort(str(run_dir / "alias" / "s")))
        same = line.displaced()
        (run_dir / "alias").unlink()
        (run_dir / "alias").symlink_to("elsewhere")
        other = line.displaced()
        line.close()
        guest.close()

    assert same is None
    assert "has another path now" in other


async def test_no_socket_means_no_vm(run_dir):
    """The reason names the path and the likely cause."""
    with pytest.raises(PortDown, match="/s does not exist: the VM is not running"):
        await UnixPort(str(run_dir / "s")).open()


@pytest.mark.parametrize("listening", [False, True], ids=["bound only", "left behind"])
async def test_a_socket_without_a_listener_is_down(run_dir, listening):
    """Between bind() and listen(), and after a SIGKILL, the connection is refused."""
    server = bound(run_dir / "s", backlog=1 if listening else None)
    if listening:
        server.close()

    with server, pytest.raises(PortDown, match="/s has no listener"):
        await UnixPort(str(run_dir / "s")).open()


async def test_a_crowded_socket_is_down(run_dir):
    """QEMU serves one; when the queue behind that one is full we hear EAGAIN and do not block."""
    with (
        bound(run_dir / "s", backlog=0),
        socket.socket(socket.AF_UNIX) as waiting,
    ):
        waiting.connect(str(run_dir / "s"))
        with pytest.raises(PortDown, match="another program holds this console"):
            await UnixPort(str(run_dir / "s")).open()


async def test_a_socket_of_another_type_is_refused(run_dir):
    """A datagram socket is explained, and so is an error that has no explanation of ours."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(run_dir / "s"))

        with pytest.raises(PortDown, match="is no stream socket"):
            await UnixPort(str(run_dir / "s")).open()
    (run_dir / "a").symlink_to("a")
    with pytest.raises(PortDown, match=f"/a {os.strerror(errno.ELOOP)}"):
        await UnixPort(str(run_dir / "a")).open()


async def test_the_socket_stays_when_the_port_closes(run_dir):
    """It is the VM's; its path is also what is watched."""
    port = UnixPort(str(run_dir / "s"))
    with bound(run_dir / "s"):
        port.close()

        assert (run_dir / "s").is_socket()
    assert port.watch == (run_dir / "s",)


@pytest.mark.skipif(os.geteuid() != 0, reason="makes files of root and tries them as another")
@pytest.mark.parametrize("closed", ["socket", "folder"])
async def test_a_socket_of_another_user_is_said_to_be_that(run_dir, closed):
    """As libvirt's and QEMU's often are; once its administrator lets com1d in, it opens."""
    run_dir.chmod(0o755)
    folder = run_dir / "vm"
    folder.mkdir(mode=0o755)
    port = UnixPort(str(folder / "s"))
    with bound(folder / "s") as server:
        (folder / "s").chmod(0o755 if closed == "socket" else 0o777)
        folder.chmod(0o755 if closed == "socket" else 0o700)
        os.seteuid(NOBODY)
        try:
            with pytest.raises((PortDown, OSError), match=r"give its user or group access|denied"):
                await port.open()
        finally:
            os.seteuid(0)
        folder.chmod(0o755)
        (folder / "s").chmod(0o777)
        os.seteuid(NOBODY)
        try:
            line, guest = await serving(server, port)
        finally:
            os.seteuid(0)
        line.close()
        guest.close()
