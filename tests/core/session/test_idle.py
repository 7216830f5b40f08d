"""When an idle session is warned, and when it ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.session.idle import WARNING_SECONDS, Idleness, Step, in_words


def lived(limit: float, keys: list[float], until: float) -> list[tuple[float, Step]]:
    """Live through keys at these times, asking only at deadlines as the shell does."""
    idleness = Idleness(limit, 0.0)
    steps: list[tuple[float, Step]] = []
    pending, due = sorted(keys), idleness.deadline()
    while due <= until:
        while pending and pending[0] < due:
            idleness.note_activity(pending.pop(0))
        if (step := idleness.expire(due)) is not None:
            steps.append((due, step))
        if step is Step.END:
            break
        due = idleness.deadline()
    return steps


@pytest.mark.parametrize(
    ("limit", "keys", "expected"),
    [
        (900.0, [], [(840.0, Step.WARN), (900.0, Step.END)]),
        (900.0, [1.0, 800.0], [(1640.0, Step.WARN), (1700.0, Step.END)]),
        (900.0, [850.0], [(840.0, Step.WARN), (1690.0, Step.WARN), (1750.0, Step.END)]),
        (10.0, [], [(5.0, Step.WARN), (10.0, Step.END)]),
        (120.0, [], [(60.0, Step.WARN), (120.0, Step.END)]),
    ],
    ids=["never a key", "keys before", "a key after the warning", "short", "twice the warning"],
)
def test_warned_and_ended(limit: float, keys: list[float], expected: list[tuple[float, Step]]):
    """The warning comes before the end, and a key puts both off."""
    assert expected == lived(limit, keys, 1e5)


@given(
    limit=st.integers(10, 10_000),
    keys=st.lists(st.integers(0, 50_000), max_size=30),
)
def test_nobody_is_ended_early_or_unwarned(limit: int, keys: list[int]):
    """The end comes exactly `limit` after the last key before it, right after a warning."""
    steps = lived(limit, list(map(float, keys)), 1e6)
    at, last = steps[-1]
    typed = [0, *(key for key in keys if key < at)]

    assert Step.END is last
    assert limit == at - max(typed)
    assert Step.WARN is steps[-2][1]
    assert min(WARNING_SECONDS, limit / 2) == at - steps[-2][0]
    assert all(step is Step.WARN for _, step in steps[:-1])


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(10, "10 s"), (60.0, "1 min"), (90, "90 s"), (900, "15 min"), (3600, "1 h"), (5400, "90 min")],
)
def test_spelt_for_people(seconds: float, expected: str):
    """With the largest unit that leaves a whole number."""
    assert expected == in_words(seconds)
