"""The packets that Windows sends a kernel debugger, which are no text (KDCOM)."""

import re
from typing import Final


PACKET_MAX: Final = 16
"""Bytes of a packet's header, by which it is known."""

_PACKET: Final = re.compile(
    # leader, type, byte count, id with its fixed upper half 0x8080
    rb"0000[\x01-\x0a]\x00[\x00-\xff][\x00-\x0f][\x00\x01][\x00\x08]\x80\x80"
    # acknowledge, resend and reset have neither data nor a checksum
    rb"|iiii[\x04-\x06]\x00\x00\x00[\x00\x01][\x00\x08](?:\x00\x00|\x80\x80)\x00{4}",
    re.DOTALL,
)


def last_packet(data: bytes) -> int:
    """Give where the last packet's header in `data` ends; -1 where there is none."""
    if b"0000" not in data and b"iiii" not in data:
        return -1
    end = -1
    for found in _PACKET.finditer(data):
        end = found.end()
    return end
