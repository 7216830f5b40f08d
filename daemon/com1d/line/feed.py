"""One open line: what the guest prints comes in, what the active session types goes out."""

from collections.abc import Callable

from com1d.core.stream.pacing import Bucket
from com1d.line.fanout import Fanout
from com1d.line.intake import Intake
from com1d.line.outflow import Outflow
from com1d.line.polled import ReadEnd, WriteEnd
from com1d.loop.poller import Poller
from com1d.loop.ticker import Ticker
from com1d.ports.base import Line


class Feed:
    """The two directions of one line, which end together. The line belongs to its keeper."""

    __slots__ = ("_ended", "intake", "outflow")

    def __init__(
        self,
        line: Line,
        poller: Poller,
        ticker: Ticker,
        bucket: Bucket,
        *,
        fanout: Fanout,
        drained: Callable[[], None],
        ended: Callable[[str], None],
    ) -> None:
        """Start reading.

        `bucket` sets the pace of writing. `fanout` gets what the guest printed; `drained` is
        called when a queue that was full has room again; `ended`, once, with the reason when the
        line is over.
        """
        self._ended = ended
        end = ReadEnd(line.read_fd, poller)
        shared = line.read_fd == line.write_fd
        self.intake = Intake(line, end, ticker, fanout=fanout, ended=self._end)
        self.outflow = Outflow(
            line.write_fd,
            end if shared else WriteEnd(line.write_fd, poller),
            bucket,
            wrote=self.intake.expect_echo,
            drained=drained,
            failed=self._fail,
        )

    def close(self) -> None:
        """Stop polling; safe to call twice."""
        self._ended = _nobody
        self.outflow.close()
        self.intake.close()

    def _fail(self, error: OSError) -> None:
        """End a line that takes no more, after the last words that it still holds."""
        self.intake.read_last_words()
        self._end(error)

    def _end(self, error: OSError | None) -> None:
        ended = self._ended
        self.close()
        ended("the other end closed the line" if error is None else error.strerror or str(error))


def _nobody(_reason: str) -> None:
    """Hear again that a line is over."""
