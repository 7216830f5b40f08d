"""SysRq: for each key a break, the key, a wait."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.keys.sysrq import MAX_KEYS, WAIT, Break, Press, Wait, sequence
from com1d.errors import BadRequest, Unsupported


def test_reisub_is_a_break_a_key_and_a_wait_each():
    """The mnemonic in capitals goes out in lower case, the only case that the kernel acts on."""
    expected = [c for key in b"reisub" for c in (Break(), Press(bytes((key,))), Wait(WAIT))]

    assert expected == sequence("REISUB", "linux")


@given(st.text(string.ascii_letters + string.digits, min_size=1, max_size=MAX_KEYS))
def test_every_key_has_its_own_break_and_no_two_breaks_meet(keys: str):
    """A second break in a row would cancel the first; between two there is always a key."""
    commands = sequence(keys, "auto")

    assert [Break, Press, Wait] * len(keys) == [type(command) for command in commands]
    assert keys.lower() == b"".join(c.data for c in commands[1::3]).decode().lower()


@pytest.mark.parametrize("keys", ["h", "R", "9", "sR", "b0"])
def test_single_keys_and_mixed_case_go_as_written(keys: str):
    """The kernel tells R from r, so what may be meant is not changed."""
    assert keys == b"".join(c.data for c in sequence(keys, "linux")[1::3]).decode()


@pytest.mark.parametrize("keys", ["", " ", "h\n", "re-is", "é", "٣", "\0", "h" * (MAX_KEYS + 1)])
def test_anything_but_some_letters_and_digits_is_refused(keys: str):
    """Only ASCII counts as a letter or a digit, and there is an end to them."""
    with pytest.raises(BadRequest):
        sequence(keys, "linux")


def test_the_words_of_the_refusals_are_those_that_users_of_azure_know():
    """Windows has no SysRq, and the input is letters and digits: in Azure's words."""
    with pytest.raises(Unsupported, match="You can only send a SysRq to a Linux VM"):
        sequence("h", "windows")
    with pytest.raises(BadRequest, match="Make sure the input only contains numbers and letters"):
        sequence("?", "linux")
