"""The floor: a bare epoll loop in C (bench/floor.c) that copies bytes and does nothing else."""

import socket
from typing import ClassVar

import build
import procs
from subjects.base import Daemon, Kind, Setting, Subject, dial_unix


class Floor(Subject):
    """Not a console server: what the kernel alone costs, with the tick that the setting names."""

    name = "floor"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"pty", "unix", "pipe"})
    many = False
    logs = False
    reloads = False

    def missing(self) -> str | None:
        """Tell why not: only a C compiler is needed."""
        return build.missing()

    def version(self) -> str:
        """Name it."""
        return "bench/floor.c"

    def start(self, setting: Setting) -> Daemon:
        """Start it with every pair of client socket and port on its command line."""
        prefix = "pipe:" if setting.kind == "pipe" else ""
        pairs = [f"{setting.run}/f{i}={prefix}{port}" for i, port in enumerate(setting.ports)]
        argv = [str(build.program("floor")), str(setting.tick_us), *pairs]
        return Daemon([procs.spawn(argv, setting.dir / "floor.log", setting.core)], setting)

    def dial(self, daemon: Daemon, console: int, *, observer: bool) -> socket.socket:
        """Connect to the console's socket."""
        del observer  # it has one client per console
        return dial_unix(daemon.setting.run / f"f{console}")
