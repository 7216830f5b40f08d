"""How text from somewhere on the screen goes together with the line that is being sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.alignment import Fit, Place, fit
from steps import steps


EVERYWHERE = [Place.NEW_LINE, Place.ROW_START, Place.SOMEWHERE]
ROWS = [Place.ROW_START, Place.SOMEWHERE]


@pytest.mark.parametrize("place", EVERYWHERE)
@pytest.mark.parametrize(
    ("run", "expected", "line", "prompt", "found"),
    [
        ("lo", "lo", "hel", "", Fit("", 2)),
        ("l", "lo", "hel", "", Fit("", 1)),
        ("$ hello", "lo", "hel", "", Fit("$ hel", 2)),
        ("$ hello", "lo", "hel", "$ ", Fit("$ hel", 2)),
        ("$ hel", "lo", "hel", "", Fit("$ hel", 0)),
        ("hello", "lo", "hel", "", Fit("hel", 2)),
        ("$ hello   ", "lo", "hel", "", Fit("$ hel", 2, 3)),
        ("$ a b ", "b ", "a ", "", Fit("$ a ", 2)),
        ("$ a b  ", "b ", "a ", "", Fit("$ a ", 2, 1)),
        ("C:\\>dir", "dir", "", "", Fit("C:\\>", 3)),
        ("C:\\>di", "dir", "", "", None),
        ("di", "dir", "", "", Fit("", 2)),
        ("", "lo", "hel", "", None),
        ("eth0: up", "lo", "hel", "", None),
        ("hel", "", "", "", None),
    ],
)
def test_a_run_is_explained_in_the_same_way_everywhere(place, run, expected, line, prompt, found):
    """It goes on with the line, repeats it with or without a prompt, or is something else."""
    assert found == fit(run, expected, line=line, prompt=prompt, place=place)


@pytest.mark.parametrize(
    ("run", "prompt", "places"),
    [
        ("ello", "", ROWS),
        ("el", "", ROWS),
        ("$ hhello", "$ ", [Place.SOMEWHERE]),
        ("$ hhello", "", EVERYWHERE),
        ("xhello", "$ ", [Place.SOMEWHERE]),
    ],
)
def test_what_may_stand_before_depends_on_the_place(run: str, prompt: str, places: list[Place]):
    """A part of the line only where a row can begin; after a known prompt nothing but the line."""
    fits = {place: fit(run, "lo", line="hel", prompt=prompt, place=place) for place in EVERYWHERE}

    assert places == [place for place in EVERYWHERE if fits[place]]


@given(st.text("ab c", max_size=6), st.text("ab c", max_size=6), st.text("ab$ ", max_size=12))
def test_an_explanation_is_always_true(line: str, expected: str, run: str):
    """Whatever is found, head, characters and margin are the run."""
    for place in EVERYWHERE:
        found = fit(run, expected, line=line, prompt="", place=place)
        if found:
            assert run == found.head + expected[: found.count] + " " * found.margin


def explained(run: str, expected: str, line: str, prompt: str, place: Place) -> Fit | None:
    """Try all margins and counts, the smallest margin and then the largest count first."""
    for margin in range(len(run) - len(run.rstrip(" ")) + 1):
        text = run[: len(run) - margin]
        for count in range(min(len(expected), len(text)), -1, -1):
            head = text[: len(text) - count]
            before = head.removesuffix(line)
            row = place is not Place.NEW_LINE and line.endswith(head)
            prompted = not prompt or before == prompt or place is Place.SOMEWHERE
            repeats = row or (before != head and prompted)
            first = not line and 0 < count == len(expected)
            fits = (not head and count > 0) or first or (line and head and repeats)
            if text.endswith(expected[:count]) and fits:
                return Fit(head, count, margin)
    return None


BLANKED = st.text("a  ", max_size=5)


@given(st.text("$a  ", max_size=14), BLANKED, BLANKED, st.sampled_from(["", "$ ", " ", "$"]))
def test_the_explanation_is_the_first_that_trying_everything_finds(run, expected, line, prompt):
    """Also where blanks are a margin, a part of what was sent, and of the line, all at once."""
    for place in EVERYWHERE:
        found = fit(run, expected, line=line, prompt=prompt, place=place)
        assert explained(run, expected, line, prompt, place) == found


@given(st.text("a $", max_size=4), st.text("a ", max_size=16), st.integers(0, 4096))
def test_a_margin_costs_nothing(run: str, expected: str, blanks: int):
    """The steps are as many for a screen of blanks as for one."""

    def cost(margin: int) -> int:
        wide = run + " " * margin
        return steps(lambda: fit(wide, expected, line="a ", prompt="", place=Place.SOMEWHERE))

    assert cost(16 + blanks) <= 2 * cost(16) + 100
