"""`com1 enable` and `com1 disable`: one console, or the whole host."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import Any, Final

from com1d.errors import EX_FAILURE, EX_USAGE
from com1d.frontends.session.link import ClientError, Link, console_path
from com1d.frontends.words.output import counted, say
from com1d.frontends.words.visible import visible


PEOPLE_SHOWN: Final = 15
"""Sessions named before a question: more would scroll the first ones away on 24 lines."""


def run(options: Namespace) -> None:
    """Do what `options.verb` names: enable or disable."""
    link = Link(options.socket)
    if options.all and options.name is not None:
        title = "--all is every console, and so goes with no name"
        raise ClientError({"code": "usage", "title": title}, EX_USAGE)
    if options.name is None and options.verb == "disable":
        _make_sure(link, options)
    path = "/v1" if options.name is None else console_path(options.name)
    answer = link.post(f"{path}/{options.verb}")
    done = f"{options.name or 'this host'} is {options.verb}d"
    if options.verb == "disable":
        done += f"; {counted(answer.get('disconnected'))} closed"
    say(options, answer, done)


def _make_sure(link: Link, options: Namespace) -> None:
    """Want `--all` for the whole host and, at a terminal, a yes. Raises `ClientError`."""
    if not options.all:
        members = {"code": "bad-request", "title": "Say which console is to be disabled"}
        remedy = "Give its name, or --all for every console of this host"
        raise ClientError(members | {"remedy": remedy}, EX_USAGE)
    if sys.stdin.isatty() and not _confirmed(link):
        raise ClientError({"code": "cancelled", "title": "Nothing was disabled"}, EX_FAILURE)


def _confirmed(link: Link) -> bool:
    consoles = link.get("/v1/consoles").get("consoles") or []
    people = list(_people(consoles))
    print(f"This disables {len(consoles)} consoles and ends {len(people)} sessions.")
    for line in people[:PEOPLE_SHOWN]:
        print(f"  {visible(line)}")
    if len(people) > PEOPLE_SHOWN:
        print(f"  and {len(people) - PEOPLE_SHOWN} more")
    print("Type yes to go on: ", end="", flush=True)
    return sys.stdin.readline().strip() == "yes"


def _people(consoles: list[dict[str, Any]]) -> Iterator[str]:
    """Give a line for everybody who would be sent away."""
    for console in consoles:
        name = console.get("name")
        if active := console.get("active"):
            yield f"{name}: {active.get('user')} has the active session"
        for role, what in (("observers", "observes"), ("waiting", "waits")):
            for one in console.get(role) or ():
                yield f"{name}: {one.get('user')} {what}"
