"""Names in settings: `{name}` becomes the console's, and still has to fit."""

import pytest

from com1d.config import PortAddress, RefusedValueError
from com1d.config.naming import control_of, port_of
from com1d.config.settings.names import demand_name


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        (PortAddress("pipe", "/run/{name}/com1"), PortAddress("pipe", "/run/web/com1")),
        (PortAddress("listen", "/{name}/{name}.sock"), PortAddress("listen", "/web/web.sock")),
        (PortAddress("unix", "/run/{other}"), PortAddress("unix", "/run/{other}")),
        (PortAddress("demo", ""), PortAddress("demo", "")),
    ],
)
def test_a_port_takes_the_name(template, expected):
    """Wherever `{name}` stands, and nothing else in braces."""
    assert expected == port_of(template, "web")


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
    assert expected == control_of(template, "web")


@pytest.mark.parametrize("kind", ["listen", "unix"])
def test_a_socket_with_a_long_name_is_refused(kind):
    """The limit holds for the path with the name in it; a pipe has none."""
    long = "/" + "x" * 90 + "/{name}"
    with pytest.raises(RefusedValueError, match="has 112"):
        port_of(PortAddress(kind, long), "y" * 20)
    with pytest.raises(RefusedValueError, match="has 112"):
        control_of(f"qmp:{long}", "y" * 20)

    assert 112 == len(port_of(PortAddress("pipe", long), "y" * 20).target)


@pytest.mark.parametrize("name", ["", ".web", "we b", "a" * 64, "é", "a/b", "web.observe"])
def test_a_name_that_no_file_url_or_shell_likes_is_refused(name):
    """Nor one whose socket would be another console's."""
    with pytest.raises(RefusedValueError, match="must have a name"):
        demand_name(name)
