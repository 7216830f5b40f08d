"""QEMU's log fills what the daemon missed, exactly once, whatever state it is found in."""

import asyncio
import json
import os
import select
import shutil
import socket
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from com1d.bootlog.qemu_file import End, QemuFile
from com1d.config import PortAddress
from com1d.core.store.layout import KIB
from house import House, running


class Machine:
    """QEMU's side of a `unix:` port with a logfile: it logs all, and sends to whoever is there."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "com1"
        self.log = folder / "com1.log"
        self._listener: socket.socket | None = None
        self._client: socket.socket | None = None

    def start(self, *, append: bool = False, serving: bool = True) -> None:
        with self.log.open("ab" if append else "wb"):
            pass
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.setblocking(False)
        self._listener.bind(str(self.path))
        self._listener.listen()
        if serving:
            self.serve()

    def serve(self) -> None:
        """Take the next client, as QEMU's main loop does."""
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._listener.fileno(), self._accept)

    def _accept(self) -> None:
        self._client, _ = self._listener.accept()
        self._loop.remove_reader(self._listener.fileno())
        self._loop.add_reader(self._client.fileno(), self._heard)

    def _heard(self) -> None:
        if not self._client.recv(4096):
            self.hang_up()

    async def dialled(self, house: House) -> None:
        """Return when somebody waits to be accepted."""
        await house.until(lambda: select.select([self._listener.fileno()], [], [], 0)[0])

    def print(self, data: bytes) -> None:
        """Print byte by byte, as a UART does: first over the socket, then into the log."""
        with self.log.open("ab", buffering=0) as log:
            for byte in data:
                if self._client is not None:
                    self._client.sendall(bytes([byte]))
                log.write(bytes([byte]))

    def hang_up(self) -> None:
        if self._client is not None:
            self._loop.remove_reader(self._client.fileno())
            self._client.close()
            self._client = None
            self._loop.add_reader(self._listener.fileno(), self._accept)

    def stop(self) -> None:
        self.hang_up()
        if self._listener is not None:
            asyncio.get_running_loop().remove_reader(self._listener.fileno())
            self._listener.close()
            self._listener = None
        self.path.unlink(missing_ok=True)


@contextmanager
def machine(folder: Path):
    made = Machine(folder)
    try:
        yield made
    finally:
        made.stop()


def serving(folder: Path, vm: Machine, **options):
    port = PortAddress("unix", str(vm.path))
    return running(folder, "vm", port=port, qemu_log=vm.log, **options)


async def stream(house: House, length: int) -> bytes:
    """Give the whole stream, once it has `length` bytes, and check that no more come."""
    await house.until(lambda: house.service.consoles["vm"].ring.end >= length)
    return (await house.get("/v1/consoles/vm/log?from=0")).body


async def test_a_guest_that_started_before_the_daemon(run_dir):
    """What it printed to nobody comes first, and what it prints now goes on behind it."""
    with machine(run_dir) as vm:
        vm.start()
        vm.print(b"firmware, kernel, ")
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            assert b"firmware, kernel, " == await stream(house, 18)
            vm.print(b"login: ")

            assert b"firmware, kernel, login: " == await stream(house, 25)


@pytest.mark.parametrize(
    "again", [b"same same same ", b"......", b"\n", b"once more, with feeling"]
)
async def test_what_was_printed_between_connecting_and_being_taken(run_dir, again: bytes):
    """A connection that waits for QEMU misses bytes that only the log has, however alike."""
    with machine(run_dir) as vm:
        vm.start(serving=False)
        vm.print(again)
        async with serving(run_dir, vm) as house:
            await vm.dialled(house)
            vm.print(again)
            vm.serve()
            await house.up("vm")
            vm.print(again)
            assert again * 3 == await stream(house, 3 * len(again))
            vm.print(again)
            assert again * 4 == await stream(house, 4 * len(again))


async def test_a_daemon_that_was_away(run_dir):
    """Between two daemons the guest prints on; each byte is there once."""
    with machine(run_dir) as vm:
        vm.start()
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            vm.print(b"first daemon\n" * 15)
            await stream(house, 195)
        vm.hang_up()
        vm.print(b"nobody\n")
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            vm.print(b"second daemon\n")
            expected = b"first daemon\n" * 15 + b"nobody\nsecond daemon\n"

            assert expected == await stream(house, len(expected))


