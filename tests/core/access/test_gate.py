"""The order of tests, against a table written by hand: all of roles, verbs, switches, scopes."""

from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.access.gate import SWITCHED, obstacle, refusal
from com1d.core.access.policy import Grant, Peer, Verb, role_on, role_on_host
from com1d.wire.words import Role


BOTH = (False, True)

HOST_VERBS = {Verb.ENABLE_HOST, Verb.DISABLE_HOST, Verb.RELOAD, Verb.REPORT, Verb.UPGRADE}

# What each role is told about a console that is on, off by its own switch, off by the host's, or
# without its log; "mfa" is one that needs a second factor which the caller does not have.
TABLE = """
verb         role         on         console    host       no-log     mfa
list         nobody       not-found  not-found  not-found  not-found  not-found
list         reader       ok         ok         ok         ok         ok
list         contributor  ok         ok         ok         ok         ok
list         owner        ok         ok         ok         ok         ok
read-log     nobody       not-found  not-found  not-found  not-found  not-found
read-log     reader       ok         ok         ok         ok         mfa
read-log     contributor  ok         ok         ok         ok         mfa
read-log     owner        ok         ok         ok         ok         mfa
read-earlier nobody       not-found  not-found  not-found  not-found  not-found
read-earlier reader       forbidden  forbidden  forbidden  forbidden  forbidden
read-earlier contributor  forbidden  forbidden  forbidden  forbidden  forbidden
read-earlier owner        ok         ok         ok         ok         mfa
message      nobody       not-found  not-found  not-found  not-found  not-found
message      reader       ok         ok         ok         ok         mfa
message      contributor  ok         ok         ok         ok         mfa
message      owner        ok         ok         ok         ok         mfa
note         nobody       not-found  not-found  not-found  not-found  not-found
note         reader       forbidden  forbidden  forbidden  forbidden  forbidden
note         contributor  ok         ok         ok         ok         mfa
note         owner        ok         ok         ok         ok         mfa
observe      nobody       not-found  not-found  not-found  not-found  not-found
observe      reader       ok         console    host       no-log     mfa
observe      contributor  ok         console    host       no-log     mfa
observe      owner        ok         console    host       no-log     mfa
attach       nobody       not-found  not-found  not-found  not-found  not-found
attach       reader       forbidden  forbidden  forbidden  forbidden  forbidden
attach       contributor  ok         console    host       no-log     mfa
attach       owner        ok         console    host       no-log     mfa
paste        nobody       not-found  not-found  not-found  not-found  not-found
paste        reader       forbidden  forbidden  forbidden  forbidden  forbidden
paste        contributor  ok         console    host       no-log     mfa
paste        owner        ok         console    host       no-log     mfa
keys         nobody       not-found  not-found  not-found  not-found  not-found
keys         reader       forbidden  forbidden  forbidden  forbidden  forbidden
keys         contributor  ok         console    host       no-log     mfa
keys         owner        ok         console    host       no-log     mfa
nmi          nobody       not-found  not-found  not-found  not-found  not-found
nmi          reader       forbidden  forbidden  forbidden  forbidden  forbidden
nmi          contributor  ok         console    host       no-log     mfa
nmi          owner        ok         console    host       no-log     mfa
reset        nobody       not-found  not-found  not-found  not-found  not-found
reset        reader       forbidden  forbidden  forbidden  forbidden  forbidden
reset        contributor  ok         console    host       no-log     mfa
reset        owner        ok         console    host       no-log     mfa
restart      nobody       not-found  not-found  not-found  not-found  not-found
restart      reader       forbidden  forbidden  forbidden  forbidden  forbidden
restart      contributor  ok         console    host       no-log     mfa
restart      owner        ok         console    host       no-log     mfa
break        nobody       not-found  not-found  not-found  not-found  not-found
break        reader       forbidden  forbidden  forbidden  forbidden  forbidden
break        contributor  ok         console    host       no-log     mfa
break        owner        ok         console    host       no-log     mfa
sysrq        nobody       not-found  not-found  not-found  not-found  not-found
sysrq        reader       forbidden  forbidden  forbidden  forbidden  forbidden
sysrq        contributor  ok         console    host       no-log     mfa
sysrq        owner        ok         console    host       no-log     mfa
sac          nobody       not-found  not-found  not-found  not-found  not-found
sac          reader       forbidden  forbidden  forbidden  forbidden  forbidden
sac          contributor  ok         console    host       no-log     mfa
sac          owner        ok         console    host       no-log     mfa
enable       nobody       not-found  not-found  not-found  not-found  not-found
enable       reader       forbidden  forbidden  forbidden  forbidden  forbidden
enable       contributor  ok         ok         ok         ok         mfa
enable       owner        ok         ok         ok         ok         mfa
disable      nobody       not-found  not-found  not-found  not-found  not-found
disable      reader       forbidden  forbidden  forbidden  forbidden  forbidden
disable      contributor  ok         ok         ok         ok         mfa
disable      owner        ok         ok         ok         ok         mfa
disconnect   nobody       not-found  not-found  not-found  not-found  not-found
disconnect   reader       forbidden  forbidden  forbidden  forbidden  forbidden
disconnect   contributor  forbidden  forbidden  forbidden  forbidden  forbidden
disconnect   owner        ok         ok         ok         ok         mfa
enable-host  nobody       not-found  not-found  not-found  not-found  not-found
enable-host  reader       forbidden  forbidden  forbidden  forbidden  forbidden
enable-host  contributor  forbidden  forbidden  forbidden  forbidden  forbidden
enable-host  owner        ok         ok         ok         ok         mfa
disable-host nobody       not-found  not-found  not-found  not-found  not-found
disable-host reader       forbidden  forbidden  forbidden  forbidden  forbidden
disable-host contributor  forbidden  forbidden  forbidden  forbidden  forbidden
disable-host owner        ok         ok         ok         ok         mfa
trace        nobody       not-found  not-found  not-found  not-found  not-found
trace        reader       forbidden  forbidden  forbidden  forbidden  forbidden
trace        contributor  forbidden  forbidden  forbidden  forbidden  forbidden
trace        owner        ok         ok         ok         ok         mfa
report       nobody       not-found  not-found  not-found  not-found  not-found
report       reader       forbidden  forbidden  forbidden  forbidden  forbidden
report       contributor  forbidden  forbidden  forbidden  forbidden  forbidden
report       owner        ok         ok         ok         ok         mfa
upgrade      nobody       not-found  not-found  not-found  not-found  not-found
upgrade      reader       forbidden  forbidden  forbidden  forbidden  forbidden
upgrade      contributor  forbidden  forbidden  forbidden  forbidden  forbidden
upgrade      owner        ok         ok         ok         ok         mfa
reload       nobody       not-found  not-found  not-found  not-found  not-found
reload       reader       forbidden  forbidden  forbidden  forbidden  forbidden
reload       contributor  forbidden  forbidden  forbidden  forbidden  forbidden
reload       owner        ok         ok         ok         ok         mfa
"""

