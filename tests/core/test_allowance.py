"""How much of what a guest causes is passed on."""

from com1d.core.allowance import Allowance


def test_a_reserve_is_used_up_and_fills_again():
    """So many at once, then one for each span of time; the rest is counted, once."""
    allowance = Allowance(3, 2.0)

    assert [True, True, True, False, False] == [allowance.take(0.0) for _ in range(5)]
    assert (2, 0) == (allowance.passed_over(), allowance.passed_over())
    assert not allowance.may(1.9)
    assert (True, False) == (allowance.take(2.0), allowance.take(2.0))


def test_a_reserve_is_never_more_than_full():
    """Long silence does not save up more than may be told at once."""
    allowance = Allowance(2, 1.0)

    assert [True, True, False] == [allowance.take(1000.0) for _ in range(3)]


def test_to_ask_uses_nothing_up():
    """Whoever only asks whether there is one left takes none, and is not counted."""
    allowance = Allowance(1, 1.0)

    assert all(allowance.may(0.0) for _ in range(5))
    assert allowance.take(0.0)
    assert not allowance.may(0.0)
    assert 0 == allowance.passed_over()
