"""Another program at a guest's FIFO: it would take bytes away, so the port is down and names it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from com1d.errors import PortDown
from com1d.ports import readers
from com1d.ports.pipe import PipePort
from ports.ends import PATIENCE, PipeGuest


@pytest.fixture(autouse=True)
def _look_each_time(monkeypatch):
    """Find who has come since the last test."""
    monkeypatch.setattr(readers, "FRESH_SECONDS", 0.0)


async def made(base: Path) -> PipePort:
    """Give a port whose FIFOs are there."""
    port = PipePort(str(base), 65536)
    with pytest.raises(PortDown):
        await port.open()
    return port


@contextmanager
def holding(redirection: str, path: Path, *under: str) -> Iterator[int]:
    """Run a program that has `path` open as the shell's `redirection` says; give its pid."""
    script = f'exec 3{redirection}"$0"; echo; exec cat'
    command = [*under, "/bin/sh", "-c", script, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline()
        yield child.pid
        child.stdin.close()
        child.wait(PATIENCE)


@pytest.mark.parametrize("through", ["vm", "link"])
async def test_who_reads_along_is_named(tmp_path, through):
    """The port comes when that one has left; by which path it came does not matter."""
    (tmp_path / "link.out").symlink_to("vm.out")
    port = await made(tmp_path / "vm")
    with PipeGuest(tmp_path / "vm"):
        with (
            holding("<", tmp_path / f"{through}.out") as pid,
            pytest.raises(PortDown, match=rf"vm\.out is read by (sh|cat) \(pid {pid}\)"),
        ):
            await port.open()
        (await port.open()).close()


BOUND = 'mount --bind "$0" "$1" && shift && exec "$@"'


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts")
@pytest.mark.parametrize("options", [["--mount"], ["--mount", "--pid", "--fork"]])
async def test_who_reads_along_in_a_container_is_named(tmp_path, options):
    """Where the directory has another path, and processes have other ids."""
    port = await made(tmp_path / "vms" / "vm")
    inside = tmp_path / "inside"
    inside.mkdir()
    under = ["unshare", *options, "sh", "-c", BOUND, str(tmp_path / "vms"), str(inside)]
    with PipeGuest(tmp_path / "vms" / "vm"):
        with (
            holding("<", inside / "vm.out", *under),
            pytest.raises(PortDown, match=r"vm\.out is read by (sh|cat) \(pid \d+\)"),
        ):
            await port.open()
        (await port.open()).close()


async def test_a_fifo_of_the_same_name_is_another(tmp_path):
    """As a com1d in a container has, with a VM of the same name."""
    port = await made(tmp_path / "vm")
    await made(tmp_path / "elsewhere" / "vm")
    with PipeGuest(tmp_path / "vm"), PipeGuest(tmp_path / "elsewhere" / "vm"):
        with holding("<", tmp_path / "elsewhere" / "vm.out"):
            (await port.open()).close()


@pytest.mark.parametrize(("redirection", "end"), [("<>", "out"), ("<>", "in"), ("<", "in")])
async def test_a_vm_is_no_reader(tmp_path, redirection, end):
    """It has both FIFOs open for both directions; what it reads is P.in."""
    port = await made(tmp_path / "vm")
    with PipeGuest(tmp_path / "vm"), holding(redirection, tmp_path / f"vm.{end}"):
        (await port.open()).close()


async def test_a_look_counts_for_a_while(tmp_path, monkeypatch):
    """A host's ports open together, and /proc is long: who comes after one is found in the next."""
    await made(tmp_path / "vm")
    shared = readers.Readers()
    path = tmp_path / "vm.out"
    monkeypatch.setattr(readers, "FRESH_SECONDS", 3600.0)
    found = [shared.find(path)]
    with PipeGuest(tmp_path / "vm"), holding("<", path) as pid:
        found.append(shared.find(path))
        monkeypatch.setattr(readers, "FRESH_SECONDS", 0.0)
        found.append(shared.find(path))

    assert [None, None, pid] == found