CODES = {
    "console": "console-disabled",
    "host": "host-disabled",
    "no-log": "boot-diagnostics-required",
    "mfa": "mfa-required",
}

ROWS = [line.split() for line in TABLE.strip().splitlines()]
STATES = ROWS[0][2:]
CELLS = {
    (verb, role, state): CODES.get(code, code)
    for verb, role, *codes in ROWS[1:]
    for state, code in zip(STATES, codes, strict=True)
}

SCOPES = {
    # scope → does it cover web01, does it cover the host
    "*": (True, True),
    "web*": (True, False),
    "web01": (True, False),
    "w?b[0-9]*": (True, False),
    "**": (True, False),
    "db*": (False, False),
    "WEB01": (False, False),
}

ANNA = Peer(1000, 1000, frozenset({108}), "anna")


def judged(role: Role | None, verb: Verb, state: str) -> str:
    in_the_way = obstacle(
        host_off=state == "host", console_off=state == "console", without_log=state == "no-log"
    )
    problem = refusal(role, verb, without_mfa=state == "mfa", in_the_way=in_the_way)
    return problem.code if problem else "ok"


def test_the_table_is_complete():
    """Every verb with every role stands in the table once."""
    pairs = [(verb, role) for verb, role, *_ in ROWS[1:]]

    assert sorted(pairs) == sorted(
        product((verb.value for verb in Verb), ("nobody", *map(str, Role)))
    )


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("who", ["uid", "gid"])
@pytest.mark.parametrize("verb", list(Verb))
def test_every_role_verb_switch_and_scope(verb, who, scope):
    """A grant answers as the table says, on the consoles that its scope covers."""
    covered = SCOPES[scope][verb in HOST_VERBS]
    for role, state in product([None, *Role], STATES):
        grants = [Grant(who, 1000, role, scope)] if role else []
        held = role_on_host(ANNA, grants) if verb in HOST_VERBS else role_on(ANNA, "web01", grants)
        name = str(role) if role and covered else "nobody"

        assert CELLS[verb.value, name, state] == judged(held, verb, state)


def test_reasons_come_in_order():
    """Where several things speak against a request, the one that tells least is said."""
    said = []
    role, mfa, host, console, log = Role.READER, True, True, True, True
    for _ in range(6):
        in_the_way = obstacle(host_off=host, console_off=console, without_log=log)
        problem = refusal(role, Verb.ATTACH, without_mfa=mfa, in_the_way=in_the_way)
        said.append(problem.code if problem else "ok")
        if role is Role.READER:
            role = Role.CONTRIBUTOR
        elif mfa:
            mfa = False
        elif host:
            host = False
        elif console:
            console = False
        else:
            log = False

    assert [
        "forbidden", "mfa-required", "host-disabled", "console-disabled",
        "boot-diagnostics-required", "ok",
    ] == said  # fmt: skip


@given(
    st.sampled_from(Verb), st.booleans(), st.booleans(), st.booleans(), st.booleans(),
    st.sampled_from(list(combinations([None, *Role], 2))),
)  # fmt: skip
def test_a_higher_role_never_gets_less(verb, mfa, host, console, log, roles):
    """What the lower of two roles may do, the higher may do, whatever else is in the way."""
    in_the_way = obstacle(host_off=host, console_off=console, without_log=log)
    lower, higher = (refusal(role, verb, without_mfa=mfa, in_the_way=in_the_way) for role in roles)

    assert lower is not None or higher is None


def test_without_a_role_nothing_else_counts():
    """Nobody learns from the answer whether a console is on, off, or there at all."""
    for verb, mfa, host, console, log in product(Verb, BOTH, BOTH, BOTH, BOTH):
        in_the_way = obstacle(host_off=host, console_off=console, without_log=log)

        problem = refusal(None, verb, without_mfa=mfa, in_the_way=in_the_way)
        assert problem is not None
        assert "not-found" == problem.code


def test_what_the_switches_leave_alone():
    """A console that is off can be seen, read about, switched on and cleared of clients."""
    assert {
        "list", "read-log", "read-earlier", "enable", "disable", "disconnect", "message", "note",
        "trace", "enable-host", "disable-host", "reload", "report", "upgrade",
    } == {verb.value for verb in set(Verb) - SWITCHED}  # fmt: skip
