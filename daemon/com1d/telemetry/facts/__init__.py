"""What happened, as frozen values. The runtime states facts; `log` and the event stream tell them.

A fact's `event` is a noun and a verb in the past, its fields are keys and not prose.
"""

from com1d.telemetry.facts.access import (
    AuditFailing,
    AuditForged,
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
    LogUnfilled,
)
from com1d.telemetry.facts.consoles import (
    ConsoleFound,
    ConsoleLost,
    ConsoleRefused,
    GuestChanged,
    GuestNoticed,
    PortCameUp,
    PortWentDown,
    VmChanged,
)
from com1d.telemetry.facts.daemon import (
    ConfigRefused,
    ConfigReloaded,
    DaemonStarted,
    DaemonStopped,
    RequestFailed,
)
from com1d.telemetry.facts.hooks import HookEnded, HookSaid, HookStarted
from com1d.telemetry.facts.sessions import (
    AttachRefused,
    RefusalsMerged,
    SessionBegan,
    SessionEnded,
    SessionGranted,
    SessionPreempted,
    SessionSeated,
    SessionSecured,
    VerbUsed,
)


__all__ = [
    "AttachRefused",
    "AuditFailing",
    "AuditForged",
    "AuditGap",
    "AuditOpened",
    "AuditRecovered",
    "AuditRemoved",
    "AuditRotated",
    "ConfigRefused",
    "ConfigReloaded",
    "ConsoleFound",
    "ConsoleLost",
    "ConsoleRefused",
    "DaemonStarted",
    "DaemonStopped",
    "Deed",
    "Fact",
    "GuestChanged",
    "GuestNoticed",
    "HookEnded",
    "HookSaid",
    "HookStarted",
    "LogDamaged",
    "LogFailed",
    "LogGap",
    "LogRecovered",
    "LogResumed",
    "LogSetAside",
    "LogUnfilled",
    "PortCameUp",
    "PortWentDown",
    "RefusalsMerged",
    "RequestFailed",
    "RolesInForce",
    "SessionBegan",
    "SessionEnded",
    "SessionGranted",
    "SessionPreempted",
    "SessionSeated",
    "SessionSecured",
    "SwitchUnkept",
    "SwitchesDamaged",
    "VerbUsed",
    "VmChanged",
    "Who",
]
