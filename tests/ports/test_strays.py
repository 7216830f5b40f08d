"""FIFOs that were removed while a VM holds them, and strangers who would like to be that VM."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pytest

from com1d.errors import PortDown
from com1d.ports import pipe
from com1d.ports.pipe import PipePort
from ports.ends import PipeGuest, read


SIZE = 65536
PACKAGE = Path(pipe.__file__).parents[2]

HOLD = """
import os, sys
base, remove = sys.argv[1:]
if remove:
    os.umask(0)
    for end in "in", "out":
        os.mkfifo(f"{base}.{end}")
reads = os.open(base + ".in", os.O_RDWR)
writes = os.open(base + ".out", os.O_RDWR)
if remove:
    for end in "in", "out":
        os.unlink(f"{base}.{end}")
print("holds", flush=True)
for line in sys.stdin.buffer:
    os.write(writes, line)
    print(os.read(reads, 99), flush=True)
"""
"""Opens the FIFOs as QEMU does. For each line that it is told, it prints that on its console and
tells what was typed there."""


class Holder:
    """A VM's process at a pair of FIFOs; with `removed`, it made them itself and removed them."""

    def __init__(self, base: Path, under: Sequence[str] = (), *, removed: bool = False) -> None:
        self._process = subprocess.Popen(
            [*under, "/usr/bin/python3", "-c", HOLD, str(base), "yes" if removed else ""],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout.readline() == b"holds\n"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._process.kill()
        self._process.communicate()

    def says(self, line: bytes) -> None:
        """Print a line on its console."""
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def files(self) -> set[str]:
        """Give what it has open, as /proc names it."""
        return {str(fd.readlink()) for fd in Path(f"/proc/{self._process.pid}/fd").iterdir()}

    def heard(self) -> str:
        """Give what was typed."""
        return self._process.stdout.readline().decode().strip()


def remove(base: Path, ends: str = "in out") -> None:
    """Take the names of FIFOs away; or all, with their directory."""
    if ends == "all":
        shutil.rmtree(base.parent)
        return
    for end in ends.split():
        Path(f"{base}.{end}").unlink()


def are_there(base: Path) -> bool:
    return all(Path(f"{base}.{end}").is_fifo() for end in ("in", "out"))


async def first_try(base: Path) -> PipePort:
    """Make the FIFOs: the first try does that, and finds no VM."""
    port = PipePort(str(base), SIZE)
    with pytest.raises(PortDown):
        await port.open()
    return port


@pytest.mark.parametrize("removed", ["in out", "in", "out", "all"])
async def test_a_vm_keeps_its_console_when_its_fifos_are_removed(tmp_path, removed):
    """Both, one of them, or their directory: what it holds is found, and each byte with it."""
    base = tmp_path / "guests" / "web 01"
    await first_try(base)
    with Holder(base) as vm:
        remove(base, removed)
        vm.says(b"printed to nobody\n")
        line = await PipePort(str(base), SIZE).open()
        said = await read(line.read_fd)
        os.write(line.write_fd, b"typed")
        heard = vm.heard()
        line.close()

    assert (b"printed to nobody\n", "b'typed'") == (said, heard)
    assert are_there(base)


async def test_a_path_through_a_link(tmp_path):
    """The kernel names what a VM holds without the links on the way, such as /var/run."""
    (tmp_path / "run").mkdir()
    (tmp_path / "alias").symlink_to("run")
    base = tmp_path / "alias" / "web01"
    await first_try(base)
    with Holder(base):
        remove(base)
        (await PipePort(str(base), SIZE).open()).close()


BY_NOBODY = """
import asyncio, sys
from com1d.errors import PortDown
from com1d.ports.pipe import PipePort
port = PipePort(sys.argv[1], 65536)
for _ in range(2):
    try:
        asyncio.run(port.open())
    except PortDown as error:
        print(error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="is somebody else for a while")
@pytest.mark.parametrize("removed", [True, False])
async def test_who_may_not_look_says_so(run_dir, removed):
    """A com1d that is not root cannot find the FIFOs, and says what to do, every time."""
    base = run_dir / "web01"
    os.chown(run_dir, 65534, 65534)
    await first_try(base)
    with Holder(base) if removed else contextlib.nullcontext():
        if removed:
            remove(base)
        else:
            for end in ("in", "out"):
                os.chown(f"{base}.{end}", 65534, 65534)
        done = subprocess.run(  # noqa: ASYNC221
            ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
             "/usr/bin/python3", "-c", BY_NOBODY, str(base)],
            env={"PYTHONPATH": str(PACKAGE)}, capture_output=True, text=True, check=True,
        )  # fmt: skip
    said = done.stdout.splitlines()

    assert [True, True] == ["no VM holds" in line for line in said]
    assert [removed] * 2 == ["has to be started again" in line for line in said]


async def test_line_after_line_and_the_next_vm(tmp_path):
    """The removed FIFOs are found for as long as the VM runs; the next VM has those at the path."""
    base = tmp_path / "web01"
    port = await first_try(base)
    with Holder(base):
        remove(base)
        for _ in range(2):
            (await port.open()).close()

    with pytest.raises(PortDown, match="no VM holds"):
        await port.open()
    with PipeGuest(base):
        (await port.open()).close()


async def test_of_two_vms_the_youngest(tmp_path):
    """A VM that was started after the first removal is the one that is meant."""
    base = tmp_path / "web01"
    await first_try(base)
    with Holder(base) as old:
        remove(base)
        old.says(b"old\n")
        with Holder(base, removed=True) as young:
            young.says(b"young\n")
            line = await PipePort(str(base), SIZE).open()
            said = await read(line.read_fd)
            line.close()

    assert said == b"young\n"


OTHER_FILE_SYSTEM = 'mount -t tmpfs none "$0" && exec "$@"'
OTHER_OWNER = (
    'mount --bind "$0/theirs" "$0" && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"'
)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts, and is somebody else for a while")
@pytest.mark.parametrize("script", [OTHER_FILE_SYSTEM, OTHER_OWNER], ids=["mount", "owner"])
async def test_a_strangers_fifo_of_the_same_name_is_not_the_vms(run_dir, script):
    """In a mount namespace of its own, anybody can have a removed FIFO with our path."""
    base = run_dir / "web01"
    theirs = run_dir / "theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    run_dir.chmod(0o755)
    await first_try(base)
    under = ("unshare", "--mount", "sh", "-c", script, str(run_dir))
    with Holder(base, under, removed=True) as stranger:
        with pytest.raises(PortDown, match="no VM holds"):
            await PipePort(str(base), SIZE).open()
        assert f"{base}.in (deleted)" in stranger.files()
