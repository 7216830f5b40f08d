"""Every kind of port comes back by itself when its far end does.

Where a path is watched, the watch alone does it: the back-off of these keepers is an hour.
"""

import os
import socket

from com1d.ports.listen import ListenPort
from com1d.ports.pipe import PipePort
from com1d.ports.pty import PtyPort
from com1d.ports.serial import SerialPort
from com1d.ports.tcp import TcpPort
from com1d.ports.unix import UnixPort
from line.keeping import always_at_once, keeping
from ports.ends import Listening, PipeGuest, listening_at, pty_at, read


async def test_pipe_comes_back(tmp_path):
    """A VM that exits and is started again is attached when it opens its FIFO."""
    path = tmp_path / "web01"
    async with keeping(PipePort(str(path), 65536)) as kept:
        await kept.tried()
        for boot in (b"first boot", b"second boot"):
            with PipeGuest(path) as guest:
                line = await kept.line()
                os.write(guest.writes, boot)
                assert await read(line.read_fd) == boot
            assert await read(line.read_fd) == b""
            await kept.end("the VM has exited")


async def test_pipe_comes_back_to_a_vm_that_was_faster(tmp_path):
    """A VM restarted before its exit was noticed is found by the first try, with its output."""
    path = tmp_path / "web01"
    async with keeping(PipePort(str(path), 65536)) as kept:
        await kept.tried()
        with PipeGuest(path):
            await kept.line()
        with PipeGuest(path) as guest:
            os.write(guest.writes, b"second boot")
            await kept.end("the VM has exited")
            line = await kept.line()

            assert await read(line.read_fd) == b"second boot"


async def test_unix_comes_back(run_dir):
    """A VM whose socket is gone and bound anew is attached when it is bound."""
    path = run_dir / "com1"
    async with keeping(UnixPort(str(path)), always_at_once()) as kept:
        await kept.tried()
        for boot in (b"first boot", b"second boot"):
            with listening_at(path) as server:
                line = await kept.line()
                guest = server.accept()
                guest.send(boot)
                assert await read(line.read_fd) == boot
                guest.close()
            path.unlink()
            assert await read(line.read_fd) == b""
            await kept.end("the VM has exited")


async def test_unix_comes_back_without_waiting(run_dir):
    """A socket that already listens when it appears needs no retry: the watch is enough."""
    path = run_dir / "com1"
    async with keeping(UnixPort(str(path))) as kept:
        await kept.tried()
        for _ in range(2):
            with listening_at(path.with_name("starting")):
                path.with_name("starting").rename(path)
                await kept.line()
            path.unlink()
            await kept.end("the VM has exited")


async def test_listen_comes_back(run_dir):
    """A VM that dials in again is the next line."""
    path = run_dir / "com1"
    async with keeping(ListenPort(str(path)), always_at_once()) as kept:
        await kept.tried()
        for boot in (b"first boot", b"second boot"):
            with socket.socket(socket.AF_UNIX) as guest:
                guest.connect(str(path))
                line = await kept.line()
                guest.send(boot)
                assert await read(line.read_fd) == boot
            assert await read(line.read_fd) == b""
            await kept.end("the VM has exited")


async def test_tcp_comes_back():
    """A terminal server that restarts at the same port is connected to again."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
    async with keeping(TcpPort(f"{address[0]}:{address[1]}"), always_at_once()) as kept:
        await kept.tried()
        for boot in (b"first boot", b"second boot"):
            with socket.create_server(address) as server:
                vm = Listening(server)
                line = await kept.line()
                guest = vm.accept()
                guest.send(boot)
                assert await read(line.read_fd) == boot
                guest.close()
                vm.close()
            assert await read(line.read_fd) == b""
            await kept.end("the server has stopped")


async def test_pty_comes_back(tmp_path):
    """A VM with a new pty is attached when the link that follows it is made."""
    await replugged(PtyPort(str(tmp_path / "com1")), tmp_path / "com1")


async def test_serial_comes_back(tmp_path):
    """An adapter that is plugged in again is opened when its device appears."""
    await replugged(SerialPort(str(tmp_path / "ttyUSB0"), 115200), tmp_path / "ttyUSB0")


async def replugged(port, link):
    async with keeping(port) as kept:
        await kept.tried()
        for boot in (b"first boot", b"second boot"):
            with pty_at(link) as master:
                line = await kept.line()
                os.write(master, boot)
                assert await read(line.read_fd) == boot
            assert await read(line.read_fd) == b""
            await kept.end("unplugged")
