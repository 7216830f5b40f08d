"""Talk: messages to whoever is on a console, and notes into its boot diagnostics log."""

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

from com1d.access.peer import Caller
from com1d.core.session.session import SessionId
from com1d.core.session.talk import OFTEN_MAX, OFTEN_SECONDS, Tempo, plain
from com1d.errors import BadRequest, BootDiagnosticsRequired, Forbidden, TooOften
from com1d.loop.clock import now
from com1d.sessions.parts import Parts
from com1d.sessions.session import Session
from com1d.wire import events
from com1d.wire.words import Mode


NOTE: Final = "note"
"""The mark of the log that holds a note."""


class Talk:
    """The talk at one console."""

    __slots__ = ("_notify", "_parts", "_sessions", "_tempo")

    def __init__(
        self,
        parts: Parts,
        sessions: Mapping[SessionId, Session],
        notify: Callable[[events.Event], None],
    ) -> None:
        """Speak to the clients of `sessions` by `notify`."""
        self._parts = parts
        self._sessions = sessions
        self._notify = notify
        self._tempo = Tempo()

    def say(self, caller: Caller, text: str, session: SessionId | None = None) -> int:
        """Tell a message to all who are on the console; give how many others that are.

        Raises `BadRequest` for a text that cannot be told, `TooOften` where too much was said.
        """
        said = self._ready(text)
        told = len(self._sessions.keys() - {session})
        end = self._parts.ring.end
        origin = caller.origin.as_json()
        self._notify(events.Message(caller.user, said, now(), end, session, origin))
        return told

    def note(self, caller: Caller, text: str, session: SessionId | None = None) -> int:
        """Write a note into the log, tell it to all who are on, and give its offset.

        Raises as `say` does, and `BootDiagnosticsRequired` where there is no log.
        """
        if self._parts.log.store is None:
            raise BootDiagnosticsRequired(f"{self._parts.name} has no log to write into")
        said, end, origin = self._ready(text), self._parts.ring.end, caller.origin.as_json()
        self._parts.log.note(NOTE, user=caller.user, text=said, **(origin or {}))
        self._notify(events.Noted(caller.user, said, now(), end, session, origin))
        return end

    def say_from(self, number: SessionId, text: str) -> int:
        """Tell a message of an attached session, as `say` does."""
        return self.say(self._sessions[number].caller, text, number)

    def note_from(self, number: SessionId, text: str) -> int:
        """Write a note of an attached session, as `note` does. An observer may not."""
        session = self._sessions[number]
        if session.wanted is not Mode.ACTIVE:
            raise Forbidden(f"{self._parts.name}: an observer's session writes no notes")
        return self.note(session.caller, text, number)

    def _ready(self, text: str) -> str:
        try:
            said = plain(text)
        except ValueError as error:
            raise BadRequest(str(error)) from None
        if not self._tempo.admit(monotonic()):
            raise TooOften(
                f"{self._parts.name}: {OFTEN_MAX} messages and notes came in the last "
                f"{OFTEN_SECONDS:g} s"
            )
        return said
