"""Readers of single values: what they take, what they refuse and how they say it."""

import datetime as dt
import termios

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.config import values
from com1d.config.values import BAUD_RATES, RefusedValueError, dotted, in_units, shown


KIB = 1024
scrollback = values.size(4 * KIB, 64 << 20)
log = values.size(64 * KIB, 1 << 30, zero_is_off=True)
idle = values.seconds(10, 86400)
guest = values.choice("windows", "linux", "auto")


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (values.whole(1, 9), 1, 1),
        (values.whole(1, 9), 9, 9),
        (scrollback, 4096, 4096),
        (scrollback, "4096", 4096),
        (scrollback, "64KiB", 64 * KIB),
        (scrollback, "64 KiB", 64 * KIB),
        (scrollback, "4MiB", 4 << 20),
        (log, "1GiB", 1 << 30),
        (log, 0, 0),
        (log, "0", 0),
        (log, "0KiB", 0),
        (idle, 0, 0),
        (idle, "0", 0),
        (idle, 10, 10),
        (idle, "90s", 90),
        (idle, "15 min", 900),
        (idle, "24h", 86400),
        (guest, "linux", "linux"),
        (values.baud, 9600, 9600),
        (values.baud, 4000000, 4000000),
        (values.group_name, "com1", "com1"),
        (values.group_name, "EXAMPLE\\domain users", "EXAMPLE\\domain users"),
        (values.truth, True, True),
        (values.truth, False, False),
        (values.user_name, "com1-web", "com1-web"),
        (values.uid, 0, 0),
        (values.uid, 4294967294, 4294967294),
        (values.principal, "user:alice", ("user", "alice")),
        (values.principal, "group:libvirt", ("group", "libvirt")),
        (values.principal, "uid:0", ("uid", 0)),
        (values.principal, "gid:4294967294", ("gid", 4294967294)),
        (values.scope, "*", "*"),
        (values.scope, "set:web*", "set:web*"),
        (values.set_name, "web-1", "web-1"),
        (values.scope, "web[0-9]?.example", "web[0-9]?.example"),
    ],
)
def test_right_values_are_read(reader, value, expected):
    """Every reader takes what its key documents."""
    assert expected == reader(value)


