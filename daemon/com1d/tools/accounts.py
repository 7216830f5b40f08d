"""Accounts of this host, as `check` looks them up."""

import grp
import os
import pwd

from com1d.config import RoleConfig


def is_account(role: RoleConfig) -> bool:
    """Say whether this host has the account that a role names; a number needs none."""
    look_up = {"user": pwd.getpwnam, "group": grp.getgrnam}.get(role.principal_kind)
    try:
        return look_up is None or bool(look_up(str(role.principal)))
    except KeyError:
        return False


def is_group(name: str) -> bool:
    """Say whether this host has a group of this name."""
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def groups_of(account: pwd.struct_passwd) -> frozenset[int]:
    """Give the groups that a user is in, by number."""
    return frozenset(os.getgrouplist(account.pw_name, account.pw_gid))


def is_user(name: str | int) -> bool:
    """Say whether this host has a user of this name; a number needs none."""
    try:
        return isinstance(name, int) or bool(pwd.getpwnam(name))
    except KeyError:
        return False
