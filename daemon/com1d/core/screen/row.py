"""One row of cells. Each operation costs the same few microseconds, however long the row is."""

from typing import TypeAlias

from com1d.core.screen.rendition import PLAIN, Rendition


Cell: TypeAlias = tuple[str, Rendition]
"""A character with its marks, and how it is shown. The second half of a wide one is empty."""

BLANK: Cell = (" ", PLAIN)


class Row:
    """The cells up to the last that was written; those behind it are all `fill`."""

    __slots__ = ("cells", "fill", "shared")

    def __init__(self, fill: Cell = BLANK, *, shared: bool = False) -> None:
        self.cells: list[Cell] = []
        self.fill = fill
        self.shared = shared
        """Whether it stands for many rows that were erased at once: to be written to never."""

    def all(self, columns: int) -> list[Cell]:
        """Give all cells."""
        return self.cells + [self.fill] * (columns - len(self.cells))

    def write(self, x: int, new: list[Cell]) -> None:
        """Put cells at `x` in place of those that are there."""
        self.reach(x)
        self._part(x)
        self._part(x + len(new))
        self.cells[x : x + len(new)] = new

    def insert(self, x: int, new: list[Cell], columns: int) -> None:
        """Put cells at `x` and push those that are there to the right."""
        self.reach(x)
        self._part(x)
        self.cells[x:x] = new
        self._part(columns)
        del self.cells[columns:]

    def delete(self, x: int, count: int, columns: int, erased: Cell) -> None:
        """Pull what stands behind `count` cells to `x`."""
        self.reach(columns)
        count = min(count, columns - x)
        self._part(x)
        self._part(x + count)
        del self.cells[x : x + count]
        self.cells += [erased] * count

    def erase(self, x: int, end: int, columns: int, erased: Cell) -> None:
        """Put `erased` into the cells from `x` to before `end`."""
        self._part(x)
        self._part(end)
        if x == 0 and end >= columns:
            self.cells, self.fill = [], erased
        else:
            self.reach(x)
            self.cells[x:end] = [erased] * (end - x)

    def reach(self, x: int) -> None:
        """Have cells up to before `x`, blank ones where none was written."""
        if len(self.cells) < x:
            self.cells += [self.fill] * (x - len(self.cells))

    def _part(self, x: int) -> None:
        """Leave blanks of a wide character whose halves are about to be parted before `x`."""
        if 0 < x < len(self.cells) and not self.cells[x][0]:
            self.cells[x - 1], self.cells[x] = (
                (" ", self.cells[x - 1][1]),
                (" ", self.cells[x][1]),
            )
