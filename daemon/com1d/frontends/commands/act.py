"""The verbs that take a console's name and nothing else."""

from argparse import Namespace
from contextlib import nullcontext
from typing import Final

from com1d.frontends.session.link import ACT_PATIENCE, RESTART_PATIENCE, Link, console_path
from com1d.frontends.words.output import counted, say, waiting


_DONE: Final = {
    "nmi": "NMI sent to {name}",
    "reset": "{name} is being reset",
    "restart": "{name} was restarted",
    "break": "break sent to {name}",
    "disconnect": "{count} closed at {name}",
}
_WAITING: Final = {
    "restart": "the guest is asked to shut down, in 2 minutes; it goes on after Ctrl-C",
}
"""What to say while the answer takes its time."""


def run(options: Namespace) -> None:
    """Do what `options.verb` names: nmi, reset, restart, break or disconnect."""
    patience = RESTART_PATIENCE if options.verb == "restart" else ACT_PATIENCE
    path = console_path(options.name, options.verb)
    with waiting(_WAITING[options.verb]) if options.verb in _WAITING else nullcontext():
        answer = Link(options.socket).post(path, patience=patience)
    count = counted(answer.get("disconnected"))
    say(options, answer, _DONE[options.verb].format(name=options.name, count=count))