@pytest.mark.parametrize("append", [True, False])
async def test_a_machine_that_starts_again(run_dir, append: bool):
    """Its first bytes are in the log before the daemon has dialled, appended or from the start."""
    with machine(run_dir) as vm:
        vm.start()
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            vm.print(b"first life\n")
            await stream(house, 11)
            vm.stop()
            await house.until(lambda: not house.service.consoles["vm"].connected)
            vm.start(append=append)
            vm.print(b"second ")
            await house.up("vm")
            vm.print(b"life\n")

            assert b"first life\nsecond life\n" == await stream(house, 23)
            assert 1 == house.service.consoles["vm"].log.boot


async def test_a_log_in_which_bytes_are_repeated(run_dir):
    """QEMU notes bytes again that it could not send; the stream's end is found nevertheless."""
    with machine(run_dir) as vm:
        vm.start()
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            vm.print(b"aaa")
            await stream(house, 3)
            with vm.log.open("ab") as log:
                log.write(b"aaaa")  # tried four times more than sent
            vm.print(b" and the last words\n")
            await stream(house, 23)
        vm.hang_up()
        vm.print(b"nobody heard this\n")
        async with serving(run_dir, vm) as house:
            await house.up("vm")

            expected = b"aaa and the last words\nnobody heard this\n"
            assert expected == await stream(house, len(expected))


async def test_a_long_past_is_cut_to_what_the_log_holds(run_dir):
    """Of more than can be kept the newest part is taken, and what was skipped is noted."""
    text = b"".join(b"%07d\n" % number for number in range(40 * KIB))
    with machine(run_dir) as vm:
        vm.start()
        with vm.log.open("wb") as log:
            log.write(text)
        async with serving(run_dir, vm, log_size=256 * KIB) as house:
            await house.up("vm")
            await house.until(lambda: house.service.consoles["vm"].ring.end == 256 * KIB)
            answer = await house.get("/v1/consoles/vm/log?from=0")
            timed = await house.get("/v1/consoles/vm/log?from=0&times=true")

            assert 128 * KIB < len(answer.body) <= 256 * KIB
            assert text.endswith(answer.body)
            assert 0 == house.service.consoles["vm"].log.store.account.missed
            assert b'"mark": "skipped", "facts": {"bytes": 65536' in timed.body or (
                b'"mark": "skipped"' not in timed.body
            )


async def test_more_than_memory_holds_is_taken_in_steps(run_dir):
    """The disk is waited for, so that a long past leaves no gap."""
    text = os.urandom(8 << 20)
    with machine(run_dir) as vm:
        vm.start()
        vm.log.write_bytes(text)
        async with serving(run_dir, vm, log_size=64 << 20) as house:
            await house.up("vm")
            vm.print(b"live")
            await house.until(lambda: house.service.consoles["vm"].ring.end == len(text) + 4)

            assert text + b"live" == (await house.get("/v1/consoles/vm/log?from=0")).body


@pytest.mark.parametrize("what", ["nothing", "a directory", "a link", "a hard link"])
async def test_a_log_that_cannot_be_read(run_dir, capsys, what: str):
    """It is told, and the console works without."""
    with machine(run_dir) as vm:
        vm.start()
        vm.log.unlink()
        if what == "a directory":
            vm.log.mkdir()
        elif what == "a link":
            vm.log.symlink_to("/etc/passwd")
        elif what == "a hard link":
            (run_dir / "secret").write_text("of somebody else")
            vm.log.hardlink_to(run_dir / "secret")
        real, vm.log = vm.log, run_dir / "elsewhere.log"
        port = PortAddress("unix", str(vm.path))
        async with running(run_dir, "vm", port=port, qemu_log=real) as house:
            await house.up("vm")
            vm.print(b"hello")

            assert b"hello" == await stream(house, 5)
            assert "log.unfilled" in capsys.readouterr().err


async def test_a_daemon_that_stops_while_it_waits(run_dir):
    """Nothing is left of it, and what was held is not lost."""
    with machine(run_dir) as vm:
        vm.start()
        vm.print(b"past ")
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            vm.print(b"present")
            await asyncio.sleep(0)
        async with serving(run_dir, vm) as house:
            assert b"past present" == await stream(house, 12)


async def test_a_boot_like_the_one_before(run_dir):
    """What a guest prints in each of its lives is alike; the place is remembered, not guessed."""
    life = b"".join(b"the same line %d\n" % number for number in range(40))
    with machine(run_dir) as vm:
        vm.start()
        vm.print(life)
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            await stream(house, len(life))
        vm.hang_up()
        vm.print(life)
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            assert life + life == await stream(house, 2 * len(life))


