"""The rows of `com1 top`: from the daemon's figures to what is shown, chosen and sorted."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from com1d.values import dataclass


CRASHED: Final = frozenset({"kernel-panic", "bugcheck"})
WAITS: Final = frozenset({"passphrase", "key-wait", "disk-check", "emergency"})
"""States of guests that wait for somebody."""

MARGIN_USED: Final = 0.7
"""A share of the stall margin in use from which the row is marked."""

_UNITS: Final = ("", "k", "M", "G", "T")
_THOUSAND: Final = 1000


@dataclass(frozen=True, slots=True)
class Row:
    """One console at one moment."""

    figures: dict[str, Any]
    """Its members of `/v1/top`."""
    rate: float | None = None
    """Bytes a second that the guest prints; None before the second look."""

    @property
    def name(self) -> str:
        """The console's name."""
        return str(self.figures.get("name", ""))

    @property
    def state(self) -> str:
        """What the guest does, or why nothing is known of it."""
        if not self.figures.get("enabled", True):
            return "disabled"
        return str(self.figures.get("state") or "") if self.figures.get("up") else "down"

    @property
    def who(self) -> str:
        """Who is on it: the active user, the number of observers, and of those who wait."""
        observers, waiting = self.figures.get("observers"), self.figures.get("waiting")
        parts = [str(self.figures.get("active") or "-")]
        parts += [f"+{observers}"] if observers else []
        parts += [f"?{waiting}"] if waiting else []
        return " ".join(parts)

    @property
    def margin(self) -> str:
        """How long the guest goes on without com1d, and how much of that was used lately."""
        seconds, fullest = self.figures.get("margin"), self.figures.get("fullest")
        return "-" if seconds is None else f"{seconds:.2g}s {fullest or 0:.0%}"

    @property
    def log(self) -> str:
        """Whether it is kept, and how far it is behind the guest."""
        state, lag = str(self.figures.get("log") or ""), self.figures.get("log_lag") or 0
        return f"-{short(lag)}" if state == "ok" and lag else state

    @property
    def alarm(self) -> int:
        """How urgently somebody has to look: 2 now, 1 soon, 0 not at all."""
        crashed = self.figures.get("up") and self.state in CRASHED
        if crashed or self.figures.get("trouble") or self.figures.get("log") == "failing":
            return 2
        used = (self.figures.get("fullest") or 0) > MARGIN_USED
        return int(used or self.state in WAITS)

    def as_json(self) -> dict[str, Any]:
        """Give it for programs."""
        return self.figures | {"rate": self.rate}


def rows(answer: dict[str, Any], before: dict[str, int], seconds: float) -> list[Row]:
    """Make rows of an answer to `/v1/top`; `before` has what was received `seconds` earlier."""
    columns = answer.get("columns") or []
    made = []
    for values in answer.get("consoles") or []:
        figures = dict(zip(columns, values, strict=False))
        earlier = before.get(str(figures.get("name")))
        rate = None
        if earlier is not None and seconds > 0:
            rate = max(0, figures.get("received", 0) - earlier) / seconds
        made.append(Row(figures, rate))
    return made


def received(shown: Iterable[Row]) -> dict[str, int]:
    """Give what each console has received so far, for the next `rows`."""
    return {row.name: row.figures.get("received", 0) for row in shown}


ORDERS: Final[dict[str, Callable[[Row], Any]]] = {
    "alarm": lambda row: (-row.alarm, -(row.rate or 0)),
    "rate": lambda row: -(row.rate or 0),
    "name": lambda row: row.name,
    "state": lambda row: row.state,
    "who": lambda row: (row.figures.get("active") is None, -(row.figures.get("observers") or 0)),
    "lag": lambda row: -(row.figures.get("lag") or 0),
    "margin": lambda row: -(row.figures.get("fullest") or 0),
    "log": lambda row: (row.figures.get("log") != "failing", -(row.figures.get("log_lag") or 0)),
}
"""What a table can be sorted by, the most interesting first."""


def in_order(shown: Iterable[Row], order: str, *, reverse: bool) -> list[Row]:
    """Sort rows; those that are alike by their names."""
    by_name = sorted(shown, key=lambda row: row.name)
    return sorted(by_name, key=ORDERS[order], reverse=reverse)


def matches(row: Row, wanted: str) -> bool:
    """Tell whether each word of a filter is in the row's name, set or state.

    `set:web` and `state:login` look at that alone; a mark of exclamation means not.
    """
    return all(_matches(row, word) for word in wanted.lower().split())


def _matches(row: Row, word: str) -> bool:
    if word.startswith("!"):
        return not _matches(row, word[1:])
    places = {"name": row.name, "set": str(row.figures.get("set") or ""), "state": row.state}
    key, colon, rest = word.partition(":")
    if colon and key in places:
        return rest in places[key].lower()
    return any(word in text.lower() for text in places.values())


def short(count: float) -> str:
    """Give a number in five characters at most: 999, 1.2k, 34k, 5.6M."""
    unit = 0
    while count >= _THOUSAND - 0.5 and unit < len(_UNITS) - 1:
        count /= _THOUSAND
        unit += 1
    digits = 1 if unit and count < 10 - 0.05 else 0
    return f"{count:.{digits}f}{_UNITS[unit]}"
