"""One inotify for all paths: what it tells, whom, and what it costs the kernel."""

import asyncio
import os
import resource
from contextlib import ExitStack
from pathlib import Path

import pytest

from com1d.loop import watch
from com1d.loop.watch import Watcher


PATIENCE = 30
"""Seconds before a test that waits for an event gives up."""

QUEUE = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())


@pytest.fixture
async def watcher():
    """Give a running watcher."""
    watcher = Watcher()
    running = asyncio.create_task(watcher.run())
    yield watcher
    running.cancel()
    await asyncio.wait((running,))
    watcher.close()


def kernel_watches() -> int:
    """Count what the kernel watches for this process's inotify (proc(5))."""
    infos = (Path("/proc/self/fdinfo") / fd.name for fd in Path("/proc/self/fd").iterdir())
    return sum(info.read_text().count("inotify wd:") for info in infos if info.exists())


async def fence(watcher: Watcher, directory: Path) -> None:
    """Return when everything that has happened so far was told."""
    with watcher.watch((directory / "fence",)) as changes:
        (directory / "fence").touch()
        assert await changes.wait(PATIENCE)
    (directory / "fence").unlink()


def create(path: Path) -> None:
    path.touch()


def move_here(path: Path) -> None:
    path.with_name("elsewhere").touch()
    path.with_name("elsewhere").rename(path)


def link(path: Path) -> None:
    path.symlink_to("/dev/null")


@pytest.mark.parametrize("appear", [create, move_here, link, os.mkfifo])
async def test_a_path_that_appears_is_told(watcher, tmp_path, appear):
    """Made, moved into place, or linked: all of them mean that a try is worth while."""
    with watcher.watch((tmp_path / "com1",)) as changes:
        appear(tmp_path / "com1")

        assert await changes.wait(PATIENCE)


async def test_new_permissions_are_told(watcher, tmp_path):
    """Udev makes a device first and lets its group in afterwards."""
    (tmp_path / "ttyUSB0").touch(0o600)
    with watcher.watch((tmp_path / "ttyUSB0",)) as changes:
        (tmp_path / "ttyUSB0").chmod(0o660)

        assert await changes.wait(PATIENCE)


async def test_the_opening_of_a_fifo_is_told(watcher, tmp_path):
    """A VM that starts opens the FIFO that was there before it."""
    os.mkfifo(tmp_path / "web01.out")
    with watcher.watch((tmp_path / "web01.out",)) as changes:
        os.close(os.open(tmp_path / "web01.out", os.O_RDWR))

        assert await changes.wait(PATIENCE)


async def test_the_opening_of_a_later_fifo_is_told(watcher, tmp_path):
    """Whoever renews the watch after a FIFO was made is told of its opening as well."""
    with watcher.watch((tmp_path / "web01.out",)) as changes:
        os.mkfifo(tmp_path / "web01.out")
        assert await changes.wait(PATIENCE)
        changes.renew()

        os.close(os.open(tmp_path / "web01.out", os.O_RDWR))

        assert await changes.wait(PATIENCE)


async def test_others_are_not_told(watcher, tmp_path):
    """Other names in the directory, and the opening of what is no FIFO, are nobody's news."""
    (tmp_path / "ttyS0").touch()
    with watcher.watch((tmp_path / "ttyS0",)) as changes:
        (tmp_path / "ttyS1").touch()
        os.close(os.open(tmp_path / "ttyS0", os.O_RDWR))
        assert list(tmp_path.iterdir())
        await fence(watcher, tmp_path)

        assert not await changes.wait(0)


async def test_looking_around_is_no_news(watcher, tmp_path):
    """Listing a FIFO's directory is an opening, too; and renewing changes nothing."""
    os.mkfifo(tmp_path / "web01.out")
    with watcher.watch((tmp_path / "web01.out",)) as changes:
        assert list(tmp_path.iterdir())
        await fence(watcher, tmp_path)
        told = await changes.wait(0)
        changes.renew()
        os.close(os.open(tmp_path / "web01.out", os.O_RDWR))

        assert (False, True) == (told, await changes.wait(PATIENCE))
        assert kernel_watches() == 1


