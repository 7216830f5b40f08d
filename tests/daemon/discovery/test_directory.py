"""VMs found by their sockets: real directories, a real inotify, everything in any order."""

import asyncio
import os
import shutil
import socket
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from com1d.config import Found, PortAddress
from com1d.daemon.discovery import directory
from com1d.daemon.discovery.directory import Directory
from com1d.loop.watch import Watcher


PATIENCE = 30
"""Seconds before a test that waits for an event gives up."""


class Seen(dict):
    """What was told, by name; `news` counts the tellings."""

    def __init__(self):
        self.news = 0

    def tell(self, name, sighting):
        self.news += 1
        if sighting is None:
            del self[name]
        else:
            self[name] = sighting

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition(self):
                await asyncio.sleep(0.001)


@asynccontextmanager
async def looking(pattern):
    """Look for a pattern, beyond the first look."""
    watcher, seen = Watcher(), Seen()
    source = Directory(str(pattern), watcher, seen.tell)
    tasks = [asyncio.create_task(work) for work in (watcher.run(), source.run())]
    try:
        async with asyncio.timeout(PATIENCE):
            await source.looked.wait()
        yield seen
    finally:
        for task in reversed(tasks):
            task.cancel()
            await asyncio.wait((task,))
        assert not watcher._directories.all
        watcher.close()


