"""Names in settings: `{name}` becomes the console's, and still has to fit."""

import re

import pytest

from com1d.config import PortAddress, RefusedValueError
from com1d.config.naming import control_of, port_of
from com1d.config.settings.names import demand_name


UUID = "11111111-1111-4111-8111-111111111111"
FIELDS = {"name": "web", "vm": "100", "uuid": UUID, "1": "a", "2": "b"}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (PortAddress("pipe", "/run/{name}/com1"), PortAddress("pipe", "/run/web/com1")),
        (PortAddress("listen", "/{name}/{name}.sock"), PortAddress("listen", "/web/web.sock")),
        (PortAddress("unix", "/run/{vm}.{uuid}"), PortAddress("unix", f"/run/100.{UUID}")),
        (PortAddress("unix", "/run/{1}/{2}"), PortAddress("unix", "/run/a/b")),
        (PortAddress("demo", ""), PortAddress("demo", "")),
    ],
)
def test_a_port_takes_the_name(template, expected):
    """Wherever a field stands."""
    assert expected == port_of(template, FIELDS)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("qmp:/run/{name}.qmp", "qmp:/run/web.qmp"),
        ("exec:/bin/{name}", "exec:/bin/web"),
        ("libvirt:qemu:///system", "libvirt:qemu:///system"),
        (None, None),
    ],
)
def test_a_control_takes_the_name(template, expected):
    """As the port does."""
    assert expected == control_of(template, FIELDS)


@pytest.mark.parametrize("kind", ["listen", "unix"])
def test_a_socket_with_a_long_name_is_refused(kind):
    """The limit holds for the path with the name in it; a pipe has none."""
    long = "/" + "x" * 90 + "/{name}"
    with pytest.raises(RefusedValueError, match="has 112"):
        port_of(PortAddress(kind, long), {"name": "y" * 20})
    with pytest.raises(RefusedValueError, match="has 112"):
        control_of(f"qmp:{long}", {"name": "y" * 20})

    assert 112 == len(port_of(PortAddress("pipe", long), {"name": "y" * 20}).target)


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("uuid", "", "has no {uuid}, which libvirt, Proxmox or a path with the UUID in it tells"),
        ("vmid", "", "has no {vmid}, which Proxmox alone has"),
        ("3", "", "has no {3}, which is a part of a path that was found"),
        ("vm", "..", "which no path can have"),
        ("vm", "../../etc", "which no path can have"),
        ("2", "a/b", "which no path can have"),
    ],
)
def test_a_field_without_a_value_for_a_path_is_refused(field, value, reason):
    """What a VM is called must not lead anywhere else."""
    with pytest.raises(RefusedValueError, match=re.escape(reason)):
        port_of(PortAddress("unix", f"/run/{{{field}}}"), {"name": "web", field: value})


EARLIER = "web.11111111-1111-4111-8111-111111111111"


@pytest.mark.parametrize("name", ["", ".web", "we b", "a" * 64, "é", "a/b", "web.observe", EARLIER])
def test_a_name_that_no_file_url_or_shell_likes_is_refused(name):
    """Nor one whose socket would be another console's, or whose log an earlier VM's."""
    with pytest.raises(RefusedValueError, match="must have a name"):
        demand_name(name)
