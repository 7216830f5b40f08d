"""A VM without libvirt, set up by the letter of HOSTS.md: its unit, its user, its com1d.toml."""

import re
import shutil
from pathlib import Path

import pytest

from hosts.nspawn import CONFIG, Machine, can_run
from hosts.test_hosts_page import SECTIONS


HERE = Path(__file__).parent

pytestmark = [
    pytest.mark.guest,
    pytest.mark.timeout(200),
    pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn"),
    pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="needs QEMU"),
]

ELLIPSIS = "-m 4G …"
MACHINE = "-m 16M -machine pc,graphics=off -display none -nodefaults"
"""What the page leaves out: no more than firmware, which prints on COM1."""


def listing(kind: str) -> str:
    """Give the section's one listing of a kind, as it stands."""
    (text,) = re.findall(rf"```{kind}\n(.*?)```", SECTIONS["Plain QEMU"], re.DOTALL)
    return text


def test_a_vm_of_a_user_of_its_own(tmp_path):
    """It prints and is reset through com1d, starts while there is none, and no byte is missing."""
    machine = Machine(tmp_path)
    unit = listing("ini")
    assert ELLIPSIS in unit
    (machine.units / "web01.service").write_text(unit.replace(ELLIPSIS, MACHINE))
    users = tmp_path / "vm.conf"
    users.write_text("u vm-web01 - -\n")
    machine.options.append(f"--bind-ro={users}:/etc/sysusers.d/vm.conf")
    (machine.etc / "com1d.toml").write_text(CONFIG + listing("toml"))
    machine.enable("com1d.service", "com1d-guests.service", "web01.service")

    said = machine.run(HERE / "plain_qemu.py").splitlines()

    port = "pipe:/run/com1d/guests/web01"
    assert [f"vm-web01: {port}", "reset", "started without com1d", "all was there"] == said
