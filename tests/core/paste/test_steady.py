"""The fixed pace: gaps between equal neighbours, and never too much before SAC."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.delivery import Finished, Parts, Progress, Send, Stopped
from com1d.core.paste.steady import INTERVAL, NEIGHBOUR_WAIT_MAX, SAC_IN_FLIGHT, SAC_STALL, Steady


def make(text: str, *, at_sac: bool = False, wait: float = 0.0) -> Steady:
    """Make a paste with or without gaps between neighbours."""
    parts = Parts(text, split_neighbours=wait > 0)
    return Steady(parts, at_sac=at_sac, neighbour_wait=wait)


def run(steady: Steady) -> list[tuple[float, bytes]]:
    """Let a silent guest be pasted to; give what was sent and when."""
    sent, now, commands = [], 0.0, steady.begin(0.0)
    while True:
        sent += [(round(now, 6), c.data) for c in commands if isinstance(c, Send)]
        if steady.over:
            return sent
        now = steady.deadline() or math.inf
        commands = steady.expire(now)


texts = st.text(st.sampled_from("abé🙂 \r\t"), min_size=1, max_size=200)


@given(texts, st.sampled_from([0.0, 0.01, 0.15, 1.0]))
def test_exactly_the_text_is_sent_and_nobody_has_to_answer(text: str, wait: float):
    """A guest that shows nothing gets every character, once, in order."""
    assert text.encode() == b"".join(data for _, data in run(make(text, wait=wait)))


@given(texts)
def test_the_pace_is_that_of_a_polling_reader(text: str):
    """At most sixteen characters go at once, and 20 ms pass before more."""
    sent = run(make(text))

    assert all(len(data.decode()) <= 16 for _, data in sent)
    assert all(abs(n * INTERVAL - at) < 1e-4 for n, (at, _) in enumerate(sent))


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("CurrentControlSet", [(0.0, b"Cur"), (0.15, b"rentControlSet")]),
        ("fDenyTSConnections", [(0.0, b"fDenyTSCon"), (0.15, b"nections")]),
        ("Install-windowsfeature", [(0.0, b"Instal"), (0.15, b"l-windowsfeature")]),
        ("aaa", [(0.0, b"a"), (0.15, b"a"), (0.3, b"a")]),
        ("abc", [(0.0, b"abc")]),
    ],
)
def test_equal_neighbours_are_150_ms_apart_without_an_echo(text: str, sent):
    """One gap in each of the names that Windows is known to garble, two in `aaa`."""
    assert sent == run(make(text, wait=0.15))


def test_an_answer_to_everything_ends_the_gap():
    """The gap is over when the guest has shown as much as was sent, not before."""
    steady = make("Curre", wait=0.15)
    steady.begin(0.0)

    assert [] == steady.guest_spoke(b"\x1b[5;7HC\x1b[93mu", 0.03)
    assert [Send(b"re"), Finished(5, 0)] == steady.guest_spoke(b"r", 0.05)


def test_a_guest_that_still_reads_holds_the_gap_open():
    """While answers come in, the one that is waited for is still behind them; for a second."""
    steady = make("Curre", wait=0.15)
    steady.begin(0.0)

    assert [] == steady.guest_spoke(b"C", 0.14)
    assert steady.deadline() == 0.14 + 0.15
    for n in range(20):
        steady.guest_spoke(b"\x1b[m", 0.15 + n * 0.04)
    assert steady.deadline() == NEIGHBOUR_WAIT_MAX


def test_progress_is_told_with_every_part_and_the_end_once():
    """Sent, of, verified, while it goes on; then finished."""
    steady = make("0123456789abcdefXYZ")

    assert [Send(b"0123456789abcdef"), Progress(16, 19, 0)] == steady.begin(0.0)
    assert [] == steady.expire(0.019)
    assert [Send(b"XYZ"), Finished(19, 0)] == steady.expire(0.02)
    assert (True, None, []) == (steady.over, steady.deadline(), steady.expire(9.0))


def test_sac_never_has_more_than_512_bytes_unanswered():
    """A SAC that has stopped reading gets half of its buffer; then the paste stops, by name."""
    steady, now = make("x" * 600 + "y", at_sac=True), 0.0
    commands = steady.begin(now)
    while not steady.over:
        now = steady.deadline() or math.inf
        commands += steady.expire(now)

    assert b"x" * SAC_IN_FLIGHT == b"".join(c.data for c in commands if isinstance(c, Send))
    assert [Stopped(513, "x", "SAC has not read the 512 bytes before it", 89)] == commands[-1:]
    assert now >= SAC_STALL


@given(st.integers(1, 600), st.integers(1, 5))
def test_sac_that_reads_slowly_gets_everything_within_its_512_bytes(batch: int, every: int):
    """However it takes its input, what is unanswered stays within the bound, and all arrives."""
    text = "dir /s\r" * 300
    steady, now, got, answered, most = make(text, at_sac=True), 0.0, b"", 0, 0
    commands = steady.begin(now)
    while True:
        got += b"".join(c.data for c in commands if isinstance(c, Send))
        most = max(most, len(got) - answered)
        if steady.over:
            break
        now += 0.020 * every
        shown = got[answered : answered + batch]
        answered += len(shown)
        commands = steady.guest_spoke(shown.replace(b"\r", b"\r\n"), now)
        commands += steady.expire(now)

    assert text.encode() == got
    assert most <= SAC_IN_FLIGHT


def test_cancel_says_how_much_was_not_sent():
    """Nothing goes out afterwards."""
    steady = make("x" * 40)
    steady.begin(0.0)

    assert steady.cancel() == 24
    assert [] == steady.guest_spoke(b"x", 1.0) + steady.expire(1.0)
