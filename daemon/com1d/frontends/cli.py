"""`com1`: runs one command and turns its result into an exit code."""

import json
import os
import re
import sys
from argparse import Namespace
from collections.abc import Callable
from importlib import import_module
from typing import Final

from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE, os_reason
from com1d.frontends.arguments import parser
from com1d.frontends.session.link import EX_INTERRUPTED, ClientError
from com1d.frontends.session.names import meant, resolve
from com1d.frontends.words.clock import local
from com1d.frontends.words.output import complain
from com1d.frontends.words.visible import visible


_STAMP: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")
"""A time as the daemon says it."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; give its exit code."""
    # Names come from other people, and a C locale must not turn them into an exception.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]  # text files both
    options = parser().parse_args(arguments)
    try:
        return _carry_out(options)
    except OSError:  # the terminal has hung up, so nobody can be told
        return EX_FAILURE
    finally:
        _drop_unwritten()


def _carry_out(options: Namespace) -> int:
    """Run the command that was asked for, and say what went wrong."""
    try:
        _demand_sense(options)
        resolve(options)
        code = _run(options)
        sys.stdout.flush()
    except ClientError as error:
        _report(_about(error, getattr(options, "name", None)), as_json=options.json)
        return error.exit_code
    except BrokenPipeError:  # the program that reads our output has closed the pipe
        return EX_FAILURE
    except OSError as error:
        where = f"{error.filename}: " if error.filename else "the output cannot be written: "
        complain(f"com1: failed: {visible(where + os_reason(error))}")
        return EX_FAILURE
    except KeyboardInterrupt:
        print("com1: interrupted", file=sys.stderr)
        return EX_INTERRUPTED
    return code or EX_OK


def _demand_sense(options: Namespace) -> None:
    """Refuse `--json` where it would mean nothing. Raises `ClientError`."""
    if options.json and not options.speaks_json:
        members = {"code": "usage", "title": f"`com1 {options.verb}` prints no JSON"}
        raise ClientError(members, EX_USAGE)


def _drop_unwritten() -> None:
    """Drop what cannot be written: Python would try again when it ends, and exit with 120."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _run(options: Namespace) -> int | None:
    """Run the command, and once more where the name was only the beginning of one."""
    run = function(options.run)
    try:
        return run(options)
    except ClientError as error:
        if error.code != "not-found":
            raise
        options.name = meant(options, error)
    return run(options)


def function(place: str) -> Callable[[Namespace], int | None]:
    """Import what a command names as `module:function`."""
    module, _, name = place.partition(":")
    chosen: Callable[[Namespace], int | None] = getattr(import_module(module), name)
    return chosen


def _about(error: ClientError, name: str | None) -> ClientError:
    """Put the console's name into a remedy that holds for any."""
    remedy = error.members.get("remedy")
    if not name or not isinstance(remedy, str):
        return error
    return ClientError(error.members | {"remedy": remedy.replace("NAME", name)}, error.exit_code)


def _report(error: ClientError, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(error.members), file=sys.stderr)
    else:
        complain(_STAMP.sub(lambda stamp: local(stamp[0]), error.as_line()))


if __name__ == "__main__":
    sys.exit(main())
