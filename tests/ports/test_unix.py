"""A VM's listening socket, with the VM there, gone, dying and busy."""

import errno
import os
import socket

import pytest

from com1d.errors import PortDown
from com1d.ports.unix import UnixPort
from ports.ends import read, well_kept


def bound(path, *, backlog=1) -> socket.socket:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(path))
    if backlog is not None:
        server.listen(backlog)
    return server


async def test_bytes_go_both_ways(run_dir):
    """What QEMU sends is read, and what is typed arrives."""
    with bound(run_dir / "s") as server:
        line = await UnixPort(str(run_dir / "s")).open()
        guest, _ = server.accept()
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
        line = await UnixPort(str(run_dir / "s")).open()
        guest, _ = server.accept()
        guest.send(b"bye")
        guest.close()

        words = await read(line.read_fd), await read(line.read_fd)
        line.close()

    assert (b"bye", b"") == words


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
    port = UnixPort(str(run_dir / "s"))
    with bound(run_dir / "s", backlog=0):
        line = await port.open()

        with pytest.raises(PortDown, match="another program holds this console"):
            await port.open()
        line.close()


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
