"""Parsers of single values: what they take, what they refuse and how they say it."""

import termios

import pytest

from com1d.config import RefusedValueError
from com1d.config.settings import values
from com1d.config.settings.values import BAUD_RATES


guest = values.choice("windows", "linux", "auto")


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (values.whole(1, 9), 1, 1),
        (values.whole(1, 9), 9, 9),
        (guest, "linux", "linux"),
        (values.parse_baud, 9600, 9600),
        (values.parse_baud, 4000000, 4000000),
        (values.parse_group_name, "com1", "com1"),
        (values.parse_group_name, "EXAMPLE\\domain users", "EXAMPLE\\domain users"),
        (values.parse_truth, True, True),
        (values.parse_truth, False, False),
        (values.parse_user_name, "com1-web", "com1-web"),
        (values.parse_uid, 0, 0),
        (values.parse_uid, 4294967294, 4294967294),
        (values.parse_principal, "user:alice", ("user", "alice")),
        (values.parse_principal, "group:libvirt", ("group", "libvirt")),
        (values.parse_principal, "uid:0", ("uid", 0)),
        (values.parse_principal, "gid:4294967294", ("gid", 4294967294)),
        (values.parse_principal, "everyone", ("everyone", "")),
        (values.parse_principal, "*", ("everyone", "")),
        (values.parse_break, "\r~", ("\r~",)),
        (values.parse_break, ["\r", "~", "\x02"], ("\r", "~", "\x02")),
        (values.parse_scope, "*", "*"),
        (values.parse_scope, "set:web*", "set:web*"),
        (values.parse_set_name, "web-1", "web-1"),
        (values.parse_scope, "web[0-9]?.example", "web[0-9]?.example"),
    ],
)
def test_right_values_are_read(reader, value, expected):
    """Every parser takes what its key documents."""
    assert expected == reader(value)


WHOLE = "must be a whole number from 1 to 9"
RATE = "must be a standard line rate such as 9600 or 115200"
PRINCIPAL = 'must be "user:NAME", "group:NAME", "uid:N", "gid:N" or "everyone"'
BREAK = (
    'must be the ASCII that is typed, "\\r~", or in parts with pauses, ["\\r", "~"]: '
    "8 parts of 16 characters at most"
)
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
        (values.whole(1, 9), 0, WHOLE),
        (values.whole(1, 9), 10, WHOLE),
        (values.whole(1, 9), True, WHOLE),
        (values.whole(1, 9), 1.0, WHOLE),
        (values.whole(1, 9), "1", WHOLE),
        (guest, "Linux", 'must be "windows", "linux" or "auto"'),
        (guest, ["linux"], 'must be "windows", "linux" or "auto"'),
        (values.parse_baud, 115000, f"{RATE}; the nearest is 115200"),
        (values.parse_baud, 1 << 70, f"{RATE}; the nearest is 4000000"),
        (values.parse_baud, 0, RATE),
        (values.parse_baud, True, RATE),
        (values.parse_baud, "9600", RATE),
        (values.parse_group_name, "", GROUP),
        (values.parse_group_name, 27, GROUP),
        (values.parse_group_name, "a:b", GROUP),
        (values.parse_group_name, " com1", GROUP),
        (values.parse_group_name, "com1\n", GROUP),
        (values.parse_truth, "true", "must be true or false, without quotes"),
        (values.parse_truth, 1, "must be true or false, without quotes"),
        (values.parse_user_name, "", USER),
        (values.parse_user_name, "990", USER),
        (values.parse_user_name, 990, USER),
        (values.parse_uid, 4294967295, "must be a whole number from 0 to 4294967294"),
        (values.parse_break, "", BREAK),
        (values.parse_break, [], BREAK),
        (values.parse_break, ["\r", 3], BREAK),
        (values.parse_break, "~é", BREAK),
        (values.parse_break, ["~"] * 9, BREAK),
        (values.parse_break, "~" * 17, BREAK),
        (values.parse_break, {"~": 1}, BREAK),
        (values.parse_principal, "alice", PRINCIPAL),
        (values.parse_principal, "user:", PRINCIPAL),
        (values.parse_principal, "everyone:", PRINCIPAL),
        (values.parse_principal, "Everyone", PRINCIPAL),
        (values.parse_principal, "User:alice", PRINCIPAL),
        (values.parse_principal, "uid:-1", PRINCIPAL),
        (values.parse_principal, "uid:4294967295", PRINCIPAL),
        (values.parse_principal, "uid:99999999999", PRINCIPAL),
        (values.parse_principal, "gid:²", PRINCIPAL),
        (values.parse_principal, 0, PRINCIPAL),
        (values.parse_principal, "user:1000", 'must be a name; for a number write "uid:1000"'),
        (values.parse_principal, "group:27", 'must be a name; for a number write "gid:27"'),
        (values.parse_scope, "", SCOPE),
        (values.parse_scope, "web *", SCOPE),
        (values.parse_scope, "wéb*", SCOPE),
        (values.parse_scope, ["*"], SCOPE),
        (values.parse_scope, "set:", SCOPE),
        (values.parse_scope, "group:web", SCOPE),
        (values.parse_set_name, "", SET),
        (values.parse_set_name, "set:web", SET),
        (values.parse_set_name, "x" * 64, SET),
        (values.parse_set_name, 7, SET),
    ],
)
def test_wrong_values_are_refused_with_what_was_expected(reader, value, expected):
    """Every parser says what the value must be instead, in the same words each time."""
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
