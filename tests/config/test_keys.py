"""Keys and what they are declared with, and the help for mistyped ones."""

import pytest

from com1d.config import keys


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
        (
            "baud",
            keys.DAEMON,
            "unknown key here; it belongs in [defaults], [templates.NAME] or [consoles.NAME]",
        ),
        ("principal", keys.TABLES, "unknown key here; it belongs in [[roles]]"),
        ("colour", keys.ROLE, "unknown key; here can be principal, role, scope"),
        ("baud" * 20, keys.ROLE, "unknown key; here can be principal, role, scope"),
    ],
)
def test_unknown_keys_get_help(key, known, expected):
    """A mistyped key is guessed, a misplaced one is sent home, another one gets the list."""
    assert expected == keys.unknown(key, tuple(known))
