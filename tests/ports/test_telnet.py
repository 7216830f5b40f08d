"""A serial port behind telnet: pyserial's server of RFC 2217, a plain one, and one that goes."""

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator

import pytest

from com1d.core.stream.telnet import BINARY, Code
from com1d.ports.base import BreakLine
from com1d.ports.framing import Framing
from com1d.ports.telnet import READ_BYTES, Remote, TelnetPort
from ports.console_server import ConsoleServer
from ports.ends import PATIENCE, Listening, read


@pytest.fixture
def guest() -> Iterator[tuple[int, str]]:
    """Give a guest's end of a pty, and the path of the other."""
    master, slave = os.openpty()
    yield master, os.ttyname(slave)
    os.close(master)
    os.close(slave)


@pytest.fixture
def server(guest):
    """Give a console server in front of the guest."""
    server = ConsoleServer(guest[1])
    yield server
    server.close()


async def until(condition):
    """Wait for what the server's threads do."""
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


async def everything(fd: int, end: bytes) -> bytes:
    """Read until `end` has come."""
    text = b""
    while end not in text:
        text += await read(fd)
    return text


async def test_every_byte_goes_both_ways(guest, server):
    """Once both ends have agreed on binary, all arrives whole, 255 and CR NUL among it."""
    line = await TelnetPort(server.target, Remote(57600)).open()
    await until(lambda: server.serial.baudrate == 57600)
    os.write(guest[0], b"login: \xff\r\0$ ")
    printed = await everything(line.read_fd, b"$ ")
    os.write(line.write_fd, b"ls\r\xff\xff\r\0.")
    typed = b""
    while not typed.endswith(b"."):
        typed += await read(guest[0])
    line.close()

    assert b"login: \xff\r\0$ " == printed
    assert b"ls\r\xff\xff\r\0." == typed


async def test_the_speed_is_set_where_that_is_asked_for(guest, server):
    """`rfc2217:` sets the remote port, its framing included."""
    framing = Framing(stop_bits=2, flow="xonxoff")  # a pty takes neither parity nor 7 bits
    line = await TelnetPort(server.target, Remote(57600, framing)).open()
    there = server.serial
    await until(lambda: there.xonxoff)
    assert (57600, 2) == (there.baudrate, there.stopbits)
    line.close()


def test_every_framing_has_its_value():
    """RFC 2217, section 3: speed, data bits, parity, stop bits, flow control."""
    remote = Remote(9600, Framing(parity="even", data_bits=7, stop_bits=2, flow="rtscts"))
    values = {part[1]: part[2:-2] for part in remote.commands().split(b"\xff\xfa")[1:]}

    assert {1: (9600).to_bytes(4), 2: b"\7", 3: b"\3", 4: b"\2", 5: b"\3"} == values


async def test_the_speed_stays_as_its_administrator_set_it(guest, server):
    """`telnet:` negotiates, and leaves the remote port alone."""
    line = await TelnetPort(server.target).open()
    os.write(guest[0], b"$ ")
    await everything(line.read_fd, b"$ ")
    line.close()

    assert 9600 == server.serial.baudrate


async def test_a_break_is_held_by_the_server(guest, server):
    """It begins and ends on the remote line, once both ends have agreed on RFC 2217."""
    line = await TelnetPort(server.target, Remote(57600)).open()
    assert isinstance(line, BreakLine)
    await until(lambda: server.serial.baudrate == 57600)

    await line.send_break()
    await until(lambda: server.serial.held == (True, False))
    line.close()


@contextlib.contextmanager
def plain():
    """Give a VM that accepts whoever comes, and the target that leads to it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        vm = Listening(server)
        yield vm, f"127.0.0.1:{server.getsockname()[1]}"
        vm.close()


async def test_without_rfc_2217_the_break_is_telnet_s():
    """IAC BREAK, which QEMU understands."""
    with plain() as (vm, target):
        line = await TelnetPort(target).open()
        far = vm.accept()
        await line.send_break()
        received = b""
        while not received.endswith(b"\xff\xf3"):
            received += await read(far.fileno())
        line.close()
        far.close()

    assert bytes((Code.IAC, Code.WILL, BINARY)) in received


async def test_the_last_words_of_a_far_end_that_goes_are_read():
    """They come before the end of the stream."""
    with plain() as (vm, target):
        line = await TelnetPort(target).open()
        far = vm.accept()
        far.sendall(b"\xff\xfb\x01bye")
        far.shutdown(socket.SHUT_WR)
        words = await everything(line.read_fd, b"bye"), await read(line.read_fd)
        line.close()
        line.close()
        far.close()

    assert (b"bye", b"") == words


async def test_an_end_that_negotiates_without_end_is_left():
    """It reads no answer, and asks on: the line ends instead of growing."""
    with plain() as (vm, target):
        line = await TelnetPort(target).open()
        far = vm.accept()
        flood = bytes((Code.IAC, Code.DO, 31)) * READ_BYTES
        flooding = asyncio.create_task(asyncio.to_thread(flood_until_closed, far, flood))
        end = await read(line.read_fd)
        line.close()
        await flooding
        far.close()

    assert b"" == end


def flood_until_closed(far: socket.socket, flood: bytes) -> None:
    """Send until the other side hangs up."""
    with contextlib.suppress(OSError):
        while True:
            far.sendall(flood)
