"""A libvirt host as Debian sets it up: QEMU is libvirt-qemu, dynamic ownership is on."""

import shutil
from pathlib import Path

import pytest

from guests.libvirtd import DOMAIN
from guests.qemu import MEMORY_MB, boot_files
from hosts.nspawn import Machine, can_run


pytestmark = [
    pytest.mark.guest,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not can_run(), reason="needs root and systemd-nspawn"),
]

HERE = Path(__file__).parent

QEMU_CONF = """\
user = "libvirt-qemu"
group = "kvm"
dynamic_ownership = 1
security_driver = "none"
stdio_handler = "file"
cgroup_controllers = [ ]
namespaces = [ ]
"""
"""Debian's user and group; without what the container has not: AppArmor, cgroups, virtlogd."""

ACCOUNTS = """\
g kvm - -
g libvirt-qemu 64055 -
u libvirt-qemu 64055:kvm "Libvirt QEMU" /var/lib/libvirt
m libvirt-qemu libvirt-qemu
"""
"""What the postinst of Debian's libvirt-daemon-system makes, for sysusers.d(5)."""

LIBVIRTD = """\
[Unit]
After=network.target dbus.socket
Wants=dbus.socket
[Service]
Type=notify
ExecStart=/usr/sbin/libvirtd
KillMode=process
"""


def install_libvirt(machine: Machine, folder: Path) -> None:
    """Set libvirt up in the machine, and put a guest's files and domain into /out."""
    for name, files in {
        "libvirt": {"qemu.conf": QEMU_CONF, "libvirtd.conf": ""},
        "sysusers.d": {"libvirt.conf": ACCOUNTS},
    }.items():
        place = folder / name
        place.mkdir()
        for file, text in files.items():
            (place / file).write_text(text)
        machine.options.append(f"--bind={place}:/etc/{name}")
    (machine.units / "libvirtd.service").write_text(LIBVIRTD)
    machine.enable("libvirtd.service")
    for source, name in zip(boot_files(), ("vmlinuz", "initrd.gz"), strict=True):
        shutil.copy(source, machine.out / name)
    domain = DOMAIN.format(
        name="vm", memory=MEMORY_MB, serial="{serial}",
        kernel="/out/vmlinuz", initrd="/out/initrd.gz",
    )  # fmt: skip
    domain = domain.replace("console=ttyS0", "com1d.login=1 console=ttyS0")
    (machine.out / "domain.xml").write_text(domain)


@pytest.mark.parametrize("kind", ["pipe", "listen"])
def test_a_domain_keeps_its_console(tmp_path, kind):
    """Defined with what guest-args says, started, logged in; then com1d is stopped and started."""
    machine = Machine(tmp_path)
    install_libvirt(machine, tmp_path)
    machine.configure(f'[consoles.vm]\nport = "{kind}:/run/com1d/guests/vm"\n')
    machine.allow("look")
    machine.enable("com1d.service", "com1d-guests.service")

    said = machine.run(HERE / "libvirt_host.py", "After=libvirtd.service com1d.service").split("\n")

    assert "guests    group kvm" in said  # com1d is in no other group of theirs
    assert "qemu is libvirt-qemu, and the port is lent to libvirt-qemu" in said
    assert "logged in" in said
    done = ["boot", "restart", "stop, start", "failed start"]
    results = [line for line in said if ": from " in line]
    if kind == "pipe":
        done.append("cleaner, start")
        assert [f"{what}: from 0, lost [], twice 0" for what in done] == results
    else:  # what is printed while com1d is away is lost, and the console is back nevertheless
        assert done == [line.partition(":")[0] for line in results]


OPEN = 'unix_sock_rw_perms = "0777"\nauth_unix_rw = "none"\n'
"""Without polkit, which is not in the machine."""


@pytest.mark.slow
def test_a_found_domain_goes_on_over_upgrades_and_restarts(tmp_path):
    """Discovery and control are links to libvirtd, which each process makes for itself."""
    machine = Machine(tmp_path)
    install_libvirt(machine, tmp_path)
    (tmp_path / "libvirt" / "libvirtd.conf").write_text(OPEN)
    domain = machine.out / "domain.xml"
    domain.write_text(domain.read_text().replace("{serial}", "<serial type='pty'/>"))
    machine.configure('[discover.libvirt]\nuri = "qemu:///system"\n')
    machine.enable("com1d.service", "com1d-guests.service")

    said = machine.run(HERE / "found_host.py", "After=libvirtd.service com1d.service").splitlines()

    went_on = "the same domain [True, True, True], active True"
    verdicts = [f"{what}: another process True, whole True" for what in ("upgrade", "restart")] * 2
    assert said == [
        "logged in",
        *(line for verdict in verdicts for line in (verdict, went_on)),
        "reset 200",
        "lost 0",
    ]
