"""Who hears of what a guest prints."""

from com1d.core.stream.ring import Ring
from com1d.line.fanout import Fanout


def test_every_taker_is_told_in_order_of_each_piece_that_is_stored():
    """A taker hears of a piece once that can be read; a change counts from the next piece on."""
    ring = Ring(64)
    fanout = Fanout(ring.append)
    heard: list[tuple[str, bytes, int]] = []

    def first(data: bytes) -> None:
        heard.append(("first", data, ring.end))
        fanout.tell(second)

    def second(data: bytes) -> None:
        heard.append(("second", data, ring.end))

    fanout.tell(first, second)
    fanout.deliver(b"ab")
    fanout.deliver(b"c")

    assert [("first", b"ab", 2), ("second", b"ab", 2), ("second", b"c", 3)] == heard