IDLE = 'must be a time from "10s" to "24h", such as "15min", or 0 for off'
WHOLE = "must be a whole number from 1 to 9"
SIZE = 'must be a size from "4KiB" to "64MiB"'
RATE = "must be a standard line rate such as 9600 or 115200"
PRINCIPAL = 'must be "user:NAME", "group:NAME", "uid:N" or "gid:N"'
SCOPE = (
    'must be a glob over console names, such as "web*", over sets, such as "set:web", '
    'or "*" for all'
)
SET = (
    "must be 1 to 63 ASCII letters, digits, dots, underscores and hyphens that begin with a "
    "letter or a digit"
)
USER = 'must be the name of a user, such as "com1-web"; a number goes to uid'
GROUP = 'must be the name of a group, such as "com1"'


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (idle, 9, IDLE),
        (idle, "25h", IDLE),
        (idle, -1, IDLE),
        (idle, True, IDLE),
        (idle, 60.0, IDLE),
        (idle, "", IDLE),
        (idle, "15m", IDLE),
        (values.whole(1, 9), 0, WHOLE),
        (values.whole(1, 9), 10, WHOLE),
        (values.whole(1, 9), True, WHOLE),
        (values.whole(1, 9), 1.0, WHOLE),
        (values.whole(1, 9), "1", WHOLE),
        (scrollback, 4095, SIZE),
        (scrollback, "65MiB", SIZE),
        (scrollback, 0, SIZE),
        (scrollback, True, SIZE),
        (scrollback, "64KB", SIZE),
        (scrollback, "64kib", SIZE),
        (scrollback, "1.5MiB", SIZE),
        (scrollback, "-64KiB", SIZE),
        (scrollback, "64KiB\n", SIZE),
        (scrollback, "٦٤KiB", SIZE),
        (scrollback, "9" * 5000 + "KiB", SIZE),
        (scrollback, ["64KiB"], SIZE),
        (log, "4KiB", 'must be a size from "64KiB" to "1GiB", or 0 for off'),
        (guest, "Linux", 'must be "windows", "linux" or "auto"'),
        (guest, ["linux"], 'must be "windows", "linux" or "auto"'),
        (values.baud, 115000, f"{RATE}; the nearest is 115200"),
        (values.baud, 1 << 70, f"{RATE}; the nearest is 4000000"),
        (values.baud, 0, RATE),
        (values.baud, True, RATE),
        (values.baud, "9600", RATE),
        (values.group_name, "", GROUP),
        (values.group_name, 27, GROUP),
        (values.group_name, "a:b", GROUP),
        (values.group_name, " com1", GROUP),
        (values.group_name, "com1\n", GROUP),
        (values.truth, "true", "must be true or false, without quotes"),
        (values.truth, 1, "must be true or false, without quotes"),
        (values.user_name, "", USER),
        (values.user_name, "990", USER),
        (values.user_name, 990, USER),
        (values.uid, 4294967295, "must be a whole number from 0 to 4294967294"),
        (values.principal, "alice", PRINCIPAL),
        (values.principal, "user:", PRINCIPAL),
        (values.principal, "User:alice", PRINCIPAL),
        (values.principal, "uid:-1", PRINCIPAL),
        (values.principal, "uid:4294967295", PRINCIPAL),
        (values.principal, "uid:99999999999", PRINCIPAL),
        (values.principal, "gid:²", PRINCIPAL),
        (values.principal, 0, PRINCIPAL),
        (values.principal, "user:1000", 'must be a name; for a number write "uid:1000"'),
        (values.principal, "group:27", 'must be a name; for a number write "gid:27"'),
        (values.scope, "", SCOPE),
        (values.scope, "web *", SCOPE),
        (values.scope, "wéb*", SCOPE),
        (values.scope, ["*"], SCOPE),
        (values.scope, "set:", SCOPE),
        (values.scope, "group:web", SCOPE),
        (values.set_name, "", SET),
        (values.set_name, "set:web", SET),
        (values.set_name, "x" * 64, SET),
        (values.set_name, 7, SET),
    ],
)
def test_wrong_values_are_refused_with_what_was_expected(reader, value, expected):
    """Every reader says what the value must be instead, in the same words each time."""
    with pytest.raises(RefusedValueError) as refusal:
        reader(value)

    assert expected == str(refusal.value)


@pytest.mark.parametrize("rate", [50, 300, 9600, 57600, 115200, 921600])
def test_standard_rates_are_those_of_termios(rate):
    """A rate is known exactly if termios has a constant for it."""
    assert rate in BAUD_RATES
    assert hasattr(termios, f"B{rate}")


def test_hanging_up_is_no_rate():
    """B0 means hang up (termios(3)), and is not offered as a line rate."""
    assert 0 not in BAUD_RATES


@given(st.integers(0, 1 << 40))
def test_sizes_read_as_they_are_spelt(count):
    """What `in_units` spells reads back as the same number of bytes."""
    assert count == values.size(0, 1 << 40)(in_units(count))


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, "0"), (1000, "1000"), (4096, "4KiB"), (1536 << 10, "1536KiB"), (1 << 30, "1GiB")],
)
def test_sizes_are_spelt_with_the_largest_unit(count, expected):
    """A size is spelt with the largest unit that leaves a whole number."""
    assert expected == in_units(count)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", '"a"'),
        ('say "hi" \\', '"say \\"hi\\" \\\\"'),
        ("red\x1b[31m\n\x7f\u202e", '"red\\u001b[31m\\n\\u007f\\u202e"'),
        ("größe", '"größe"'),
        ("x" * 61, f'"{"x" * 59}…"'),
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
