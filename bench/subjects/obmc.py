"""obmc-console: OpenBMC's console server, a process per tty; not in Debian, so given by its path.

Its server wants a D-Bus system bus: a private one is started for it.
"""

import os
import shutil
import socket
import time
from pathlib import Path
from typing import ClassVar

import procs
from subjects.base import DIAL_TIMEOUT, Daemon, Kind, Setting, Subject, dial_unix


BUS = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={path}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/> <allow own="*"/> <allow send_destination="*"/> <allow eavesdrop="true"/>
  </policy>
  <limit name="max_connections_per_user">8192</limit>
</busconfig>
"""


class ObmcConsole(Subject):
    """A build of obmc-console-server that the user names."""

    name = "obmc-console"
    kinds: ClassVar[frozenset[Kind]] = frozenset({"pty"})
    reloads = False

    def __init__(self, binary: Path | None = None) -> None:
        """Take the path of obmc-console-server, or None where there is none."""
        self.binary = binary

    def missing(self) -> str | None:
        """Say what is needed: the server's path, and dbus-daemon."""
        if self.binary is None:
            return "give the path of obmc-console-server with --obmc-console"
        if not os.access(self.binary, os.X_OK):
            return f"{self.binary} is not an executable"
        if shutil.which("dbus-daemon") is None:
            return "it needs dbus-daemon (apt-get install dbus-daemon)"
        return None

    def version(self) -> str:
        """Name the binary; it does not tell its version."""
        return str(self.binary)

    def start(self, setting: Setting) -> Daemon:
        """Start a bus, then a server per tty."""
        bus = setting.run / "bus"
        (setting.dir / "bus.conf").write_text(BUS.format(path=bus))
        log = setting.dir / "obmc.log"
        argv = ["dbus-daemon", f"--config-file={setting.dir}/bus.conf", "--nofork", "--nopidfile"]
        dbus = procs.spawn(argv, log, setting.core)
        deadline = time.monotonic() + DIAL_TIMEOUT
        while not bus.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
        servers = []
        for i, path in enumerate(setting.ports):
            config = setting.dir / f"{i}.conf"
            # It always keeps a log, and rotates it: never hand it a device, which it would replace.
            config.write_text(f"logfile = {setting.dir}/{i}.log\n")
            argv = [str(self.binary), "--config", str(config)]
            argv += ["--console-id", _identity(setting, i), path]
            servers.append(procs.spawn(argv, log, setting.core, env=env))
        return Daemon([*servers, dbus], setting)

    def dial(self, daemon: Daemon, console: int, *, observer: bool) -> socket.socket:
        """Connect to the console's abstract socket; every client of a console is alike."""
        del observer
        return dial_unix(f"\0obmc-console.{_identity(daemon.setting, console)}")


def _identity(setting: Setting, console: int) -> str:
    """Give a console's id: unique on this machine, and fit for a D-Bus path."""
    return f"{setting.dir.name}_{console}".replace("-", "_")
