"""The outcome of a session: one word for the audit, and the WebSocket's close code."""

from enum import StrEnum
from typing import Final


CLOSE_PREEMPTED: Final = 4001
CLOSE_DISABLED: Final = 4002
CLOSE_FORBIDDEN: Final = 4003
CLOSE_DISCONNECTED: Final = 4004
CLOSE_IDLE: Final = 4005
CLOSE_HANDED_OVER: Final = 4007
CLOSE_TOO_SLOW: Final = 4008
CLOSE_REPLACED: Final = 4009
CLOSE_RESTARTING: Final = 1012


class Outcome(StrEnum):
    """How a session ended, in the audit's words."""

    LEFT = "left"
    """Its client closed the stream."""
    PREEMPTED = "preempted"
    HANDED_OVER = "handed-over"
    """It gave its seat to a session that waited."""
    DISABLED = "disabled"
    FORBIDDEN = "forbidden"
    DISCONNECTED = "disconnected"
    IDLE = "idle"
    REPLACED = "replaced"
    """Another VM has the console's name now."""
    TOO_SLOW = "too-slow"
    STOPPED = "stopped"
    """The daemon stops."""


OUTCOME_OF: Final[dict[int, Outcome]] = {
    CLOSE_PREEMPTED: Outcome.PREEMPTED,
    CLOSE_HANDED_OVER: Outcome.HANDED_OVER,
    CLOSE_DISABLED: Outcome.DISABLED,
    CLOSE_FORBIDDEN: Outcome.FORBIDDEN,
    CLOSE_DISCONNECTED: Outcome.DISCONNECTED,
    CLOSE_IDLE: Outcome.IDLE,
    CLOSE_REPLACED: Outcome.REPLACED,
    CLOSE_TOO_SLOW: Outcome.TOO_SLOW,
    CLOSE_RESTARTING: Outcome.STOPPED,
}
"""Why a session ended, by the code that its client was closed with; any other code is `LEFT`."""
