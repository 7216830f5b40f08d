"""One keeper and one port: the order of its reports, its reasons, and its end."""

import asyncio
import errno
import gc
import os
import socket
import weakref
from pathlib import Path
from typing import Any

import pytest

from com1d.core.stream.backoff import Backoff
from com1d.guest.identity import Identity
from com1d.line import keeper
from com1d.line.keeper import SPACING_SECONDS, Keeper
from com1d.line.kept import KeptLine
from com1d.loop import watch
from com1d.loop.watch import Watcher
from com1d.ports.listen import ListenPort
from com1d.ports.pipe import PipePort
from com1d.ports.sockets import SocketLine
from com1d.ports.unix import UnixPort
from line.keeping import PATIENCE, Counting, always_at_once, keeping
from ports.ends import Listening, PipeGuest, listening_at, read


@pytest.fixture
def path(run_dir):
    """Give the path of a socket that is not there yet."""
    return run_dir / "com1"


@pytest.fixture
def server(path):
    """Give a VM that listens."""
    with listening_at(path) as server:
        yield server


@pytest.fixture
def no_spacing(monkeypatch):
    """Let news be followed at once, so that a try for nothing is seen at once."""
    monkeypatch.setattr(keeper, "SPACING_SECONDS", 0.0)


def is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


async def test_the_port_was_tried_when_it_failed(path):
    """The service may say READY, and the status says why the port is down."""
    async with keeping(UnixPort(str(path))) as kept:
        before = kept.keeper.reason, kept.keeper.tried.is_set

        assert "does not exist: the VM is not running" in await kept.tried()
    assert before == ("not tried yet", False)


async def test_the_port_was_tried_when_it_opened(path, server):
    """The line is out before anybody who waits for the first try goes on."""
    async with keeping(UnixPort(str(path))) as kept:
        await kept.tried()

        assert kept.reports.get_nowait()[0] == "up"


async def test_the_port_was_tried_when_it_can_be_dialled(path):
    """A VM that starts after READY finds the socket, and READY does not wait for the VM."""
    async with keeping(ListenPort(str(path))) as kept:
        reason = await kept.tried()

        assert (True, "waiting for the VM to dial in") == (path.is_socket(), reason)
    assert not path.exists()


async def test_a_line_is_closed_after_its_end_was_told(path, server):
    """Whoever polls the descriptors lets go of them while they are still the line's."""
    seen = []
    async with keeping(UnixPort(str(path))) as kept:
        line = await kept.line()
        kept.keeper._down = lambda reason: seen.append((reason, is_open(line.read_fd)))
        kept.keeper.line_ended("the VM has exited")
        await kept.line()

    assert seen == [("the VM has exited", True)]


async def test_a_line_ends_once(path, server):
    """A second reason for the same end neither replaces the first nor ends the next line."""
    async with keeping(UnixPort(str(path)), always_at_once()) as kept:
        kept.keeper.line_ended("before any line")
        await kept.line()
        kept.keeper.line_ended("end of file")
        kept.keeper.line_ended("broken pipe")
        ended = await kept.report()
        kept.keeper.line_ended("too late")
        second = await kept.line()

        assert (("down", "end of file"), "end of file") == (ended, kept.keeper.reason)
        assert kept.reports.empty()
        assert is_open(second.read_fd)


async def test_stopping_closes_the_line_and_reports_nothing(path, server):
    """Who stops a keeper knows; the far end sees the line close."""
    async with keeping(UnixPort(str(path))) as kept:
        line = await kept.line()
        guest = server.accept()
    hung_up = await asyncio.to_thread(guest.recv, 1)
    guest.close()

    assert (b"", True) == (hung_up, kept.reports.empty())
    assert not is_open(line.read_fd)


async def test_stopping_what_never_ran_is_fine(path):
    """A console that is removed before it was started, or in the same turn of the loop."""
    watcher = Watcher()
    keepers = [
        Keeper(
            UnixPort(str(path)),
            watcher,
            up=print,
            down=print,
            jitter=lambda: 0.0,
            identity=Identity("", None, print, print),
        )
        for _ in range(2)
    ]
    keepers[1].start()
    for each in keepers:
        await each.stop()
    watcher.close()

    assert [False, False] == [each.tried.is_set for each in keepers]


