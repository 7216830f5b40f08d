"""Events of a hypervisor, one JSON object a line: it may be of another version, or compromised."""

import asyncio
import json
from contextlib import suppress

from com1d.control.base import VmEvent
from com1d.control.qmp import QmpControl
from fuzz.sockets import LOOP


STAMP = b'"timestamp":{"seconds":1400000000,"microseconds":7}'

SEEDS = (
    b'{"event":"RESET","data":{"guest":true,"reason":"guest-reset"},' + STAMP + b"}",
    b'{"event":"SHUTDOWN","data":{"guest":false,"reason":"host-qmp-quit"},' + STAMP + b"}",
    b'{"event":"GUEST_PANICKED","data":{"action":"pause","info":{"type":"hyper-v","arg1":226,'
    b'"arg2":0,"arg3":0,"arg4":0,"arg5":0}},' + STAMP + b"}",
    b'{"event":"GUEST_CRASHLOADED","data":{"action":"run"},' + STAMP + b"}",
    b'{"event":"GUEST_PANICKED","data":{"info":{"type":"hyper-v","arg1":-226}}}',
    b'{"event":"STOP","timestamp":{"seconds":1,"microseconds":1' + b"0" * 400 + b"}}",
    b'{"event":"WATCHDOG","data":{"action":"reset"}}\n{"event":"STOP"}\n{"event":"RESUME"}',
)


def target(data: bytes) -> None:
    """Expect of each something that clients can be told, or nothing."""
    LOOP.run_until_complete(_hear(data.splitlines()))


async def _hear(lines: list[bytes]) -> None:
    control, events = QmpControl("/nowhere", "web01", "pipe:/nowhere"), []
    control._on_event = events.append
    for line in lines:
        message = None
        with suppress(ValueError, RecursionError):  # such a line ends the connection
            message = json.loads(line)
        if isinstance(message, dict) and isinstance(message.get("event"), str):
            control._hear(message["event"], message)
    await asyncio.sleep(0)
    for event in events:
        assert isinstance(event, VmEvent)
        json.dumps([event.what.value, event.cause, dict(event.detail)])
        if code := event.detail.get("stop_code"):
            assert int(code, 16) >= 0
