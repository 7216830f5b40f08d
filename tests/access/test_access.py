"""Who may do what: one object, updated in place, which everybody may keep."""

from pathlib import Path

import pytest

from com1d.access.access import Access, gateways, grants, rules
from com1d.access.peer import Caller
from com1d.access.switchboard import Switchboard
from com1d.config import Config, ConsoleConfig, DaemonConfig, GatewayConfig, PortAddress, RoleConfig
from com1d.core.access.policy import Peer, Verb
from com1d.errors import (
    BootDiagnosticsRequired,
    ConsoleDisabled,
    Forbidden,
    HostDisabled,
    MfaRequired,
    NotFound,
    Problem,
)
from com1d.wire.words import Role


NOBODY = Caller(Peer(20002, 20002, frozenset(), "bob"), 2, "test")
ANN = Caller(Peer(20001, 20001, frozenset(), "ann"), 1, "test")
WEB01 = ConsoleConfig(name="web01", port=PortAddress("pipe", "/nowhere"))


@pytest.fixture
def board(tmp_path: Path) -> Switchboard:
    return Switchboard(tmp_path, lambda: "now")


def access(board: Switchboard, *roles: RoleConfig, daemon: DaemonConfig | None = None) -> Access:
    """Judge by these roles."""
    one = Access(daemon or DaemonConfig(), board)
    one.update(daemon or DaemonConfig(), grants(roles), frozenset())
    return one


def role(name: str, scope: str = "*") -> RoleConfig:
    return RoleConfig("uid", 20001, name, scope)


def test_before_the_first_update_nobody_may_anything(board):
    """Who is early is told that there is nothing."""
    with pytest.raises(NotFound):
        Access(DaemonConfig(), board).demand(ANN, "web01", Verb.LIST, WEB01)


def seen(kept: Access, *consoles: str) -> list[bool]:
    """Tell which of these ANN may see."""
    sees = kept.viewer(ANN)
    return [sees is not None and sees(console) for console in consoles]


def test_an_update_counts_for_whoever_keeps_the_object(board):
    """Roles, gateways, and what is to be seen."""
    kept = access(board, role("owner"))
    assert [True, True] == seen(kept, "web01", "db01")
    kept.demand(ANN, "web01", Verb.ATTACH, WEB01)

    kept.update(DaemonConfig(), grants([role("reader", "db*")]), frozenset({990}))

    assert [False, True] == seen(kept, "web01", "db01")
    assert (None, Role.READER) == (kept.role(ANN, "web01"), kept.role(ANN, "db01"))
    assert frozenset({990}) == kept.gateways
    with pytest.raises(NotFound):
        kept.demand(ANN, "web01", Verb.ATTACH, WEB01)


def test_sets_come_and_go_with_their_consoles(board):
    """A role on a set is one on the consoles that are in it at the moment."""
    kept = access(board, role("reader", "set:web"))
    sees = kept.viewer(ANN)
    assert sees is not None
    before = sees("vm1")
    kept.sets["vm1"] = "web"
    meanwhile = sees("vm1")
    del kept.sets["vm1"]

    assert (False, True, False) == (before, meanwhile, sees("vm1"))


def test_who_has_no_role_sees_nothing(board):
    """Not even that there is nothing to be seen."""
    assert access(board, role("reader", "web*")).viewer(NOBODY) is None


@pytest.mark.parametrize(
    ("daemon", "off", "expected"),
    [
        (DaemonConfig(require_mfa=True), "", MfaRequired),
        (DaemonConfig(), "web01", ConsoleDisabled),
        (DaemonConfig(), "host", HostDisabled),
        (DaemonConfig(require_boot_diagnostics=True), "", BootDiagnosticsRequired),
    ],
)
def test_what_keeps_an_owner_out(board, daemon, off: str, expected: type[Problem]):
    """The rules of the host and its switches, each by its own problem."""
    if off:
        board.turn_off(None if off == "host" else off, "bob")
    kept = access(board, role("owner"), daemon=daemon)
    console = ConsoleConfig(name="web01", port=WEB01.port, log_size=0)

    with pytest.raises(expected, match=r"web01|host"):
        kept.demand(ANN, "web01", Verb.ATTACH, console)


def test_the_host_needs_a_role_on_everything(board):
    """Who has one on some consoles is told what is missing, others that there is nothing."""
    access(board, role("owner")).demand_on_host(ANN, Verb.DISABLE_HOST)
    with pytest.raises(Forbidden, match="scope"):
        access(board, role("owner", "web*")).demand_on_host(ANN, Verb.DISABLE_HOST)
    with pytest.raises(NotFound):
        access(board, RoleConfig("uid", 1, "owner", "*")).demand_on_host(ANN, Verb.DISABLE_HOST)


def test_names_without_an_account_are_nobody():
    """A gateway that does not exist speaks for nobody."""
    named = (GatewayConfig(user="no-such-user-here"), GatewayConfig(user=990))

    assert frozenset({990}) == gateways(named)


def test_rules_say_who_may_what():
    """One text for each, of which the audit has the difference."""
    config = Config(roles=(role("reader", "web*"),), gateways=(GatewayConfig(user=990),))

    assert {"reader uid:20001 on web*", "gateway 990"} == rules(config)
