"""Descriptors that nothing can block, on real pipes, files and terminals."""

import asyncio
import fcntl
import os
import pty
import socket

import pytest

from com1d.frontends.session.streams import Input, Output


@pytest.fixture
def pipe():
    near, far = os.pipe()
    yield near, far
    for fd in (near, far):
        try:
            os.close(fd)
        except OSError:  # a test closed it
            continue


async def read_all(fd: int, size: int) -> bytes:
    source, got = Input(fd), b""
    while len(got) < size:
        got += await source.read()
    return got


async def test_reading_a_pipe(pipe):
    """Bytes come when they are there; the end is empty."""
    near, far = pipe
    source = Input(near)
    waiting = asyncio.ensure_future(source.read())
    await asyncio.sleep(0)
    os.write(far, b"typed")

    assert await waiting == b"typed"
    os.close(far)
    assert await source.read() == b""


async def test_reading_a_file(tmp_path):
    """A regular file, which epoll refuses, is read all the same."""
    (tmp_path / "f").write_bytes(b"content")
    with (tmp_path / "f").open("rb") as file:
        source = Input(file.fileno())

        assert await source.read() == b"content"
        assert await source.read() == b""


async def test_a_cancelled_read_loses_nothing(pipe):
    """Whoever waited too long finds the bytes at the next time."""
    near, far = pipe
    source = Input(near)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await source.read()
    os.write(far, b"later")

    assert await source.read() == b"later"


async def test_reading_a_terminal_that_hung_up():
    """A terminal that is gone is an end, not an error."""
    master, slave = pty.openpty()
    os.close(slave)
    source = Input(master)

    assert await source.read() == b""
    os.close(master)


async def test_writing_never_waits(pipe):
    """A pipe that nobody reads takes what fits; the rest follows in order when somebody does."""
    near, far = pipe
    output = Output(far)
    data = os.urandom(1 << 20)
    output.put(data)
    output.put(b"end")
    waiting = asyncio.ensure_future(output.drained())
    got = await read_all(near, len(data) + 3)
    await waiting

    assert got == data + b"end"
    await output.close()


async def test_the_shells_descriptor_stays_blocking(pipe):
    """The shell's own descriptor of the same file is left as it was."""
    near, far = pipe
    output = Output(far)

    assert os.get_blocking(far)
    await output.close()
    os.write(far, b"still open")
    assert os.read(near, 100) == b"still open"


async def test_a_socket_is_put_back():
    """A socket cannot be opened anew, so it is switched and switched back."""
    near, far = socket.socketpair()
    with near, far:
        output = Output(far.fileno())
        output.put(b"x")
        await output.close()

        assert near.recv(10) == b"x"
        assert os.get_blocking(far.fileno())


async def test_a_file_is_appended_to(tmp_path):
    """Output goes on where the shell's redirection stands."""
    with (tmp_path / "f").open("wb") as file:
        os.write(file.fileno(), b"before ")
        output = Output(file.fileno())
        output.put(b"after")
        await output.close()

    assert (tmp_path / "f").read_bytes() == b"before after"


async def test_a_far_end_that_is_gone(pipe):
    """The error is raised where somebody waits, and later writes go nowhere."""
    near, far = pipe
    output = Output(far)
    os.close(near)
    output.put(b"x")
    with pytest.raises(BrokenPipeError):
        await output.drained()
    output.put(b"y")
    await output.close()


async def test_a_far_end_that_goes_while_somebody_waits(pipe):
    """Whoever waits for room is told as well."""
    near, far = pipe
    output = Output(far)
    output.put(bytes(1 << 20))
    waiting = asyncio.ensure_future(output.drained())
    await asyncio.sleep(0)
    os.close(near)
    with pytest.raises(BrokenPipeError):
        await waiting
    await output.close()


async def test_closing_waits_for_a_stuck_terminal_only_briefly(pipe):
    """Last words to somebody who does not read are given up."""
    _, far = pipe
    output = Output(far)
    output.put(bytes(1 << 20))
    await output.close()

    assert fcntl.fcntl(far, fcntl.F_GETFD) >= 0
