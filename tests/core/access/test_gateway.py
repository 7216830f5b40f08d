"""The headers in which a gateway names the user that it asks for."""

import pytest

from com1d.core.access.gateway import NAME_CHARACTERS, vouched
from com1d.core.access.policy import Peer
from com1d.errors import BadRequest


GATEWAY = Peer(990, 990, frozenset({990}), "com1-web")


def test_who_is_named_is_asked_for():
    """The user and the groups are the claims', and nothing of the gateway's own."""
    claims = (("com1d-user", "anna"), ("com1d-groups", "ops, web"), ("com1d-mfa", "true"))

    peer, mfa = vouched(GATEWAY, claims)

    assert ("anna", True) == (peer.user, mfa)
    assert frozenset({"user:anna", "group:ops", "group:web"}) == peer.vouched
    assert not peer.groups


def test_without_more_there_are_no_groups_and_no_second_factor():
    """Only the user has to be named."""
    peer, mfa = vouched(GATEWAY, (("com1d-user", "anna"),))

    assert frozenset({"user:anna"}) == peer.vouched
    assert not mfa


@pytest.mark.parametrize(
    "claims",
    [
        (),
        (("com1d-user", ""),),
        (("com1d-user", " anna"),),
        (("com1d-user", "user:anna"),),
        (("com1d-user", "a\nb"),),
        (("com1d-user", "a" * (NAME_CHARACTERS + 1)),),
        (("com1d-user", "anna"), ("com1d-user", "ben")),
        (("com1d-user", "anna"), ("com1d-role", "owner")),
        (("com1d-user", "anna"), ("com1d-groups", "ops,,web")),
        (("com1d-user", "anna"), ("com1d-mfa", "yes")),
    ],
)
def test_unclear_claims_are_refused(claims):
    """A name that is none, one said twice, and a header that is unknown let nobody in."""
    with pytest.raises(BadRequest):
        vouched(GATEWAY, claims)
