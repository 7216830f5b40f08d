"""`com1 reload`: what changed, or all that is wrong."""

import json
from pathlib import Path

import pytest

from com1d.errors import EX_CONFIG, EX_OK
from frontends.harness import Daemon, running


@pytest.fixture
def daemon(tmp_path: Path):
    with running(tmp_path, '[consoles.a]\nport = "demo:"\n') as daemon:
        yield daemon


def write(daemon: Daemon, *lines: str) -> None:
    path = daemon.folder / "com1d.toml"
    head = path.read_text().partition("[consoles")[0]
    path.write_text(head + "\n".join(lines) + "\n")


def test_what_changed_is_said(daemon):
    """A line each; and that nothing did."""
    write(daemon, '[consoles.b]\nport = "demo:"')
    done, again = daemon.run("reload"), daemon.run("reload")

    assert (EX_OK, b"b: added\na: removed\n") == (done.returncode, done.stdout)
    assert (EX_OK, b"nothing has changed\n") == (again.returncode, again.stdout)
    assert [] == json.loads(daemon.run("reload", "--json").stdout)["consoles"]["added"]


def test_all_that_is_wrong_is_said(daemon):
    """As `com1d check` does, and what follows from it last."""
    write(daemon, '[consoles.a]\nport = "demo:"\nbaud = 1', "[nothing]")
    done = daemon.run("reload")
    *problems, last = done.stderr.decode().splitlines()

    assert EX_CONFIG == done.returncode
    assert f"{daemon.folder}/com1d.toml: consoles.a.baud = 1: must be" in "\n".join(problems)
    assert any("nothing: unknown key" in line for line in problems)
    assert last.startswith("com1: config-refused: The configuration is wrong")
