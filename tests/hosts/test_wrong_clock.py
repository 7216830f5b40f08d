"""A real daemon on a host whose clock is wrong and is set right: nothing is lost or ended by it."""

import json
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path

import pytest

from com1d.errors import EX_OK
from frontends.harness import Daemon, Guest, Terminal, running, until


LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)

pytestmark = pytest.mark.skipif(LIBRARY is None, reason="needs libfaketime")

DAY = 86400
YEAR = 366 * DAY


class Clock:
    """The daemon's wall clock; its monotonic one is the host's."""

    def __init__(self, file: Path, seconds: int) -> None:
        self._file = file
        self.set(seconds)

    def set(self, seconds: int) -> None:
        """Have it go wrong by so many seconds, at once: the library reads the file each time."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(f"{seconds:+d}s\n")
        fresh.rename(self._file)

    @property
    def under(self) -> tuple[str, ...]:
        """The command that a daemon with this clock runs under."""
        return (
            *("env", f"LD_PRELOAD={LIBRARY}", f"FAKETIME_TIMESTAMP_FILE={self._file}"),
            *("FAKETIME_NO_CACHE=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "DONT_FAKE_MONOTONIC=1"),
        )


@contextmanager
def host(folder: Path, seconds: int, settings: str = "") -> Iterator[tuple[Daemon, Guest, Clock]]:
    """Give a daemon whose clock is wrong, its one guest, and the clock."""
    clock = Clock(folder / "offset", seconds)
    consoles = f'[consoles.vm]\nport = "listen:{folder}/vm"\n{settings}'
    with running(folder, consoles, clock.under) as daemon:
        guest = Guest(daemon, "vm")
        try:
            yield daemon, guest, clock
        finally:
            guest.close()


class Api(HTTPConnection):
    """The daemon's socket: `com1` would cost each look a start of Python."""

    def __init__(self, path: str) -> None:
        super().__init__("com1d")
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self._path)


def log(daemon: Daemon, query: str = "from=0") -> bytes:
    """Read a part of the log; by default the whole."""
    with closing(Api(daemon.socket)) as api:
        api.request("GET", f"/v1/consoles/vm/log?{query}")
        return api.getresponse().read()


def printed(daemon: Daemon, guest: Guest, line: bytes) -> None:
    """Print a line, and wait until the log has it."""
    guest.says(line + b"\r\n")
    until(lambda: line in log(daemon), f"{line!r} in the log")


def stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


@pytest.mark.parametrize("ahead", [60, DAY, 10 * YEAR])
def test_a_clock_that_was_ahead(tmp_path, ahead):
    """What is printed after it was set back is found by its time, behind what was before."""
    with host(tmp_path, ahead) as (daemon, guest, clock):
        printed(daemon, guest, b"ahead")
        clock.set(0)
        printed(daemon, guest, b"set back")
        since = log(daemon, f"since={stamp(-30)}")

        assert [b"ahead", b"set back"] == log(daemon).splitlines()
        assert b"set back" in since
        assert b"set back" not in log(daemon, f"since={stamp(+30)}")


@pytest.mark.parametrize("behind", [DAY, int(time.time())], ids=["a day", "since 1970"])
def test_a_clock_that_was_behind(tmp_path, behind):
    """A session stays, however long it seems to have been idle; one host begins in 1970."""
    with (
        host(tmp_path, -behind, 'idle_timeout = "10min"\n') as (daemon, guest, clock),
        Terminal("--socket", daemon.socket, "connect", "vm") as terminal,
    ):
        terminal.shows(b"you type as")
        printed(daemon, guest, b"behind")
        clock.set(0)
        guest.says(b"set forward\r\n")
        terminal.shows(b"set forward")
        terminal.type(b"x")
        guest.gets(b"x")
        verified = daemon.audit_verify()
        [console] = json.loads(daemon.run("list", "--json").stdout)["consoles"]

        assert console["active"]
        assert (EX_OK, True) == (verified.returncode, b"whole" in verified.stdout)


@pytest.mark.parametrize("steps", [(0, -DAY, DAY, -DAY, 0), (7, -7, 7, -7)])
def test_a_clock_that_goes_to_and_fro(tmp_path, steps):
    """The log has every line once and in order, also after a restart."""
    with host(tmp_path, 0) as (daemon, guest, clock):
        for number, seconds in enumerate(steps):
            clock.set(seconds)
            printed(daemon, guest, b"line %d" % number)
        daemon.stop()
        daemon.start()

        lines = log(daemon).splitlines()
        assert [b"line %d" % number for number in range(len(steps))] == lines
