"""com1d: this project's daemon, started from the installed package."""

import importlib.metadata
import importlib.util
import socket
import sys
from pathlib import Path
from typing import ClassVar

import build
import procs
from subjects.base import Daemon, Kind, Setting, Subject, dial_unix, free_port


HEAD = """\
[daemon]
runtime_dir = "{run}/com1d"
state_dir = "{dir}/state"
log_dir = "{dir}/log"
metrics = "127.0.0.1:{port}"
require_boot_diagnostics = false

[defaults]
log_size = "{log_size}"
"""

LIST = [str(Path(sys.executable).with_name("com1")), "list", "--socket"]

SOFT_LIMIT = 1024
"""Open files that a daemon is usually given; it has to raise that itself."""


class Com1d(Subject):
    """The daemon of this project."""

    name = "com1d"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"pty", "unix", "pipe"})

    def missing(self) -> str | None:
        """Say that the package is not installed, or has no daemon yet."""
        if importlib.util.find_spec("com1d.__main__") is None:
            return "the package com1d is not installed (uv sync)"
        return None

    def version(self) -> str:
        """Give the version of the installed package and of the interpreter."""
        python = ".".join(map(str, sys.version_info[:3]))
        return f"com1d {importlib.metadata.version('com1d')}, Python {python}"

    def start(self, setting: Setting) -> Daemon:
        """Write the configuration and run the daemon as `python -m com1d`."""
        port = free_port()
        log_size = "4MiB" if setting.logs else "0"
        lines = [HEAD.format(dir=setting.dir, run=setting.run, port=port, log_size=log_size)]
        for i, path in enumerate(setting.ports):
            lines.append(f'\n[consoles.c{i}]\nport = "{setting.kind}:{path}"\n')
        config = setting.dir / "com1d.toml"
        config.write_text("".join(lines))
        for name in ("state", "log"):
            (setting.dir / name).mkdir()
        argv = [sys.executable, "-m", "com1d", "--config", str(config)]
        output, env = setting.dir / "com1d.log", build.bytecode()
        process = procs.spawn(argv, output, setting.core, env=env, files=SOFT_LIMIT)
        listing = [*LIST, str(setting.run / "com1d" / "com1d.sock")]
        metrics = f"http://127.0.0.1:{port}/metrics"
        return Daemon([process], setting, metrics=metrics, listing=listing)

    def dial(self, daemon: Daemon, console: int, *, observer: bool) -> socket.socket:
        """Connect to the console's raw socket, or to the one for observers."""
        suffix = ".observe.sock" if observer else ".sock"
        return dial_unix(daemon.setting.run / "com1d" / "consoles" / f"c{console}{suffix}")
