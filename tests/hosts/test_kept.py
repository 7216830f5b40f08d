"""A session under a real systemd: it is kept over restarts and upgrades."""

from pathlib import Path

import pytest

from hosts.nspawn import Machine, can_run, stand_in_vm


HERE = Path(__file__).parent

CONSOLES = """\
[consoles.vm]
port = "pipe:/run/com1d/guests/vm"
[consoles.program]
port = "exec:/bin/sleep 99999"
"""


@pytest.mark.timeout(300)
@pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn")
def test_a_session_is_kept_whatever_systemd_does(tmp_path):
    """The service manager knows the new process each time, and no line is missing or doubled.

    What com1d has started ends with a restart, by the manager's hand, and begins anew.
    """
    machine = Machine(tmp_path)
    stand_in_vm(machine, "virtqemud.service")
    machine.configure(CONSOLES)
    machine.enable("com1d.service", "com1d-guests.service")

    said = machine.run(HERE / "kept.py")

    verdict = "another process True, whole True, the same program"
    rounds = [f"restart: {verdict} False", f"upgrade: {verdict} True"] * 3
    assert [*rounds, "com1d is active"] == said.splitlines()
