"""The queue of sessions that wait for the seat, and the events that tell of it."""

from collections.abc import Mapping

from com1d.clients.client import Client
from com1d.core.session.session import SessionId, Sessions
from com1d.errors import BadRequest
from com1d.sessions.session import Session
from com1d.wire import events


class Queue:
    """The queue of one console. `core.session` has the order; this tells the clients."""

    __slots__ = ("_clients", "_sessions", "_table")

    def __init__(
        self,
        table: Sessions,
        sessions: Mapping[SessionId, Session],
        clients: Mapping[SessionId, Client],
    ) -> None:
        """Tell of the sessions that wait in `table`."""
        self._table = table
        self._sessions = sessions
        self._clients = clients

    def heir(self, to: SessionId | None) -> Session:
        """Give the session that gets a granted seat: `to`, by default the first that asked for it.

        Raises `BadRequest` when there is none.
        """
        waiting = self._table.waiting
        asking = [number for number in waiting if self._sessions[number].requests]
        if to is None and not asking:
            raise BadRequest("nobody asks for the active session")
        number = asking[0] if to is None else to
        if number not in waiting:
            raise BadRequest(f"session {number} does not wait for this console")
        return self._sessions[number]

    def tell(self) -> None:
        """Tell each waiting session its place, and the holder who asks for the seat."""
        holder = self._table.active
        if holder is None:
            return
        for place, number in enumerate(self._table.waiting, start=1):
            if number not in self._sessions or self._table.active != holder:
                return  # a client could not be told and was closed, which has told the others
            self._tell_one(self._sessions[number], place, self._sessions[holder])

    def _tell_one(self, session: Session, place: int, holder: Session) -> None:
        before, session.told = session.told, (place, holder.number)
        if before != session.told:
            self._clients[session.number].notify(
                events.Waiting(
                    place, holder.caller.user, holder.since, holder.caller.origin.as_json()
                )
            )
        asks = session.requests and (before is None or before[1] != holder.number)
        if asks and session.number in self._clients:
            self._clients[holder.number].notify(
                events.Requested(
                    session.caller.user, session.since, session.number,
                    session.caller.origin.as_json(),
                )
            )  # fmt: skip
