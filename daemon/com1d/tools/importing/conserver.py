"""conserver.cf: blocks of `keyword name { item value; … }`, with defaults that include others."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from com1d.tools.importing.found import Found, Value


_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)|(?P<include>\#include\s+(?P<path>\S+))|(?P<comment>\#[^\n]*)"""
    r"""|(?P<mark>[{};])|"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<word>[^\s{};"]+)""",
    re.MULTILINE,
)
_PARITIES: Final = {"even": "even", "odd": "odd", "mark": "mark", "space": "space"}
_DONE_ANYHOW: Final = frozenset(
    {"master", "include", "type", "device", "host", "port", "portbase", "portinc", "exec", "uds",
     "baud", "parity", "protocol", "rw", "ro", "logfile", "logfilemax", "timestamp", "motd",
     "aliases", "initsubst", "devicesubst", "execsubst", "udssubst"}
)  # fmt: skip
_ROLES: Final = {"rw": "contributor", "ro": "reader"}


@dataclass
class _Block:
    keyword: str
    name: str
    line: int
    items: dict[str, list[str]] = field(default_factory=dict)


def read(text: str, file: str) -> Found:
    """Read a configuration."""
    found, defaults, groups = Found(), dict[str, dict[str, list[str]]](), dict[str, list[str]]()
    for block in _blocks(found, text, file):
        match block.keyword:
            case "default":
                defaults[block.name] = _with_defaults(block, defaults)
            case "group":
                groups[block.name] = _people(block.items.get("users", []), groups)
            case "console":
                whole = {**defaults.get("*", {}), **_with_defaults(block, defaults)}
                _console(found, f"{file}:{block.line}", block.name, whole, groups)
            case "config" | "access" | "task" | "break":
                text = f"{block.keyword} {block.name}: {_ELSEWHERE[block.keyword]}"
                found.lose(f"{file}:{block.line}", text)
            case _:
                found.lose(f"{file}:{block.line}", f"{block.keyword} {block.name} has no equal")
    return found


_ELSEWHERE: Final = {
    "config": "settings of the server; com1d's are in [daemon]",
    "access": "com1d opens no network port; who may open its socket is socket_group's",
    "task": "com1d runs programs by [[hooks]], and none on demand",
    "break": "as a console's `break`, a list of what is typed",
}


def _blocks(found: Found, text: str, file: str) -> Iterator[_Block]:
    words: list[str] = []
    block: _Block | None = None
    for match in _TOKEN.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["include"]:
            found.lose(f"{file}:{line}", f"#include {match['path']}: import that file, too")
        elif match["mark"] == "{":
            keyword, name = [*words, "", ""][:2]
            block, words = _Block(keyword.lower(), name, line), []
        elif match["mark"] == ";" and block is not None:
            if words:
                block.items.setdefault(words[0].lower(), []).extend(words[1:] or [""])
            words = []
        elif match["mark"] == "}" and block is not None:
            yield block
            block, words = None, []
        elif match["quoted"] is not None or match["word"]:
            words.append(match["quoted"] if match["quoted"] is not None else match["word"])


def _with_defaults(
    block: _Block, defaults: dict[str, dict[str, list[str]]]
) -> dict[str, list[str]]:
    """Give a block's items over those of the defaults that it includes."""
    items: dict[str, list[str]] = {}
    for included in block.items.get("include", []):
        items |= defaults.get(included, {})
    return items | block.items


def _people(words: list[str], groups: dict[str, list[str]]) -> list[str]:
    names = [name for word in words for name in re.split(r"[,\s]+", word) if name]
    people: list[str] = []
    for name in names:
        people += groups.get(name, [name])
    return people


def _console(
    found: Found,
    place: str,
    name: str,
    items: dict[str, list[str]],
    groups: dict[str, list[str]],
) -> None:
    first = {key: values[0] for key, values in items.items() if values}
    settings = _port(name, first)
    if settings is None:
        kind = first.get("type", "no type")
        found.lose(place, f"{name}: {kind} has no equal; an exec: port may lead there")
        return
    if aliases := _people(items.get("aliases", []), {}):
        settings["aliases"] = aliases
    for item, role in _ROLES.items():
        for person in _people(items.get(item, []), groups):
            _role(found, place, person, role, name)
    for item in items.keys() - _DONE_ANYHOW:
        said = " ".join(items[item]).strip()
        found.lose(place, f"{name}: {item} {said} has no equal")
    found.add(name, settings)


def _role(found: Found, place: str, person: str, role: str, console: str) -> None:
    if person == "*":
        found.lose(
            place,
            f"{console}: {role} for everybody: give a group the role, or everyone that of a reader",
        )
    elif person.startswith("!"):
        found.lose(place, f"{console}: {person}: com1d has roles only, and nothing that takes one")
    elif person.startswith("@"):
        found.roles.append((f"group:{person[1:]}", role, console))
    else:
        found.roles.append((f"user:{person}", role, console))


def _port(name: str, items: dict[str, str]) -> dict[str, Value] | None:
    def filled(text: str) -> str:
        return text.replace("&", name)

    match items.get("type", "device" if "device" in items else "").lower():
        case "device" if "device" in items:
            settings: dict[str, Value] = {"port": f"serial:{filled(items['device'])}"}
            if items.get("baud", "").isdecimal():
                settings["baud"] = int(items["baud"])
            if parity := _PARITIES.get(items.get("parity", "").lower()):
                settings["parity"] = parity
            return settings
        case "host" if "host" in items:
            number = int(items.get("portbase", "0")) + int(items.get("portinc", "1")) * int(
                items.get("port", "0") if items.get("port", "0").isdecimal() else "0"
            )
            kind = "tcp" if items.get("protocol", "").lower() == "raw" else "telnet"
            return {"port": f"{kind}:{filled(items['host'])}:{number}"} if number else None
        case "uds" if "uds" in items:
            return {"port": f"unix:{filled(items['uds'])}"}
        case "exec" if "exec" in items:
            return {"port": f"exec:{filled(items['exec'])}"}
    return None
