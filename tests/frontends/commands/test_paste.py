"""Long texts in parts."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.commands.paste import split


texts = st.text(st.sampled_from("ab\r\n\t\u00e4\U0001f600"), max_size=200)


@given(texts, st.integers(2, 50))
def test_parts_are_the_text_and_fit(text: str, limit: int):
    """Nothing is lost or doubled, no part is over the limit, and no CRLF is cut in two."""
    parts = split(text, limit)

    assert text == "".join(parts)
    assert all(len(part) <= limit for part in parts)
    assert not any(one.endswith("\r") and other.startswith("\n") for one, other in pairwise(parts))


@given(st.lists(st.text("ab", max_size=9), max_size=20))
def test_lines_stay_whole_where_they_can(lines: list[str]):
    """A part ends behind a line end wherever one is within the limit."""
    parts = split("".join(f"{line}\n" for line in lines), 10)

    assert all(part.endswith("\n") for part in parts if part)
