"""The whole way of a paste through the core, from a client's bytes to the port's."""

from contextlib import suppress
from itertools import cycle, pairwise

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste import delivery, paste
from com1d.core.paste.burst import END, PASTE_STALL, START, BurstLimit, Pasted, Typed
from com1d.core.paste.transfer import Transfer
from com1d.core.stream.pacing import FIFO, Bucket
from com1d.core.stream.transmit import TransmitQueue
from com1d.errors import Problem


BAUD = 9600
LIMIT = 40


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


def received(pieces: list[bytes], pauses: list[float]) -> list[bytes]:
    """Feed the burst limit piece by piece with the given pauses; give the pastes that pass it."""
    limit, now, passed = BurstLimit(LIMIT, BAUD), 0.0, []
    for piece, pause in zip(pieces, cycle(pauses), strict=False):
        now += pause
        passed += limit.expire(now) + limit.feed(piece, now)
    passed += limit.close()
    assert not [command for command in passed if isinstance(command, Typed)]
    return [command.data for command in passed if isinstance(command, Pasted)]


def delivered(text: str, *, verify: bool, echoes: bool, late: list[float]) -> list:
    """Deliver a paste over a paced line; give the port's writes, each with its time.

    Every timer fires `late`, and the guest, where it echoes, does so at once.
    """
    transfer, queue, bucket = Transfer(text, verify=verify), TransmitQueue(), Bucket(BAUD)
    now, writes, lateness = 0.0, [], cycle(late)
    commands = transfer.begin(now)
    while True:
        for command in commands:
            if isinstance(command, delivery.Send):
                queue.put(1, command.data)
        fresh = queue.peek(bucket.take(now, queue.size))
        queue.advance(len(fresh))
        commands = []
        if fresh:
            writes.append((now, fresh))
            commands = transfer.guest_spoke(fresh.replace(b"\r", b"\r\n"), now) if echoes else []
        due = [time for time in (transfer.deadline(), bucket.deadline()) if time is not None]
        if not commands and not due:
            return writes
        if not commands:
            now = max(now, min(due)) + next(lateness)
            commands = transfer.expire(now)


texts = st.text(st.sampled_from("aab é€🙂\r\n\t\x1bR\x7f\x85"), max_size=60)
binary = texts.map(lambda text: f"{text}\0")
cuts = st.lists(st.integers(0, 300), max_size=8)
pauses = st.lists(st.floats(0, PASTE_STALL * 0.9), min_size=1, max_size=8)
lateness = st.lists(st.floats(0, 0.3), min_size=1, max_size=5)


@given(texts | binary, cuts, pauses, st.booleans(), st.booleans(), lateness)
def test_the_port_gets_the_cleaned_text_or_nothing(text, places, waits, verify, echoes, late):
    """For any text, any chunking and any clock; and never faster than the line."""
    writes: list[tuple[float, bytes]] = []
    for data in received([START, *split(text.encode() + END, places)], waits):
        with suppress(Problem):
            prepared = paste.prepare(paste.decode(data), LIMIT)
            writes = delivered(prepared.text, verify=verify, echoes=echoes, late=late)

    refused = paste.count(text) > LIMIT or "\0" in text or not paste.clean(text)
    expected = b"" if refused else paste.clean(text).encode()
    assert expected == b"".join(data for _, data in writes)
    for first, (start, _) in enumerate(writes):
        sent = 0
        for time, data in writes[first:]:
            sent += len(data)
            assert sent <= FIFO + 1 + (time - start) * BAUD / 10
