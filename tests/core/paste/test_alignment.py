"""How text from somewhere on the screen goes together with the line that is being sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.alignment import Fit, Place, fit


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
