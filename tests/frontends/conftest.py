"""One real daemon for all tests of a module, and a guest of its own for each test."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from frontends.harness import Daemon, Guest, running


PASTE_LIMIT = 16384
"""Tests type more at once than people do; at line rate this still takes less than two seconds."""

CONSOLES = 40
"""More than a module has tests: each takes the next one, with an empty scrollback."""


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    with tempfile.TemporaryDirectory(prefix="com1-", dir="/tmp") as path:
        folder = Path(path)
        consoles = [f'[consoles.g{n}]\nport = "listen:{folder}/g{n}"\n' for n in range(CONSOLES)]
        defaults = f"[defaults]\npaste_limit = {PASTE_LIMIT}\n"
        with running(folder, defaults + "".join(consoles)) as daemon:
            daemon.unused = [f"g{n}" for n in range(CONSOLES)]
            yield daemon


@pytest.fixture
def guest(daemon: Daemon) -> Iterator[Guest]:
    guest = Guest(daemon, daemon.unused.pop())
    yield guest
    guest.close()
