"""The policy against a table written by hand, and its laws as properties."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.access.policy import (
    NO_ACCOUNT,
    Grant,
    Peer,
    Verb,
    allowed,
    covers,
    default_grants,
    grants_of,
    role_on,
    role_on_host,
)
from com1d.wire.words import Role


R, C, W = Role.READER, Role.CONTRIBUTOR, Role.OWNER

MATRIX = """
                 nobody  reader  contributor  owner
    list         no      yes     yes          yes
    observe      no      yes     yes          yes
    read-log     no      yes     yes          yes
    read-earlier no      no      no           yes
    message      no      yes     yes          yes
    note         no      no      yes          yes
    attach       no      no      yes          yes
    paste        no      no      yes          yes
    keys         no      no      yes          yes
    nmi          no      no      yes          yes
    reset        no      no      yes          yes
    restart      no      no      yes          yes
    break        no      no      yes          yes
    sysrq        no      no      yes          yes
    sac          no      no      yes          yes
    enable       no      no      yes          yes
    disable      no      no      yes          yes
    disconnect   no      no      no           yes
    enable-host  no      no      no           yes
    disable-host no      no      no           yes
    upgrade      no      no      no           yes
    reload       no      no      no           yes
    trace        no      no      no           yes
    report       no      no      no           yes
"""

CELLS = [
    (verb, who, answer == "yes")
    for verb, *answers in (line.split() for line in MATRIX.strip().splitlines()[1:])
    for who, answer in zip(MATRIX.split()[:4], answers, strict=True)
]

SCOPES = [
    # scope      console     covered
    ("*", "web01", True),
    ("web*", "web01", True),
    ("web*", "web", True),
    ("web*", "db-web01", False),
    ("web0?", "web01", True),
    ("web0?", "web010", False),
    ("web[12]", "web2", True),
    ("web[!12]", "web2", False),
    ("web01", "web01", True),
    ("web01", "WEB01", False),
    ("*.example", "a.example", True),
    ("*.example", "a-example", False),
    ("web[", "web[", True),
    ("", "web01", False),
]

ALICE = Peer(uid=1000, gid=1000, groups=frozenset({27, 108}), user="alice")


@pytest.mark.parametrize(("verb", "who", "expected"), CELLS)
def test_every_role_may_do_what_the_table_says(verb, who, expected):
    """Each verb is allowed to exactly the roles that the hand-written table names."""
    role = None if who == "nobody" else Role[who.upper()]

    assert expected is allowed(role, Verb(verb))


def test_the_table_is_complete():
    """No verb and no role is missing from the hand-written table."""
    assert {verb.value for verb in Verb} == {verb for verb, _, _ in CELLS}
    assert {"nobody", *map(str, Role)} == {who for _, who, _ in CELLS}


@pytest.mark.parametrize(("scope", "console", "expected"), SCOPES)
def test_a_scope_covers_what_its_glob_matches(scope, console, expected):
    """Scopes are case-sensitive globs over the whole name."""
    assert expected is covers(scope, console)


@pytest.mark.parametrize(
    ("scope", "scale_set", "expected"),
    [
        ("set:web", "web", True),
        ("set:we*", "web", True),
        ("set:*", "web", True),
        ("set:web", "webs", False),
        ("set:*", None, False),
        ("web", "web", False),
        ("*", "web", True),
    ],
)
def test_a_scope_of_sets_covers_their_members(scope, scale_set, expected):
    """Whatever their names are; and a scope of names asks for no set."""
    assert expected is covers(scope, "vm7", scale_set)
    role = role_on(ALICE, "vm7", [Grant("uid", 1000, W, scope)], scale_set)
    assert role is (W if expected else None)


@pytest.mark.parametrize(("scope", "console", "covered"), SCOPES)
@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("verb", list(Verb))
def test_verb_role_and_scope_together(verb, role, scope, console, covered):
    """A grant allows a verb where its scope covers the console and its role is high enough."""
    held = role_on(ALICE, console, [Grant("uid", 1000, role, scope)])
    cell = (verb.value, str(role) if covered else "nobody", True)

    assert (cell in CELLS) is allowed(held, verb)


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (Grant("uid", 1000, R, "*"), R),
        (Grant("uid", 1001, R, "*"), None),
        (Grant("gid", 1000, R, "*"), R),  # the primary group
        (Grant("gid", 108, R, "*"), R),  # a supplementary one
        (Grant("gid", 109, R, "*"), None),
        (Grant("uid", 108, R, "*"), None),  # a group's number is not a user's
    ],
)
def test_a_grant_is_for_its_user_or_group(grant, expected):
    """Users match by uid, groups by primary and supplementary gid, never across."""
    assert expected is role_on(ALICE, "web01", [grant])


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_highest_role_counts_in_any_order(order):
    """Of all grants that cover the console the highest wins, wherever it stands."""
    grants = [
        Grant("gid", 108, C, "web*"),
        Grant("uid", 1000, R, "*"),
        Grant("uid", 1000, W, "db*"),
    ]
    shuffled = [grants[place] for place in order]

    assert [C, W, R] == [role_on(ALICE, name, shuffled) for name in ("web01", "db01", "mail")]


@pytest.mark.parametrize(
    ("scope", "expected"), [("*", W), ("**", None), ("web*", None), ("?*", None), ("web01", None)]
)
def test_the_host_belongs_to_the_scope_of_everything(scope, expected):
    """An owner of some consoles, even of all that exist today, does not own the host."""
    assert expected is role_on_host(ALICE, [Grant("uid", 1000, W, scope)])


def test_the_host_role_is_the_highest_of_its_grants():
    """A lower grant on everything does not hide a higher one, nor borrow from a narrower one."""
    everything = [Grant("uid", 1000, R, "*"), Grant("gid", 108, C, "*")]

    assert role_on_host(ALICE, [*everything, Grant("uid", 1000, W, "web*")]) is C


@pytest.mark.parametrize("daemon_uid", [0, 977])
def test_without_roles_root_and_the_daemon_own_everything(daemon_uid):
    """The default lets in root and the daemon's own user as owners, and nobody else."""
    grants = default_grants(daemon_uid)
    peers = [Peer(uid, 1000, frozenset({0, 27}), "x") for uid in (0, daemon_uid, 1000)]

    assert [W, W, None] == [role_on(peer, "web01", grants) for peer in peers]
    assert [W, W, None] == [role_on_host(peer, grants) for peer in peers]


