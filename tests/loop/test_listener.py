"""Listening sockets."""

import os
import socket
import stat

import pytest

from com1d.config import Config, DaemonConfig
from com1d.daemon.service import Service
from com1d.errors import Com1Error
from com1d.loop.listener import SocketInUse, bind_unix, hide_directory, make_directory
from com1d.loop.stalls import HoldTimes


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


@pytest.mark.parametrize("mode", [0o757, 0o1777, 0o775])
def test_a_directory_that_others_may_write_to_is_refused(run_dir, mode: int):
    """Whoever may write there could take the place of our sockets, sticky bit or not."""
    path = run_dir / "run"
    path.mkdir()
    os.chown(path, -1, 12345)
    path.chmod(mode)

    with pytest.raises(Com1Error, match="can be written to by others"):
        make_directory(path)


def test_a_directory_of_somebody_else_is_refused(run_dir):
    """Its owner could change its mode at any time."""
    path = run_dir / "run"
    path.mkdir()
    os.chown(path, 12345, -1)

    with pytest.raises(Com1Error, match="chown"):
        make_directory(path)


def test_a_new_directory_is_for_all_to_enter(run_dir):
    """0755: that com1d runs here is no secret."""
    make_directory(run_dir / "a" / "run")

    assert 0o755 == stat.S_IMODE((run_dir / "a" / "run").stat().st_mode)


def test_the_names_of_consoles_are_not_for_all(run_dir):
    """The raw sockets' directory is entered by the group alone, and listed by nobody but us."""
    for _ in range(2):
        hide_directory(run_dir / "consoles", 12345)

        entry = (run_dir / "consoles").stat()
        assert (12345, 0o710) == (entry.st_gid, stat.S_IMODE(entry.st_mode))


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


@pytest.mark.parametrize("which", ["state", "log"])
async def test_a_start_refuses_directories_that_others_write_to(run_dir, which: str):
    """Links and files of others in state or logs are not even met: the start says what to do."""
    folder = run_dir / which
    folder.mkdir()
    folder.chmod(0o777)
    daemon = DaemonConfig(
        runtime_dir=run_dir / "run", state_dir=run_dir / "state", log_dir=run_dir / "log",
        metrics=None,
    )  # fmt: skip

    with pytest.raises(Com1Error, match=f"run: chown {os.geteuid()} {folder} && chmod go-w"):
        await Service(Config(daemon), run_dir / "com1d.toml", HoldTimes()).run()
