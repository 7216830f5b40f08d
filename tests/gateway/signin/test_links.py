"""One-time links, and how often one may try."""

from com1d.gateway.signin.links import LINK_SECONDS, LINKS_MAX, LINKS_OF_ONE, Links
from com1d.gateway.signin.tries import ADDRESSES_MAX, TRIES, WINDOW_SECONDS, Tries
from com1d.gateway.signin.user import User


ANNA = User("anna")


def test_a_link_works_once_and_not_for_long():
    """The first who has the token gets in, within five minutes."""
    links = Links()
    token, late = links.mint(ANNA, 0.0), links.mint(ANNA, 0.0)

    assert links.redeem(token, LINK_SECONDS - 1) is ANNA
    assert links.redeem(token, LINK_SECONDS - 1) is None
    assert links.redeem(late, LINK_SECONDS) is None
    assert links.redeem("", 0.0) is None
    assert links.redeem("\ud800", 0.0) is None


def test_links_that_wait_are_few():
    """Beyond the bound the oldest goes; the newest always works."""
    links = Links()
    users = [User(str(number)) for number in range(LINKS_MAX + 1)]
    tokens = [links.mint(user, 0.0) for user in users]

    assert links.redeem(tokens[0], 0.0) is None
    assert links.redeem(tokens[1], 0.0) is users[1]
    assert links.redeem(tokens[-1], 0.0) is users[-1]


def test_nobody_pushes_out_anothers_links():
    """Whoever makes many loses his own oldest ones."""
    links = Links()
    berts = links.mint(User("bert"), 0.0)
    annas = [links.mint(ANNA, 0.0) for _ in range(LINKS_MAX)]

    assert links.redeem(berts, 0.0) == User("bert")
    assert LINKS_OF_ONE == sum(links.redeem(token, 0.0) is ANNA for token in annas)


def test_tries_are_counted_by_address():
    """After ten failures within a minute an address waits for the minute's end; others do not."""
    tries = Tries()
    for second in range(TRIES):
        assert not tries.exhausted("a", second)
        tries.fail("a", second)

    assert tries.exhausted("a", TRIES)
    assert not tries.exhausted("b", TRIES)
    assert not tries.exhausted("a", WINDOW_SECONDS)
    tries.fail("a", WINDOW_SECONDS)
    assert not tries.exhausted("a", WINDOW_SECONDS)


def test_addresses_are_forgotten():
    """A crowd of addresses takes a bounded memory, and the newest are remembered."""
    tries = Tries()
    for number in range(ADDRESSES_MAX + 1):
        for _ in range(TRIES):
            tries.fail(str(number), 0.0)

    assert not tries.exhausted("0", 0.0)
    assert tries.exhausted(str(ADDRESSES_MAX), 0.0)
