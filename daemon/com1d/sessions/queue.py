"""Those who wait for the seat: who is next, and what they and the holder are told of it."""

from collections.abc import Mapping

from com1d.clients.client import Client
from com1d.core.session.session import SessionId, Sessions
from com1d.errors import BadRequest
from com1d.sessions.session import Session
from com1d.wire import events


class Queue:
    """One console's. `core.session` has the order; here are words about it."""

    __slots__ = ("_clients", "_sessions", "_table")

    def __init__(
        self,
        table: Sessions,
        sessions: Mapping[SessionId, Session],
        clients: Mapping[SessionId, Client],
    ) -> None:
        """Speak of those who wait in `table`."""
        self._table = table
        self._sessions = sessions
        self._clients = clients

    def heir(self, to: SessionId | None) -> Session:
        """Give who gets a seat that is granted: `to`, by default the first that asked for it.

        Raises `BadRequest` when there is none.
        """
        waiting = self._table.waiting
        asking = [number for number in waiting if self._sessions[number].requests]
        if to is None and not asking:
            raise BadRequest("nobody asks for this session")
        number = asking[0] if to is None else to
        if number not in waiting:
            raise BadRequest(f"session {number} does not wait for this console")
        return self._sessions[number]

    def tell(self) -> None:
        """Tell each one who waits its place and for whom, and the holder who asks for the seat."""
        holder = self._table.active
        if holder is None:
            return
        for place, number in enumerate(self._table.waiting, start=1):
            if number not in self._sessions or self._table.active != holder:
                return  # somebody could not even be told, and left: that has told the others
            self._tell_one(self._sessions[number], place, self._sessions[holder])

    def _tell_one(self, session: Session, place: int, holder: Session) -> None:
        before, session.told = session.told, (place, holder.number)
        if before != session.told:
            self._clients[session.number].notify(
                events.Waiting(place, holder.caller.user, holder.since)
            )
        asks = session.requests and (before is None or before[1] != holder.number)
        if asks and session.number in self._clients:
            self._clients[holder.number].notify(
                events.Requested(session.caller.user, session.since, session.number)
            )
