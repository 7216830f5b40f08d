"""The line discipline of the SAC prompt, one byte at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.ports.demo.line import LINE_MAX, LineEditor


def typed(editor, data):
    """Type bytes; give the echo and the lines that they finished."""
    steps = [editor.feed(byte) for byte in data]
    return "".join(echo for echo, _ in steps), [line for _, line in steps if line is not None]


@pytest.mark.parametrize(
    ("data", "echo", "lines", "left"),
    [
        pytest.param(b"ch\r", "ch\r\n", ["ch"], "", id="CR ends a line"),
        pytest.param(b"ch\n", "ch\r\n", ["ch"], "", id="LF ends a line"),
        pytest.param(b"CMD\r\n", "CMD\r\n", ["CMD"], "", id="LF after CR is ignored"),
        pytest.param(b"a\r\n\n", "a\r\n\r\n", ["a", ""], "", id="only the LF right after CR"),
        pytest.param(b"a\n\r", "a\r\n\r\n", ["a", ""], "", id="CR after LF is an Enter"),
        pytest.param(b"\r\x00\nb", "\r\nb", [""], "b", id="NUL is no data, even in between"),
        pytest.param(b"\x00a", "a", [], "a", id="NUL is no data"),
        pytest.param(b"\t", "\a", [], "", id="TAB rings the bell"),
        pytest.param(b"ab\x7f\x08x", "ab\b \b\b \bx", [], "x", id="DEL and BS erase"),
        pytest.param(b"\x08\x7f", "", [], "", id="nothing to erase, no echo"),
        pytest.param(b"resta\x03", "resta", ["resta"], "", id="Ctrl+C is an Enter without echo"),
        pytest.param(b"  id \r", "  id \r\n", ["id"], "", id="blanks around are trimmed"),
        pytest.param(b"[A", "[A", [], "[A", id="what is left of an arrow key stays"),
        pytest.param(b"\x1bx", "\x1bx", [], "\x1bx", id="a second ESC is a character"),
        pytest.param("ä".encode(), "", [], "", id="7 bits only"),
        pytest.param(
            b"x" * 79 + b"yz",
            "x" * 77 + "\bx\bx\by\bz",
            [],
            "x" * 76 + "z",
            id="the 78th character replaces the 77th",
        ),
    ],
)
def test_echo_and_lines(data, echo, lines, left):
    """Each kind of byte echoes and does what SAC's does."""
    editor = LineEditor()
    assert (*typed(editor, data), editor.text) == (echo, lines, left)


@given(st.binary())
def test_line_is_bounded(data):
    """No input makes a line longer than its limit, and every line is what was echoed for it."""
    editor = LineEditor()
    _, lines = typed(editor, data)
    assert all(len(line) <= LINE_MAX for line in [*lines, editor.text])
