"""com1d.socket under a real systemd: who comes while com1d is not there waits, and is answered."""

from pathlib import Path

import pytest

from hosts.nspawn import Machine, can_run


HERE = Path(__file__).parent


@pytest.mark.timeout(300)
@pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn")
def test_a_client_that_comes_in_the_gap_waits(tmp_path):
    """Before the first start, over a restart, a kill -9 and an upgrade; not after a stop."""
    machine = Machine(tmp_path)
    machine.configure('[consoles.vm]\nport = "demo:"\n')
    machine.enable("com1d.socket")

    said = machine.run(HERE / "activation.py").splitlines()

    assert said == [
        "before the first: inactive",
        "asked: vm",
        "then: active",
        "owner: active",
        "upgraded: True",
        "callers: {200} [] True",
        "stopped: inactive",
        "asked then: No such file or directory",
        "started: active, socket active",
        "asked again: vm",
        "after a failed start: vm",
        "stopped for good: inactive",
    ]
