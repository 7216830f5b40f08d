"""What becomes of VMs that were found: consoles with the settings of their table, or reasons."""

from dataclasses import replace
from pathlib import Path

import pytest

from com1d.config import (
    ConsoleConfig,
    DaemonConfig,
    DiscoverConfig,
    Found,
    PortAddress,
    RefusedValueError,
    assemble,
    console_of,
    needs,
)
from com1d.config.sources import parse


DAEMON = DaemonConfig(Path("/run/com1d"))
UNIX = PortAddress("unix", "/run/qemu/web-3/com1.sock")


def discovery(**settings):
    template = ConsoleConfig("", PortAddress("unix", ""), discovered="qemu", **settings)
    return DiscoverConfig("qemu", template, glob="/run/qemu/*/com1.sock")


def test_a_table_becomes_a_discovery():
    """Defaults and its own settings are in the template; qmp is a control."""
    text = (
        '[defaults]\nport = "demo:"\nbaud = 9600\nguest = "linux"\n[discover.qemu]\n'
        'glob = "/run//qemu/*/com1.sock"\nqmp = "/run/qemu/{name}.qmp"\nguest = "windows"\n'
        'set = "web"\n[discover.lv]\nuri = "qemu:///system"\n'
    )
    expected = discovery(control="qmp:/run/qemu/{name}.qmp", guest="windows", baud=9600, set="web")
    lv = replace(discovery(guest="linux", baud=9600).template, discovered="lv")

    assert (expected, DiscoverConfig("lv", lv, uri="qemu:///system")) == assemble(
        [parse(text.encode(), "com1d.toml")]
    ).discover


def test_a_vm_has_the_settings_of_its_discovery():
    """And its own name in them, and its own port."""
    console = console_of(
        Found("web-3", UNIX), discovery(control="qmp:/q/{name}", set="web", log_size=0), DAEMON
    )

    assert console == ConsoleConfig(
        "web-3", UNIX, "qmp:/q/web-3", log_size=0, set="web", instance=3, discovered="qemu"
    )
    assert (UNIX.target, "/q/web-3") == needs(console)


@pytest.mark.parametrize(
    ("name", "scale_set", "instance"),
    [("web-3", "web", 3), ("web003", "web", 3), ("web", "web", None), ("web-3", None, None),
     ("7", "x", 7), ("web-3b", "web", None), ("a" + "9" * 12, "a", 999_999_999)],
)  # fmt: skip
def test_the_number_at_the_end_of_a_name_is_the_instance(name, scale_set, instance):
    """Where the discovery has a set."""
    assert instance == console_of(Found(name, UNIX), discovery(set=scale_set), DAEMON).instance


def test_what_the_discovery_says_goes_before_what_the_vm_says():
    """A guest and a control that libvirt knows are for where nobody has said anything."""
    found = Found("web", UNIX, guest="windows", control="libvirt:qemu:///system")
    plain = console_of(found, discovery(), DAEMON)
    told = console_of(found, discovery(guest="linux", control="exec:/x"), DAEMON)

    assert ("windows", "libvirt:qemu:///system") == (plain.guest, plain.control)
    assert ("linux", "exec:/x") == (told.guest, told.control)
    assert (UNIX.target,) == needs(plain) == needs(told)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Found("we\nb", UNIX), "must have a name of printable characters"),
        (Found("we\udcffb", UNIX), "must have a name of printable characters"),
        (Found("web", PortAddress("unix", "/" + "x" * 107)), "has 108 bytes"),
        (Found("web", PortAddress("unix", "/run/com1d/com1d.sock")), "belongs to com1d itself"),
        (Found("web", PortAddress("unix", "/run/com1d/consoles/w.sock")), "belongs to com1d"),
    ],
)
def test_what_cannot_be_a_console_has_a_reason(found, reason):
    """The same reasons as those of a configured console."""
    with pytest.raises(RefusedValueError, match=reason):
        console_of(found, discovery(), DAEMON)


def test_a_name_has_to_leave_room_for_the_sockets():
    """The observers' socket is the longest path."""
    daemon = DaemonConfig(Path("/" + "r" * 70))
    with pytest.raises(RefusedValueError, match=r"observe\.sock has 110 bytes"):
        console_of(Found("w" * 16, UNIX), discovery(), daemon)
