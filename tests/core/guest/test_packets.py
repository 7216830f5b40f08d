"""A kernel debugger's packets among a guest's bytes."""

import pytest

from com1d.core.guest.packets import PACKET_MAX, last_packet


DATA = b"0000" + b"\x07\x00\x08\x00\x00\x08\x80\x80" + b"sums"
RESET = b"iiii" + b"\x06\x00\x00\x00\x00\x00\x00\x00" + bytes(4)


@pytest.mark.parametrize(("packet", "size"), [(DATA, 12), (RESET, PACKET_MAX)])
def test_the_last_packet_of_several_counts(packet: bytes, size: int):
    """It is found behind text and other packets, and its header's end is given."""
    assert size == last_packet(packet)
    assert len(DATA + b"text") + size == last_packet(DATA + b"text" + packet + b"more")


@pytest.mark.parametrize("data", [b"", b"0000", b"00000000 iiii", DATA[:11], RESET[:15]])
def test_text_and_half_a_packet_are_none(data: bytes):
    """Zeros in text, or a header that is not all there, tell nothing."""
    assert -1 == last_packet(data)
