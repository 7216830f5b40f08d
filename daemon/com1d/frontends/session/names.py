"""Which console is meant: by its own name, or by its scale set's and a number."""

from argparse import Namespace
from urllib.parse import urlencode

from com1d.errors import EX_FAILURE, EX_USAGE
from com1d.frontends.session.link import ClientError, Link


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
