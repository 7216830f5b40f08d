"""`com1 reload`: have the daemon read its configuration again, and see what changed."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from com1d.frontends.session.link import ACT_PATIENCE, ClientError, Link
from com1d.frontends.words.output import print_json
from com1d.frontends.words.visible import visible


def run(options: Namespace) -> None:
    """Reload; a line for each change, or for each thing that is wrong."""
    try:
        answer = Link(options.socket).post("/v1/reload", patience=ACT_PATIENCE)
    except ClientError as error:
        if not options.json:
            for problem in error.members.get("problems") or ():
                print(visible(_problem(problem)), file=sys.stderr)
        raise
    if options.json:
        print_json(answer)
        return
    for line in list(_changes(answer)) or ["nothing has changed"]:
        print(visible(line))


def _changes(answer: dict[str, Any]) -> Iterator[str]:
    for what, names in answer.get("consoles", {}).items():
        yield from (f"{name}: {what}" for name in names)
    yield from (f"{key}: changed" for key in answer.get("settings") or ())
    for what, rules in answer.get("roles", {}).items():
        yield from (f"{rule}: {what}" for rule in rules)
    yield from (f"{key}: changed, and takes a restart" for key in answer.get("restart") or ())


def _problem(problem: dict[str, Any]) -> str:
    """Write it as `com1d check` does."""
    key, value = problem.get("key"), problem.get("value")
    place = f"{problem.get('file')}: {key}" if key else problem.get("file")
    return f"{place}{f' = {value}' if value else ''}: {problem.get('expected')}"
