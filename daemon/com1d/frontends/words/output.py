"""The output of a one-shot command: that it was done, or the daemon's answer as JSON."""

import json
from argparse import Namespace
from typing import Any

from com1d.frontends.words.visible import visible


def say(options: Namespace, answer: Any, done: str) -> None:
    """Report what was done: in words, or the daemon's answer as JSON."""
    if options.json:
        print_json(answer)
    else:
        print(visible(done))


def print_json(answer: Any) -> None:
    """Print an answer for a program."""
    print(json.dumps(answer, indent=2))
