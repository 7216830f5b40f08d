"""VMs start at every boot of the host, whatever is the matter with com1d."""

import shutil
from collections.abc import Iterable
from pathlib import Path

import pytest

from hosts.nspawn import Machine, can_run, stand_in_vm


pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn"),
]

HERE = Path(__file__).parent

SLOW = "[Service]\nExecStartPre=/bin/sleep 1000\nTimeoutStartSec=2\n"
"""The unit gives itself longer, which would make the test as long."""


def boot(folder: Path, state: Path, com1d: str) -> str:
    """Boot a machine whose com1d is so; tell how the VM is, and the daemon."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    machine = Machine(folder)
    machine.options.append(f"--bind={state}:/var/lib/com1d")
    machine.enable("com1d.service", "com1d-guests.service")
    stand_in_vm(machine, "virtqemud.service")
    if com1d == "wrong":
        machine.configure("[nonsense")
    elif com1d == "slow":
        machine.drop_in("com1d.service", "slow", SLOW)
    elif com1d == "masked":
        machine.mask("com1d.service")
    elif com1d == "both masked":
        machine.mask("com1d.service", "com1d-guests.service")
    return machine.run(HERE / "booted.py", "After=virtqemud.service")


def boots(folder: Path, kinds: Iterable[str]) -> list[str]:
    """Boot the same host again and again; give the states of the VM and of com1d after each."""
    state = folder / "state"
    state.mkdir()
    return [boot(folder / "machine", state, kind).strip() for kind in kinds]


def test_the_vm_starts_at_every_boot(tmp_path):
    """The first time com1d makes its FIFOs, and from then on com1d-guests.service."""
    states = boots(tmp_path, ["right", "wrong", "slow", "masked", "both masked"])

    assert ["active"] * 4 + ["failed"] == [state.split()[0] for state in states]
    assert "active" == states[0].split()[1]
    assert "active" not in [state.split()[1] for state in states[1:]]


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", ["right", "wrong", "slow", "masked"])
def test_the_vm_starts_ten_times(tmp_path, kind):
    """No boot is lost to a race."""
    states = boots(tmp_path, ["right", *[kind] * 10])

    assert ["active"] * 11 == [state.split()[0] for state in states]
