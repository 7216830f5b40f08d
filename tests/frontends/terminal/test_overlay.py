"""The menu lines, on a terminal that is simulated as far as they need it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.terminal.overlay import LINES_MAX, Overlay, fold, wrap


class Screen:
    """Rows of text and a cursor; understands what `Overlay` may send and nothing else."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.lines = [""] * rows
        self.row = self.column = 0
        self.saved = (0, 0)

    def feed(self, data: bytes) -> None:
        pattern = r"\x1b\[(\d*)[ABL]|\x1b7|\x1b8|\x1b\[2K|\x1b\[\d*m|\r|\n|[^\x00-\x1f]+"
        text = data.decode()
        assert "".join(match[0] for match in re.finditer(pattern, text)) == text
        for match in re.finditer(pattern, text):
            self._do(match[0], match[1])

    def _do(self, word: str, count: str | None) -> None:
        if word == "\r":
            self.column = 0
        elif word == "\n":
            self._line_feed()
        elif word == "\x1b7":
            self.saved = self.row, self.column
        elif word == "\x1b8":
            self.row, self.column = self.saved
        elif word == "\x1b[2K":
            self.lines[self.row] = ""
        elif word.endswith("A") and word.startswith("\x1b"):
            self.row = max(0, self.row - int(count or 1))
        elif word.endswith("B") and word.startswith("\x1b"):
            self.row = min(self.rows - 1, self.row + int(count or 1))
        elif word.endswith("L") and word.startswith("\x1b"):
            self.lines[self.row : self.row] = [""] * int(count or 1)
            del self.lines[self.rows :]
        elif not word.startswith("\x1b"):
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + word + line[self.column + len(word) :]
            self.column += len(word)
            assert self.column < self.columns, "the line would wrap"

    def _line_feed(self) -> None:
        if self.row == self.rows - 1:
            self.lines = [*self.lines[1:], ""]
        else:
            self.row += 1


@given(
    st.integers(0, 9),
    st.integers(0, 30),
    st.lists(st.text("abc ", min_size=1, max_size=60), min_size=1, max_size=4),
    st.booleans(),
)
def test_drawing_and_erasing_leaves_the_guest_as_it_was(row, column, parts, colour):
    """Cursor and text above and beside it are the same afterwards, also at the screen's bottom."""
    screen = Screen(10, 40)
    screen.lines[: row + 1] = [
        f"line {number} of the guest, and its end" for number in range(row + 1)
    ]
    screen.row, screen.column = row, column
    text = screen.lines[: row + 1]
    overlay = Overlay(colour=colour)
    lines = wrap(parts, screen.columns)

    screen.feed(overlay.draw(lines))
    assert overlay.drawn
    assert [line.rstrip() for line in lines] == [
        line.rstrip() for line in screen.lines[screen.row - len(lines) + 1 : screen.row + 1]
    ]
    screen.feed(overlay.draw(lines[:1]))
    screen.feed(overlay.erase())

    scrolled = row - screen.row
    assert text[scrolled:] == screen.lines[: row + 1 - scrolled]
    assert screen.column == column
    assert not any(screen.lines[screen.row + 1 :])
    assert overlay.erase() == b""


@pytest.mark.parametrize(
    ("parts", "columns", "lines"),
    [
        (["n NMI", "q quit"], 80, ["n NMI | q quit"]),
        (["n NMI", "q quit"], 14, ["n NMI", "q quit"]),
        (["n NMI", "q quit"], 15, ["n NMI | q quit"]),
        (["aaa", "bbb", "ccc"], 5, ["aaa", "bbb", "ccc"]),
        (["aaa", "bbb", "ccc", "ddd", "eee"], 5, ["aaa", "bbb", "ccc", "ddd "]),
        (["aaaaaa"], 4, ["aaa"]),
    ],
)
def test_wrapping(parts, columns, lines):
    """Parts share a line as long as they fit, and the last line is cut."""
    assert lines == wrap(parts, columns)


@given(st.lists(st.text(max_size=50), min_size=1), st.integers(2, 100))
def test_wrapped_lines_fit(parts, columns):
    """No line reaches the last column, and there are never too many."""
    lines = wrap(parts, columns)

    assert len(lines) <= LINES_MAX
    assert all(len(line) < columns for line in lines)


@given(st.integers(0, 9), st.integers(0, 30), st.lists(st.text("abc", min_size=1), max_size=3))
def test_lines_put_above_leave_the_prompt_last(row, column, texts):
    """The cursor's line and all above it stay in their order, wherever on the screen it is."""
    screen = Screen(10, 40)
    screen.lines[: row + 1] = [f"line {number}" for number in range(row + 1)]
    screen.row, screen.column = row, column
    lines = fold(f"[com1: {' '.join(texts)}]", screen.columns)
    before = screen.lines[: row + 1]

    screen.feed(Overlay(colour=False).above(lines, screen.columns))

    shown = screen.lines[: screen.row + 1]
    expected = [*before[:-1], *lines, before[-1]][-10:]
    assert expected[-len(shown) :] == shown
    assert column == screen.column


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a b", ["a b"]),
        ("one two three", ["one two", "three"]),
        ("see /run/com1d/guests/web01 there", ["see", "/run/com1d/guests/web01", "there"]),
        ("", [""]),
    ],
)
def test_folding_keeps_words_whole(text, lines):
    """A path that is longer than a line can still be copied."""
    assert lines == fold(text, 10)
