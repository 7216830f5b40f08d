"""The map of the kinds."""

import subprocess
import sys

import pytest

from com1d import ports
from com1d.wire.words import PORT_KINDS


TARGETS = {
    "serial": ("/dev/ttyS0", "SerialPort"),
    "pipe": ("/run/web01", "PipePort"),
    "listen": ("/run/web01.sock", "ListenPort"),
    "pty": ("/dev/pts/7", "PtyPort"),
    "unix": ("/run/web01.sock", "UnixPort"),
    "tcp": ("localhost:4001", "TcpPort"),
    "telnet": ("localhost:4001", "TelnetPort"),
    "rfc2217": ("localhost:4001", "TelnetPort"),
    "exec": ("/bin/cat -u", "ExecPort"),
    "demo": ("", "DemoPort"),
}


@pytest.mark.parametrize("kind", TARGETS)
def test_every_kind_is_made(kind):
    """Each word before the colon gives its own class, which opens nothing yet."""
    target, name = TARGETS[kind]

    port = ports.make(kind, target, ports.Wishes(115200, 65536))

    assert name == type(port).__name__


def test_the_configuration_and_the_map_know_the_same_kinds():
    """What the configuration accepts can be made, and nothing else."""
    assert set(PORT_KINDS) == set(ports.KINDS) == set(TARGETS)


def test_virtual_ports_never_touch_pyserial():
    """A host without real ttys does not even load it."""
    script = (
        "import sys; from com1d import ports\n"
        "ports.make('pipe', '/run/web01', ports.Wishes(115200, 65536))\n"
        "print(sorted({'serial', 'serial_asyncio'} & set(sys.modules)))"
    )

    output = subprocess.check_output([sys.executable, "-c", script], text=True)

    assert output == "[]\n"
