"""The units as systemd reads them, without a machine."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from com1d.tools.doctor.unit import EXPOSURE_MAX


UNITS = Path(__file__).parents[2] / "systemd"
VMS = {"libvirtd.service", "virtqemud.service", "pve-guests.service", "machines.target"}

pytestmark = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd")


def copied(unit: str, folder: Path) -> Path:
    """Give a unit whose program is there: the checker looks at that, too."""
    text = re.sub("/usr/bin/com1[a-z-]*", "/bin/true", (UNITS / unit).read_text())
    (folder / unit).write_text(text)
    return folder / unit


def values(unit: str, key: str) -> set[str]:
    lines = (UNITS / unit).read_text().splitlines()
    return {
        word
        for line in lines
        if line.startswith(f"{key}=")
        for word in line[len(key) + 1 :].split()
    }


@pytest.mark.parametrize(
    "unit",
    [
        "com1d.service", "com1d.socket", "com1d.slice", "com1d-guests.service", "com1-web.service",
    ],
)  # fmt: skip
def test_every_line_means_something(unit, tmp_path):
    """No key is misspelt, and no value is ignored."""
    copied("com1d.service", tmp_path)  # which its socket starts
    verify = [
        "systemd-analyze",
        "--man=no",
        "--recursive-errors=no",
        "verify",
        str(copied(unit, tmp_path)),
    ]
    done = subprocess.run(verify, capture_output=True, text=True, check=False)
    assert (0, "") == (done.returncode, done.stderr)


@pytest.mark.parametrize(
    ("unit", "most"),
    [("com1d.service", 15), ("com1d-guests.service", 48), ("com1-web.service", 12)],
)
def test_it_is_exposed_no_more_than_it_was(unit, most, tmp_path):
    """By the measure of systemd, from 0 to 100; what is taken away later shows here."""
    rate = ["systemd-analyze", "security", "--offline=true", f"--threshold={most}", "--no-pager"]
    done = subprocess.run([*rate, str(copied(unit, tmp_path))], capture_output=True, check=False)
    assert 0 == done.returncode, done.stdout.decode()


def test_its_drop_ins_open_it_no_further_than_the_doctor_takes_for_right(tmp_path):
    """All of them together, which nobody has; each line of each means something."""
    unit = copied("com1d.service", tmp_path)
    drop_ins = sorted((UNITS.parent / "conf" / "com1d.service.d").glob("*.conf"))
    mine = [one for one in drop_ins if one.stem != "notify-reload"]  # takes a newer systemd
    assert {"look", "network", "serial"} == {one.stem for one in mine}
    text = "\n".join(one.read_text() for one in mine)
    unit.write_text(unit.read_text().replace("[Install]", f"{text}\n[Install]"))
    most = f"--threshold={round(10 * EXPOSURE_MAX)}"
    rate = ["systemd-analyze", "security", "--offline=true", most, "--no-pager", str(unit)]
    verify = ["systemd-analyze", "--man=no", "--recursive-errors=no", "verify", str(unit)]
    for command in (rate, verify):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (0, "") == (done.returncode, done.stderr), done.stdout


def test_both_come_before_what_starts_vms():
    """And the one that makes FIFOs before com1d, whose start nobody has to wait for."""
    assert values("com1d.service", "Before") >= VMS
    assert values("com1d-guests.service", "Before") >= VMS | {"com1d.service"}
    assert {"com1d-guests.service", "com1d.socket"} == values("com1d.service", "Wants")


def test_the_kernel_may_tell_of_sockets():
    """What sock_diag(7) asks is a netlink family; without it, a held port looks served."""
    assert "AF_NETLINK" in values("com1d.service", "RestrictAddressFamilies")
