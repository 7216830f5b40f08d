"""A session under a real systemd: it is kept over restarts and upgrades."""

from pathlib import Path

import pytest

from hosts.nspawn import Machine, can_run, stand_in_vm


HERE = Path(__file__).parent


@pytest.mark.timeout(300)
@pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn")
def test_a_session_is_kept_whatever_systemd_does(tmp_path):
    """The service manager knows the new process each time, and no line is missing or doubled."""
    machine = Machine(tmp_path)
    stand_in_vm(machine, "virtqemud.service")
    machine.enable("com1d.service", "com1d-guests.service")

    said = machine.run(HERE / "kept.py")

    rounds = [f"{what}: another process True, whole True" for what in ("restart", "upgrade")] * 3
    assert [*rounds, "com1d is active"] == said.splitlines()
