"""Where frames end, in any stream cut at any place."""

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode

from com1d.gateway.relay.frames import Frames


SIZES = st.one_of(st.integers(0, 300), st.sampled_from([125, 126, 127, 65535, 65536]))
FRAMES = st.builds(
    lambda size, mask: Frame(Opcode.BINARY, b"\x88" * size).serialize(mask=mask),
    SIZES,
    st.booleans(),
) | st.builds(
    lambda size: Frame(Opcode.PING, b"\x88" * size).serialize(mask=False), st.integers(0, 125)
)


@given(st.lists(FRAMES, max_size=4), st.data())
def test_a_boundary_is_found_wherever_the_stream_is_cut(frames, data):
    """It is between two frames exactly at their ends, whatever pieces the stream comes in."""
    stream = b"".join(frames)
    ends = {sum(map(len, frames[:count])) for count in range(len(frames) + 1)}
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=6).map(sorted))
    followed, at = Frames(), 0

    for cut in [*cuts, len(stream)]:
        followed.follow(stream[at:cut])
        at = cut
        assert (cut in ends) == followed.between

    assert not followed.closes


@given(st.lists(FRAMES, max_size=2), st.integers(1, 8))
def test_nothing_comes_after_a_close(frames, step):
    """Once a close frame has begun, no frame of ours may follow; its bytes in others are none."""
    stream = b"".join(frames) + Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=False)
    followed = Frames()

    for at in range(0, len(stream), step):
        followed.follow(stream[at : at + step])

    assert followed.closes
    assert not followed.between
