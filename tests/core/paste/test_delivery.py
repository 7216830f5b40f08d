"""Cutting a text into the parts in which it is sent."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.delivery import FellBack, Parts, Stopped


texts = st.text(st.sampled_from("ab é🙂\r\t"), min_size=1, max_size=60)


def cut(parts: Parts, size: int) -> list[str]:
    """Take a text to its end in parts of at most `size`."""
    taken = []
    while parts.unsent:
        taken.append(parts.peek(size))
        parts.sent += len(taken[-1])
    return taken


@given(texts, st.integers(1, 20), st.booleans())
def test_the_parts_are_the_text(text: str, size: int, split: bool):
    """Nothing is lost or moved, no part is too long, and Enter is always alone."""
    parts = cut(Parts(text, split_neighbours=split), size)

    assert text == "".join(parts)
    assert all(0 < len(part) <= size for part in parts)
    assert all(part == "\r" or "\r" not in part for part in parts)


@given(texts, st.integers(1, 20))
def test_equal_neighbours_are_never_in_one_part(text: str, size: int):
    """Where neighbours are split, no part has the same character twice in a row."""
    parts = cut(Parts(text, split_neighbours=True), size)

    assert [] == [p for p in parts if any(a == b for a, b in pairwise(p))]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("CurrentControlSet", ["Cur", "rentControlSet"]),
        ("fDenyTSConnections", ["fDenyTSCon", "nections"]),
        ("Install-windowsfeature", ["Instal", "l-windowsfeature"]),
        ("aaa", ["a", "a", "a"]),
        ("a\ra", ["a", "\r", "a"]),
    ],
)
def test_the_names_that_windows_is_known_to_garble_are_split_where_it_does(text: str, parts):
    """One gap each, and two in `aaa`."""
    assert parts == cut(Parts(text, split_neighbours=True), 100)


def test_a_text_knows_what_comes_next_and_what_came_last():
    """Around Enter, and between two equal characters."""
    parts = Parts("ab\rbb", split_neighbours=True)
    seen = []
    for sent in range(6):
        parts.sent = sent
        seen.append((parts.at_enter, parts.after_enter, parts.at_neighbour, parts.last(sent)))

    assert [
        (False, False, False, ""),
        (False, False, False, "a"),
        (True, False, False, "ab"),
        (False, True, False, "ab\r"),
        (False, False, True, "ab\rb"),
        (False, False, False, "ab\rbb"),
    ] == seen


def test_reports_are_lines_for_people():
    """They name the character, its place counted from one, and what was not sent."""
    parts = Parts("abcd", split_neighbours=False)
    parts.sent = 3

    assert Stopped(2, "b", "the guest shows it twice", 1) == parts.stop(
        1, "the guest shows it twice"
    )
    assert str(parts.stop(1, "the guest shows it twice")) == (
        "the paste stopped at character 2, 'b': the guest shows it twice; "
        "1 characters were not sent"
    )
    assert str(FellBack(3, "the guest does not echo")) == (
        "the guest does not echo: from character 3 on the paste is not verified"
    )
