"""The policy of roles: who may do what on which console.

A grant gives one user or group a role on the consoles that its scope covers. Where several grants
cover a console the highest role counts. A caller with no role on a console is not told that the
console exists: the shell answers `not-found`, and `forbidden` only to one who may see it.

A verb on the whole host (`role_on_host`) needs a grant whose scope is exactly `*`: an owner of
`web*` must not be able to switch off the consoles of others.
"""

from collections.abc import Iterable
from enum import Enum
from fnmatch import fnmatchcase
from typing import Final, Literal

from com1d.core.carried import carried
from com1d.values import dataclass
from com1d.wire.words import EVERYONE, Role


EVERYTHING: Final = "*"
"""The scope of a whole host, future consoles included."""

SETS: Final = "set:"
"""Begins a scope that is a glob over scale sets. No console's name has a colon in it."""

ROOT_UID: Final = 0


class Verb(Enum):
    """Everything that a caller can ask for."""

    LIST = "list"
    MESSAGE = "message"
    NOTE = "note"
    OBSERVE = "observe"
    READ_LOG = "read-log"
    READ_EARLIER = "read-earlier"
    ATTACH = "attach"
    PASTE = "paste"
    KEYS = "keys"
    NMI = "nmi"
    RESET = "reset"
    RESTART = "restart"
    BREAK = "break"
    SYSRQ = "sysrq"
    SAC = "sac"
    ENABLE_CONSOLE = "enable"
    DISABLE_CONSOLE = "disable"
    DISCONNECT = "disconnect"
    ENABLE_HOST = "enable-host"
    DISABLE_HOST = "disable-host"
    RELOAD = "reload"
    TRACE = "trace"
    REPORT = "report"
    UPGRADE = "upgrade"


NEEDED: Final[dict[Verb, Role]] = {
    Verb.LIST: Role.READER,
    Verb.MESSAGE: Role.READER,
    Verb.NOTE: Role.CONTRIBUTOR,
    Verb.OBSERVE: Role.READER,
    Verb.READ_LOG: Role.READER,
    Verb.READ_EARLIER: Role.OWNER,
    Verb.ATTACH: Role.CONTRIBUTOR,
    Verb.PASTE: Role.CONTRIBUTOR,
    Verb.KEYS: Role.CONTRIBUTOR,
    Verb.NMI: Role.CONTRIBUTOR,
    Verb.RESET: Role.CONTRIBUTOR,
    Verb.RESTART: Role.CONTRIBUTOR,
    Verb.BREAK: Role.CONTRIBUTOR,
    Verb.SYSRQ: Role.CONTRIBUTOR,
    Verb.SAC: Role.CONTRIBUTOR,
    Verb.ENABLE_CONSOLE: Role.CONTRIBUTOR,
    Verb.DISABLE_CONSOLE: Role.CONTRIBUTOR,
    Verb.DISCONNECT: Role.OWNER,
    Verb.ENABLE_HOST: Role.OWNER,
    Verb.DISABLE_HOST: Role.OWNER,
    Verb.RELOAD: Role.OWNER,
    Verb.TRACE: Role.OWNER,
    Verb.REPORT: Role.OWNER,
    Verb.UPGRADE: Role.OWNER,
}
"""The lowest role that each verb needs."""

NO_ACCOUNT: Final = -1
"""The number in a grant whose user or group this host does not know. No process has it."""


@carried()
@dataclass(frozen=True, slots=True)
class Peer:
    """A caller as the kernel vouches for it (SO_PEERCRED, SO_PEERGROUPS), or a gateway."""

    uid: int
    gid: int
    groups: frozenset[int]
    user: str
    """For display and audit only; not used in decisions."""
    vouched: frozenset[str] | None = None
    """Principals that a gateway vouches for, such as `user:anna` and `group:ops`; None for a
    process that speaks for itself. Where a gateway speaks, the numbers are the gateway's and count
    for nothing: a grant to a number or to everyone, or that of a host without `[[roles]]`, is never
    for it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One `[[roles]]` entry, its user or group resolved to a number."""

    kind: Literal["uid", "gid", "everyone"]
    id: int
    """`NO_ACCOUNT` for everyone."""
    role: Role
    scope: str
    """A glob over console names or, after `set:`, sets: `*`, `?` and `[…]`, case-sensitive."""
    principal: str = ""
    """As configured, where that is a name: `user:anna`, `group:ops`."""


def default_grants(daemon_uid: int) -> tuple[Grant, ...]:
    """Give the grants of a host without `[[roles]]`: root and the daemon's user own everything."""
    return tuple(
        Grant("uid", uid, Role.OWNER, EVERYTHING) for uid in sorted({ROOT_UID, daemon_uid})
    )


def covers(scope: str, console: str, scale_set: str | None = None) -> bool:
    """Tell whether a scope includes a console, which may belong to a set."""
    if scope.startswith(SETS):
        return scale_set is not None and fnmatchcase(scale_set, scope.removeprefix(SETS))
    return fnmatchcase(console, scope)


def role_on(
    peer: Peer, console: str, grants: Iterable[Grant], scale_set: str | None = None
) -> Role | None:
    """Give the caller's highest role on a console; None for a caller who must not learn of it."""
    return max(
        (
            grant.role
            for grant in grants
            if _is_for(grant, peer) and covers(grant.scope, console, scale_set)
        ),
        default=None,
    )


def role_on_host(peer: Peer, grants: Iterable[Grant]) -> Role | None:
    """Give the caller's highest role on the host as a whole: of grants with scope `*` only."""
    return max(
        (grant.role for grant in grants if _is_for(grant, peer) and grant.scope == EVERYTHING),
        default=None,
    )


def allowed(role: Role | None, verb: Verb) -> bool:
    """Tell whether a role, or the lack of one, is enough for a verb."""
    return role is not None and role >= NEEDED[verb]


def grants_of(peer: Peer, grants: Iterable[Grant]) -> tuple[Grant, ...]:
    """Give the caller's grants, whatever their scope."""
    return tuple(grant for grant in grants if _is_for(grant, peer))


def _is_for(grant: Grant, peer: Peer) -> bool:
    if peer.vouched is not None:
        return grant.principal in peer.vouched
    if grant.kind == EVERYONE:
        return True
    if grant.kind == "uid":
        return grant.id == peer.uid
    return grant.id == peer.gid or grant.id in peer.groups
