"""socat: no console server, but what many use as one: a process per console."""

import socket
from typing import ClassVar

import procs
from subjects.base import Daemon, Kind, Setting, Subject, dial_unix, version_line


class Socat(Subject):
    """Debian's socat between a Unix socket that listens and the port."""

    name = "socat"
    program = "socat"
    package = "apt-get install socat"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"pty", "unix"})
    many = False
    reloads = False

    def version(self) -> str:
        """Give socat's own version line."""
        return version_line("socat", "-V")

    def start(self, setting: Setting) -> Daemon:
        """Start a process per console. It opens its port when its client comes."""
        log = setting.dir / "socat.log"
        processes = []
        for i, path in enumerate(setting.ports):
            port = f"{path},raw,echo=0" if setting.kind == "pty" else f"UNIX-CONNECT:{path}"
            trace = ["-r", f"{setting.dir}/{i}.log"] if setting.logs else []
            argv = ["socat", *trace, port, f"UNIX-LISTEN:{setting.run}/s{i}"]
            processes.append(procs.spawn(argv, log, setting.core))
        return Daemon(processes, setting)

    def dial(self, daemon: Daemon, console: int, *, observer: bool) -> socket.socket:
        """Connect to the process of the console."""
        del observer
        return dial_unix(daemon.setting.run / f"s{console}")
