"""Places for clients: shares, and a reserve."""

import pytest

from com1d.core.access.room import Rank, has_room


@pytest.mark.parametrize(
    ("rank", "clients", "own", "expected"),
    [
        (Rank.OTHER, 0, 0, True),
        (Rank.OTHER, 1023, 1023, True),
        (Rank.OTHER, 1024, 1024, False),
        (Rank.OTHER, 3839, 0, True),
        (Rank.OTHER, 3840, 0, False),
        (Rank.OWNER, 1024, 1024, False),
        (Rank.OWNER, 4095, 0, True),
        (Rank.OWNER, 4096, 0, False),
        (Rank.GATEWAY, 3839, 3839, True),
        (Rank.GATEWAY, 3840, 0, False),
        (Rank.HOST, 4095, 4095, True),
        (Rank.HOST, 4096, 0, False),
    ],
)
def test_nobody_takes_all_places(rank: Rank, clients: int, own: int, expected: bool):
    """A user has a quarter, and the last sixteenth is for owners."""
    assert expected is has_room(rank, clients, own, 4096)


@pytest.mark.parametrize("most", [1, 2, 3, 4, 15])
def test_a_small_host_lets_everybody_in_once(most: int):
    """However few places there are, a user has one, and there is no reserve of none."""
    assert has_room(Rank.OTHER, most - 1, 0, most)
    assert not has_room(Rank.OTHER, most, 0, most)
