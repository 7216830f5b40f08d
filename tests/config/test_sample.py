"""The sample configuration: it starts anywhere, and shows every key with its default."""

import re
from pathlib import Path

import pytest
import tomli

from com1d.config import PORT_KINDS, Config, ConsoleConfig, DaemonConfig, PortAddress, keys, load


SAMPLE = Path(__file__).parents[2] / "conf" / "com1d.toml"
DEMO = PortAddress("demo", "")


@pytest.fixture
def everything(tmp_path):
    """Give the sample with every setting switched on that it shows commented out."""
    path = tmp_path / "com1d.toml"
    path.write_text(re.sub(r"^#(?=\S)", "", SAMPLE.read_text(), flags=re.MULTILINE))
    return path


def test_the_sample_is_a_daemon_with_a_demo():
    """As it is installed, the sample is all defaults and one simulated guest."""
    assert Config(DaemonConfig(), {"demo": ConsoleConfig("demo", DEMO)}, ()) == load(SAMPLE)


def test_the_sample_shows_the_defaults(everything):
    """What is commented out in [daemon] and [defaults] is what holds without it."""
    config = load(everything)

    assert DaemonConfig(socket_group="com1", log_key="/etc/com1d/log.key") == config.daemon
    qemu_log = Path("/var/log/qemu/demo.log")
    assert ConsoleConfig("demo", DEMO, qemu_log=qemu_log) == config.consoles["demo"]


def test_the_sample_shows_every_key_and_kind(everything):
    """No key, kind of port or table is missing from the sample."""
    table = tomli.loads(everything.read_text())
    shown = set(table["defaults"]).union(*table["consoles"].values())
    found = set().union(*table["discover"].values())

    assert set(keys.TABLES) == set(table)
    assert set(keys.DAEMON) == set(table["daemon"])
    assert set(keys.CONSOLE) - {"port", "control", "set", "instance"} == set(table["defaults"])
    assert set(keys.CONSOLE) == shown
    assert {"glob", "uri", "qmp"} == found - set(keys.CONSOLE)
    assert set(PORT_KINDS) == {console.port.kind for console in load(everything).consoles.values()}
