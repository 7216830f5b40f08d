"""Where the bytes of a console's log are said to be."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from bootlog.household import living
from com1d.bootlog.account import Account


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("take"), st.binary(min_size=1, max_size=9)),
        st.tuples(st.just("skip"), st.integers(1, 9)),
        st.tuples(st.just("hand over"), st.none()),
        st.tuples(st.just("settle"), st.floats(0, 1)),
        st.tuples(st.just("lose"), st.floats(0, 1)),
    )
)


@given(st.integers(0, 50), st.floats(0, 1), STEPS)
def test_every_byte_is_somewhere(end, part, steps):
    """Whatever is taken, missed, handed over, written or lost, each byte is counted once."""
    account = Account(end, int(end * part))
    begin = account.settled
    stream: dict[int, int] = {}
    handed: dict[int, int] = {}
    for step, value in steps:
        match step:
            case "take":
                stream |= dict(enumerate(value, account.end))
                account.take(value)
            case "skip":
                account.skip(value)
            case "hand over":
                for offset, parts in account.hand_over():
                    handed |= dict(enumerate(b"".join(parts), offset))
                assert handed == stream
            case "settle":
                account.settle(int(account.held * value))
            case "lose":
                lost = int(account.held * value)
                assert lost == account.lose(account.handed - lost)

        assert account.end == account.settled + account.held + account.waiting
        assert account.settled - begin == account.logged + account.missed
        assert account.waiting == len(stream) - len(handed)


async def test_a_hole_does_not_move_what_waits_before_it(tmp_path: Path):
    """A log that ends while its ring runs over has each byte at its offset, and the gap between."""
    text = bytes(range(256)) * 1200
    async with living(tmp_path) as house:
        console = house.console("web01", scrollback=4096)
        house.library.grant(1 << 26)  # nothing is left of the common memory
        for start in range(0, len(text), 1024):
            console.print(text[start : start + 1024])
        console.store.detach()
        await house.until(lambda: console.store.past.end == len(text))
        pieces = [piece async for piece in console.store.past.read(0)]

        assert console.store.account.missed > 0
        assert all(text[piece.offset : piece.end] == piece.data for piece in pieces)
        assert len(text) == sum(len(p.data) for p in pieces) + console.store.account.missed
