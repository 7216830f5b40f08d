"""Half of a frame: it is known where the frame began, however its client has written it."""

from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

from com1d.clients.part import Part


def written(payload: bytes, length_bytes: int) -> bytes:
    """Write a client's frame with its length in so many bytes, or more where they do not do."""
    size = len(payload)
    if length_bytes == 0 and size < 126:
        length = bytes([0x80 | size])
    elif length_bytes < 8 and size < 65536:
        length = bytes([0x80 | 126]) + size.to_bytes(2)
    else:
        length = bytes([0x80 | 127]) + size.to_bytes(8)
    return bytes([0x80 | Opcode.BINARY]) + length + bytes(4) + payload


payloads = st.one_of(st.binary(max_size=300), st.integers(65000, 66000).map(bytes))
frames = st.lists(st.tuples(payloads, st.sampled_from([0, 2, 8])), min_size=1, max_size=5)


@given(frames, st.lists(st.integers(1, 400), min_size=1), st.integers(0, 70000))
def test_what_came_of_a_frame_begins_where_the_frame_does(frames, sizes, rest: int):
    """Any cut, and any of the lengths that the parser takes: overlong ones are no errors."""
    whole = [written(*frame) for frame in frames]
    stream = b"".join(whole)
    stream = stream[: len(stream) - min(rest, len(whole[-1]))]
    protocol, part, at, ended = ServerProtocol(state=State.OPEN), Part(), 0, 0
    for size in sizes * (1 + len(stream) // sum(sizes)):
        protocol.receive_data(piece := stream[at : at + size])
        ended += len(protocol.events_received())
        part.take(piece)
        at = min(at + size, len(stream))
        begins = sum(map(len, whole[:ended]))
        assert stream[begins:at] == part.came(bytes(protocol.reader.buffer))