def rename(log: Path) -> None:
    """Rotate as virtlogd does, which keeps three."""
    for number in (1, 0):
        older = log.with_name(f"{log.name}.{number}")
        if older.exists():
            older.rename(log.with_name(f"{log.name}.{number + 1}"))
    log.rename(log.with_name(f"{log.name}.0"))


def copy(log: Path) -> None:
    """Rotate as logrotate does with `copytruncate`."""
    shutil.copyfile(log, log.with_name(f"{log.name}.1"))
    os.truncate(log, 0)


def date(log: Path) -> None:
    """Rotate as logrotate does with `dateext`."""
    log.rename(log.with_name(f"{log.name}-20260131"))


def marks(timed: bytes) -> list[dict]:
    lines = map(json.loads, timed.splitlines())
    return [line for line in lines if line.get("mark") == "skipped"]


@pytest.mark.parametrize(("rotate", "times"), [(rename, 1), (rename, 2), (copy, 1), (date, 1)])
@pytest.mark.parametrize("heard", [3, 26])
async def test_a_log_that_was_rotated(run_dir, rotate, times: int, heard: int):
    """What was printed before, between and after the rotations is there once, in order."""
    said = [b"line %04d\n" % number for number in range(heard + 30 * (times + 1))]
    with machine(run_dir) as vm:
        vm.start()
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            vm.print(b"".join(said[:heard]))
            await stream(house, 10 * heard)
        vm.hang_up()
        for number in range(times + 1):
            vm.print(b"".join(said[heard + 30 * number : heard + 30 * (number + 1)]))
            if number < times:
                rotate(vm.log)
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            vm.print(b"again\n")
            expected = b"".join([*said, b"again\n"])
            assert expected == await stream(house, len(expected))


async def test_a_log_that_is_rotated_while_it_is_heard(run_dir):
    """The place in the file that has been renamed is counted on through the one after it."""
    with machine(run_dir) as vm:
        vm.start()
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            vm.print(b"same\n" * 50)
            await stream(house, 250)
            rename(vm.log)
            vm.print(b"same\n" * 10)
            await stream(house, 300)
        vm.hang_up()
        vm.print(b"same\n" * 7)
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            assert b"same\n" * 67 == await stream(house, 335)


@pytest.mark.parametrize("lost", ["emptied", "replaced"])
async def test_a_log_whose_earlier_part_is_nowhere(run_dir, lost: str):
    """What may be missing is marked; the log itself is taken from its beginning."""
    with machine(run_dir) as vm:
        vm.start()
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            vm.print(b"heard\n" * 40)
            await stream(house, 240)
        vm.hang_up()
        vm.print(b"lost\n")
        if lost == "replaced":
            vm.log.rename(run_dir / "kept-open")
        vm.log.write_bytes(b"")
        vm.print(b"found\n")
        async with serving(run_dir, vm) as house:
            await house.up("vm")
            assert b"heard\n" * 40 + b"found\n" == await stream(house, 246)
            timed = (await house.get("/v1/consoles/vm/log?from=0&times=true")).body

    assert ["begun anew" in mark["facts"]["reason"] for mark in marks(timed)] == [True]


@pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users")
@pytest.mark.parametrize("trick", ["a link to a directory", "a link to a file", "another's file"])
def test_the_log_of_a_found_vm_is_where_nobody_else_can_put_it(run_dir, trick):
    """Libvirt's XML or a template names the path, and a VM's user may own what is on its way."""
    vm = 61001
    (run_dir / "secrets").mkdir()
    for folder in ("secrets", "vm"):
        (run_dir / folder).mkdir(exist_ok=True)
        (run_dir / folder / "log").write_bytes(b"printed")
    os.chown(run_dir / "vm", vm, vm)
    os.chown(run_dir / "vm" / "log", vm, vm)
    with closing(QemuFile(run_dir / "vm" / "log", End(b""), vm, found=True)) as log:
        assert b"printed" == log.read(0, 99)

    path = run_dir / "vm" / "log"
    if trick == "a link to a directory":
        (run_dir / "vm" / "deep").symlink_to(run_dir / "secrets")
        os.chown(run_dir / "vm" / "deep", vm, vm, follow_symlinks=False)
        path = run_dir / "vm" / "deep" / "log"
    elif trick == "a link to a file":
        path.unlink()
        path.symlink_to(run_dir / "secrets" / "log")
    else:
        os.chown(path, 0, 0)
    with pytest.raises(OSError, match=r"belongs to|symbolic link"):
        QemuFile(path, End(b""), vm, found=True)
