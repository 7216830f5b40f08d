"""Typed members of untrusted JSON."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.errors import BadRequest
from com1d.wire import field
from com1d.wire.fields import strings


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(anything, st.sampled_from([str, int, bool, list, dict]))
def test_gives_the_type_or_names_the_key(value, kind):
    """Whatever the member holds: it is of the type asked for, or the error names the key."""
    if type(value) is kind:
        assert field({"key": value}, "key", kind) is value
    else:
        with pytest.raises(BadRequest, match='"key"'):
            field({"key": value}, "key", kind)


def test_default_and_missing():
    """A missing member is its default, or an error where there is none."""
    assert 7 == field({}, "count", int, 7)
    with pytest.raises(BadRequest, match='"count" is missing'):
        field({}, "count", int)


def test_a_list_of_strings():
    """Each item is a string, or the error names the key."""
    assert ["a", ""] == strings({"keys": ["a", ""]}, "keys")
    for wrong in (["a", 1], "a", None):
        with pytest.raises(BadRequest, match='"keys"'):
            strings({"keys": wrong}, "keys")
