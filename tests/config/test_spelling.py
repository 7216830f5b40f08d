"""How keys and values are shown: on one line, short, and safe for a terminal."""

import datetime as dt
from pathlib import Path

import pytest

from com1d.config.settings.spelling import dotted, shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", '"a"'),
        ('say "hi" \\', '"say \\"hi\\" \\\\"'),
        ("red\x1b[31m\n\x7f\u202e", '"red\\u001b[31m\\n\\u007f\\u202e"'),
        ("größe", '"größe"'),
        ("x" * 61, f'"{"x" * 59}…"'),
        (Path("/run/a b"), '"/run/a b"'),
        (True, "true"),
        (False, "false"),
        (-3, "-3"),
        (1 << 70, "0x400000000000000000"),
        (2.5, "2.5"),
        ([], "[]"),
        ([1], "[…]"),
        ({}, "{}"),
        ({"a": 1}, "{…}"),
        (dt.date(2024, 5, 1), "2024-05-01"),
    ],
)
def test_wrong_values_are_shown_as_toml_spells_them(value, expected):
    """A shown value is one short line without anything that a terminal would act on."""
    assert expected == shown(value)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("consoles", "web01", "baud"), "consoles.web01.baud"),
        (("consoles", "web01.example"), 'consoles."web01.example"'),
        (("consoles", ""), 'consoles.""'),
        (("a\nb",), '"a\\nb"'),
    ],
)
def test_keys_are_shown_as_toml_spells_them(parts, expected):
    """A key that TOML would need quotes for has them, so that it can be searched for."""
    assert expected == dotted(*parts)


def test_a_huge_number_is_shown():
    """A number of more digits than Python converts is shown by its beginning."""
    assert "0x1" + "0" * 56 + "…" == shown(1 << 36000)
