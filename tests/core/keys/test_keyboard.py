"""One session's typing, as playbooks: what is typed, and the commands that follow."""

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.keys.keyboard import Interrupt, Keyboard
from com1d.core.keys.keys import Profile
from com1d.core.keys.translator import ESC_HOLD, Write
from com1d.core.paste.burst import END, GAP, START, Cut, Pasted


LIMIT, BAUD = 40, 115_200


def keyboard(profile: Profile = Profile.XTERM) -> Keyboard:
    return Keyboard(LIMIT, BAUD, profile)


def test_what_is_typed_behind_a_lease_waits_and_is_translated_then():
    """By the profile that holds when it goes out."""
    keys = keyboard()
    keys.leased = True
    assert [] == [*keys.feed(b"a\x7f", 0.0)]
    assert 2 == keys.behind

    keys.leased = False
    keys.profile = Profile.VT_UTF8
    assert [Write(b"a\x08")] == [*keys.catch_up(1.0)]
    assert (0, []) == (keys.behind, [*keys.catch_up(1.0)])


def test_ctrl_c_asks_for_the_end_of_the_lease():
    """It is typed once that has ended, with what came in the same piece."""
    keys = keyboard()
    keys.leased = True
    assert [Interrupt(b"\x03y", 0.0)] == [*keys.feed(b"\x03y", 0.0)]

    keys.leased = False
    assert [Write(b"\x03y")] == [*keys.type(b"\x03y", 0.0)]


def test_what_follows_a_paste_in_one_piece_waits_behind_it():
    """Each command is carried out before the next is decided."""
    keys, done = keyboard(), []
    for command in keys.feed(b"a" + START + b"pasted" + END + b"b", 0.0):
        done.append(command)
        keys.leased = keys.leased or isinstance(command, Pasted)

    assert [Write(b"a"), Pasted(b"pasted")] == done
    assert 1 == keys.behind


def test_the_quick_way_is_for_one_key_with_nothing_pending():
    """Not for an ESC, not behind a lease, not for two; and it makes nothing due."""
    keys = keyboard(Profile.VT_UTF8)
    assert [Write(b"k")] == keys.quick(b"k", 0.0)
    assert keys.quick(b"kk", 0.0) is None
    assert keys.quick(b"\x1b", 0.0) is None
    assert keys.deadline() is None

    assert [] == [*keys.feed(b"\x1b", 0.0)]
    assert ESC_HOLD == keys.deadline()
    keys.leased = True
    assert keys.quick(b"k", 0.0) is None


@given(st.lists(st.sampled_from([bytes([code]) for code in range(256) if code != 0x1B])))
def test_the_quick_way_and_the_long_one_are_the_same(typed: list[bytes]):
    """Whichever a key takes, the guest gets the same bytes."""
    for profile in Profile:
        quick, long = Keyboard(10**6, BAUD, profile), Keyboard(10**6, BAUD, profile)
        one, other = [], []
        for number, key in enumerate(typed):
            now = number * 2 * GAP
            commands = quick.quick(key, now)
            one += quick.feed(key, now) if commands is None else commands
            other += long.feed(key, now)
        end = len(typed) * 2 * GAP + 1
        one += quick.expire(end)
        other += long.expire(end)
        assert [c for c in one if isinstance(c, Write)] == [
            c for c in other if isinstance(c, Write)
        ]


def test_what_is_held_at_the_end_is_counted():
    """The start of a marker, and what waited behind a lease."""
    keys = keyboard()
    keys.leased = True
    assert [] == [*keys.feed(b"abc" + START[:3], 0.0)]

    assert 6 == keys.close()


def test_a_burst_over_the_limit_is_cut_when_it_is_over():
    """And told once, at its deadline."""
    keys = keyboard()
    assert [Write(b"x" * LIMIT)] == [*keys.feed(b"x" * (LIMIT + 2), 0.0)]
    assert GAP == keys.deadline()
    assert [Cut(2, 2, LIMIT)] == [*keys.expire(GAP)]
    assert keys.deadline() is None
