"""The last words to clients whose sessions another process could not go on with."""

import contextlib
import json
import os
from typing import Final

from websockets.frames import Close, Frame, Opcode

from com1d import wire
from com1d.loop.lingering import Lingering, close_emptied
from com1d.wire.events import Restarted


COME_BACK: Final = "com1d was restarted, and could not keep this session; attach again"


def send_away(fd: int, lingering: Lingering, *, raw: bool, place: int | None) -> None:
    """Tell a client to come back, and close its socket, which is ours from now on.

    `place` is the offset up to which it has the stream. Where that is not known, it may be within a
    frame, and a WebSocket client is told by the end alone. One that was told answers, and may lose
    what it was told where it cannot (websockets' threads do), so its socket is closed after that.
    """
    words = f"\r\ncom1d: {COME_BACK}\r\n".encode() if raw else b""
    if not raw and place is not None:
        event = Frame(Opcode.TEXT, json.dumps(Restarted(place).as_json()).encode())
        close = Frame(Opcode.CLOSE, Close(wire.CLOSE_RESTARTING, COME_BACK).serialize())
        words = event.serialize(mask=False) + close.serialize(mask=False)
    os.set_blocking(fd, False)
    with contextlib.suppress(OSError):
        os.write(fd, words)
    if words and not raw:
        lingering.keep(fd, left=True)
    else:
        close_emptied(fd)
