"""The feed of one open line: its intake and its outflow."""

from collections.abc import Callable

from com1d.core.carry import Packed, pack, restore
from com1d.core.stream.pacing import Bucket
from com1d.errors import os_reason
from com1d.line.fanout import Fanout
from com1d.line.intake import Intake
from com1d.line.outflow import Outflow
from com1d.line.polled import ReadEnd, WriteEnd
from com1d.loop.poller import Poller
from com1d.loop.ticker import Ticker
from com1d.ports.base import Line


class Feed:
    """Intake and outflow of a line, which end together. The line itself belongs to its keeper."""

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

    def hand_over(self) -> Packed:
        """Give what waits for the line, and what was counted."""
        return {"in": pack(self.intake), "out": pack(self.outflow)}

    def take_over(self, packed: Packed) -> None:
        """Go on with what an earlier process had. Nothing is sent before `outflow.go_on`."""
        restore(self.intake, packed["in"])
        restore(self.outflow, packed["out"])

    def close(self) -> None:
        """Stop polling; safe to call twice."""
        self._ended = _nobody
        self.outflow.close()
        self.intake.close()

    def _fail(self, error: OSError) -> None:
        """End a line that fails to be written, after reading what it still holds."""
        self.intake.read_last_words()
        self._end(error)

    def _end(self, error: OSError | None) -> None:
        ended = self._ended
        self.close()
        ended("the other end closed the line" if error is None else os_reason(error))


def _nobody(_reason: str) -> None:
    """Ignore the end of a line that was reported before."""
