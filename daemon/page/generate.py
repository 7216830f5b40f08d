"""Writes src/wire/events.ts: the events of `com1.v1` and the words of the protocol, as types.

They are generated from `com1d/wire`, so that the page cannot misspell a member: run this file after
a change there. tests/page/test_sources.py fails where that was forgotten.
"""

import types as python_types
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints

from com1d.control import What
from com1d.core.guest.landmarks import LANDMARKS
from com1d.wire import outcome, words
from com1d.wire.events import EVENTS, Event


TARGET: Final = Path(__file__).parent / "src" / "wire" / "events.ts"

PROGRESS: Final = "progress"
"""What an event `vm` says of a step of a restart, beside the words of `control`."""

_NAMES: Final[dict[Any, str]] = {str: "string", int: "number", bool: "boolean", float: "number"}


def typescript() -> str:
    """Give the whole file."""
    parts = [
        "// Generated from com1d/wire by generate.py. Do not edit.\n",
        *map(_interface, EVENTS.values()),
        _union("Event", [kind.__name__ for kind in EVENTS.values()]),
        _union("GuestStateName", [f'"{state}"' for state in words.GUEST_STATES]),
        _union("Survived", [f'"{what}"' for what in sorted(_survived())]),
        _union("VmWhat", [f'"{what}"' for what in (*What, PROGRESS)]),
        _union("CloseCode", [str(code) for _, code in _close_codes()]),
        *(f"export const {name} = {code};\n" for name, code in _close_codes()),
        f'export const SUBPROTOCOL = "{words.SUBPROTOCOL}";\n',
        f"export const PASTE_LIMIT = {words.PASTE_LIMIT};\n",
        f"export const SCREEN_REPLAY = {words.DEFAULT_REPLAY};\n",
    ]
    return "\n".join(parts)


def _survived() -> set[str]:
    return {landmark.notice for landmark in LANDMARKS if landmark.notice}


def _interface(kind: type[Event]) -> str:
    hints = get_type_hints(kind)
    members = [f'  event: "{kind.name}";']
    for field in fields(kind):
        if field.name == "more":
            members.append("  [more: string]: unknown;")
        else:
            members.append(f"  {field.name}{_member(hints[field.name])};")
    return (
        f"/** {kind.__doc__} */\nexport interface {kind.__name__} {{\n"
        + "\n".join(members)
        + "\n}\n"
    )


def _member(hint: Any) -> str:
    if isinstance(hint, python_types.UnionType):
        (inner,) = (arg for arg in get_args(hint) if arg is not type(None))
        return f"?: {_type(inner)}"
    return f": {_type(hint)}"


def _type(hint: Any) -> str:
    if hint in _NAMES:
        return _NAMES[hint]
    if get_origin(hint) in (list, tuple):
        return f"{_type(get_args(hint)[0])}[]"
    if get_origin(hint) in (dict, Mapping):
        return "Record<string, unknown>"
    raise TypeError(f"no TypeScript for {hint}")


def _union(name: str, members: Iterable[str]) -> str:
    return f"export type {name} =\n" + "\n".join(f"  | {member}" for member in members) + ";\n"


def _close_codes() -> list[tuple[str, int]]:
    return [(name, code) for name, code in vars(outcome).items() if name.startswith("CLOSE_")]


if __name__ == "__main__":
    TARGET.write_text(typescript())
