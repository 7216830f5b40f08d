"""ser2net: one process, a raw Unix socket per console.

Measured twice: `ser2net` sends at once (chardelay off), `ser2net-delay` is its default, which waits
for more characters before it sends.
"""

import socket
from typing import ClassVar

import procs
from subjects.base import Daemon, Kind, Setting, Subject, dial_unix, version_line


class Ser2net(Subject):
    """Debian's ser2net without the delay after each character: its quickest echo."""

    name = "ser2net"
    program = "ser2net"
    package = "apt-get install ser2net"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"pty", "unix"})
    chardelay: ClassVar[str] = "false"

    def version(self) -> str:
        """Give ser2net's own version line."""
        return version_line("ser2net", "-v")

    def start(self, setting: Setting) -> Daemon:
        """Run it in the foreground. It opens a port when the first client comes."""
        config = setting.dir / "ser2net.yaml"
        with config.open("w") as file:
            for i, path in enumerate(setting.ports):
                tty = f"serialdev,{path},115200n81,local"
                port = tty if setting.kind == "pty" else f"unix,{path}"
                log = f"    trace-read: {setting.dir}/{i}.log\n" if setting.logs else ""
                file.write(
                    f"connection: &c{i}\n"
                    f"  accepter: unix,{setting.run}/s{i}\n"
                    f"  connector: {port}\n"
                    f"  options:\n"
                    f"    chardelay: {self.chardelay}\n"
                    f"    max-connections: {setting.clients}\n{log}"
                )
        argv = ["ser2net", "-n", "-d", "-c", str(config), "-P", str(setting.dir / "pid")]
        return Daemon([procs.spawn(argv, setting.dir / "ser2net.log", setting.core)], setting)

    def dial(self, daemon: Daemon, console: int, *, observer: bool) -> socket.socket:
        """Connect to the console's socket; every client of a console is alike."""
        del observer
        return dial_unix(daemon.setting.run / f"s{console}")


class Ser2netDelay(Ser2net):
    """The same with ser2net's default delay."""

    name = "ser2net-delay"
    chardelay = "true"
