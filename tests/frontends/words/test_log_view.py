"""Properties of how a log is shown: the same however it is cut, and always safe."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.words.log_view import LINE_MAX, LogView, Style


STYLES = [
    Style(), Style(raw=True), Style(timestamps=True), Style(grep=re.compile("[a-m]")),
    Style(grep=re.compile("[a-m]"), timestamps=True), Style(as_json=True),
]  # fmt: skip
OUTPUT = st.lists(
    st.sampled_from([b"a", b"zz", b"\r\n", b"\n", b"\x1b[31m", b"\x07", b"\xc3\xa9", b"\x1b"]),
    max_size=12,
).map(b"".join)


def shown(style: Style, *pieces: bytes) -> bytes:
    view = LogView(style)
    return b"".join([view.feed(piece, "AT", 0) for piece in pieces]) + view.finish()


@pytest.mark.parametrize("style", STYLES)
@given(text=OUTPUT, cut=st.integers(0, 40))
def test_it_does_not_matter_how_a_log_is_cut(style: Style, text: bytes, cut: int):
    """Pieces come as the guest and the disk had them; the output is the same."""
    assert shown(style, text) == shown(style, text[:cut], text[cut:])


@pytest.mark.parametrize("style", STYLES[2:])
@given(text=OUTPUT)
def test_lines_are_the_lines_of_the_plain_text(style: Style, text: bytes):
    """Times, --grep and --json take nothing else away and add nothing else."""
    plain = shown(Style(), text).decode()
    lines = plain.removesuffix("\n").split("\n") if plain else []
    got = shown(style, text).decode().splitlines()

    if style.grep is not None:
        lines = [line for line in lines if style.grep.search(line)]
    if style.as_json:
        assert lines == [json.loads(line)["text"] for line in got]
    else:
        assert [f"AT {line}" if style.timestamps else line for line in lines] == got


@pytest.mark.parametrize("style", [Style(), Style(timestamps=True), Style(as_json=True)])
@given(text=OUTPUT)
def test_a_note_stands_on_a_line_of_its_own(style: Style, text: bytes):
    """Whatever was printed before it, and it cannot be taken for the guest's."""
    view = LogView(style)
    view.feed(text, "AT", 0)
    said = view.say("9 bytes\x1b[2J")
    after = view.feed(b"next", "AT", 0) + view.finish()

    assert b"\x1b" not in said
    assert said.endswith(b'{"note": "9 bytes\\u001b[2J"}\n' if style.as_json else b"\\x1b[2J]\n")
    assert after.endswith(b'next"}\n' if style.as_json else b"next")


def test_an_endless_line_is_held_in_bounded_memory():
    """A guest that never ends its line does not fill the memory of who looks for one."""
    view = LogView(Style(grep=re.compile("x")))
    out = [view.feed(b"x" * 4096, "AT", 0) for _ in range(100)]

    assert 400 * 1024 - LINE_MAX <= sum(map(len, out))
