"""A VM's console under a real systemd: stop, start, restart, a failed start, a cleaner."""

from pathlib import Path

import pytest

from hosts.nspawn import Machine, can_run, stand_in_vm


HERE = Path(__file__).parent


@pytest.mark.timeout(300)
@pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn")
@pytest.mark.parametrize(
    "masked",
    [
        pytest.param((), id="socket"),
        pytest.param(("com1d.socket",), id="no-socket", marks=pytest.mark.slow),
    ],
)
def test_a_vm_keeps_its_console_whatever_systemd_does(tmp_path, masked):
    """Each time the console is back, and no byte that was printed meanwhile is missing."""
    machine = Machine(tmp_path)
    stand_in_vm(machine, "virtqemud.service")
    machine.mask(*masked)
    machine.allow("look")
    machine.enable("com1d.service", "com1d-guests.service")

    said = machine.run(HERE / "restarts.py")

    done = ["boot", "restart", "stop, start", "failed start", "cleaner, start"]
    assert [f"{what}: from 0, lost [], twice 0" for what in done] == said.splitlines()
