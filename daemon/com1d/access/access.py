"""Access of callers: `core.access.policy` with the configured roles, gateways and switches."""

import grp
import os
import pwd
from collections.abc import Callable, Iterable
from typing import Any

from com1d.access.peer import Caller
from com1d.access.switchboard import Switchboard
from com1d.config import Config, ConsoleConfig, DaemonConfig, GatewayConfig, RoleConfig
from com1d.core.access import gate
from com1d.core.access.policy import (
    NO_ACCOUNT,
    ROOT_UID,
    Grant,
    Verb,
    default_grants,
    grants_of,
    role_on,
    role_on_host,
)
from com1d.core.access.room import Rank
from com1d.core.access.switches import Off
from com1d.errors import (
    BootDiagnosticsRequired,
    ConsoleDisabled,
    Forbidden,
    HostDisabled,
    MfaRequired,
    NotFound,
    Problem,
)
from com1d.wire.words import EVERYONE, Role


class Access:
    """The grants, switches and rules in force: one object for the daemon's life."""

    def __init__(self, daemon: DaemonConfig, board: Switchboard) -> None:
        """Grant nothing yet; `update` does."""
        self.gateways: frozenset[int] = frozenset()
        """Uids of gateways, which may ask in other users' names."""
        self.sets: dict[str, str] = {}
        """The set of each console that belongs to one; it changes with the consoles."""
        self.grants: tuple[Grant, ...] = ()
        """The grants in force: another object after each update."""
        self._daemon = daemon
        self._board = board

    def update(
        self, daemon: DaemonConfig, grants: Iterable[Grant], gateways: frozenset[int]
    ) -> None:
        """Use the grants, gateways and switches of a new configuration from now on."""
        self._daemon, self.grants, self.gateways = daemon, tuple(grants), gateways

    @property
    def shows_names(self) -> bool:
        """Whether everybody may read the consoles' names on the metrics port."""
        return self._daemon.metrics_names

    def role(self, caller: Caller, console: str) -> Role | None:
        """Give the highest role that `caller` has on `console`."""
        return role_on(caller.peer, console, self.grants, self.sets.get(console))

    def rank(self, caller: Caller) -> Rank:
        """Say how much of the daemon's places is for `caller`, who speaks for himself."""
        mine = grants_of(caller.peer, self.grants)
        if caller.peer.uid == ROOT_UID or role_on_host(caller.peer, mine) is Role.OWNER:
            return Rank.HOST
        if caller.peer.uid in self.gateways:
            return Rank.GATEWAY
        return Rank.OWNER if any(grant.role is Role.OWNER for grant in mine) else Rank.OTHER

    def viewer(self, caller: Caller) -> Callable[[str], bool] | None:
        """Give the test of which consoles `caller` may see; None where no grant is for him.

        With the caller's own grants alone: a host may have as many as it has consoles.
        """
        if not (mine := grants_of(caller.peer, self.grants)):
            return None
        sets = self.sets
        return lambda console: role_on(caller.peer, console, mine, sets.get(console)) is not None

    def demand(
        self, caller: Caller, console: str, verb: Verb, config: ConsoleConfig | None
    ) -> None:
        """Raise the `Problem` that forbids a request of `caller`, by `core.access.gate`.

        `config` is that of the console, None where there is no such console.
        """
        role = self.role(caller, console) if config else None
        mfa = self._daemon.require_mfa or (config is not None and config.require_mfa)
        kind = gate.refusal(
            role,
            verb,
            without_mfa=mfa and not caller.mfa,
            in_the_way=self._in_the_way(config) if config else None,
        )
        if kind is not None:
            raise self._problem(kind, console, verb, role)

    def may_read_earlier(self, caller: Caller, log: str) -> bool:
        """Tell whether `caller` may read the log of a VM whose console's name another one has."""
        try:
            self.demand_earlier(caller, log)
        except Problem:
            return False
        return True

    def demand_earlier(self, caller: Caller, log: str) -> None:
        """Raise the `Problem` that forbids it.

        The role counts that covers the log's own name, and not that of the console: who owns the
        console now may be another than who owned it then.
        """
        role = role_on(caller.peer, log, self.grants)
        without_mfa = self._daemon.require_mfa and not caller.mfa
        verb = Verb.READ_EARLIER
        kind = gate.refusal(role, verb, without_mfa=without_mfa, in_the_way=None)
        if kind is not None:
            raise self._problem(kind, log, verb, role)

    def demand_on_host(self, caller: Caller, verb: Verb) -> None:
        """Raise the `Problem` that forbids what `caller` asks for the whole host."""
        role = role_on_host(caller.peer, self.grants)
        if role is None and grants_of(caller.peer, self.grants):
            raise Forbidden(f'{verb.value} needs a role whose scope is "*"')
        if role is None:
            raise NotFound("there is nothing here that you may see")
        without_mfa = self._daemon.require_mfa and not caller.mfa
        kind = gate.refusal(role, verb, without_mfa=without_mfa, in_the_way=None)
        if kind is not None:
            raise self._problem(kind, "the host", verb, role)

    def obstacle(self, config: ConsoleConfig) -> Problem | None:
        """Give what makes a console unavailable to everybody; None where nothing does."""
        kind = self._in_the_way(config)
        return None if kind is None else self._problem(kind, config.name, Verb.ATTACH, None)

    def _in_the_way(self, config: ConsoleConfig) -> type[Problem] | None:
        switches = self._board.state
        return gate.obstacle(
            host_off=switches.host is not None,
            console_off=config.name in switches.consoles,
            without_log=self._daemon.require_boot_diagnostics and not config.log_size,
        )

    def _problem(self, kind: type[Problem], console: str, verb: Verb, role: Role | None) -> Problem:
        """Make the problem, with a detail that names the console and whom to ask."""
        switches = self._board.state
        if kind is NotFound:
            return NotFound(f"{console!r}: no console of that name that you may see")
        if kind is Forbidden:
            return Forbidden(f"{console}: {verb.value} needs more than your role, {role}")
        if kind is MfaRequired:
            return MfaRequired(f"{console}: {verb.value} needs a multi-factor sign-in")
        if kind is HostDisabled:
            return HostDisabled(f"{console}: this host is {switches.host}", **_who(switches.host))
        if kind is ConsoleDisabled:
            off = switches.consoles.get(console)
            return ConsoleDisabled(f"{console} is {off}", **_who(off))
        return BootDiagnosticsRequired(f"{console}: its log_size is 0")


