"""Marks: lines that an operator can read, and that are known to be whole."""

import json

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.store.marks import Mark, decode, encode
from com1d.core.store.records import Checksum


words = st.text(max_size=20)
marks = st.builds(
    Mark,
    st.integers(0, 2**53),
    st.floats(0, 4e9),
    words,
    st.dictionaries(words, words | st.integers(-(2**53), 2**53) | st.none(), max_size=4),
)
GUARD = Checksum()


@given(st.lists(marks, max_size=10))
def test_marks_are_read_back(some: list[Mark]):
    """Whatever is noted is read back, each mark with where its line ends."""
    data = encode(some, GUARD)
    found = decode(data, GUARD)

    assert some == [mark for mark, _ in found]
    assert all(data[end - 1 : end] == b"\n" for _, end in found)


@given(st.lists(marks, min_size=1, max_size=5), st.data())
def test_a_torn_end_costs_its_own_line_only(some: list[Mark], data):
    """Of a file that was cut anywhere, the whole lines are there and the last piece is not."""
    text = encode(some, GUARD)
    cut = data.draw(st.integers(0, len(text)))

    found = [mark for mark, _ in decode(text[:cut], GUARD)]

    assert some[: text[:cut].count(b"\n")] == found


@given(st.lists(marks, min_size=3, max_size=5), st.data())
def test_a_damaged_line_costs_itself_only(some: list[Mark], data):
    """A changed byte within a line leaves the lines around it."""
    lines = encode(some, GUARD).splitlines(keepends=True)
    number = data.draw(st.integers(0, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[number]) - 2))
    lines[number] = lines[number][:place] + b"\x00" + lines[number][place + 1 :]

    found = [mark for mark, _ in decode(b"".join(lines), GUARD)]

    assert some[:number] + some[number + 1 :] == found


@given(marks)
def test_a_line_is_json_behind_its_proof(mark: Mark):
    """`less` and `jq` read what happened."""
    proof, _, text = encode([mark], GUARD).partition(b" ")

    assert 8 == len(proof)
    assert mark == Mark(**json.loads(text))
