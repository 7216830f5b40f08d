"""One row of cells. Each operation costs the same few microseconds, however long the row is.

A cell is no object of its own: a guest whose screen changes all the time would make and drop 15,000
of them for each client that asks for it, and the garbage collector hold the loop to look at them.
Strings it does not look at.
"""

from typing import Final, NamedTuple

from com1d.core.screen.rendition import PLAIN


class Cell(NamedTuple):
    """What stands in a cell, where all of a row have it."""

    text: str
    """A character with its marks. The second half of a wide one is empty."""
    look: str
    """The sequence that chooses how it is shown."""


BLANK: Final = Cell(" ", PLAIN.sequence())


class Row:
    """The cells up to the last that was written; those behind it are all `fill`."""

    __slots__ = ("fill", "looks", "shared", "texts")

    def __init__(self, fill: Cell = BLANK, *, shared: bool = False) -> None:
        self.texts: list[str] = []
        """What stands in each cell, and `looks` how, as in `Cell`."""
        self.looks: list[str] = []
        self.fill = fill
        self.shared = shared
        """Whether it stands for many rows that were erased at once: to be written to never."""

    def whole(self, columns: int) -> "Row":
        """Give a row of its own with all the cells."""
        row = Row(self.fill)
        row.texts, row.looks = self.texts.copy(), self.looks.copy()
        row.reach(columns)
        return row

    def write(self, x: int, texts: list[str], look: str) -> None:
        """Put cells at `x` in place of those that are there."""
        self.reach(x)
        end = x + len(texts)
        self._part(x)
        self._part(end)
        self.texts[x:end] = texts
        self.looks[x:end] = [look] * len(texts)

    def insert(self, x: int, texts: list[str], look: str, columns: int) -> None:
        """Put cells at `x` and push those that are there to the right."""
        self.reach(x)
        self._part(x)
        self.texts[x:x] = texts
        self.looks[x:x] = [look] * len(texts)
        self._part(columns)
        del self.texts[columns:]
        del self.looks[columns:]

    def delete(self, x: int, count: int, columns: int, erased: Cell) -> None:
        """Pull what stands behind `count` cells to `x`."""
        self.reach(columns)
        count = min(count, columns - x)
        self._part(x)
        self._part(x + count)
        del self.texts[x : x + count]
        del self.looks[x : x + count]
        self._extend(count, erased)

    def erase(self, x: int, end: int, columns: int, erased: Cell) -> None:
        """Put `erased` into the cells from `x` to before `end`."""
        self._part(x)
        self._part(end)
        if x == 0 and end >= columns:
            self.texts, self.looks, self.fill = [], [], erased
        else:
            self.reach(x)
            self.texts[x:end] = [erased.text] * (end - x)
            self.looks[x:end] = [erased.look] * (end - x)

    def reach(self, x: int) -> None:
        """Have cells up to before `x`, blank ones where none was written."""
        if len(self.texts) < x:
            self._extend(x - len(self.texts), self.fill)

    def _extend(self, count: int, cell: Cell) -> None:
        self.texts += [cell.text] * count
        self.looks += [cell.look] * count

    def _part(self, x: int) -> None:
        """Leave blanks of a wide character whose halves are about to be parted before `x`."""
        if 0 < x < len(self.texts) and not self.texts[x]:
            self.texts[x - 1] = self.texts[x] = " "
