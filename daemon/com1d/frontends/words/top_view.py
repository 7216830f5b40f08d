"""What `com1 top` shows: lines of a screen of any size, and what its keys change."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from com1d.frontends.words.top_rows import CRASHED, ORDERS, Row, in_order, matches, short
from com1d.frontends.words.visible import visible


BOLD, REVERSE, RED, YELLOW, DIM, PLAIN = "1", "7", "31", "33", "2", ""

WIDE: Final = 110
"""Columns from which a table has sets, and room for long names."""

SHORTEST: Final = 8
"""Columns that names have at least."""

_KEYS: Final = "Enter connect  o observe  s sort  r reverse  / filter  Up Down choose  q quit"
_TYPING: Final = "type what name, set or state have: web state:login !down  Enter keeps, Esc clears"

_CHROME: Final = 4
"""Lines that are no rows: summary, filter, head and keys."""


class Line(NamedTuple):
    """A line of the screen, and its SGR attribute."""

    text: str
    style: str = PLAIN


class Column(NamedTuple):
    """A column of the table."""

    title: str
    width: int
    right: bool = False


@dataclass(slots=True)
class View:
    """What is shown, of what. It outlives a visit to a console."""

    order: str = "alarm"
    reverse: bool = False
    wanted: str = ""
    """The filter."""
    typing: bool = False
    """Whether keys go into the filter."""
    chosen: str = ""
    """The name of the console that the cursor is on."""
    top: int = 0
    """The number of the first row on the screen."""
    shown: list[Row] = field(default_factory=list)
    """The rows that the filter lets through, in order."""
    everything: list[Row] = field(default_factory=list)

    def update(self, rows: list[Row]) -> None:
        """Show these rows."""
        self.everything = rows
        self.arrange()

    def arrange(self) -> None:
        """Filter and sort anew; the cursor stays on its console while that is shown."""
        kept = (row for row in self.everything if matches(row, self.wanted))
        self.shown = in_order(kept, self.order, reverse=self.reverse)
        if self.shown and self.place is None:
            self.chosen = self.shown[0].name

    @property
    def place(self) -> int | None:
        """The number of the row that the cursor is on."""
        for number, row in enumerate(self.shown):
            if row.name == self.chosen:
                return number
        return None

    def move(self, by: int) -> None:
        """Move the cursor."""
        if self.shown:
            place = min(max(0, (self.place or 0) + by), len(self.shown) - 1)
            self.chosen = self.shown[place].name

    def next_order(self) -> None:
        """Sort by the next column."""
        names = list(ORDERS)
        self.order = names[(names.index(self.order) + 1) % len(names)]
        self.arrange()

    def lines(self, height: int, width: int) -> list[Line]:
        """Lay everything out for a screen of that size."""
        room = max(1, height - _CHROME)
        self._scroll(room)
        columns = _columns(width, max((len(row.name) for row in self.everything), default=0))
        body = [self._line(row, columns) for row in self.shown[self.top : self.top + room]]
        body += [Line("")] * (room - len(body))
        head = "  ".join(_cell(column.title, column) for column in columns)
        lines = [
            Line(self._summary(), BOLD),
            Line(self._filter(), YELLOW if self.typing else DIM),
            Line(f"  {head}", BOLD),
            *body,
            Line(_TYPING if self.typing else _KEYS, DIM),
        ]
        return [line._replace(text=line.text[:width]) for line in lines[:height]]

    def _scroll(self, room: int) -> None:
        place = self.place or 0
        self.top = min(max(self.top, place - room + 1), place, max(0, len(self.shown) - room))

    def _line(self, row: Row, columns: list[Column]) -> Line:
        texts = {
            "NAME": row.name, "SET": str(row.figures.get("set") or "-"), "STATE": row.state,
            "WHO": row.who, "RATE": "-" if row.rate is None else f"{short(row.rate)}/s",
            "LAG": short(row.figures.get("lag") or 0), "MARGIN": row.margin, "LOG": row.log,
        }  # fmt: skip
        is_chosen = row.name == self.chosen
        mark = ">" if is_chosen else "!" if row.alarm else " "
        text = "  ".join(_cell(texts[column.title], column) for column in columns)
        calm = PLAIN if row.figures.get("up") else DIM
        style = REVERSE if is_chosen else (calm, YELLOW, RED)[row.alarm]
        return Line(f"{mark} {text}", style)

    def _summary(self) -> str:
        rows = self.everything
        states = Counter(row.state for row in rows)
        crashed = sum(states[state] for state in CRASHED)
        attended = sum(row.who != "-" for row in rows)
        parts = [
            f"{len(rows)} consoles", f"{sum(bool(row.figures.get('up')) for row in rows)} up",
            f"{attended} in use", f"{crashed} crashed",
            f"{short(sum(row.rate or 0 for row in rows))}B/s",
        ]  # fmt: skip
        return "com1d: " + ", ".join(parts)

    def _filter(self) -> str:
        order = f"by {self.order}{' (reversed)' if self.reverse else ''}"
        if self.typing:
            return f"filter: {visible(self.wanted)}_"
        shown = f"{len(self.shown)} shown, " if self.wanted else ""
        return f"{shown}{order}" + (f", filter: {visible(self.wanted)}" if self.wanted else "")


def _columns(width: int, longest: int) -> list[Column]:
    """Choose the columns that a screen has room for, and as much for the names as they need."""
    fixed = [
        Column("STATE", 15), Column("WHO", 12), Column("RATE", 7, right=True),
        Column("LAG", 5, right=True), Column("MARGIN", 9, right=True), Column("LOG", 7),
    ]  # fmt: skip
    if width >= WIDE:
        fixed = [Column("SET", 16), Column("STATE", 16), Column("WHO", 24), *fixed[2:]]
    used = 2 + sum(column.width + 2 for column in fixed)
    return [Column("NAME", max(SHORTEST, min(longest, width - used))), *fixed]


def _cell(text: str, column: Column) -> str:
    text = visible(text)
    if len(text) > column.width:
        text = text[: column.width - 1] + "~"
    return text.rjust(column.width) if column.right else text.ljust(column.width)