async def test_a_system_error_is_put_into_words(tmp_path):
    """An error that no kind of port foresaw names the file and has no Python around it."""
    (tmp_path / "file").touch()
    path = tmp_path / "file" / "web01"
    async with keeping(PipePort(str(path), 65536)) as kept:
        reason = await kept.tried()

    assert reason == f"{path}.in: {os.strerror(errno.ENOTDIR)}"


async def test_what_is_missing_is_not_tried_until_it_appears(run_dir):
    """A VM that is down costs nothing: its path is watched, also where its folder is missing."""
    path = run_dir / "guests" / "web01"
    port = Counting(UnixPort(str(path)))
    async with keeping(port, Backoff(first=0.0, longest=0.0)) as kept:
        await kept.tried()
        await settle(kept, run_dir)
        tries = port.tries
        path.parent.mkdir()
        with listening_at(path):
            await kept.line()

    assert tries == 1


def are_there(*paths: Path) -> bool:
    return all(path.exists() for path in paths)


@pytest.mark.parametrize("removed", [(".in", ".out"), (".in",), (".out",)], ids="".join)
async def test_fifos_that_are_removed_are_made_again(run_dir, removed):
    """A cleaner of temporary files took them before the VM started: it finds them all the same."""
    path = run_dir / "guests" / "web01"
    async with keeping(PipePort(str(path), 65536)) as kept:
        await kept.tried()
        await settle(kept, run_dir)
        fifos = path.with_suffix(".in"), path.with_suffix(".out")
        for suffix in removed:
            path.with_suffix(suffix).unlink()
        while not are_there(*fifos):
            await asyncio.sleep(0)
        with PipeGuest(path):
            await kept.line()


async def test_a_port_that_waits_can_be_told_to_try(run_dir):
    """What it makes for its VM is for another group from now on: no path tells of that."""
    port = Counting(UnixPort(str(run_dir / "web01")))
    async with keeping(port) as kept:
        await kept.tried()
        await settle(kept, run_dir)
        kept.keeper.retry()
        while port.tries < 2:
            await asyncio.sleep(0)


