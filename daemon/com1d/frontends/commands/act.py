"""The verbs that take a console's name and nothing else."""

from argparse import Namespace
from typing import Final

from com1d.frontends.session.link import ACT_PATIENCE, RESTART_PATIENCE, Link, console_path
from com1d.frontends.words.output import say


_DONE: Final = {
    "nmi": "NMI sent to {name}",
    "reset": "{name} is being reset",
    "restart": "{name} is being restarted",
    "break": "break sent to {name}",
    "disconnect": "everybody is disconnected from {name}",
}


def run(options: Namespace) -> None:
    """Do what `options.verb` names: nmi, reset, restart, break or disconnect."""
    patience = RESTART_PATIENCE if options.verb == "restart" else ACT_PATIENCE
    path = console_path(options.name, options.verb)
    answer = Link(options.socket).post(path, patience=patience)
    say(options, answer, _DONE[options.verb].format(name=options.name))
