"""conserver: a master and a process per 16 consoles; clients speak its text protocol over TCP."""

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


HEAD = """\
config * {{
    daemonmode no; primaryport {port}; sslrequired no; defaultaccess trusted; initdelay 0;
    logfile {dir}/server.log; passwdfile {dir}/passwd; redirect no;
}}
access * {{ trusted 127.0.0.1; }}
default * {{
    master localhost; rw *; baud 115200; parity none;
    options !ixon, !ixoff, !ixany, !crtscts;
}}
"""

GO = b"\x05c;"
"""What conserver's own client sends after the call, so that output flows."""


class Conserver(Subject):
    """Debian's conserver-server with its default of 16 consoles per process."""

    name = "conserver"
    program = "conserver"
    package = "apt-get install conserver-server"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"pty", "unix"})

    def version(self) -> str:
        """Give conserver's own version line."""
        return version_line("conserver", "-V").removeprefix("conserver: ")

    def start(self, setting: Setting) -> Daemon:
        """Run the master in the foreground, bound to loopback."""
        port = free_port()
        config = setting.dir / "conserver.cf"
        key = "type device; device" if setting.kind == "pty" else "type uds; uds"
        lines = [HEAD.format(port=port, dir=setting.dir)]
        for i, path in enumerate(setting.ports):
            log = f" logfile {setting.dir}/{i}.log;" if setting.logs else ""
            lines.append(f"console c{i} {{ {key} {path};{log} }}\n")
        config.write_text("".join(lines))
        (setting.dir / "passwd").touch()
        argv = ["conserver", "-C", str(config), "-M", "127.0.0.1", "-p", str(port), "-v"]
        process = procs.spawn(argv, setting.dir / "conserver.log", setting.core)
        return Daemon([process], setting, tcp_port=port)

    def dial(self, daemon: Daemon, console: int, *, observer: bool) -> socket.socket:
        """Ask the master for the console's process, and that for the console.

        The first caller gets the console, later ones are spies: so observers come after.
        """
        del observer
        if not daemon.held:
            daemon.held.append(_login(daemon.tcp_port))
        master = daemon.held[0]
        master.sendall(b"call c%d\r\n" % console)
        sock = _login(int(expect(master, b"\r\n")))
        sock.sendall(b"call c%d\r\n" % console)
        expect(sock, b"]\r\n")
        sock.sendall(GO)
        expect(sock, b"]\r\n")
        return sock


def _login(port: int) -> socket.socket:
    sock = dial_tcp(port)
    expect(sock, b"ok\r\n")
    sock.sendall(b"login bench\r\n")
    expect(sock, b"ok\r\n")
    return sock
