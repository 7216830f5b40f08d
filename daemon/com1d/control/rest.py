"""One HTTP request on a Unix socket: all that Cloud Hypervisor's API takes."""

import asyncio
import contextlib
from typing import Final, NamedTuple

import h11

from com1d.control.attempt import HungUp
from com1d.control.dial import dial
from com1d.errors import ControlRefused


BODY_BYTES: Final = 262144
"""The longest answer that is read: `vm.info` of a VM with hundreds of devices. Parses in 3 ms."""

READ_BYTES: Final = 65536
"""Taken from the socket at once."""


class Answer(NamedTuple):
    """What a server said."""

    status: int
    body: bytes


async def request(
    path: str, console: str, method: str, target: str, found_port: str = ""
) -> Answer:
    """Ask the server on the socket `path`. The caller limits the time; `dial` has `found_port`.

    Raises `HungUp`, `ControlRefused`, and what `dial` does.
    """
    connection = dial(path, console, found_port)
    try:
        reader, writer = await asyncio.open_unix_connection(sock=connection)
    except BaseException:
        connection.close()
        raise
    try:
        return await _exchange(reader, writer, method, target)
    except OSError:
        raise HungUp from None
    except h11.RemoteProtocolError as error:
        raise ControlRefused(
            f"{console}: what listens on {path} does not speak HTTP: {error}"
        ) from None
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def _exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, method: str, target: str
) -> Answer:
    http = h11.Connection(h11.CLIENT)
    headers = [("Host", "localhost"), ("Accept", "application/json")]
    head = http.send(h11.Request(method=method, target=target, headers=headers)) or b""
    writer.write(head + (http.send(h11.EndOfMessage()) or b""))
    status, body = 0, bytearray()
    while True:
        match http.next_event():
            case h11.NEED_DATA:
                if not (data := await reader.read(READ_BYTES)):
                    raise HungUp
                http.receive_data(data)
            case h11.Response(status_code=code):
                status = code
            case h11.Data(data=data):
                body += data
                if len(body) > BODY_BYTES:
                    raise h11.RemoteProtocolError(f"more than {BODY_BYTES} bytes of answer")
            case h11.EndOfMessage():
                return Answer(status, bytes(body))
