"""The lock file that keeps other programs from a pty while we read it."""

import os
import subprocess
from pathlib import Path

import pytest

from com1d.ports.claim import Claim
from com1d.ports.holder import DeviceBusyError


@pytest.fixture
def terminal():
    """Give the path of a pty's slave."""
    master, slave = os.openpty()
    yield Path(os.ttyname(slave))
    os.close(master)
    os.close(slave)


def lock(folder, terminal):
    return folder / f"LCK.._pts_{terminal.name}"


def test_a_claim_is_a_lock_file_as_libvirt_reads_it(tmp_path, terminal):
    """Its name is made of the path below /dev, its content is our pid in ten columns."""
    link = tmp_path / "web"
    link.symlink_to(terminal)
    claim = Claim(link, (tmp_path,))
    content = lock(tmp_path, terminal).read_text()
    claim.release()
    claim.release()

    assert f"{os.getpid():10}\n" == content
    assert not lock(tmp_path, terminal).exists()


def test_who_has_a_lock_keeps_it(tmp_path, terminal):
    """A living process is named; one that is gone has left its lock behind."""
    with (
        terminal.open("rb", buffering=0) as device,
        subprocess.Popen(["sleep", "60"], stdin=device) as other,
    ):
        lock(tmp_path, terminal).write_text(f"{other.pid:10}\n")
        with pytest.raises(DeviceBusyError) as refusal:
            Claim(terminal, (tmp_path,))
        other.kill()
    claim = Claim(terminal, (tmp_path,))
    claim.release()

    assert other.pid == refusal.value.pid
    assert not lock(tmp_path, terminal).exists()


def test_a_host_without_a_place_for_locks_has_none(tmp_path, terminal):
    """Nothing is claimed, and nothing is in the way."""
    Claim(terminal, (tmp_path / "missing",)).release()
    assert [] == list(tmp_path.iterdir())
