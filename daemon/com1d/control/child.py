"""One child process: a program that is run without a shell, and killed when its time is up.

It is started with `subprocess.Popen`, which uses vfork(2): a millisecond or two, however large the
daemon is. uvloop's own way forks, which held the loop for 30 ms with 400 MB of scrollback. The
program should be on a local disk, since even vfork waits until it is loaded.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, Self


OUTPUT_BYTES: Final = 4096
"""Bytes kept of the output: a screenful. The rest is read and dropped, so that the child never
waits."""

LAST_READS: Final = 16
"""Reads of the output after the child's end: a pipe holds no more, and a process that the child
left behind may go on writing."""

REAP_SECONDS: Final = 1.0
"""How long a killed child is waited for; one that hangs in the kernel is left behind."""

ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LANG": "C.UTF-8",
}
"""The child's whole environment: the daemon's own is not passed on."""


class Outcome(NamedTuple):
    """How a child ended."""

    status: int
    """Its exit status; negative, the number of the signal that ended it."""
    output: str
    """The beginning of what it wrote to stdout and stderr."""


async def run(
    argv: Sequence[str],
    hear: Callable[[str], None],
    environment: Mapping[str, str] = MappingProxyType({}),
) -> Outcome:
    """Run a program to its end; `hear` is called with each line of its output as it comes.

    `environment` is added to `ENVIRONMENT`.

    Cancelled, as by a time limit, it kills the child with all its process group. What a child that
    ended by itself has left running is left alone. Raises `OSError` where the program cannot be
    started.
    """
    with _Output(hear) as output:
        child = _spawn(argv, output, environment)
        await _end(child)
    return Outcome(child.returncode, output.text)


class _Output:
    """The pipe that a child writes to."""

    def __init__(self, hear: Callable[[str], None]) -> None:
        self._hear = hear
        self._kept = bytearray()
        self._heard = 0
        self._loop = asyncio.get_running_loop()
        self._reads, self.writes = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)

    def __enter__(self) -> Self:
        os.set_blocking(self.writes, True)
        self._loop.add_reader(self._reads, self._read)
        return self

    def __exit__(self, *_: object) -> None:
        self.hand_over()
        reads = 0
        while reads < LAST_READS and self._read():
            reads += 1
        self._loop.remove_reader(self._reads)
        os.close(self._reads)

    def hand_over(self) -> None:
        """Close our copy of the end that the child has."""
        if self.writes >= 0:
            os.close(self.writes)
            self.writes = -1

    @property
    def text(self) -> str:
        """What was kept."""
        return _clean(self._kept).strip()

    def _read(self) -> bool:
        """Read what has come. False where there was nothing, or nothing more will come."""
        try:
            data = os.read(self._reads, OUTPUT_BYTES)
        except BlockingIOError:
            return False
        if not data:
            self._loop.remove_reader(self._reads)
            return False
        self._kept += data[: OUTPUT_BYTES - len(self._kept)]
        while (end := self._kept.find(b"\n", self._heard)) >= 0:
            line, self._heard = self._kept[self._heard : end], end + 1
            self._hear(_clean(line).strip())
        return True


def _clean(data: bytes | bytearray) -> str:
    """Decode output for a user's terminal, without control characters except line ends."""
    text = data.decode(errors="replace")
    return "".join(char if char.isprintable() or char == "\n" else " " for char in text)


def _spawn(
    argv: Sequence[str], output: _Output, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - the program that the configuration names
            argv, stdin=subprocess.DEVNULL, stdout=output.writes, stderr=output.writes,
            cwd="/", env={**ENVIRONMENT, **environment}, close_fds=True, start_new_session=True,
        )  # fmt: skip
    finally:
        output.hand_over()


async def _end(child: subprocess.Popen[bytes]) -> None:
    """Wait for a child's end by its pidfd, which needs no thread and no signal."""
    loop = asyncio.get_running_loop()
    descriptor = os.pidfd_open(child.pid)
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    except asyncio.CancelledError:
        os.killpg(child.pid, signal.SIGKILL)  # not reaped yet, so the pid is still its own
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(REAP_SECONDS):
                await ended.wait()
        raise
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        child.poll()
