"""What this host has against a configuration: the daemon would not start, and `check` says why."""

import fcntl
import grp
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from com1d.bootlog.archive import LOCK
from com1d.config import Config, DaemonConfig
from com1d.errors import EX_CONFIG, EX_FAILURE
from com1d.tools.check import check
from com1d.tools.obstacles import obstacles


PATIENCE = 30


@pytest.fixture
def folder(run_dir: Path) -> Path:
    """Make a place with what can be wrong in it."""
    (run_dir / "file").write_text("")
    (run_dir / "loose").symlink_to(run_dir / "nowhere" / "at-all")
    (run_dir / "open").mkdir()
    (run_dir / "open").chmod(0o777)
    (run_dir / "half").mkdir()
    (run_dir / "half" / "consoles").write_text("")
    (run_dir / "key").write_bytes(bytes(32))
    (run_dir / "key").chmod(0o640)
    return run_dir


WRONG = [
    ('runtime_dir = "{0}/file"', "must be a directory, and {0}/file is a file"),
    ('runtime_dir = "{0}/file/deep/run"', "must be a directory, and {0}/file is a file"),
    ('runtime_dir = "{0}/half"', "must be a directory, and {0}/half/consoles is a file"),
    ('runtime_dir = "{0}/open"', "must not be for everybody to write to: chmod go-w {0}/open"),
    (
        'runtime_dir = "{0}/loose"',
        "must be a directory, and {0}/loose is a link that leads nowhere",
    ),
    ('socket_group = "no such group"', "is no group of this host; make it with groupadd --system"),
    ('guest_group = "no such group"', "is no group of this host; make it with groupadd --system"),
    ('metrics = "192.0.2.1:9521"', "must be an address of this host, and 192.0.2.1 is none"),
    ('log_key = "{0}/nosuch"', "cannot be read: {0}/nosuch: No such file or directory"),
    ('log_key = "{0}/key"', "must be for its owner alone, and {0}/key has mode 0640: chmod 600"),
]


def written(folder: Path, setting: str) -> Path:
    """Write a configuration that is right but for the setting."""
    lines = {
        "runtime_dir": f'runtime_dir = "{folder}/run"',
        "state_dir": f'state_dir = "{folder}/state"',
        "log_dir": f'log_dir = "{folder}/log"',
        "metrics": 'metrics = ""',
    }
    lines[setting.partition(" ")[0]] = setting.format(folder)
    path = folder / "com1d.toml"
    path.write_text("[daemon]\n" + "\n".join(lines.values()) + '\n[consoles.a]\nport = "demo:"\n')
    return path


@pytest.mark.parametrize(("setting", "expected"), WRONG)
def test_what_cannot_start_is_said(folder, setting, expected, capsys):
    """`check` names the setting, its value and the way out."""
    path = written(folder, setting)
    key, _, value = setting.format(folder).partition(" = ")

    assert EX_CONFIG == check(path)
    said = [f"{path}: daemon.{key} = {value}: {expected.format(folder)}", "1 problem"]
    assert said == capsys.readouterr().err.splitlines()


TRIED_AGAIN = (
    *("metrics", 'runtime_dir = "{0}/half"', 'runtime_dir = "{0}/loose"'),
    *("socket_group", "guest_group", 'log_key = "{0}/key"', "require_mfa"),
)
"""What a daemon starts without, says, and tries again, or mends: sockets whose place may be mended,
groups that may be made, a key that others could read. And what is of no use."""


