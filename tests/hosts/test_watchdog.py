"""A loop that is held, under a real systemd: its watchdog ends com1d, and everything comes back."""

import sys
from pathlib import Path

import pytest

from hosts.nspawn import Machine, can_run, stand_in_vm


HERE = Path(__file__).parent

HELD = """\
[Service]
ExecStart=
ExecStart={python} {script} --config /etc/com1d/com1d.toml
"""


@pytest.mark.timeout(300)
@pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn")
def test_a_held_loop_is_ended_and_gone_on_with(tmp_path):
    """Its client hears up to where it has the stream, and no line is lost or seen twice."""
    machine = Machine(tmp_path)
    stand_in_vm(machine, "virtqemud.service")
    held = HELD.format(python=sys.executable, script=HERE / "held.py")
    machine.drop_in("com1d.service", "zz-held", held)
    machine.enable("com1d.service", "com1d-guests.service")

    said = machine.run(HERE / "watchdog.py")

    assert said.splitlines() == [
        "another process: True",
        "systemd: (True, '1', 'active')",
        "told: (1012, True)",
        "seen whole: True",
        "logged whole: True",
        "recovered: True",
    ]
