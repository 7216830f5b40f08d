"""com1d as a user of its own under a real systemd, with all that its unit takes away."""

from pathlib import Path
from typing import Final

import pytest

from hosts.nspawn import Machine, can_run


HERE = Path(__file__).parent

VM: Final = """\
[Unit]
After=com1d.service
[Service]
Type={type}
User={user}
Group=kvm
AmbientCapabilities=CAP_DAC_READ_SEARCH
RuntimeDirectory={name}
ExecStart={python} {script} {place}
"""
"""The capability is for the script, which may be in root's home; to write takes more."""

CONFIG: Final = """\
metrics = "127.0.0.1:9521"
socket_group = "com1"
[consoles.vm]
port = "pipe:/run/com1d/guests/vm"
[consoles.web]
port = "unix:/run/web/com1"
[consoles.switch]
port = "serial:/dev/ttyS9"
[consoles.rack]
port = "tcp:192.0.2.1:4001"
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """Boot a machine with two VMs of other users, and give what was seen in it."""
    machine = Machine(tmp_path_factory.mktemp("machine"))
    for name, script, place, kind in (
        ("vm", "stand_in.py", "/run/com1d/guests/vm", "notify"),
        ("web", "stand_in_socket.py", "/run/web/com1", "simple"),
    ):
        (machine.units / f"{name}.service").write_text(
            VM.format(type=kind, user="nobody", name=name, python="/usr/bin/python3",
                      script=HERE / script, place=place)
        )  # fmt: skip
        machine.enable(f"{name}.service")
    machine.enable("com1d.service", "com1d-guests.service")
    (machine.etc / "com1d.toml").write_text("[daemon]\n" + CONFIG)
    return machine.run(HERE / "own_user.py")


pytestmark = [
    pytest.mark.timeout(200),
    pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn"),
]


@pytest.mark.parametrize("process", ["com1d", "writer"])
def test_its_processes_may_do_one_thing(said, process):
    """The user is com1d, the capability CAP_DAC_OVERRIDE; memory is locked and none is swapped."""
    assert f"{process}: com1d 0000000000000002 0000000000000002 locked True" in said


def test_ports_of_other_users_are_served(said):
    """FIFOs for a group, a socket and a pty that nobody but their user may open."""
    assert "pty: connected" in said


def test_a_client_is_named(said):
    """Processes of others are hidden from services that are hardened so; their names are not."""
    assert "client: root True" in said


def test_metrics_are_for_this_host(said):
    """Packets to and from other hosts are dropped, and this one is let in."""
    assert "metrics: True" in said


def test_a_wrong_configuration_fails_the_reload(said):
    """The journal can be asked for it by a field, and com1d goes on."""
    assert "reload: True priority 3 True" in said
    assert "goes on: True" in said


def test_a_reload_needs_no_role_of_com1d(said):
    """Systemctl asks com1d as root, who is an owner wherever somebody is."""
    assert "reload with roles: done" in said


def test_what_the_unit_does_not_allow_is_said(said):
    """By `check`, a warning each, and by the doctor, with the drop-in that allows it."""
    for key, drop_in in (("switch.port", "serial.conf"), ("rack.port", "network.conf")):
        lines = [one for one in said.splitlines() if "warning: /etc" in one and key in one]
        assert any(drop_in in line for line in lines)
        assert f"what the unit allows  consoles.{key}" in said
    assert "guests    group kvm" in said
