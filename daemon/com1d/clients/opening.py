"""The opening of a WebSocket: from its request to the protocol that goes on with it."""

from http import HTTPStatus
from typing import Final

from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol
from websockets.typing import Subprotocol

from com1d.errors import BadRequest


MESSAGE_BYTES: Final = 2 * 1024 * 1024
"""Bytes of the largest message a client may send. It is far over the paste limit, so that a user
who pastes a megabyte is told its length instead of being disconnected."""


def handshake(
    head: bytes, subprotocol: str | None, longest: int = MESSAGE_BYTES
) -> tuple[ServerProtocol, bytes]:
    """Answer an upgrade request: the protocol, open, and the bytes to send.

    Messages of the client have `longest` bytes at most.
    Raises `BadRequest` when the request is no correct WebSocket opening.
    """
    protocol = ServerProtocol(
        subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
        max_size=longest,
    )
    protocol.receive_data(head)
    request = next((e for e in protocol.events_received() if isinstance(e, Request)), None)
    if request is None:
        raise BadRequest("this is no WebSocket opening")
    response = protocol.accept(request)
    if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
        raise BadRequest((response.body or b"").decode(errors="replace").strip())
    protocol.send_response(response)
    return protocol, b"".join(protocol.data_to_send())


def opened(longest: int = MESSAGE_BYTES) -> ServerProtocol:
    """Give the protocol of a connection whose opening another process has answered."""
    return ServerProtocol(state=State.OPEN, max_size=longest)
