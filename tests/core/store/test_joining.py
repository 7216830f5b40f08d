"""Where a stream goes on in QEMU's log of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from com1d.core.store.joining import (
    LOOK_SECONDS,
    LOOKS,
    TRIES,
    Compare,
    Drop,
    Joining,
    Listen,
    Look,
    Sample,
    Tell,
    nearest,
)


@given(st.text("ab", max_size=60), st.text("ab", max_size=4), st.integers(0, 70), st.integers(0, 9))
def test_the_nearest_is_found(text: str, needle: str, expected: int, base: int):
    """Of all places at which something stands, it is one that is as near as any."""
    window = text.encode()
    places = [base + at for at in range(len(text)) if text.startswith(needle, at)]
    found = nearest(window, base, needle.encode(), base + expected)

    if not needle:
        assert base + expected == found
    elif not places:
        assert found is None
    else:
        assert found in places
        assert min(abs(p - base - expected) for p in places) == abs(found - base - expected)


class World:
    """A guest that prints, QEMU that sends and logs, and a daemon that reads and tells."""

    def __init__(self, data, past: bytes, had: int, said: bytes) -> None:
        self._draw = data.draw
        self.log = bytearray(past)
        self.stream = bytearray(past[:had])
        self.unread, self.held, self.to_say = bytearray(), bytearray(), bytearray(said)
        self._lagging = 0

    def print(self, count: int) -> None:
        """Send so many bytes and log them."""
        said, self.to_say = self.to_say[:count], self.to_say[count:]
        self.unread += said
        self.log += said

    def go_on(self) -> None:
        """Let some time pass."""
        self.print(self._draw(st.sampled_from([0, 0, 0, 1, 5])))
        if self._draw(st.booleans()):
            self.held += self.unread
            self.unread.clear()

    def look(self) -> Sample:
        """Take a sample: in some moments a byte is sent and not logged, in others one comes."""
        before = len(self.unread)
        if self._lagging < LOOKS - 1 and self.to_say and self._draw(st.booleans()):
            self._lagging += 1
            sample = Sample(before + 1, len(self.log), before + 1, len(self.held))
            self.print(1)
            return sample
        if self.to_say and self._draw(st.booleans()):
            self.print(1)
        return Sample(before, len(self.log), len(self.unread), len(self.held))


@settings(max_examples=500)  # a doubled byte takes a look at the wrong moment, and little said
@given(st.data(), st.binary(max_size=30) | st.text("ab", max_size=30).map(str.encode))
def test_a_line_is_joined_without_a_byte_lost_or_doubled(data, text: bytes):
    """Wherever QEMU is between sending and logging, as long as one look finds them agreed."""
    past = text[: data.draw(st.integers(0, len(text)))]
    had = data.draw(st.integers(0, len(past)))
    world = World(data, past, had, text[len(past) :])
    joining = Joining(had)
    dropped: int | None = None
    step = joining.begin()
    while dropped is None:
        world.go_on()
        match step:
            case Look():
                step = joining.looked(world.look())
            case Tell(start=start, stop=stop):
                world.stream += world.log[start:stop]
                step = joining.told(stop)
            case Listen():
                if not world.held and not world.unread:
                    world.print(1)
                if not world.held and not world.unread:  # it never says anything
                    assert past == world.stream
                    return
                step = joining.spoke()
            case Compare(base=base, size=size):
                window = bytes(world.log[base : base + size])
                step = joining.compared(window, base, bytes(world.held))
            case Drop(count=count):
                dropped = count

    assert text == world.stream + world.held[dropped:] + world.unread + world.to_say


def test_a_line_that_never_stands_still_is_looked_at_for_so_long_and_no_longer():
    """Each look is a turn of the loop; the last one has to do."""
    joining = Joining(0)
    restless = Sample(0, 50, 1, 9)

    steps = [joining.looked(restless) for _ in range(TRIES)]

    assert [Look(0.0)] * (TRIES - 1) + [Tell(0, 40)] == steps


def test_a_byte_that_qemu_wrote_down_often_is_found_out_by_what_the_line_said():
    """It tried the last one four times: by count alone, three bytes of the line would be past."""
    log, said = b"past" + b"0123456789" + b"999", b"0123456789"
    joining = Joining(4)
    joining.begin()
    assert Tell(4, 7) == joining.looked(Sample(10, len(log), 10, 0))
    assert Listen() == joining.told(7)
    joining.spoke()
    steps = [joining.looked(Sample(0, len(log), 0, 10)) for _ in range(LOOKS)]

    assert isinstance(steps[-1], Compare)
    assert Tell(7, 7) == joining.compared(log[steps[-1].base :], steps[-1].base, said)
    assert Drop(3) == joining.told(7)


def test_of_some_looks_the_latest_place_counts():
    """The log lags behind a byte that was just sent, and never leads."""
    joining = Joining(0)
    joining.begin()
    joining.looked(Sample(0, 5, 0, 0))
    joining.told(5)
    joining.spoke()
    lagging, agreed = Sample(1, 5, 1, 1), Sample(2, 7, 2, 0)

    steps = [joining.looked(sample) for sample in (lagging, agreed, lagging)]

    assert [Look(LOOK_SECONDS), Look(LOOK_SECONDS)] == steps[:-1]
    assert Tell(5, 5) == joining.compared(b"", 0, b"x")
    assert Drop(0) == joining.told(5)
