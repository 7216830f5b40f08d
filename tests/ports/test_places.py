"""What ports make for VMs is for the group that the VMs are in."""

import grp
import os
import subprocess
import sys
from pathlib import Path

import pytest

from com1d.errors import PortDown
from com1d.ports import places
from com1d.ports.listen import ListenPort
from com1d.ports.pipe import PipePort


GUESTS = 64055
"""A group that we may not be in."""

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other groups")


def shown(path: Path) -> tuple[int, str]:
    status = path.stat()
    return status.st_gid, f"{status.st_mode & 0o7777:o}"


async def tried(base: Path) -> None:
    """Let a port make its FIFOs."""
    with pytest.raises(PortDown):
        await PipePort(str(base), 65536, GUESTS).open()


@only_root
async def test_what_a_port_makes_is_the_groups(tmp_path):
    """FIFOs, sockets, and each directory that is made for them."""
    base = tmp_path / "guests" / "east" / "vm"
    await tried(base)
    port = ListenPort(f"{base}.sock", GUESTS)
    port.listen()
    made = [Path(f"{base}.{end}") for end in ("in", "out", "sock")]

    assert [(GUESTS, "660")] * 3 == list(map(shown, made))
    assert [(GUESTS, "750")] * 2 == list(map(shown, (base.parent, base.parent.parent)))
    port.close()


@only_root
async def test_what_was_made_for_root_alone_is_given_to_the_group(tmp_path):
    """By an earlier com1d, or by libvirt, which gives things back to root when a VM ends."""
    folder = tmp_path / "guests"
    folder.mkdir()
    folder.chmod(0o750)
    os.mkfifo(folder / "vm.in", 0o600)
    await tried(folder / "vm")

    assert (GUESTS, "750") == shown(folder)
    assert (GUESTS, "660") == shown(folder / "vm.in")


@only_root
async def test_what_is_somebody_elses_stays_so(tmp_path):
    """A FIFO that libvirt has lent to a VM's user; a directory that its owner has set up."""
    folder = tmp_path / "guests"
    folder.mkdir()
    folder.chmod(0o700)
    os.mkfifo(folder / "vm.in", 0o600)
    os.chown(folder / "vm.in", 65534, 65534)
    await tried(folder / "vm")

    assert (0, "700") == shown(folder)
    assert (65534, "600") == shown(folder / "vm.in")


AS_NOBODY = """
import asyncio, sys
from com1d.errors import PortDown
from com1d.ports.pipe import PipePort
try:
    asyncio.run(PipePort(sys.argv[1], 65536, int(sys.argv[2])).open())
except PortDown as error:
    print(error)
"""


@only_root
def test_a_group_that_we_may_not_give_to_is_told(run_dir):
    """The reason says who has to be where, instead of a bare EPERM."""
    os.chown(run_dir, 65534, 65534)
    site = Path(places.__file__).parents[2]
    done = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
         "/usr/bin/python3", "-c", AS_NOBODY, f"{run_dir}/vm", str(GUESTS)],
        env={"PYTHONPATH": str(site)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert f"may not give {run_dir}/vm.in to group {GUESTS}" in done.stdout
    assert "add its user to that group" in done.stdout


READ_ONLY = 'mount -t tmpfs -o ro none "$0" && exec "$@"'


@only_root
@pytest.mark.parametrize("port", ["PipePort(path, 65536)", "ListenPort(path)"])
def test_a_place_that_the_unit_makes_read_only(run_dir, port):
    """The reason says what to write where, for FIFOs and for sockets."""
    script = AS_NOBODY.replace("PipePort(sys.argv[1], 65536, int(sys.argv[2]))", port)
    script = script.replace("import asyncio, sys", "import asyncio, sys\npath = sys.argv[1]")
    imports = "from com1d.ports.listen import ListenPort\n"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", READ_ONLY, run_dir,
         sys.executable, "-c", imports + script, f"{run_dir}/vms/vm"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "name its directory in ReadWritePaths= of com1d.service" in done.stdout


def test_the_group_is_the_narrowest_that_the_host_has(monkeypatch):
    """QEMU's own before everybody's who may use KVM; where there is none, ours."""
    mine, first = os.getegid(), grp.getgrall()[-1]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(places, "GUEST_GROUPS", ("no such group", first.gr_name, "root"))
    assert first.gr_gid == places.guest_group(None)
    monkeypatch.setattr(places, "GUEST_GROUPS", ("no such group",))
    assert mine == places.guest_group(None)
    assert 0 == places.guest_group("root")
    with pytest.raises(KeyError):
        places.guest_group("no such group")


def test_a_group_that_we_are_not_in_is_passed_over(monkeypatch):
    """A daemon that is not root takes what it can give."""
    others = [one for one in grp.getgrall() if one.gr_gid not in os.getgroups()]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(places, "GUEST_GROUPS", (others[0].gr_name,))
    assert os.getegid() == places.guest_group(None)
