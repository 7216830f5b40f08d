"""The opening of a WebSocket at the daemon, up to its answer: 101, or a problem."""

import json
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import h11

from com1d.gateway.problems import NotReached
from com1d.gateway.signin.user import User
from com1d.wire.words import SUBPROTOCOL


ANSWER_BYTES: Final = 65536
"""Bytes of a refusal; they take 1 KiB."""

_KEY: Final = "dGhlIGdhdGV3YXkgYXNrcw=="
"""Any 16 bytes in base64: the key keeps proxies' caches out, and a Unix socket has none."""

_UPGRADED: Final = HTTPStatus.SWITCHING_PROTOCOLS

Refusal: TypeAlias = dict[str, Any]


class Opening:
    """The request, and what comes back of the answer."""

    def __init__(self, user: User, target: str) -> None:
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=ANSWER_BYTES)
        self._status = 0
        self._body = bytearray()
        headers = {
            "Host": "com1d",
            "Connection": "Upgrade",
            "Upgrade": "websocket",
            "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": _KEY,
            "Sec-WebSocket-Protocol": SUBPROTOCOL,
            **user.headers(),
        }
        encoded = [(key.encode(), value.encode()) for key, value in headers.items()]
        self.request = self._http.send(h11.Request(method="GET", target=target, headers=encoded))
        """What to send."""

    def receive(self, data: bytes) -> bytes | Refusal | None:
        """Take what came, and give what follows a 101, or the refusal; None while it is not whole.

        Raises `NotReached` where the daemon ends or says something else.
        """
        try:
            self._http.receive_data(data)
            while (event := self._http.next_event()) not in (h11.NEED_DATA, h11.PAUSED):
                if isinstance(event, h11.InformationalResponse) and event.status_code == _UPGRADED:
                    return bytes(self._http.trailing_data[0])
                if isinstance(event, h11.Response):
                    self._status = event.status_code
                elif isinstance(event, h11.Data):
                    self._body += event.data
                elif isinstance(event, h11.EndOfMessage):
                    return self._refusal()
        except h11.RemoteProtocolError as error:
            raise NotReached(str(error)) from error
        return None

    def _refusal(self) -> Refusal:
        try:
            members = json.loads(self._body)
        except ValueError:
            members = None
        if not isinstance(members, dict):
            raise NotReached(f"it answered {self._status}")
        return members
