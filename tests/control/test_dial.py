"""Connecting to a hypervisor's socket: every failure says why, and what to do."""

import os
import socket

import pytest

from com1d.control import ControlBusy, ControlRefused
from com1d.control.dial import birth, dial
from com1d.errors import NotRunning, Problem


NOBODY = 65534


def refused(path) -> Problem:
    """Give what dialling `path` is refused with."""
    with pytest.raises(Problem) as refusal:
        dial(str(path), "web01")
    return refusal.value


def test_connected(run_dir):
    """Where somebody listens there is a connection that never blocks."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(run_dir / "s"))
        listener.listen()
        with dial(str(run_dir / "s"), "web01") as connection:
            assert (False, str(run_dir / "s")) == (
                connection.getblocking(), connection.getpeername(),
            )  # fmt: skip


def test_off(run_dir):
    """No socket, and one that nobody listens on: the VM is off."""
    missing = refused(run_dir / "s")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(run_dir / "s"))
        silent = refused(run_dir / "s")
    assert [NotRunning] * 2 == [type(missing), type(silent)]
    assert [{"state": "off"}] * 2 == [missing.extra, silent.extra]


def test_full(run_dir):
    """Where connections wait already, the hypervisor is busy."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as first:
        listener.bind(str(run_dir / "s"))
        listener.listen(0)
        first.connect(str(run_dir / "s"))
        problem = refused(run_dir / "s")
    assert (ControlBusy, "busy", 409) == (type(problem), problem.code, problem.status)


def test_of_another_kind(run_dir):
    """A datagram socket is no hypervisor's; a file is nobody's."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(run_dir / "s"))
        datagrams = refused(run_dir / "s")
    (run_dir / "file").touch()
    assert (ControlRefused, "refused-by-hypervisor") == (type(datagrams), datagrams.code)
    assert f"web01: {run_dir}/s is no stream socket" == str(datagrams)
    assert NotRunning is type(refused(run_dir / "file"))


def test_not_allowed(run_dir):
    """A socket that com1d may not write to is said to be that, for its administrator."""
    root = os.geteuid() == 0
    run_dir.chmod(0o755)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(run_dir / "s"))
        listener.listen()
        (run_dir / "s").chmod(0)
        os.seteuid(NOBODY) if root else None
        try:
            problem = refused(run_dir / "s")
        finally:
            os.seteuid(0) if root else None
    assert (ControlRefused, True) == (type(problem), "may not be written to" in str(problem))


def test_too_long(run_dir):
    """Whatever else goes wrong is told in the kernel's words."""
    loop = run_dir / "loop"
    loop.symlink_to(loop)
    assert f"web01: {loop} cannot be connected to: Too many levels of symbolic links" == str(
        refused(loop)
    )


def test_birth(run_dir):
    """A socket is known by what it is, not by its path or its permissions."""
    path = run_dir / "s"
    births = [birth(str(path))]
    for _ in range(2):
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
        births.append(birth(str(path)))
        path.chmod(0o600)
        births.append(birth(str(path)))
    assert births[1] == births[2] != births[3] == births[4]
    assert (0, 0) == births[0]
