"""The sample configuration: it starts anywhere, and shows every key with its default."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import tomli

from com1d.config import Config, ConsoleConfig, DaemonConfig, PortAddress, keys, load
from com1d.config.model import DiscoverConfig, GatewayConfig, HookConfig, RoleConfig
from com1d.config.settings.setting import default_of, settings
from com1d.wire.words import PORT_KINDS


SAMPLE = Path(__file__).parents[2] / "conf" / "com1d.toml"
DEMO = PortAddress("demo", "")


@pytest.fixture
def everything(tmp_path):
    """Give the sample with every setting switched on that it shows commented out."""
    path = tmp_path / "com1d.toml"
    path.write_text(re.sub(r"^#(?=\S)", "", SAMPLE.read_text(), flags=re.MULTILINE))
    return path


def test_the_sample_is_a_daemon_without_consoles():
    """As it is installed, the sample is all defaults, and nothing that has to be removed first."""
    assert Config() == load(SAMPLE)


def test_the_sample_shows_the_defaults(everything):
    """What is commented out in [daemon] and [defaults] is what holds without it."""
    config = load(everything)

    shown = DaemonConfig(
        socket_group="com1", guest_group="kvm", log_key="/etc/com1d/log.key",
        audit_key="/etc/com1d/audit.key",
    )  # fmt: skip
    assert shown == config.daemon
    qemu_log = Path("/var/log/qemu/demo.log")
    shown_break = ("\r", "~", "\x02")
    demo = ConsoleConfig("demo", DEMO, qemu_log=qemu_log, break_keys=shown_break)
    assert demo == config.consoles["demo"]


@pytest.mark.parametrize(
    ("table", "kind", "elsewhere"),
    [
        ("[daemon]", DaemonConfig, set()),
        (
            "[defaults]",
            ConsoleConfig,
            {"port", "control", "set", "instance", "domain", "vm", "aliases"},
        ),
    ],
)
def test_the_sample_has_the_declared_defaults(table, kind, elsewhere):
    """Each setting is commented out in its table, as the model declares it."""
    rest = SAMPLE.read_text().partition(f"\n{table}\n")[2]
    lines = re.split(r"^#?\[", rest, maxsplit=1, flags=re.MULTILINE)[0].splitlines()
    expected = {
        f"#{key} = {default_of(kind, key) or setting.example}"
        for key, setting in settings(kind).items()
        if key not in elsewhere
    }

    assert expected == {line for line in lines if line.startswith("#") and line[1:2].isalpha()}


def test_every_example_is_a_right_value():
    """What a declaration shows is what it takes, and its default reads back as itself."""
    for kind in (
        DaemonConfig,
        ConsoleConfig,
        DiscoverConfig,
        RoleConfig,
        GatewayConfig,
        HookConfig,
    ):
        for key, setting in settings(kind).items():
            text = default_of(kind, key) or setting.example
            setting.parse(tomli.loads(f"it = {text}")["it"])
    for item in fields(DaemonConfig):
        if text := default_of(DaemonConfig, item.name):
            value = tomli.loads(f"it = {text}")["it"]
            assert item.default == keys.DAEMON[item.name].parse(value)


def test_the_sample_shows_every_key_and_kind(everything):
    """No key, kind of port or table is missing from the sample."""
    table = tomli.loads(everything.read_text())
    tables = *table["templates"].values(), *table["consoles"].values()
    shown = set(table["defaults"]).union(*tables)
    found = set().union(*table["discover"].values())

    assert set(keys.TABLES) == set(table)
    assert set(keys.DAEMON) == set(table["daemon"])
    assert set(keys.NAMED) == shown
    assert set(keys.WHERE) == found - set(keys.NAMED)
    assert set(keys.HOOK) == set().union(*table["hooks"])
    assert set(keys.ROLE) == set().union(*table["roles"])
    assert set(PORT_KINDS) == {console.port.kind for console in load(everything).consoles.values()}
