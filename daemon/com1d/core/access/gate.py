"""The order of a request's tests, so that nobody learns more than his role permits.

The role comes first: without one, the answer is the same as for a console that does not exist. Then
come the second factor, the host's switch, the console's switch, and the rule that a console needs
its boot diagnostics log. Whether the VM runs is tested last, when the verb is carried out.
"""

from typing import Final

from com1d.core.access.policy import Verb, allowed
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


SWITCHED: Final = frozenset(
    {
        Verb.OBSERVE, Verb.ATTACH, Verb.PASTE, Verb.KEYS, Verb.NMI, Verb.RESET, Verb.RESTART,
        Verb.BREAK, Verb.SYSRQ, Verb.SAC,
    }
)  # fmt: skip
"""Verbs that need a console that is on. The list, the log and the switches themselves do not, nor
does sending somebody away."""


def obstacle(*, host_off: bool, console_off: bool, without_log: bool) -> type[Problem] | None:
    """Give what makes a console unavailable to everybody: the host's switch before its own."""
    if host_off:
        return HostDisabled
    if console_off:
        return ConsoleDisabled
    return BootDiagnosticsRequired if without_log else None


def refusal(
    role: Role | None, verb: Verb, *, without_mfa: bool, in_the_way: type[Problem] | None
) -> type[Problem] | None:
    """Give the problem that a request is refused with, None where it is allowed.

    `without_mfa`: a second factor is required and nobody vouches for one. `in_the_way` is the
    console's `obstacle`.
    """
    if role is None:
        return NotFound
    if not allowed(role, verb):
        return Forbidden
    if without_mfa and verb is not Verb.LIST:
        return MfaRequired
    return in_the_way if verb in SWITCHED else None
