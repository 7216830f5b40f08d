"""conman: one process; clients speak its text protocol over TCP, raw bytes follow."""

import socket
from typing import ClassVar

import procs
from subjects.base import (
    Daemon,
    Kind,
    Setting,
    Subject,
    dial_tcp,
    expect,
    free_port,
    version_line,
)


class Conman(Subject):
    """Debian's conman."""

    name = "conman"
    program = "conmand"
    package = "apt-get install conman"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"pty", "unix"})

    def version(self) -> str:
        """Give conmand's own version line."""
        return version_line("conmand", "-V")

    def start(self, setting: Setting) -> Daemon:
        """Run it in the foreground, on loopback."""
        port = free_port()
        config = setting.dir / "conman.conf"
        lines = ["server loopback=on\n", f"server port={port}\n", 'global seropts="115200,8n1"\n']
        for i, path in enumerate(setting.ports):
            device = path if setting.kind == "pty" else f"unix:{path}"
            log = f' log="{setting.dir}/{i}.log"' if setting.logs else ""
            lines.append(f'console name="c{i}" dev="{device}"{log}\n')
        config.write_text("".join(lines))
        argv = ["conmand", "-F", "-c", str(config)]
        process = procs.spawn(argv, setting.dir / "conman.log", setting.core)
        return Daemon([process], setting, tcp_port=port)

    def dial(self, daemon: Daemon, console: int, *, observer: bool) -> socket.socket:
        """Greet, then connect to the console, or monitor it."""
        sock = dial_tcp(daemon.tcp_port)
        verb = b"MONITOR" if observer else b"CONNECT"
        sock.sendall(b"HELLO USER='bench'\n")
        expect(sock, b"\n")
        sock.sendall(b"%s OPTION=QUIET CONSOLE='c%d'\n" % (verb, console))
        if not expect(sock, b"\n").startswith(b"OK"):
            sock.close()
            raise ConnectionError("conmand refused the console")
        return sock
