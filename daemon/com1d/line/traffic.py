"""A console's traffic over all its lines: how much went which way, in how many reads and writes."""

from collections.abc import Callable

from com1d.core.carried import carried
from com1d.line.feed import Feed
from com1d.line.margin import Margin


@carried(without={"changed": "of who traces", "feed": "handed over with its line"})
class Traffic:
    """Counters that go on from line to line. `feed` is that of the present line, if there is one.

    Reads and writes are counted where they are made, by `Intake` and `Outflow`, for one line each.
    """

    __slots__ = ("_reads", "_sent", "_writes", "changed", "feed", "margin", "openings")

    def __init__(self, baud: int) -> None:
        """Begin without a line."""
        self.feed: Feed | None = None
        self.margin = Margin(baud)
        self.openings = 0
        """How often a line came up."""
        self.changed: Callable[[Feed | None], None] = _nobody
        """Called with the feed of a line that came up; with None before one is closed."""
        self._sent = self._reads = self._writes = 0

    def line_up(self, feed: Feed, capacity: int | None) -> None:
        """Count a new line's traffic; its guest can have `capacity` bytes unread, None: any."""
        self.feed = feed
        self.openings += 1
        if capacity is not None:
            self.margin.line_up(capacity, feed.intake)
        self.changed(feed)

    def line_down(self) -> None:
        """Keep what the ending line has counted, and close its feed."""
        feed = self.feed
        if feed is not None:
            self._sent, self._reads, self._writes = self.sent, self.reads, self.writes
            self.margin.line_down()
            self.changed(None)
            feed.close()
            self.feed = None

    @property
    def sent(self) -> int:
        """Bytes that the lines took."""
        return self._sent + (self.feed.outflow.written if self.feed is not None else 0)

    @property
    def reads(self) -> int:
        """Reads that found something."""
        return self._reads + (self.feed.intake.reads if self.feed is not None else 0)

    @property
    def writes(self) -> int:
        """Writes in which the lines took something."""
        return self._writes + (self.feed.outflow.writes if self.feed is not None else 0)

    @property
    def queued(self) -> int:
        """Bytes that wait for the line to take them."""
        return self.feed.outflow.queue.size if self.feed is not None else 0


def _nobody(_feed: Feed | None) -> None:
    """Tell nobody of another line."""
