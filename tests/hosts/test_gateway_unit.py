"""com1-web under a real systemd: as its own user, with nothing but what its unit leaves it."""

import shutil
import sys
from pathlib import Path

import pytest

from hosts.nspawn import ROOT, Machine, can_run


HERE = Path(__file__).parent

OURS = """\
[Service]
ExecStartPre=+chmod 0755 /root
ExecStart=
ExecStart={program} --config /etc/com1d/web.toml
ProtectHome=no
"""
"""The unit starts the com1-web of this checkout, whose Python may be in root's home."""

CONSOLES = """\
socket_group = "com1"
[consoles.demo]
port = "demo:"
[[gateways]]
user = "com1-web"
[[roles]]
principal = "user:root"
role = "owner"
scope = "*"
"""


@pytest.mark.timeout(300)
@pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn")
def test_a_console_in_the_browser_after_the_install(tmp_path):
    """README's commands, `com1-web link`, and a console's stream; a restart signs nobody out."""
    machine = Machine(tmp_path)
    shutil.copy(ROOT / "systemd" / "com1-web.service", machine.units)
    program = Path(sys.executable).parent / "com1-web"
    machine.drop_in("com1-web.service", "ours", OURS.format(program=program))
    machine.enable("com1d.service", "com1-web.service")
    machine.configure(CONSOLES)
    shutil.copy(ROOT / "conf" / "web.toml", machine.etc)
    machine.options.append(f"--bind-ro={ROOT}/conf/sysusers.d:/etc/sysusers.d")

    said = machine.run(HERE / "gateway_visit.py")

    assert [
        "signed in: 200",
        "consoles: ['demo']",
        "stream: attached",
        "after a restart: 200",
        "capabilities: ['0000000000000000']",
        "user: com1-web",
        "key: 600, 32 bytes",
        "desk: com1",
    ] == said.splitlines()
