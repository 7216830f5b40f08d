"""Which console is meant: by its name, its beginning, or a scale set's name and a number."""

import sys
from argparse import Namespace
from difflib import get_close_matches
from typing import Any, Final
from urllib.parse import urlencode

from com1d.errors import EX_FAILURE, EX_USAGE
from com1d.frontends.session.link import ClientError, Link


ABBREVIATED: Final = frozenset({"status", "connect", "log", "boots"})
"""Commands that take the beginning of a name. Those that change something want all of it: a console
that is new today must not make yesterday's command mean another one."""

PROPOSED: Final = 3
"""Names proposed in place of a wrong one."""


def resolve(options: Namespace) -> None:
    """Put a console's name in the place of its set's, where `--instance` asks for one of a set."""
    number = getattr(options, "instance", None)
    if number is None:
        return
    if options.name is None:
        raise ClientError({"code": "bad-request", "title": "--instance needs a set"}, EX_USAGE)
    query = urlencode({"set": options.name, "instance": number})
    consoles = Link(options.socket).get(f"/v1/consoles?{query}").get("consoles") or []
    if len(consoles) == 1:
        options.name = str(consoles[0].get("name"))
        return
    what = f"instance {number} of {options.name}"
    if consoles:
        names = ", ".join(str(console.get("name")) for console in consoles)
        members = {"code": "bad-request", "title": f"{names} are all {what}"}
        raise ClientError(members | {"remedy": "Give the name of one"}, EX_USAGE)
    members = {"code": "not-found", "title": f"There is no {what}, or you may not see it"}
    raise ClientError(members | {"remedy": "`com1 list` shows SET and instance"}, EX_FAILURE)


def meant(options: Namespace, refusal: ClientError) -> str:
    """Give the console whose name begins with what the daemon did not find.

    Raises `refusal` where the name is right and something else was not found, and one that proposes
    names where it is not.
    """
    given = getattr(options, "name", None)
    if given is None:
        raise refusal
    name = given.encode(errors="surrogateescape").decode(errors="replace")
    answer = Link(options.socket).get("/v1/consoles")
    consoles = answer.get("consoles") or []
    names = [str(console.get("name")) for console in consoles]
    if any(vm.get("name") == name for vm in answer.get("unserved") or []):
        raise refusal
    if name in names:  # another thing was not found: the detail names it, the title would mislead
        text = {"title": refusal.members.get("detail"), "detail": "", "remedy": ""}
        members = refusal.members | text
        raise ClientError(members, refusal.exit_code)
    longer = [one for one in names if one.startswith(name)]
    # A script's input may have been read by now, and a script knows whole names.
    by_hand = options.verb != "connect" or sys.stdin.isatty()
    if len(longer) == 1 and options.verb in ABBREVIATED and by_hand:
        return longer[0]
    title, remedy = _explained(name, consoles, longer or _similar(name, names))
    members = {key: value for key, value in refusal.members.items() if key != "detail"}
    raise ClientError(members | {"title": title, "remedy": remedy}, refusal.exit_code)


def _explained(name: str, consoles: list[Any], similar: list[str]) -> tuple[str, str]:
    """Say what is wrong with a name, and what to do."""
    if any(console.get("set") == name for console in consoles):
        return f"{name} is a scale set", "Say which one of it: --instance N"
    remedy = f"Did you mean {' or '.join(similar[:PROPOSED])}?" if similar else "See `com1 list`"
    return f"There is no console {name!r} that you may see", remedy


def _similar(name: str, names: list[str]) -> list[str]:
    """Give those that differ in a few letters, or in capitals alone."""
    lower = {one.lower(): one for one in names}
    return [lower[one] for one in get_close_matches(name.lower(), lower, PROPOSED)]
