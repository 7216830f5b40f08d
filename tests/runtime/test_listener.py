"""Listening sockets."""

import socket
import stat

import pytest

from com1d.runtime.listener import SocketInUse, bind_unix


def test_only_owner_and_group_may_connect(run_dir):
    """A socket is 0660, whatever the umask."""
    path = run_dir / "s"
    with bind_unix(path, None):
        assert 0o660 == stat.S_IMODE(path.stat().st_mode)


def test_the_group_is_the_configured_one(run_dir):
    """The group that may open the sockets is set before anybody can connect."""
    path = run_dir / "s"
    with bind_unix(path, 12345):
        assert 12345 == path.stat().st_gid


def test_a_living_socket_is_not_taken_over(run_dir):
    """Where somebody listens we do not: the error names the path."""
    path = run_dir / "s"
    with bind_unix(path, None), pytest.raises(SocketInUse, match=str(path)):
        bind_unix(path, None)


def test_a_stale_socket_is_replaced(run_dir):
    """A path that nobody listens on any more is taken."""
    path = run_dir / "s"
    bind_unix(path, None).close()
    assert path.exists()

    with bind_unix(path, None), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_what_is_no_socket_is_left_alone(run_dir):
    """A file in the way is somebody's: an error, and the file stays."""
    path = run_dir / "s"
    path.write_text("precious")

    with pytest.raises(OSError, match="in use"):
        bind_unix(path, None)

    assert "precious" == path.read_text()
