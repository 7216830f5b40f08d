"""The paste limit on a raw socket: bursts, marked pastes, and what counts as a gap."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.bracketed import END, START
from com1d.core.paste.burst import (
    GAP,
    PASTE_STALL,
    BurstLimit,
    Cut,
    Pasted,
    Refused,
    Typed,
    Unfinished,
)
from com1d.core.stream.pacing import Bucket


BAUD = 115200
LIMIT = 20
WITHIN = GAP / 2
AFTER = GAP * 1.01
MICROSECOND = 1e-6


def split(data: bytes, cuts: list[int]) -> list[bytes]:
    """Cut data at the given places."""
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in pairwise(places)]


def typed(commands: list) -> bytes:
    """Join what passed as typing."""
    return b"".join(c.data for c in commands if isinstance(c, Typed))


def feed_all(limit: BurstLimit, pieces: list[bytes], step: float = 0.001) -> list:
    """Feed pieces one after the other without a gap, then let all time pass."""
    commands = [c for n, piece in enumerate(pieces) for c in limit.feed(piece, n * step)]
    while (deadline := limit.deadline()) is not None:
        commands += limit.expire(deadline)
    return commands


cuts = st.lists(st.integers(0, 200), max_size=10)
texts = st.text(st.sampled_from("ab é€🙂\r\n\t"), max_size=60)


@given(texts, cuts)
def test_the_limit_counts_characters_however_the_bytes_are_split(text: str, places: list[int]):
    """Of any text exactly the first characters pass; the rest is counted and reported once."""
    commands = feed_all(BurstLimit(LIMIT, BAUD), split(text.encode(), places))

    over = text[LIMIT:]
    assert text[:LIMIT].encode() == typed(commands)
    assert ([Cut(len(over), len(over.encode()), LIMIT)] if over else []) == [
        c for c in commands if isinstance(c, Cut)
    ]


@given(st.binary(max_size=80).filter(lambda data: START not in data), cuts)
def test_any_bytes_pass_or_are_counted_whatever_the_splits(data: bytes, places: list[int]):
    """Invalid bytes count one each, and no split of the input changes what happens to it."""
    whole = feed_all(BurstLimit(LIMIT, BAUD), [data])
    parts = feed_all(BurstLimit(LIMIT, BAUD), split(data, places))

    assert typed(whole) == typed(parts)
    assert [c for c in whole if isinstance(c, Cut)] == [c for c in parts if isinstance(c, Cut)]
    assert len(data) == len(typed(whole)) + sum(c.size for c in whole if isinstance(c, Cut))


def test_invalid_bytes_count_one_each():
    """Twenty stray continuation bytes are twenty characters."""
    commands = feed_all(BurstLimit(LIMIT, BAUD), [b"\x80" * 21])

    assert [Typed(b"\x80" * 20, 0.0), Cut(1, 1, LIMIT)] == commands


def test_a_gap_starts_anew():
    """Two bursts within the limit, 50 ms apart, both pass whole."""
    limit = BurstLimit(LIMIT, BAUD)

    commands = limit.feed(b"a" * LIMIT, 0.0) + limit.feed(b"b" * LIMIT, AFTER)

    assert b"a" * LIMIT + b"b" * LIMIT == typed(commands)


def test_discarding_goes_on_until_the_gap_and_is_said_once():
    """Pieces that trickle in less than 50 ms apart are all discarded, and reported together."""
    limit = BurstLimit(LIMIT, BAUD)
    commands = []
    for n in range(10):
        commands += limit.feed(b"x" * 10, n * WITHIN)
    end = limit.deadline()
    assert end is not None
    commands += limit.expire(end)

    assert [Typed(b"x" * 10, 0.0), Typed(b"x" * 10, WITHIN), Cut(80, 80, LIMIT)] == commands
    assert limit.deadline() is None


def test_a_late_timer_still_reports_before_what_comes_next():
    """If the next burst comes before the timer ran, the report comes first."""
    limit = BurstLimit(LIMIT, BAUD)
    limit.feed(b"x" * 30, 0.0)

    assert [Cut(10, 10, LIMIT), Typed(b"y", AFTER)] == limit.feed(b"y", AFTER)


@given(st.lists(st.integers(1, LIMIT), max_size=60))
def test_a_script_that_waits_for_its_echo_is_never_hit(lines: list[int]):
    """Lines sent as soon as the guest can have answered each of them pass without end."""
    limit, bucket, now, commands = BurstLimit(LIMIT, BAUD), Bucket(BAUD), 0.0, []
    for size in lines:
        commands += limit.feed(b"x" * size, now)
        for _ in range(size):
            if not bucket.take(now, 1):
                now = bucket.deadline() or math.inf
                assert bucket.take(now, 1) == 1
        now += MICROSECOND
        limit.guest_spoke(now)

    assert b"x" * sum(lines) == typed(commands)


@given(st.lists(st.floats(GAP, 1.0), min_size=LIMIT + 1, max_size=60))
def test_typing_is_never_hit_though_the_guest_is_silent(pauses: list[float]):
    """Keys 50 ms and more apart pass without end, with no echo at all."""
    limit, now, commands = BurstLimit(LIMIT, BAUD), 0.0, []
    for pause in pauses:
        now += pause + 0.001
        commands += limit.feed(b"k", now)

    assert b"k" * len(pauses) == typed(commands)


@given(st.integers(17, 4096), st.floats(0.0001, 0.001))
def test_a_flooding_guest_does_not_open_the_limit_for_a_paste(size: int, step: float):
    """A guest that talks all the time answers nothing that has not even reached it."""
    limit, commands = BurstLimit(2048, BAUD), []
    pieces = split(b"x" * 65536, list(range(0, 65536, size)))
    for n, piece in enumerate(pieces):
        commands += limit.feed(piece, n * step)
        limit.guest_spoke(n * step)
        limit.guest_spoke((n + 1) * step)

    assert len(typed(commands)) < 65536
    assert len(typed(commands)) <= 2048 + len(pieces) * step * BAUD / 10 + 16


def test_a_cut_paste_never_goes_on_with_a_hole_in_it():
    """Once something was discarded, an answer of the guest does not let the rest of it through."""
    limit = BurstLimit(LIMIT, BAUD)
    limit.feed(b"x" * 30, 0.0)
    limit.guest_spoke(0.04)

    assert [] == limit.feed(b"x" * 10, 0.045)


def test_silence_of_the_daemon_is_no_gap():
    """A burst goes on across a time in which the daemon did not read."""
    limit = BurstLimit(LIMIT, BAUD)
    limit.feed(b"x" * 30, 0.0)
    limit.pause()
    assert limit.deadline() is None
    assert [] == limit.expire(5.0)
    limit.resume(5.0)

    assert [] == limit.feed(b"x" * 10, 5.0 + WITHIN)
    assert [Cut(20, 20, LIMIT)] == limit.expire(5.0 + WITHIN + GAP)


@given(texts.filter(lambda t: len(t) <= LIMIT), cuts, st.sampled_from([b"", b"ls", b"\xc3\xa9"]))
def test_a_marked_paste_arrives_whole_and_without_its_markers(text: str, places, around: bytes):
    """The markers are found wherever they are split, and never reach the guest."""
    data = around + START + text.encode() + END + around

    commands = feed_all(BurstLimit(LIMIT, BAUD), split(data, places))

    assert [Pasted(text.encode())] == [c for c in commands if isinstance(c, Pasted)]
    assert around + around == typed(commands)


@given(texts, cuts)
def test_a_marked_paste_over_the_limit_is_refused_whole(text: str, places: list[int]):
    """Nothing of it passes; the count is that of the whole, with CRLF as one."""
    data = "a" * LIMIT + "🙂" + text
    characters = len(data) - data.count("\r\n")

    commands = feed_all(BurstLimit(LIMIT, BAUD), split(START + data.encode() + END, places))

    assert [Refused(characters, LIMIT)] == commands


def test_a_gigabyte_in_a_marked_paste_is_counted_and_not_kept():
    """The memory that a paste takes ends where it can no longer pass."""
    limit = BurstLimit(LIMIT, BAUD)
    limit.feed(START, 0.0)
    for _ in range(1000):
        limit.feed(b"x" * 65536, 0.0)

    assert limit._paste is not None
    assert len(limit._paste.data) <= LIMIT * 4
    assert [Refused(65536000, LIMIT)] == limit.feed(END, 0.0)


@pytest.mark.parametrize("ending", ["expire", "close"])
def test_a_marked_paste_without_an_end_is_given_up(ending: str):
    """After two seconds of silence, or when the client goes, nothing of it is sent."""
    limit = BurstLimit(LIMIT, BAUD)
    limit.feed(START + b"rm -r\x1b[20", 0.0)

    assert PASTE_STALL == limit.deadline()
    assert [] == limit.expire(PASTE_STALL * 0.9)
    done = limit.close() if ending == "close" else limit.expire(PASTE_STALL)
    assert [Unfinished(9)] == done


def test_a_lone_escape_is_let_go_after_the_gap_with_the_time_it_came():
    """It could be the start of a marker; the keys that follow it must know how old it is."""
    limit = BurstLimit(LIMIT, BAUD)

    assert [] == limit.feed(b"\x1b", 1.0)
    assert limit.deadline() == 1.0 + GAP
    assert [Typed(b"\x1b", 1.0)] == limit.expire(1.0 + GAP)
    assert limit.deadline() is None


def test_a_start_of_a_marker_that_grows_is_as_old_as_its_first_byte():
    """Bytes that trickle in do not hold the first of them longer than the gap."""
    limit = BurstLimit(LIMIT, BAUD)
    limit.feed(b"\x1b", 1.0)
    limit.feed(b"[", 1.02)

    assert limit.deadline() == 1.0 + GAP


def test_other_sequences_are_not_held():
    """An arrow key passes at once: after its third byte it cannot become a marker."""
    assert [Typed(b"\x1b[A", 1.0)] == BurstLimit(LIMIT, BAUD).feed(b"\x1b[A", 1.0)


def test_close_gives_what_was_held_and_reports_what_was_cut():
    """A client that leaves loses nothing that it typed within the limit."""
    limit = BurstLimit(LIMIT, BAUD)
    limit.feed(b"ab\xc3", 0.0)
    cut = BurstLimit(LIMIT, BAUD)
    cut.feed(b"x" * 21, 0.0)

    assert [Typed(b"\xc3", 0.0)] == limit.close()
    assert [Cut(1, 1, LIMIT)] == cut.close()


def test_reports_are_lines_for_people():
    """Each says how many characters, and what became of them."""
    assert "12 characters were discarded: more than 2048 came at once (the paste limit)" == str(
        Cut(12, 15, 2048)
    )
    assert "the paste has 3000 characters, the limit is 2048; nothing was sent" == str(
        Refused(3000, 2048)
    )
    assert "the end of a paste of 7 characters never came; nothing was sent" == str(Unfinished(7))


keys = st.sampled_from([b"a", b"\r", b"\x03", b"\x1b", b"\xc3", b"ab", START, END, b"x" * 15])


@given(st.lists(st.tuples(keys, st.sampled_from([0.001, WITHIN, AFTER])), max_size=40))
def test_the_short_way_of_a_key_comes_to_the_same(pieces: list[tuple[bytes, float]]):
    """Asked first whether a key passes, a limit does what one does that is only fed."""
    asked, fed, now = BurstLimit(LIMIT, BAUD), BurstLimit(LIMIT, BAUD), 0.0
    for data, step in pieces:
        now += step
        got = [Typed(data, now)] if asked.passes(data, now) else asked.feed(data, now)

        assert fed.feed(data, now) == got
        assert (fed.deadline(), fed.waits) == (asked.deadline(), asked.waits)
    assert fed.close() == asked.close()