async def test_what_refuses_is_tried_again(path):
    """A socket that a killed VM left behind may listen again, of which nothing tells."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    port = Counting(UnixPort(str(path)))
    async with keeping(port, Backoff(first=0.0, longest=0.0)) as kept:
        await kept.tried()
        while port.tries < 3:
            await asyncio.sleep(0)


async def test_a_failed_try_is_repeated_without_news(path):
    """Where no watch can tell, the back-off brings the port back."""
    unwatched: Any = UnixPort(str(path))
    unwatched.watch = ()
    port = Counting(unwatched)
    async with keeping(port, Backoff()) as kept:
        await kept.tried()
        with listening_at(path):
            await kept.line()

    assert port.tries > 1


async def test_a_socket_that_does_not_listen_yet_is_tried_again_soon(path):
    """Inotify tells of bind(), and the connection is refused until listen(): try fast, then."""
    backoff = Backoff(first=0.05, longest=7200.0)
    backoff._bound = 3600.0  # as after many failures
    async with keeping(UnixPort(str(path)), backoff) as kept:
        await kept.tried()
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(path))
            while "has no listener" not in kept.keeper.reason:
                await asyncio.sleep(0)
            server.listen()
            vm = Listening(server)

            await kept.line()
            vm.close()


async def test_our_own_opening_is_no_news(tmp_path, no_spacing):
    """Opening a FIFO is an event of its watch; a VM that is gone is tried once, and waited for."""
    port = Counting(PipePort(str(tmp_path / "web01"), 65536))
    async with keeping(port) as kept:
        await kept.tried()
        with PipeGuest(tmp_path / "web01"):
            await kept.line()
        tries = port.tries
        await kept.end("end of file")
        await settle(kept, tmp_path)

        assert tries + 1 == port.tries


async def test_a_line_that_dies_at_once_is_not_opened_at_once(path, server, no_spacing):
    """A VM that hangs up on every line costs one try per pause, whatever happens at its path."""
    port = Counting(UnixPort(str(path)))
    async with keeping(port, Backoff(first=3600.0, longest=7200.0)) as kept:
        await kept.line()
        await kept.end("end of file")
        path.chmod(0o777)
        await settle(kept, path.parent)

        assert port.tries == 1


async def test_news_do_not_make_a_port_spin(path):
    """A VM that fiddles with its path without end is looked at every 50 ms, not all the time."""
    port = Counting(UnixPort(str(path)))
    path.touch()
    loop = asyncio.get_running_loop()
    async with keeping(port) as kept:
        await kept.tried()
        began, tries = loop.time(), port.tries
        while port.tries < tries + 3:
            path.chmod(0o600)
            await asyncio.sleep(0)

        assert loop.time() - began >= 3 * SPACING_SECONDS * 0.9


async def settle(kept, directory):
    """Return when every event so far was told, and whoever was told has had its turn."""
    with kept.watcher.watch((directory / "fence",)) as fence:
        (directory / "fence").touch()
        assert await fence.wait(PATIENCE)
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_failing_owner_does_not_go_unnoticed(path, server):
    """A mistake in what takes the line closes the line, and the loop's handler hears of it."""
    contexts = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: contexts.append(context)
    )
    async with keeping(UnixPort(str(path))) as kept:
        kept.keeper._up = lambda _line: 1 // 0
        await kept.tried()
        guest = server.accept()

        assert await asyncio.to_thread(guest.recv, 1) == b""
        guest.close()
    asyncio.get_running_loop().set_exception_handler(None)

    assert [ZeroDivisionError] == [type(context["exception"]) for context in contexts]


class Breaking:
    """A port that fails twice with an error that nobody foresaw, and is otherwise `port`."""

    watch = ()

    def __init__(self, port, error: Exception) -> None:
        self._port = port
        self._errors = [error, error]

    async def open(self):
        if self._errors:
            raise self._errors.pop()
        return await self._port.open()

    def hand_over(self, fds, name):
        return self._port.hand_over(fds, name)

    def take_over(self, packed, line, fds):
        return self._port.take_over(packed, line, fds)

    def close(self) -> None:
        self._port.close()


async def test_any_error_of_a_try_is_a_reason(path, server):
    """A port that raises what nobody foresaw is tried again; its error is told once, not twice.

    By its place: its text may be what a guest has said.
    """
    contexts = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: contexts.append(context)
    )
    port = Breaking(UnixPort(str(path)), RuntimeError("Symlink loop"))
    async with keeping(port, Backoff(first=0.001)) as kept:
        reason = await kept.tried()
        await kept.line()
    asyncio.get_running_loop().set_exception_handler(None)

    assert reason.startswith("RuntimeError at test_keeper.py:")
    assert 1 == len(contexts)


@pytest.fixture
def no_recheck(monkeypatch):
    """Have the watch alone tell: the slow look comes too late for any test."""
    monkeypatch.setattr(keeper, "RECHECK_SECONDS", 3600.0)


async def test_another_vm_that_takes_the_path_is_connected_to(path, server, no_recheck):
    """A second QEMU unlinks the socket and binds its own: the line ends, and the next is its."""
    async with keeping(UnixPort(str(path)), always_at_once()) as kept:
        await kept.line()
        path.unlink()
        with listening_at(path) as other:
            reason = (await kept.report())[1]
            line = await kept.line()
            guest = other.accept()
            guest.send(b"I am the other")

            assert await read(line.read_fd) == b"I am the other"
            guest.close()

    assert "is another VM's socket now" in reason


