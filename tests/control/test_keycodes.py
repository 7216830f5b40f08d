"""Linux's numbers for our keys."""

import pytest

from com1d.control.keycodes import keycodes
from com1d.core.keys.keys import NAMES, parse


@pytest.mark.parametrize("name", NAMES)
def test_every_key_has_a_number(name):
    """Whatever can be pressed over QMP can be pressed over libvirt."""
    assert all(0 < code < 128 for code in keycodes(parse(name)))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ctrl-Alt-Delete", [29, 56, 111]), ("F1", [59]), ("F10", [68]), ("F12", [88]),
        ("Ctrl-C", [29, 46]), ("Ctrl-A", [29, 30]), ("Ctrl-_", [29, 42, 12]), ("Enter", [28]),
    ],
)  # fmt: skip
def test_numbers_are_those_of_the_kernel(name, expected):
    """As in input-event-codes.h."""
    assert expected == keycodes(parse(name))