async def test_news_stay_until_renewed(watcher, tmp_path):
    """A change during a try is not lost; one before it is forgotten."""
    with watcher.watch((tmp_path / "com1",)) as changes:
        (tmp_path / "com1").touch()
        await fence(watcher, tmp_path)
        told = [await changes.wait(PATIENCE), await changes.wait(PATIENCE)]
        changes.renew()

        assert [True, True, False] == [*told, await changes.wait(0)]


def is_there(path: Path) -> bool:
    return path.exists()


async def told_until(changes, path: Path) -> int:
    """Wait for a path as a keeper does, step by step; give how often there was news."""
    steps = 0
    while not is_there(path):
        assert changes.certain
        assert await changes.wait(PATIENCE)
        changes.renew()
        steps += 1
    return steps


async def test_a_missing_directory_is_waited_for_further_up(watcher, tmp_path):
    """Directories that appear in steps are each told, and only the nearest one is watched."""
    path = tmp_path / "a" / "b" / "com1"
    with watcher.watch((path,)) as changes:
        waiting = asyncio.create_task(told_until(changes, path))
        for folder in (path.parent.parent, path.parent):
            folder.mkdir()
            await fence(watcher, tmp_path)
        path.touch()

        assert await waiting
        assert kernel_watches() == 1
    assert kernel_watches() == 0


async def test_directories_made_at_once_are_not_missed(watcher, tmp_path):
    """What is made before the watch of its directory begins is found when it does."""
    path = tmp_path / "a" / "b" / "com1"
    with watcher.watch((path,)) as changes:
        path.parent.mkdir(parents=True)
        path.touch()

        assert await changes.wait(PATIENCE)
        changes.renew()
        path.unlink()
        path.touch()
        assert await changes.wait(PATIENCE)


async def test_a_directory_that_is_moved_into_place_is_told(watcher, tmp_path):
    """With all that is in it, renamed over nothing or over an empty one."""
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "com1").touch()
    with watcher.watch((tmp_path / "guests" / "com1",)) as changes:
        (tmp_path / "made").rename(tmp_path / "guests")

        assert await changes.wait(PATIENCE)


@pytest.mark.parametrize("what", ["link to nowhere", "file", "folder link to nowhere"])
async def test_what_is_not_certain_to_be_told_says_so(watcher, tmp_path, what):
    """What stands in the way may become right by a change elsewhere: that has to be tried."""
    path = tmp_path / "guests" / "com1"
    if what == "folder link to nowhere":
        path.parent.symlink_to(tmp_path / "nowhere")
    else:
        path.parent.mkdir()
        path.symlink_to("nowhere") if what == "link to nowhere" else path.touch()
    with watcher.watch((path,)) as changes:
        assert not changes.certain


async def test_a_fifo_that_nobody_has_opened_is_certain_to_be_told(watcher, tmp_path):
    """Its opening is an event; so a FIFO is waited for like a path that is missing."""
    os.mkfifo(tmp_path / "web01.out")
    with watcher.watch((tmp_path / "web01.out",)) as changes:
        assert changes.certain


async def test_a_directory_that_was_mounted_over_is_told(watcher, tmp_path, monkeypatch):
    """No event tells: its path is looked at. A folder further up that is renamed is the same."""
    monkeypatch.setattr(watch, "VERIFY_SECONDS", 0.0)
    path = tmp_path / "a" / "guests" / "com1"
    path.parent.mkdir(parents=True)
    other = Watcher()
    running = asyncio.create_task(other.run())
    with other.watch((path,)) as changes:
        (tmp_path / "a").rename(tmp_path / "b")

        assert await changes.wait(PATIENCE)
    running.cancel()
    await asyncio.wait((running,))
    other.close()


async def test_many_are_told_a_few_at_a_time(watcher, tmp_path):
    """A folder that a thousand ports wait for does not make all of them try in one turn."""
    waiting = [watcher.watch((tmp_path / "guests" / str(n),)) for n in range(10 * watch.SLICE)]
    turn, turns = 0, []

    async def count() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    async def told(changes) -> None:
        await changes.wait(PATIENCE)
        turns.append(turn)

    with ExitStack() as stack:
        for changes in waiting:
            stack.enter_context(changes)
        counting = asyncio.create_task(count())
        tasks = [asyncio.create_task(told(changes)) for changes in waiting]
        (tmp_path / "guests").mkdir()
        await asyncio.wait(tasks)
        counting.cancel()

    assert len(turns) == len(waiting)
    assert max(turns.count(number) for number in turns) <= 2 * watch.SLICE