async def test_a_line_that_came_over_is_let_go_of_where_it_is_another_vms(
    path, server, no_recheck, monkeypatch
):
    """It was so before this process began, of which no watch tells; the others can wait."""
    monkeypatch.setattr(keeper, "TAKEN_SECONDS", 3600.0)
    line = await UnixPort(str(path)).open()
    path.unlink()
    with listening_at(path):
        async with keeping(UnixPort(str(path)), always_at_once(), line=line, jitter=1.0) as kept:
            what, reason = await kept.report()

    assert what == "down"
    assert "is another VM's socket now" in reason


async def test_a_line_that_came_over_ends_before_it_is_looked_after(path, server, monkeypatch):
    """Its keeper waits for the end as well."""
    monkeypatch.setattr(keeper, "TAKEN_SECONDS", 3600.0)
    line = await UnixPort(str(path)).open()
    async with keeping(UnixPort(str(path)), line=line, jitter=1.0) as kept:
        await kept.end("end of file")


def file_renamed(path) -> None:
    path.rename(path.with_name("renamed"))


def folder_renamed(path) -> None:
    path.parent.rename(path.parent.with_name("renamed"))


@pytest.mark.parametrize("change", [file_renamed, folder_renamed])
async def test_a_renamed_vm_is_let_go_of(run_dir, no_recheck, change):
    """A console must not type into a VM that has another name now; the watch tells of it."""
    path = run_dir / "web01" / "serial0"
    path.parent.mkdir()
    with listening_at(path):
        async with keeping(UnixPort(str(path)), always_at_once()) as kept:
            await kept.line()
            change(path)
            what, reason = await kept.report()

    assert what == "down"
    assert "its socket has another path now" in reason


async def test_what_no_watch_tells_is_found_by_looking(run_dir, monkeypatch):
    """A folder further up that is renamed is no event of the path's own folder."""
    monkeypatch.setattr(watch, "VERIFY_SECONDS", 0.01)
    path = run_dir / "vms" / "web01" / "serial0"
    path.parent.mkdir(parents=True)
    with listening_at(path):
        async with keeping(UnixPort(str(path)), always_at_once()) as kept:
            await kept.line()
            (run_dir / "vms").rename(run_dir / "others")
            what, reason = await kept.report()

    assert what == "down"
    assert "its socket has another path now" in reason


async def test_a_removed_socket_leaves_its_line(path, server, no_recheck):
    """A cleaner of temporary files takes the path away, and not the VM."""
    async with keeping(UnixPort(str(path)), always_at_once()) as kept:
        await kept.line()
        path.unlink()
        await settle(kept, path.parent)

        assert kept.reports.empty()


async def test_a_line_whose_vm_is_being_asked_is_in_nobodys_hands(path, server):
    """Its VM may never dial again, so no other process begins meanwhile."""
    asked, go_on = asyncio.Event(), asyncio.Event()

    class Asking(Identity):
        async def behind(self) -> None:
            asked.set()
            await go_on.wait()

    async with keeping(UnixPort(str(path))) as kept:
        kept.keeper._identity = Asking("", None, print, print)
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
        meanwhile = kept.keeper.busy
        go_on.set()
        await kept.line()

        assert ("its line is open, and its VM is asked who it is", "") == (
            meanwhile, kept.keeper.busy
        )  # fmt: skip


async def test_a_line_that_a_console_was_left_is_in_nobodys_hands(path, server):
    """Until it has begun with it, or a second is over."""
    vm, ours = socket.socketpair()
    async with keeping(UnixPort(str(path))) as kept:
        await kept.line()
        line = KeptLine(SocketLine(ours), print)
        kept.keeper.inherit(line)
        before = kept.keeper.busy
        line.drop()
        after = kept.keeper.busy
    vm.close()

    assert ("its line is open, and its VM is asked who it is", "") == (before, after)


async def test_a_keeper_that_has_stopped_leaves_nothing_to_collect(path):
    """The end of its task refers to it: with a reference back, consoles that go would stay."""
    gc.disable()
    try:
        async with keeping(UnixPort(str(path))) as kept:
            await kept.tried()
            task = kept.keeper._task
            assert task is not None
            ending = weakref.ref(task)
            del task
        assert ending() is None
    finally:
        gc.enable()
