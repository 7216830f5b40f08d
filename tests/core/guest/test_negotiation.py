"""Telnet among a guest's bytes."""

import pytest

from com1d.core.guest.negotiation import negotiates


QEMU = b"\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00"
"""What `-serial telnet:` begins with."""


@pytest.mark.parametrize("data", [QEMU, b"login: " + QEMU, b"\xff\xfd\x18\xff\xfd\x20"])
def test_a_server_that_asks_is_known(data: bytes):
    """Two options in a row are a negotiation, wherever they stand."""
    assert negotiates(data)


@pytest.mark.parametrize("data", [b"", QEMU[:5], b"\xff" * 99, bytes(range(256)), "ÿûÿý".encode()])
def test_noise_is_no_negotiation(data: bytes):
    """Half a negotiation, a line at the wrong speed and text are none."""
    assert not negotiates(data)
