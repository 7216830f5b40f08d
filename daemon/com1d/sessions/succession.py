"""One active session after another: what lies between the end of one and the next one's beginning.

Where the guest is locked in between, the next user neither types nor sees the stream before that is
over, and is told why. An idle session is warned, has its guest locked while it looks on, and ends.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from com1d import wire
from com1d.clients.client import Reader
from com1d.core.session.idle import in_words
from com1d.core.stream.ring import Ring
from com1d.loop.weakly import weakly
from com1d.sessions import farewell
from com1d.sessions.farewell import LONGEST_SECONDS, Farewell, Leaving
from com1d.sessions.idle import IdleWatch
from com1d.telemetry import facts
from com1d.wire.words import Mode


IDLE: Final = "idle"
"""The outcome of a session that ends because nothing was typed."""

_NOTHING: Final = Ring(1, bytearray)
"""What a client sees of the console while it has to wait."""

_WAIT: Final = (
    f"com1d locks the guest's Command Prompts behind the user before you, which takes "
    f"{LONGEST_SECONDS:g} s at most; then you see the console"
)
_NOT_LOCKED: Final = (
    "the guest's Command Prompts could not be locked behind the user before you ({}): whoever was "
    "logged in there still is"
)
_IDLE: Final = "nothing was typed for a long time: this session ends in {}, unless you press a key"


class Place(farewell.Place, Protocol):
    """What succession needs of the console."""

    @property
    def name(self) -> str:
        """Its name in the configuration."""


class Succession:
    """One console's."""

    __slots__ = ("__weakref__", "_farewell", "_idle", "_next", "_place", "_sitting", "_sleeper")

    def __init__(self, place: Place, record: Callable[[facts.Fact], Any]) -> None:
        """Begin with nobody."""
        self._place = place
        self._farewell = Farewell(place, record)
        limit = place.config.idle_timeout
        self._idle: IdleWatch | None = None
        if limit:
            self._idle = IdleWatch(limit, weakly(self._warn), weakly(self._idled))
        self._next: Callable[[str | None], None] | None = None
        self._sitting: Reader | None = None
        self._sleeper: Reader | None = None

    @property
    def under_way(self) -> bool:
        """Whether the guest is being locked: nobody types meanwhile."""
        return self._farewell.under_way

    def follow(self, reader: Reader, begin: Callable[[], None]) -> None:
        """Have an active session begin: now or, while the guest is being locked, afterwards.

        `begin` has to see whether it is still the active one.
        """
        if not self.under_way:
            begin()
            return
        if reader.mode is Mode.ACTIVE:  # else it observes, and so it goes on
            reader.listen(hear=False)
            reader.start(_NOTHING, 0)
        reader.notify({"event": "hint", "text": _WAIT})

        def later(problem: str | None) -> None:
            if problem:
                reader.notify({"event": "hint", "text": _NOT_LOCKED.format(problem)})
            begin()

        self._next = later

    def sit(self, reader: Reader) -> None:
        """Give the keyboard to the active session."""
        self._sitting = reader
        self._place.input.seat(reader)
        reader.listen(hear=True)
        if self._idle is not None:
            self._idle.begin()

    def stir(self) -> None:
        """Take note that the active session does something."""
        if self._idle is not None:
            self._idle.stir()

    def part(self, reader: Reader, outcome: str) -> None:
        """Leave the guest safe behind a session that had the keyboard, unless that was done.

        `outcome` says how the session ended.
        """
        if reader is self._sleeper:
            self._sleeper = None
        if reader is self._sitting:
            if self._idle is not None:
                self._idle.stop()
            self._sitting = None
            self._farewell.begin(_leaving(reader, self._place), outcome, weakly(self._safe))

    def slept(self, reader: Reader) -> bool:
        """Say whether this session is sent away because it was idle."""
        return reader is self._sleeper

    def close(self) -> None:
        """Wait for nothing any more: the console goes."""
        self._farewell.close()
        self._next = None

    def _warn(self, seconds: float) -> None:
        if self._sitting is not None:
            self._sitting.notify({"event": "hint", "text": _IDLE.format(in_words(seconds))})

    def _idled(self) -> None:
        """Lock the guest behind an idle session, and send it away then."""
        reader = self._sitting
        if reader is None:
            return
        self._place.input.leave()
        self.part(reader, IDLE)
        self._sleeper = reader
        if not self.under_way:
            self._safe(None)

    def _safe(self, problem: str | None) -> None:
        """Go on, now that the guest is safe or could not be made safe."""
        begin, self._next = self._next, None
        if self._sleeper is not None:
            limit = in_words(self._place.config.idle_timeout)
            self._sleeper.dismiss(wire.CLOSE_IDLE, f"nothing was typed for {limit}")
        elif begin is not None:
            begin(problem)


def _leaving(reader: Reader, place: Place) -> Leaving:
    return reader.caller.who, place.name, reader.session
