"""Repeated characters between a fast writer and a slow reader."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.ports.demo.keyboard import READ_TIME, WAITING_MAX, KeyQueue


FAR_AWAY = 1e6


def pasted(data, *, gap_between_equals=0.0, gap=0.0):
    """Give what a reader gets of bytes written with these gaps."""
    queue, now, read, last = KeyQueue(), 0.0, b"", None
    for byte in data:
        now += gap_between_equals if byte == last else gap
        read += queue.read(now)
        queue.put(byte, now)
        last = byte
    return read + queue.read(FAR_AWAY)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (b"abab", b"abab"),
        (b"aa", b"aaa"),
        (b"aaa", b"aaaa"),
        (b"CurrentControlSet", b"CurrrentControlSet"),
        (b"fDenyTSConnections", b"fDenyTSConnnections"),
        (b"Install-windowsfeature", b"Installl-windowsfeature"),
    ],
)
def test_burst_repeats(sent, read):
    """In a burst, n equal neighbours are read as n + 1; the strings are those of real reports."""
    assert pasted(sent) == read


@given(st.binary(max_size=200))
def test_gap_between_equals_saves_a_paste(data):
    """A writer that waits only between equal neighbours loses and repeats nothing.

    It has to wait for everything before the first of the two to be read, as an echo tells it.
    """
    assert pasted(data, gap_between_equals=(len(data) + 1) * READ_TIME) == data


@given(st.binary(max_size=200))
def test_slow_writer_is_safe(data):
    """Whoever types slower than the reader reads is never affected."""
    assert pasted(data, gap=2 * READ_TIME, gap_between_equals=2 * READ_TIME) == data


@given(st.lists(st.sampled_from(b"ab"), max_size=200).map(bytes))
def test_burst_model(data):
    """In a burst every run of n > 1 equal bytes grows by one, and nothing else changes."""
    runs = [(byte, len(list(run))) for byte, run in groupby(data)]
    expected = b"".join(bytes([byte]) * (n if n == 1 else n + 1) for byte, n in runs)
    assert pasted(data) == expected


def test_reader_takes_its_time():
    """A key is read no earlier than the deadline says, and keys come one at a time."""
    queue = KeyQueue()
    assert queue.deadline() is None
    queue.put(ord("a"), 1.0)
    queue.put(ord("b"), 1.0)
    due = queue.deadline()
    assert due == 1.0 + READ_TIME
    assert (queue.read(1.0), queue.read(due), queue.deadline()) == (b"", b"a", due + READ_TIME)
    assert (queue.read(FAR_AWAY), queue.deadline()) == (b"b", None)


def test_waiting_keys_are_bounded():
    """What comes while the queue is full is lost, and the queue works on."""
    read = pasted(b"ab" * WAITING_MAX)
    assert read == b"ab" * (WAITING_MAX // 2)
