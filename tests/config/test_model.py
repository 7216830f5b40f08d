"""The model: values that cannot change, small enough for thousands of consoles."""

from pathlib import Path

import pytest

from com1d.config import Config, ConsoleConfig, DaemonConfig, PortAddress, RoleConfig
from com1d.values import is_frozen


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        (PortAddress("pipe", "/run/web01"), "pipe:/run/web01"),
        (PortAddress("tcp", "[::1]:23"), "tcp:[::1]:23"),
        (PortAddress("demo", ""), "demo:"),
    ],
)
def test_a_port_is_shown_as_it_is_written(port, expected):
    """What status shows can be put back into the configuration."""
    assert expected == str(port)


@pytest.mark.parametrize("kind", [PortAddress, ConsoleConfig, RoleConfig, DaemonConfig, Config])
def test_a_configuration_does_not_change(kind):
    """Nothing of a configuration can be set later, and nothing has a dictionary of its own."""
    assert is_frozen(kind)
    assert "__dict__" not in dir(kind)


def test_the_sockets_are_where_the_interface_says():
    """The API's socket and the consoles' directory follow from runtime_dir."""
    daemon = DaemonConfig(runtime_dir=Path("/r"))

    assert [Path("/r/com1d.sock"), Path("/r/consoles")] == [daemon.api_socket, daemon.consoles_dir]
