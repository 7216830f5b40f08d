"""Switches: what was turned, and that a damaged state is never taken for another."""

import json
from contextlib import suppress
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.access.switches import DamagedError, Off, Switches, decode


names = st.text(min_size=1, max_size=5)
offs = st.builds(Off, st.text(), st.text(), st.text())
states = st.builds(Switches, st.none() | offs, st.dictionaries(names, offs))


@given(st.lists(st.tuples(st.none() | names, st.none() | offs)))
def test_each_switch_is_as_it_was_turned_last(turns):
    """Turning one switch leaves all others as they were."""
    state, model = Switches(), {}
    for what, off in turns:
        state = state.turn(what, off)
        model[what] = off

    assert model.get(None) == state.host
    assert {k: v for k, v in model.items() if k is not None and v is not None} == state.consoles


@given(states)
def test_what_was_kept_is_read_back(state):
    """A state survives with who, when and why."""
    assert state == decode(state.encode())


@given(states, st.data())
def test_a_damaged_state_is_refused(state, data):
    """No flipped byte, cut or addition makes another state of it."""
    kept = state.encode()
    place = data.draw(st.integers(0, len(kept) - 1))
    flipped = bytes([kept[place] ^ data.draw(st.integers(1, 255))])
    for other in (kept[:place], kept[:place] + flipped + kept[place + 1 :]):
        with suppress(DamagedError):
            assert state == decode(other)  # white space and the spelling of escapes say nothing


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 9999, "not JSON"),
        (b"null", "checksum"),
        (b"{}", "checksum"),
        (b'{"version": 1, "host": null, "consoles": {}}', "checksum"),
    ],
)
def test_what_is_no_state_at_all(data, reason):
    """The reason can be shown to people."""
    with pytest.raises(DamagedError, match=reason):
        decode(data)


def vouched(state: dict[str, object]) -> bytes:
    """Write a state with its right checksum, whatever it says."""
    text = json.dumps(state, sort_keys=True).encode()
    return json.dumps({**state, "sum": sha256(text).hexdigest()}).encode()


def test_a_right_checksum_of_something_else():
    """Whoever makes a checksum himself still has to write a state."""
    for state in ({}, {"host": 1, "consoles": {}}, {"host": None, "consoles": [1]}):
        whole = {"version": 1, **state}

        with pytest.raises(DamagedError, match="not a state"):
            decode(vouched(whole))


def test_another_version_is_not_guessed_at():
    """What a later com1d writes may mean something else."""
    kept = vouched({"version": 2, "host": None, "consoles": {}})

    with pytest.raises(DamagedError, match="another version"):
        decode(kept)


def test_it_says_who_and_why():
    """The text is what people read in an error."""
    assert "disabled by anna at T" == str(Off("anna", "T"))
    assert "disabled by com1d at T: a reason" == str(Off("com1d", "T", "a reason"))
