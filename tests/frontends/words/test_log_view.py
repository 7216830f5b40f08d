"""Properties of how a log is shown: the same however it is cut, and always safe."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.words.lines import LINE_MAX
from com1d.frontends.words.log_view import LogView, Style


STYLES = [
    Style(), Style(raw=True), Style(timestamps=True), Style(grep=re.compile("[a-m]")),
    Style(grep=re.compile("[a-m]"), timestamps=True), Style(as_json=True),
]  # fmt: skip
OUTPUT = st.lists(
    st.sampled_from(
        [
            b"a",
            b"zz",
            b"\r\n",
            b"\n",
            b"\x1b[31m",
            b"\x07",
            b"\xc3\xa9",
            b"\x1b",
            b"\r",
            b"\b",
            b"\t",
            b"\x1b[2;3H",
            b"\x1b[K",
            b"\x1b]0;title\x07",
            b"\x1b[A",
        ]
    ),
    max_size=12,
).map(b"".join)


def shown(style: Style, *pieces: bytes) -> bytes:
    view, offset, out = LogView(style), 0, b""
    for piece in pieces:
        out += view.feed(piece, "AT", offset)
        offset += len(piece)
    return out + view.finish()


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
    assert after.endswith(b'next"}\n' if style.as_json else b"next\n")


def test_an_endless_line_is_held_in_bounded_memory():
    """A guest that never ends its line does not fill the memory of who looks for one."""
    view = LogView(Style(grep=re.compile("x")))
    out = [view.feed(b"x" * 4096, "AT", 0) for _ in range(100)]

    assert 400 * 1024 - 24 * LINE_MAX <= sum(map(len, out))


@pytest.mark.parametrize(
    ("wanted", "expected"), [(0, ""), (2, "d\ne\n"), (9, "a\nb\nc\nd\ne\n")], ids=str
)
def test_a_tail_is_of_the_lines_that_are_shown(wanted: int, expected: str):
    """A painted screen has more of them than it has line feeds."""
    view = LogView(Style(tail=wanted))
    held = view.feed(b"a\r\n\x1b[2Jx\rb\x1b[3Hc\x1b[5Hd\x1b[7He", "AT", 0)

    assert (b"", wanted > 5) == (held, view.lacks())
    assert expected == (view.finish() + view.release()).decode()


def test_what_changes_is_shown_again():
    """While a log is followed, lines are shown though they may still change."""
    view = LogView(Style())
    view.feed(b"one\r\ntwo\r\nlogin: ", "AT", 0)

    assert b"one\ntwo\n" == view.settle(whole=False)
    assert b"login:\n" == view.settle(whole=True)
    view.feed(b"root\r\n", "AT", 20)
    assert b"login: root\n" == view.settle(whole=False)
    assert b"" == view.finish()