@pytest.mark.parametrize("way", ["removed", "moved"])
async def test_a_directory_that_goes_is_told_and_can_return(watcher, tmp_path, way):
    """Its watch would otherwise follow the old directory, and miss the new one for ever."""
    path = tmp_path / "guests" / "com1"
    path.parent.mkdir()
    with watcher.watch((path,)) as changes:
        if way == "moved":
            path.parent.rename(tmp_path / "old")
        else:
            path.parent.rmdir()
        assert await changes.wait(PATIENCE)
        path.parent.mkdir()
        changes.renew()
        assert kernel_watches() == 1
        path.touch()

        assert await changes.wait(PATIENCE)


async def test_many_ports_share_one_kernel_watch(watcher, tmp_path):
    """Each is told of its own path only; the last to leave ends the watch."""
    (tmp_path / "same").symlink_to(".")
    with ExitStack() as stack:
        first = [
            stack.enter_context(watcher.watch((tmp_path / f"com{number}",)))
            for number in range(100)
        ]
        second = stack.enter_context(watcher.watch((tmp_path / "same" / "com7", tmp_path / "x")))
        shared = kernel_watches()
        (tmp_path / "com7").touch()
        await fence(watcher, tmp_path)

        told = [number for number, changes in enumerate(first) if await changes.wait(0)]
        assert ([7], True, 1) == (told, await second.wait(0), shared)
    assert kernel_watches() == 0


async def test_a_path_in_no_directory_harms_nobody(watcher, tmp_path):
    """A file where the directory should be cannot be watched; the others can."""
    (tmp_path / "file").touch()
    with watcher.watch((tmp_path / "file" / "com1", tmp_path / "com1")) as changes:
        (tmp_path / "com1").touch()

        assert await changes.wait(PATIENCE)


async def test_an_overflow_tells_everybody(tmp_path):
    """When the kernel had to drop events nobody may go on waiting for one of them."""
    watcher = Watcher()
    with watcher.watch((tmp_path / "com1",)) as changes:
        for number in range(QUEUE + 1):  # consecutive events that are equal would count as one
            (tmp_path / f"other{number % 2}").touch()
        running = asyncio.create_task(watcher.run())

        assert await changes.wait(PATIENCE)
    running.cancel()
    await asyncio.wait((running,))
    watcher.close()


async def test_closing_with_somebody_waiting_is_fine(tmp_path):
    """The order in which a daemon stops does not matter."""
    watcher = Watcher()
    with watcher.watch((tmp_path / "com1",)):
        watcher.close()


@pytest.mark.parametrize("retries", [0.01, 0.05])
async def test_no_instance_is_to_be_had(run_dir, monkeypatch, retries: float):
    """Who waits then waits for its pause alone; it is told, and an instance is had later."""
    monkeypatch.setattr(watch, "RETRY_SECONDS", retries)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1, hard))
    told = []
    try:
        watcher = Watcher(told.append)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    with watcher.watch((run_dir / "a",)) as changes:
        (run_dir / "a").touch()
        assert not await changes.wait(0.01)
        with pytest.raises(OSError, match="inotify"):
            watcher.contents(run_dir, print).renew()
        running = asyncio.create_task(watcher.run())
        async with asyncio.timeout(PATIENCE):
            while told[-1:] != [""]:
                await asyncio.sleep(0)
        assert "Too many open files" in told[0]
        changes.renew()
        (run_dir / "a").unlink()
        (run_dir / "a").touch()
        assert await changes.wait(PATIENCE)
    running.cancel()
    await asyncio.wait((running,))
    watcher.close()


async def test_who_looks_after_a_directory_learns_that_nothing_was_told_until_now(watcher, run_dir):
    """So what has gone before is looked for once."""
    contents = watcher.contents(run_dir, lambda _name: None)
    try:
        assert [True, False] == [contents.renew(), contents.renew()]
    finally:
        contents.close()
