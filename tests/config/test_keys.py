"""The tables of keys against the model that they fill, and the help for mistyped keys."""

from dataclasses import fields

import pytest

from com1d import wire
from com1d.config import ConsoleConfig, DaemonConfig, PortAddress, keys


def test_every_key_is_a_field_and_every_field_a_key():
    """Nothing can be configured that the daemon does not get, and the other way round."""
    assert {item.name for item in fields(DaemonConfig)} == set(keys.DAEMON)
    assert {item.name for item in fields(ConsoleConfig)} == {"name", "discovered", *keys.CONSOLE}


def test_the_paste_limit_is_the_one_that_clients_know():
    """The default of the configuration is the limit that the wire documents."""
    assert wire.PASTE_LIMIT == ConsoleConfig("web01", PortAddress("demo", "")).paste_limit


@pytest.mark.parametrize(
    ("key", "known", "expected"),
    [
        ("bauds", keys.CONSOLE, "unknown key; did you mean baud?"),
        ("metrcs", keys.DAEMON, "unknown key; did you mean metrics?"),
        ("console", keys.TABLES, "unknown key; did you mean consoles?"),
        (
            "runtime_dir",
            keys.CONSOLE,
            "unknown key here; it belongs in [daemon]",
        ),
        ("baud", keys.DAEMON, "unknown key here; it belongs in [defaults] or [consoles.NAME]"),
        ("principal", keys.TABLES, "unknown key here; it belongs in [[roles]]"),
        ("colour", keys.ROLE, "unknown key; here can be principal, role, scope"),
        ("baud" * 20, keys.ROLE, "unknown key; here can be principal, role, scope"),
    ],
)
def test_unknown_keys_get_help(key, known, expected):
    """A mistyped key is guessed, a misplaced one is sent home, another one gets the list."""
    assert expected == keys.unknown(key, tuple(known))
