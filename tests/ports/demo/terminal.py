"""The least terminal that can show what SAC sends: text, CR, LF, BS, cursor position, clear."""

import re


ROWS, COLUMNS = 24, 80

_TOKEN = re.compile(r"\x1b\[(\d*(?:;\d+)*)([A-Za-z])|(.)", re.DOTALL)


class Terminal:
    """80 x 24 cells with a deferred wrap, like xterm's."""

    def __init__(self):
        self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
        self.row = self.column = 0

    def feed(self, text):
        """Show text; return the terminal."""
        for numbers, final, char in _TOKEN.findall(text):
            if final == "H":
                row, column = map(int, numbers.split(";"))
                self.row, self.column = row - 1, column - 1
            elif final == "J":
                self.rows = [[" "] * COLUMNS for _ in range(ROWS)]
            elif char:
                self._put(char)
        return self

    def lines(self):
        """Give what the rows show."""
        return ["".join(row).rstrip() for row in self.rows]

    def cursor(self):
        """Give the cell of the cursor; after the last column it stands on that."""
        return self.row, min(self.column, COLUMNS - 1)

    def _put(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self._line_feed()
        elif char == "\b":
            self.column = max(0, min(self.column, COLUMNS - 1) - 1)
        elif char.isprintable():
            if self.column == COLUMNS:
                self.column = 0
                self._line_feed()
            self.rows[self.row][self.column] = char
            self.column += 1

    def _line_feed(self):
        if self.row < ROWS - 1:
            self.row += 1
        else:
            self.rows = [*self.rows[1:], [" "] * COLUMNS]
