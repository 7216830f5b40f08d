"""A paste under way: what `core.paste.transfer` decides, carried out on a leased line."""

from collections.abc import Callable, Iterable
from typing import TypeAlias

from com1d.core.carried import carried
from com1d.core.keys.keys import Profile
from com1d.core.paste import delivery
from com1d.core.paste.bracketed import Brackets
from com1d.core.paste.steady import NEIGHBOUR_WAIT
from com1d.core.paste.transfer import Transfer
from com1d.input.lease import Delivered, Stopped
from com1d.wire.events import Event, Hint, InputRefused, PasteProgress


Report: TypeAlias = Callable[[Event], None]
"""Called with the events of a paste."""

End: TypeAlias = Delivered | Stopped | None
"""The end of a paste; None while it goes on."""


def transfer_of(
    text: str, profile: Profile, printed: bytes, *, verify: bool, run: bool
) -> Transfer:
    """Prepare the sending of a cleaned text to what reads the keys now and has `printed` that.

    `run`: whether an Enter at the end acts also where the guest takes a paste in brackets.
    """
    windows = profile in (Profile.SAC, Profile.VT_UTF8)
    return Transfer(
        text,
        verify=verify,
        at_sac=profile is Profile.SAC,
        neighbour_wait=NEIGHBOUR_WAIT if windows else 0.0,
        brackets=None if windows else Brackets(printed),
        run=run,
    )


@carried(without={"_report": "of its client", "_send": "of the input"})
class Pasting:
    """One paste. Each call gives the paste's end when that has come, once."""

    __slots__ = ("_over", "_report", "_send", "_transfer", "_verified")

    def __init__(self, transfer: Transfer, send: Callable[[bytes], None], report: Report) -> None:
        """Carry out `transfer`: `send` takes bytes to the line, `report` the events on the way."""
        self._transfer = transfer
        self._send = send
        self._report = report
        self._verified = 0
        self._over = False

    def reports_to(self, report: Report) -> bool:
        """Say whether `report` gets its events."""
        return self._report == report

    @property
    def opened(self) -> bool:
        """Whether the guest is to be told that the paste ends, if it goes on no more."""
        return self._transfer.opened

    def begin(self, now: float) -> End:
        """Start sending."""
        return self._carry_out(self._transfer.begin(now))

    def guest_spoke(self, data: bytes, now: float) -> End:
        """Take what the guest printed."""
        return self._carry_out(self._transfer.guest_spoke(data, now))

    def expire(self, now: float) -> End:
        """Do what is due at `now`."""
        return self._carry_out(self._transfer.expire(now))

    def deadline(self) -> float | None:
        """Tell when `expire` has something to do, or `None`."""
        return None if self._over else self._transfer.deadline()

    def cancel(self, why: str) -> tuple[Stopped, int]:
        """End it; give that end, and how many characters were not sent."""
        self._over = True
        unsent = self._transfer.cancel()
        return self._stop(f"{why}; {unsent} characters were not sent", None), unsent

    def _carry_out(self, commands: Iterable[delivery.Command]) -> End:
        for command in commands:
            if self._over:  # a report found its client gone, which cancelled the paste
                return None
            match command:
                case delivery.Send(data=data):
                    self._send(data)
                case delivery.Progress(sent=sent, of=of, verified=verified):
                    self._verified = verified
                    self._report(PasteProgress(sent, of, verified))
                case delivery.FellBack():
                    self._report(Hint(str(command)))
                case delivery.Stopped():
                    self._over = True
                    return self._stop(str(command), command.position)
                case delivery.Finished(sent=sent, verified=verified):
                    self._over = True
                    self._report(PasteProgress(sent, sent, verified))
                    return Delivered(sent, verified)
        return None

    def _stop(self, why: str, position: int | None) -> Stopped:
        more = {} if position is None else {"position": position}
        self._report(InputRefused("paste-stopped", why, more=more))
        return Stopped(why, self._verified, position)
