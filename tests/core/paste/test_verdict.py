"""Which character went wrong in an echo, and how."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.verdict import Fault, Verdict, judge


words = st.text(
    "abcdefgh",
    min_size=3,
    max_size=12,
).filter(lambda word: len(set(word)) == len(word))


@given(words, st.data())
def test_a_doubled_character_is_recognised(word: str, data):
    """However much of the rest has arrived: the character before stands there once more."""
    before, pending = word[0], word[1:]
    seen = (before + pending)[: data.draw(st.integers(1, len(word)))]

    assert Verdict(Fault.DOUBLED, -1, seen) == judge(seen, pending, before)


@given(words, st.data())
def test_a_missing_character_is_recognised(word: str, data):
    """What is there goes on with the character after it."""
    seen = word[1:][: data.draw(st.integers(1, len(word) - 1))]

    assert Verdict(Fault.MISSING, 0, seen) == judge(seen, word, "-")


@given(words)
def test_a_wrong_character_is_recognised(word: str):
    """Something else stands in its place."""
    assert Verdict(Fault.WRONG, 0, "!" + word[1:]) == judge("!" + word[1:], word, "-")


def test_nothing_is_missing_too():
    """Where nothing at all is shown, the first character is missing."""
    assert Verdict(Fault.MISSING, 0, "") == judge("", "abc", "-")


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (Verdict(Fault.DOUBLED, -1, "rent"), "the guest shows it twice"),
        (Verdict(Fault.MISSING, 0, ""), "the guest does not show it"),
        (Verdict(Fault.MISSING, 0, "tControl"), "the guest shows 'tControl' without it"),
        (Verdict(Fault.WRONG, 0, "\x9bé"), r"the guest shows '\x9b\xe9' in its place"),
        (Verdict(Fault.WRONG, 0, "x" * 99), f"the guest shows '{'x' * 20}' in its place"),
    ],
)
def test_the_reason_is_for_people(verdict: Verdict, said: str):
    """It shows what the guest shows, printable and short."""
    assert said == str(verdict)