@pytest.mark.parametrize("setting", [one for one, _ in WRONG if not one.startswith(TRIED_AGAIN)])
def test_what_check_refuses_does_not_start(folder, setting):
    """A real daemon ends at once, with a code and a reason."""
    path = written(folder, setting)
    ended = subprocess.run(
        [sys.executable, "-m", "com1d", "--config", str(path)],
        capture_output=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert ended.returncode in (EX_FAILURE, EX_CONFIG)
    assert b"not started" in ended.stderr


@pytest.mark.parametrize("key", ["state_dir", "log_dir"])
def test_the_other_directories_are_looked_at(folder, key):
    """What is kept would be nowhere, which is told before somebody looks for it."""
    daemon = DaemonConfig(runtime_dir=folder, metrics=None, **{key: folder / "file" / "x"})
    [found] = obstacles(Config(daemon))

    assert (f"daemon.{key}", f"must be a directory, and {folder}/file is a file") == (
        found.key,
        found.expected,
    )


def test_what_is_there_or_can_be_made_is_right(folder):
    """Directories yet to be made, a group, this host's addresses and a credential elsewhere."""
    group = grp.getgrgid(0).gr_name
    for address in ("127.0.0.1", "0.0.0.0", "localhost"):
        daemon = DaemonConfig(
            runtime_dir=folder / "run" / "deep", state_dir=folder / "half", log_dir=folder / "new",
            socket_group=group, metrics=(address, 0), log_key="credential:key",
        )  # fmt: skip
        assert [] == [*obstacles(Config(daemon))]
    assert not (folder / "run").exists()


@pytest.mark.parametrize("runs", [False, True])
def test_a_port_that_is_taken_is_a_warning(folder, runs):
    """All else is served without it. The daemon that runs has its own already, which is right."""
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door,
    ):
        daemon = DaemonConfig(runtime_dir=folder, metrics=taken.getsockname())
        if runs:
            door.bind(str(daemon.api_socket))
            door.listen()
        found = [*obstacles(Config(daemon))]

    expected = "is another program's: until it ends, com1d serves all but its metrics there"
    assert ([] if runs else [(True, expected)]) == [(one.warning, one.expected) for one in found]


@pytest.mark.skipif(os.geteuid() != 0, reason="gives directories to others")
@pytest.mark.parametrize(
    ("mode", "uid", "gid", "said"),
    [
        (0o750, 0, 0, ""),
        (0o770, 0, 0, ""),
        (0o770, 0, 65534, "must not be for the group 65534 to write to: chmod g-w {0}"),
        (0o757, 0, 0, "must not be for everybody to write to: chmod go-w {0}"),
        (0o777, 65534, 65534, "must not be for everybody to write to: chmod go-w {0}"),
        (0o750, 65534, 0, "is uid 65534's: run com1d as that user, or chown 0 {0}"),
    ],
)
@pytest.mark.parametrize("key", ["runtime_dir", "state_dir", "log_dir"])
def test_whose_a_directory_is(folder, key, mode, uid, gid, said):
    """Who may write there is root, com1d and its group; another owner may be com1d's own user."""
    place = folder / "place"
    place.mkdir()
    os.chown(place, uid, gid)
    place.chmod(mode)
    directories = {name: folder / name for name in ("runtime_dir", "state_dir", "log_dir")}
    daemon = DaemonConfig(**(directories | {key: place}), metrics=None)
    found = [*obstacles(Config(daemon))]

    assert [said.format(place)] * bool(said) == [one.expected for one in found]
    assert [uid != 0 and mode == 0o750] * bool(said) == [one.warning for one in found]


def test_logs_that_another_daemon_keeps(folder):
    """It is another one, unless the one that runs with this configuration is who has them."""
    logs = folder / "log"
    logs.mkdir()
    daemon = DaemonConfig(
        runtime_dir=folder / "run", state_dir=folder / "state", log_dir=logs, metrics=None
    )
    with (logs / LOCK).open("w") as lock:
        assert [] == [*obstacles(Config(daemon))]
        fcntl.flock(lock, fcntl.LOCK_EX)
        [held] = obstacles(Config(daemon))
        (folder / "run").mkdir()
        with socket.socket(socket.AF_UNIX) as serving:
            serving.bind(str(daemon.api_socket))
            serving.listen()
            own = [*obstacles(Config(daemon))]

    assert "another com1d keeps its logs there" in held.expected
    assert [] == own
