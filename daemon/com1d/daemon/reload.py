"""Reload: reads the configuration in a process of its own, while the daemon runs.

Parsing the TOML of a thousand consoles takes a tenth of a second of pure computing. In the loop
that would be a stall; in a thread it would compete with the loop for the interpreter at every
system call. So a child parses, and the loop only unpickles the finished objects, a slice at a time.
"""

import asyncio
import io
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from com1d import config
from com1d.config import Config, ConsoleConfig, DaemonConfig
from com1d.errors import Com1Error, ConfigError


PARSE_SECONDS: Final = 60.0
"""A configuration that takes longer than this to read is on a file system that hangs."""

FOR_GOOD: Final = ("runtime_dir", "state_dir", "log_dir", "log_key", "audit_key")
"""Settings that hold from a start to the end: sockets, switches, audit and logs are there, and
moving them would part them from what they hold."""

_CHILD: Final = "from com1d.daemon import reload; reload.tell()"

SLICE: Final = 50
"""Consoles unpickled before the loop goes on."""


async def read(path: Path) -> Config:
    """Load `path` as `config.load` does. Raises `ConfigError`."""
    result = await asyncio.to_thread(_run_child, path)
    parts = _unpickle(result)
    first = next(parts)
    if isinstance(first, list):
        raise ConfigError(first)
    consoles: dict[str, ConsoleConfig] = {}
    for part in parts:
        consoles.update((console.name, console) for console in part)
        await asyncio.sleep(0)
    frame: Config = first
    return replace(frame, consoles=consoles)


def in_force(wanted: Config, started: DaemonConfig) -> tuple[Config, tuple[str, ...]]:
    """Give what of a new configuration holds now, and the settings that wait for a restart."""
    waiting = tuple(key for key in FOR_GOOD if getattr(wanted.daemon, key) != getattr(started, key))
    kept = {key: getattr(started, key) for key in waiting}
    return replace(wanted, daemon=replace(wanted.daemon, **kept)), waiting


def _run_child(path: Path) -> bytes:
    try:
        child = subprocess.run(  # noqa: S603 - our own module, one path
            [sys.executable, "-P", "-c", _CHILD, str(path)],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=PARSE_SECONDS, check=True,
        )  # fmt: skip
    except subprocess.SubprocessError as error:
        raise Com1Error(f"{path} could not be read: {error}") from error
    return child.stdout


def _unpickle(data: bytes) -> Iterator[Any]:
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        yield pickle.load(stream)  # noqa: S301 - our own child wrote it


def _parse(path: Path) -> Iterator[object]:
    """Yield the messages for the parent: the problems, or the frame and then consoles in slices."""
    try:
        loaded = config.load(path)
    except ConfigError as error:
        yield error.problems
        return
    consoles = list(loaded.consoles.values())
    yield replace(loaded, consoles={})
    for start in range(0, len(consoles), SLICE):
        yield consoles[start : start + SLICE]


def tell() -> None:
    """Run the child: parse, and write the messages for the parent."""
    for part in _parse(Path(sys.argv[1])):
        sys.stdout.buffer.write(pickle.dumps(part))