def _who(off: Off | None) -> dict[str, Any]:
    return {} if off is None else {"by": off.by, "at": off.at}


def grants(roles: Iterable[RoleConfig]) -> tuple[Grant, ...]:
    """Turn configured roles into grants on numbers.

    Blocks on the user directory: use a thread. A name without an account on this host grants its
    role only to users of that name whom a gateway vouches for.
    """
    configured = tuple(roles)
    if not configured:
        return default_grants(os.geteuid())
    return tuple(map(_grant, configured))


def gateways(configured: Iterable[GatewayConfig]) -> frozenset[int]:
    """Give the users that may speak for others. Blocks on the user directory: use a thread."""
    return frozenset(
        number if isinstance(number := gateway.user, int) else _number("user", number)
        for gateway in configured
    ) - {NO_ACCOUNT}


def rules(config: Config) -> frozenset[str]:
    """Say who has which role and who is a gateway, one text each, for the audit."""
    owners = (f"owner uid:{grant.id} on {grant.scope}" for grant in default_grants(os.geteuid()))
    roles = (f"{r.role} {r.who} on {r.scope}" for r in config.roles)
    return frozenset(
        (*(roles if config.roles else owners), *(f"gateway {g.user}" for g in config.gateways))
    )


def _grant(role: RoleConfig) -> Grant:
    kind, who = role.principal_kind, role.principal
    if kind == EVERYONE:
        return Grant(EVERYONE, NO_ACCOUNT, Role[role.role.upper()], role.scope)
    number = _number(kind, who) if isinstance(who, str) else who
    principal = f"{kind}:{who}" if isinstance(who, str) else ""
    return Grant(
        "uid" if kind in ("user", "uid") else "gid",
        number, Role[role.role.upper()], role.scope, principal,
    )  # fmt: skip


def _number(kind: str, name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid if kind == "user" else grp.getgrnam(name).gr_gid
    except KeyError:
        return NO_ACCOUNT
