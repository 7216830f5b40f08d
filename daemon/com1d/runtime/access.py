"""Who may do what, for the callers of this daemon: `core.policy` applied to the configuration."""

import grp
import os
import pwd
from collections.abc import Callable, Iterable

from com1d.config import RoleConfig
from com1d.core.policy import Grant, Role, Verb, allowed, default_grants, role_on
from com1d.errors import Forbidden, NotFound
from com1d.runtime.peer import Caller


class Access:
    """The grants in force."""

    def __init__(self, grants: Iterable[Grant]) -> None:
        """Judge by `grants`."""
        self._grants = tuple(grants)

    def role(self, caller: Caller, console: str) -> Role | None:
        """Give the highest role that `caller` has on `console`."""
        return role_on(caller.peer, console, self._grants)

    def demand(self, caller: Caller, console: str, verb: Verb, *, exists: bool) -> None:
        """Raise `NotFound` where the caller may not know of the console, else `Forbidden`."""
        role = self.role(caller, console)
        if role is None or not exists:
            raise NotFound(f"{console!r}: no console of that name that you may see")
        if not allowed(role, verb):
            raise Forbidden(f"{console}: {verb.value} needs more than your role, {role}")

    def viewer(self, caller: Caller) -> Callable[[str], bool]:
        """Give the test of which consoles `caller` may see."""
        return lambda console: self.role(caller, console) is not None


def grants(roles: Iterable[RoleConfig]) -> tuple[Grant, ...]:
    """Turn configured roles into grants on numbers. Blocks on the user directory: use a thread.

    A name that does not exist grants nothing.
    """
    configured = tuple(roles)
    if not configured:
        return default_grants(os.geteuid())
    resolved = ((role, _number(role)) for role in configured)
    return tuple(
        Grant("uid" if role.principal_kind in ("user", "uid") else "gid", number,
              Role[role.role.upper()], role.scope)
        for role, number in resolved
        if number is not None
    )  # fmt: skip


def _number(role: RoleConfig) -> int | None:
    try:
        match role.principal_kind:
            case "user":
                return pwd.getpwnam(str(role.principal)).pw_uid
            case "group":
                return grp.getgrnam(str(role.principal)).gr_gid
            case _:
                return int(role.principal)
    except KeyError:
        return None