@contextmanager
def bound(path):
    """Have a socket at `path`, in directories that are made for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        yield server


def unix(name, path):
    return Found(name, PortAddress("unix", str(path)), parts=(name,))


async def test_what_is_there_at_the_start_is_found(run_dir):
    """The first look tells everything, before anybody hears that it has looked."""
    path = run_dir / "web" / "com1.sock"
    with bound(path):
        async with looking(run_dir / "*" / "com1.sock") as seen:
            assert {"web": unix("web", path)} == seen


@pytest.mark.parametrize("pattern", ["*/com1.sock", "vm-*.sock", "*/a/b/com1.sock"])
async def test_a_vm_comes_and_goes(run_dir, pattern):
    """Its socket is found with whatever directories were made for it, and gone with it."""
    path = run_dir / pattern.replace("*", "web")
    async with looking(run_dir / pattern) as seen:
        with bound(path):
            await seen.until(lambda seen: seen == {"web": unix("web", path)})
        path.unlink()
        await seen.until(lambda seen: not seen)
        with bound(path):
            await seen.until(lambda seen: seen == {"web": unix("web", path)})


async def test_nothing_has_to_exist_and_everything_may_be_made_again(run_dir):
    """The directories above are waited for, also after they were removed with all in them."""
    root = run_dir / "deep" / "er" / "qemu"
    path = root / "web" / "com1.sock"
    async with looking(root / "*" / "com1.sock") as seen:
        for _ in range(3):
            with bound(path):
                await seen.until(lambda seen: "web" in seen)
            shutil.rmtree(run_dir / "deep")
            await seen.until(lambda seen: not seen)


async def test_a_directory_that_is_moved_away_takes_its_vms_along(run_dir):
    """And one that is moved into place brings them."""
    async with looking(run_dir / "qemu" / "*" / "com1.sock") as seen:
        with bound(run_dir / "prepared" / "web" / "com1.sock"):
            (run_dir / "prepared").rename(run_dir / "qemu")
            await seen.until(lambda seen: "web" in seen)
            (run_dir / "qemu" / "web").rename(run_dir / "qemu" / "db")
            await seen.until(lambda seen: {"db"} == set(seen))
            (run_dir / "qemu").rename(run_dir / "away")
            await seen.until(lambda seen: not seen)


async def test_fifos_are_found_as_a_pair(run_dir):
    """The one that the guest prints to stands for both."""
    async with looking(run_dir / "*.out") as seen:
        os.mkfifo(run_dir / "web.in")
        os.mkfifo(run_dir / "web.out")
        await seen.until(lambda seen: seen)

    assert {"web": Found("web", PortAddress("pipe", str(run_dir / "web")), parts=("web",))} == seen


async def test_what_is_no_socket_is_told_with_the_reason(run_dir):
    """A file in the place of a socket is a mistake that somebody should hear of."""
    path = run_dir / "web.sock"
    async with looking(run_dir / "*.sock") as seen:
        path.touch()
        await seen.until(lambda seen: seen)
        reason = seen["web"]
        path.unlink()
        with bound(path):
            await seen.until(lambda seen: seen.get("web") == unix("web", path))

    assert f"{path} is neither a socket, a tty, nor a FIFO whose name ends with .out" == reason


async def test_a_directory_for_everybody_is_no_place_for_vms(run_dir):
    """Anybody could put a socket there, and have others type their passwords into it."""
    folder = run_dir / "web"
    async with looking(run_dir / "*" / "com1.sock") as seen:
        with bound(folder / "com1.sock"):
            await seen.until(lambda seen: isinstance(seen.get("web"), Found))
            folder.chmod(0o777)
            (folder / "more").touch()
            await seen.until(lambda seen: isinstance(seen.get("web"), str))

    assert f"{folder} can be written to by everybody: run chmod o-w {folder}" == seen["web"]


async def test_what_did_not_change_is_not_told_again(run_dir):
    """Log files beside a socket, and a look at everything, are no news."""
    with bound(run_dir / "web" / "com1.sock"):
        async with looking(run_dir / "*" / "com1.sock") as seen:
            for number in range(9):
                (run_dir / "web" / f"log.{number}").touch()
            with bound(run_dir / "db" / "com1.sock"):
                await seen.until(lambda seen: "db" in seen)

    assert 2 == seen.news


async def test_many_at_once_are_all_found_and_all_lost(run_dir):
    """More than fit into one slice, made and removed in one go."""
    count = 5 * directory.SLICE
    async with looking(run_dir / "*" / "com1.sock") as seen:
        for number in range(count):
            with bound(run_dir / f"vm{number}" / "com1.sock"):
                pass
        await seen.until(lambda seen: len(seen) == count)
        for number in range(count):
            shutil.rmtree(run_dir / f"vm{number}")
        await seen.until(lambda seen: not seen)


async def test_a_directory_that_cannot_be_watched_is_told_and_tried_again(run_dir, monkeypatch):
    """The kernel has no room for one more watch; later it has."""
    monkeypatch.setattr(directory, "RETRY_SECONDS", 0.001)
    refused = [OSError(28, "No space left on device")]
    add_watch = Watcher.open

    def open_(watcher, contents, place):
        if refused and contents.path == Path(run_dir):
            raise refused.pop()
        return add_watch(watcher, contents, place)

    monkeypatch.setattr(Watcher, "open", open_)
    async with looking(run_dir / "*" / "com1.sock") as seen:
        assert {"": f"{run_dir} cannot be watched: No space left on device"} == seen
        with bound(run_dir / "web" / "com1.sock"):
            await seen.until(lambda seen: "web" in seen)


@pytest.mark.parametrize("folder", ["by-id", "by-path", "dev"])
async def test_a_tty_that_is_plugged_in_is_a_real_line(run_dir, folder):
    """Links to it are made by udev, and takes them away together with their directory."""
    master, slave = os.openpty()
    link = run_dir / folder / "usb-FTDI_A1-if00"
    expected = {link.name: Found(link.name, PortAddress("serial", str(link)), parts=(link.name,))}
    try:
        async with looking(run_dir / folder / "*") as seen:
            for _ in range(2):
                link.parent.mkdir()
                link.symlink_to(os.ttyname(slave))
                await seen.until(lambda seen: seen == expected)
                shutil.rmtree(link.parent)
                await seen.until(lambda seen: not seen)
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users")
@pytest.mark.parametrize("target", ["socket", "fifo.out", "tty"])
async def test_a_link_that_a_vms_user_has_made_is_refused(run_dir, target):
    """It leads com1d, and not him, to whatever root may open."""
    vm, secret = 61001, run_dir / target
    folder = run_dir / "qemu" / "evil"
    folder.mkdir(parents=True)
    master, slave = os.openpty()
    match target:
        case "socket":
            with bound(secret):
                pass
        case "tty":
            secret = os.ttyname(slave)
        case _:
            os.mkfifo(secret)
    (folder / "com1.out").symlink_to(secret)
    for path in (folder, folder / "com1.out"):
        os.chown(path, vm, vm, follow_symlinks=False)
    async with looking(run_dir / "qemu" / "*" / "com1.out") as seen:
        assert f"symbolic link of uid {vm}" in seen["evil"]
    os.close(master)
    os.close(slave)


@pytest.mark.parametrize(
    ("pattern", "path", "parts"),
    [
        ("*/*.sock", "u1/web.sock", ("u1", "web")),
        ("*/qemu/domain-*-*/com1", "u1/qemu/domain-3-web/com1", ("u1", "3", "web")),
        ("user/*/run/*", "user/1000/run/web", ("1000", "web")),
    ],
)
async def test_several_parts_of_a_path_may_change(run_dir, pattern, path, parts):
    """Whichever of the directories comes last or goes first."""
    place = run_dir / path
    expected = {"/".join(parts): Found("-".join(parts), unix("", place).port, parts=parts)}
    async with looking(run_dir / pattern) as seen:
        for _ in range(2):
            with bound(place):
                await seen.until(lambda seen: expected == seen)
            place.unlink()
            await seen.until(lambda seen: not seen)
        with bound(place):
            await seen.until(lambda seen: expected == seen)
            shutil.rmtree(run_dir / path.split("/")[0])
            await seen.until(lambda seen: not seen)
        with bound(place):
            await seen.until(lambda seen: expected == seen)


async def test_many_below_each_of_many(run_dir):
    """More than one slice, on both levels, prepared elsewhere and moved into place."""
    for user in range(12):
        for vm in range(12):
            with bound(run_dir / "prepared" / f"u{user}" / f"vm{vm}.sock"):
                pass
    async with looking(run_dir / "vms" / "*" / "vm*.sock") as seen:
        (run_dir / "prepared").rename(run_dir / "vms")
        await seen.until(lambda seen: len(seen) == 144)
        (run_dir / "vms" / "u3").rename(run_dir / "away")
        await seen.until(lambda seen: len(seen) == 132)
