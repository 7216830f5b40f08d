"""Names and groups as the daemon takes them."""

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.access.gateway import vouched
from com1d.core.access.policy import Peer
from com1d.gateway.signin.user import GROUPS_BYTES, User, fitting, is_name


GATEWAY = Peer(990, 990, frozenset(), "com1-web")


@given(st.text(max_size=300), st.lists(st.text(max_size=80), max_size=60), st.booleans())
def test_the_daemon_takes_whatever_is_sent(name, groups, second_factor):
    """Whoever the gateway takes for a user, the daemon takes for the same, with these groups."""
    if not is_name(name):
        return
    user = User(name, fitting(groups), second_factor)

    claims = tuple((key.lower(), value) for key, value in user.headers().items())
    peer, mfa = vouched(GATEWAY, claims)

    assert (name, second_factor) == (peer.user, mfa)
    principals = frozenset((f"user:{name}", *(f"group:{group}" for group in user.groups)))
    assert principals == peer.vouched


@given(st.lists(st.text(max_size=80)))
def test_groups_fit_into_a_request(groups):
    """As many as fit, the first ones first."""
    kept = fitting(groups)

    assert sum(len(group.encode()) + 1 for group in kept) <= GROUPS_BYTES
    assert list(kept) == list(filter(is_name, groups))[: len(kept)]