@pytest.mark.parametrize(("daemon_uid", "expected"), [(0, [0]), (977, [0, 977])])
def test_default_grants_name_each_user_once(daemon_uid, expected):
    """A daemon that runs as root has one grant, not two."""
    assert expected == [grant.id for grant in default_grants(daemon_uid)]


ids = st.integers(0, 3)
globs = st.text("ab*?[]!-", max_size=5)
grants = st.builds(Grant, st.sampled_from(["uid", "gid"]), ids, st.sampled_from(Role), globs)
peers = st.builds(Peer, ids, ids, st.frozensets(ids), st.text(max_size=3))


@given(peers, st.text("ab", min_size=1, max_size=4), st.lists(grants), st.lists(grants))
def test_more_grants_never_take_a_role_away(peer, console, some, more):
    """Adding grants can only raise a role, and nobody has one without a grant."""
    before, after = role_on(peer, console, some), role_on(peer, console, some + more)

    assert max(before or 0, role_on(peer, console, more) or 0) == (after or 0)
    assert role_on(peer, console, []) is None


@given(peers, st.text("ab", min_size=1, max_size=4), st.lists(grants))
def test_only_the_callers_own_grants_count(peer, console, some):
    """Leaving out the grants of others changes nothing."""
    mine = grants_of(peer, some)

    assert role_on(peer, console, some) == role_on(peer, console, mine)
    assert role_on_host(peer, some) == role_on_host(peer, mine)


def test_everyone_is_whoever_opens_the_socket():
    """Any process has the role, beside its own ones; whom a gateway names has not opened it."""
    grants = [Grant("everyone", NO_ACCOUNT, R, "web*"), Grant("uid", 1000, C, "web1")]
    stranger = Peer(4711, 4711, frozenset(), "uid 4711")
    vouched = Peer(990, 990, frozenset(), "everyone", frozenset({"user:everyone"}))

    assert [R, None] == [role_on(stranger, name, grants) for name in ("web1", "db1")]
    assert C is role_on(ALICE, "web1", grants)
    assert role_on(vouched, "web1", grants) is None
    assert role_on_host(stranger, grants) is None


def test_a_gateways_word_is_a_name_and_never_a_number():
    """Who is vouched for has the roles of these names; the gateway's numbers give him none."""
    grants = [
        Grant("uid", 990, W, "*"),  # the gateway's own, by number
        Grant("uid", 990, W, "*", "user:com1-web"),  # and by name
        Grant("uid", 1000, C, "web*", "user:anna"),
        Grant("gid", NO_ACCOUNT, R, "*", "group:ops"),
    ]
    gateway = Peer(990, 990, frozenset({990}), "com1-web")
    anna = Peer(990, 990, frozenset(), "anna", frozenset({"user:anna", "group:ops"}))
    ben = Peer(990, 990, frozenset(), "ben", frozenset({"user:ben"}))

    assert W is role_on(gateway, "db01", grants)
    assert [C, R] == [role_on(anna, name, grants) for name in ("web01", "db01")]
    assert role_on(ben, "web01", grants) is None
    assert role_on(ben, "web01", default_grants(990)) is None


@given(peers, st.text("ab", min_size=1, max_size=4), st.lists(grants))
def test_the_host_role_is_never_above_that_on_a_console(peer, console, some):
    """Who may do something to the host may do as much to every console of it."""
    assert (role_on_host(peer, some) or 0) <= (role_on(peer, console, some) or 0)


@given(st.text(), st.text())
def test_no_scope_is_too_strange(scope, console):
    """Any text is a scope: it covers a console or it does not."""
    assert covers(scope, console) in (True, False)
