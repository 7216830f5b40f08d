"""The list of FIFOs for the next boot, as systemd-tmpfiles reads it."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from com1d.config import Config, ConsoleConfig, DaemonConfig, PortAddress
from com1d.daemon import guests_list


GROUP = os.getegid()


@pytest.fixture
def daemon(run_dir):
    return DaemonConfig(runtime_dir=run_dir / "run", state_dir=run_dir / "state")


def listed(daemon: DaemonConfig, *ports: str) -> Path:
    """Write the list for consoles on these ports."""
    addresses = [PortAddress(*port.split(":", 1)) for port in ports]
    consoles = {str(n): ConsoleConfig(str(n), one) for n, one in enumerate(addresses)}
    guests_list.write(Config(daemon, consoles), GROUP)
    return daemon.state_dir / guests_list.NAME


def create(path: Path) -> None:
    """Do as com1d-guests.service does."""
    subprocess.run(["systemd-tmpfiles", "--create", str(path)], check=True)


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): f"{path.stat().st_mode:o}" for path in folder.rglob("*")}


@pytest.mark.skipif(not shutil.which("systemd-tmpfiles"), reason="needs systemd-tmpfiles")
def test_systemd_makes_what_com1d_would(daemon):
    """Directories of ours and FIFOs, whatever is in their names."""
    daemon.runtime_dir.mkdir()
    odd = 'a "b" \\c %d ü'
    names = f"pipe:{daemon.runtime_dir}/guests/{odd}", f"pipe:{daemon.runtime_dir}/guests/east/vm"
    create(listed(daemon, *names, "demo:"))

    assert {
        "guests": "40750", "guests/east": "40750",
        f"guests/{odd}.in": "10660", f"guests/{odd}.out": "10660",
        "guests/east/vm.in": "10660", "guests/east/vm.out": "10660",
    } == tree(daemon.runtime_dir)  # fmt: skip


@pytest.mark.skipif(not shutil.which("systemd-tmpfiles"), reason="needs systemd-tmpfiles")
def test_what_is_there_is_left_alone(daemon):
    """A VM may hold it, and libvirt may have lent it to the VM's user."""
    folder = daemon.runtime_dir / "guests"
    folder.mkdir(parents=True)
    os.mkfifo(folder / "vm.in", 0o600)
    before = (folder / "vm.in").stat()
    create(listed(daemon, f"pipe:{folder}/vm"))

    after = (folder / "vm.in").stat()
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)
    assert (folder / "vm.out").is_fifo()


def test_a_link_on_the_way_is_resolved(daemon):
    """/var/run is one on most hosts, and the service looks at rules below /run/com1d only."""
    (daemon.runtime_dir / "guests").mkdir(parents=True)
    alias = daemon.runtime_dir.parent / "alias"
    alias.symlink_to(daemon.runtime_dir)

    assert str(alias) not in listed(daemon, f"pipe:{alias}/guests/vm").read_text()


def test_directories_elsewhere_are_not_listed(daemon):
    """What com1d was told to use, it does not claim."""
    rules = listed(daemon, "pipe:/srv/vms/vm").read_text().splitlines()[1:]
    assert ["p", "p"] == [rule[0] for rule in rules]


def test_an_unchanged_list_is_not_written_again(daemon):
    """A reload costs no write to the disk."""
    first = listed(daemon, "pipe:/a").stat().st_ino
    assert first == listed(daemon, "pipe:/a").stat().st_ino
    assert first != listed(daemon, "pipe:/b").stat().st_ino
