"""Words, JSON members, outcomes and events that the daemon and its clients share."""

from com1d.wire.fields import field, strings
from com1d.wire.outcome import (
    CLOSE_DISABLED,
    CLOSE_DISCONNECTED,
    CLOSE_FORBIDDEN,
    CLOSE_HANDED_OVER,
    CLOSE_IDLE,
    CLOSE_PREEMPTED,
    CLOSE_REPLACED,
    CLOSE_RESTARTING,
    CLOSE_TOO_SLOW,
    OUTCOME_OF,
    Outcome,
)
from com1d.wire.words import (
    DEFAULT_REPLAY,
    JSON_VERSION,
    PASTE_LIMIT,
    PROBLEM_TYPE,
    SCREEN_COLUMNS,
    SCREEN_ROWS,
    SUBPROTOCOL,
    WINDOW,
    Mode,
)


__all__ = [
    "CLOSE_DISABLED",
    "CLOSE_DISCONNECTED",
    "CLOSE_FORBIDDEN",
    "CLOSE_HANDED_OVER",
    "CLOSE_IDLE",
    "CLOSE_PREEMPTED",
    "CLOSE_REPLACED",
    "CLOSE_RESTARTING",
    "CLOSE_TOO_SLOW",
    "DEFAULT_REPLAY",
    "JSON_VERSION",
    "OUTCOME_OF",
    "PASTE_LIMIT",
    "PROBLEM_TYPE",
    "SCREEN_COLUMNS",
    "SCREEN_ROWS",
    "SUBPROTOCOL",
    "WINDOW",
    "Mode",
    "Outcome",
    "field",
    "strings",
]
