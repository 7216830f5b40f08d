"""What happened, as frozen values. The runtime states facts; `log` and the event stream tell them.

A fact's `event` is a noun and a verb in the past, its fields are keys and not prose.
"""

from com1d.telemetry.facts.access import (
    AuditFailing,
    AuditGap,
    AuditOpened,
    AuditRecovered,
    AuditRemoved,
    AuditRotated,
    RolesInForce,
    SwitchesDamaged,
    SwitchUnkept,
)
from com1d.telemetry.facts.base import Deed, Fact, Who
from com1d.telemetry.facts.bootlog import (
    LogDamaged,
    LogFailed,
    LogGap,
    LogRecovered,
    LogResumed,
    LogSetAside,
)
from com1d.telemetry.facts.consoles import GuestChanged, PortCameUp, PortWentDown, VmChanged
from com1d.telemetry.facts.daemon import (
    ConfigRefused,
    ConfigReloaded,
    DaemonStarted,
    DaemonStopped,
    RequestFailed,
)
from com1d.telemetry.facts.sessions import (
    AttachRefused,
    SessionBegan,
    SessionEnded,
    SessionGranted,
    SessionPreempted,
    SessionSeated,
    VerbUsed,
)


__all__ = [
    "AttachRefused",
    "AuditFailing",
    "AuditGap",
    "AuditOpened",
    "AuditRecovered",
    "AuditRemoved",
    "AuditRotated",
    "ConfigRefused",
    "ConfigReloaded",
    "DaemonStarted",
    "DaemonStopped",
    "Deed",
    "Fact",
    "GuestChanged",
    "LogDamaged",
    "LogFailed",
    "LogGap",
    "LogRecovered",
    "LogResumed",
    "LogSetAside",
    "PortCameUp",
    "PortWentDown",
    "RequestFailed",
    "RolesInForce",
    "SessionBegan",
    "SessionEnded",
    "SessionGranted",
    "SessionPreempted",
    "SessionSeated",
    "SwitchUnkept",
    "SwitchesDamaged",
    "VerbUsed",
    "VmChanged",
    "Who",
]
