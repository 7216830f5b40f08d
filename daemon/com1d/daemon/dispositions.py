"""Dispositions of signals: those that our parent ignored stay ignored here, not in our children.

An ignored signal stays ignored over exec. A shell that starts a job in the background ignores
SIGINT and SIGQUIT, `nohup` SIGHUP, and some supervisors SIGCHLD. A hook that we run would inherit
that, and could not be interrupted; without SIGCHLD, its exit status would be lost.
"""

import signal
from typing import Final


_RESTORED_BY_POPEN: Final = {signal.SIGPIPE, signal.SIGXFSZ}
"""Signals that Python ignores itself; subprocess restores them in each child."""


def ignore_here_only() -> None:
    """Go on ignoring the signals ignored at the start, but start children with the defaults.

    A handler that does nothing is as good as ignoring, and exec puts the default in its place.
    SIGCHLD gets its default at once: a child's status is kept only for a parent that wants it.
    """
    for number in signal.valid_signals() - _RESTORED_BY_POPEN:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL if number == signal.SIGCHLD else _do_nothing)


def _do_nothing(_number: int, _frame: object) -> None:
    """Handle a signal like an ignored one."""
