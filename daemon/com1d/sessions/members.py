"""The members of a console: its attached sessions, and the client of each."""

from collections.abc import Callable, Iterator
from typing import Any

from com1d.clients.client import Client
from com1d.core.carry import Packed, pack, unpack
from com1d.core.session.session import SessionId
from com1d.core.stream.ring import Ring
from com1d.loop.descriptors import Descriptors
from com1d.sessions.parts import Parts
from com1d.sessions.session import Session
from com1d.wire import events
from com1d.wire.words import Mode


class Members:
    """The sessions of one console by number, oldest first; `audience` of them gets the stream."""

    __slots__ = ("_audience_changed", "_parts", "audience", "clients", "sessions")

    def __init__(self, parts: Parts, audience_changed: Callable[[], None]) -> None:
        """Begin with nobody. `audience_changed` is called when `audience` changes."""
        self._parts = parts
        self._audience_changed = audience_changed
        self.sessions: dict[SessionId, Session] = {}
        self.clients: dict[SessionId, Client] = {}
        self.audience: tuple[Client, ...] = ()
        """Clients that get the stream, oldest first."""

    def enter(self, session: Session, client: Client) -> None:
        """Take a session in, which gets no stream yet."""
        self.sessions[session.number] = session
        self.clients[session.number] = client
        self._outlive(session, client)

    def _outlive(self, session: Session, client: Client) -> None:
        """Have a kill -9 be told to the client, and up to where it had the stream."""
        parts = self._parts
        if not parts.vault.serves:
            return
        parts.ring.make_room()
        kept = parts.memory.cursor_of(session.number)
        client.outlive(parts.vault, _descriptor_of(session), kept)

    def listen(self, session: Session) -> Client:
        """Let the client of a session have the stream from now on, and give it."""
        client = self.clients[session.number]
        self.audience = (*self.audience, client)
        self._audience_changed()
        return client

    def leave(self, session: Session) -> None:
        """Forget a session and its client."""
        del self.sessions[session.number]
        client = self.clients.pop(session.number)
        self._parts.vault.drop(_descriptor_of(session))
        self._parts.memory.forget(session.number)
        self.audience = tuple(other for other in self.audience if other is not client)
        self._audience_changed()

    def close(self) -> None:
        """Drop the callback, because the console stops."""
        self._audience_changed = _nothing

    def notify(self, event: events.Event) -> None:
        """Send an event to every client."""
        for client in tuple(self.clients.values()):
            client.notify(event)

    def dismiss(self, session: Session, code: int, reason: str) -> None:
        """Close a session, unless it has left meanwhile."""
        if session.number in self.clients:
            self.clients[session.number].dismiss(code, reason)

    @property
    def observers(self) -> Iterator[Session]:
        """Those who attached to observe, and get the stream."""
        listening = (self.sessions[client.session.number] for client in self.audience)
        return (each for each in listening if each.wanted is Mode.OBSERVE)

    # -- from one process to the next -------------------------------------------------------

    def hand_over(self, fds: Descriptors) -> dict[str, Any]:
        """Give all sessions with their clients."""
        return {
            "sessions": [self._hand_over_one(each, fds) for each in self.sessions.values()],
            "audience": [client.session.number for client in self.audience],
        }

    def _hand_over_one(self, session: Session, fds: Descriptors) -> Packed:
        client = self.clients[session.number]
        return {
            "session": pack(session),
            "streams": client.streams,
            "client": client.hand_over(fds, _descriptor_of(session)),
        }

    def take_over(
        self,
        packed: Packed,
        fds: Descriptors,
        make: Callable[[int, Session], Client],
        ring: Ring,
    ) -> None:
        """Go on with all sessions; `make` makes the client of a session at a descriptor."""
        for each in packed["sessions"]:
            session = unpack(each["session"])
            client = make(fds.take(each["client"]["fd"]), session)
            client.take_over(each["client"], ring if each["streams"] else None)
            self.enter(session, client)
        self.audience = tuple(self.clients[number] for number in packed["audience"])
        self._audience_changed()

    def go_on(self) -> None:
        """Send every client what came meanwhile."""
        for client in tuple(self.clients.values()):
            client.go_on()


def _descriptor_of(session: Session) -> str:
    """Name the descriptor of a session's client."""
    return f"{session.console}/client/{session.number}/{session.via}"


def _nothing() -> None:
    """Do nothing."""
