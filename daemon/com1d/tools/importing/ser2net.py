"""The YAML of ser2net 4: each `connection` with an accepter for clients and a connector.

It is YAML in which a key may stand again and again, so that no library reads it whole. A line's
indentation is all that is needed of it.
"""

import re
from collections.abc import Iterator
from typing import Final

from com1d.tools.importing.found import Found, Value, line_settings


_HEAD: Final = re.compile(r"connection\s*:\s*(?:&(\S+))?")
_MEMBER: Final = re.compile(r"\s+([A-Za-z-]+)\s*:\s*(.*)")
_IGNORED: Final = frozenset(
    {"enable", "options", "banner", "kickolduser", "telnet-brk-on-sync", "timeout", "chardelay",
     "max-connections", "mdns", "mdns-name"}
)  # fmt: skip
"""What com1d does anyhow, or has no need of."""
_FLOWS: Final = {"rtscts": "rtscts", "xonxoff": "xonxoff"}


def read(text: str, file: str) -> Found:
    """Read a configuration."""
    found = Found()
    for line, name, members in _connections(text):
        _connection(found, f"{file}:{line}", name or f"line{line}", members)
    return found


def _connections(text: str) -> Iterator[tuple[int, str, dict[str, str]]]:
    """Give line, name and members of each connection; a value goes on over indented lines."""
    line, name, members, last = 0, "", dict[str, str](), ""
    for number, row in enumerate(text.splitlines(), start=1):
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        if head := _HEAD.match(row):
            if line:
                yield line, name, members
            line, name, members, last = number, head[1] or "", {}, ""
        elif not row[0].isspace():
            if line:
                yield line, name, members
            line = 0
        elif line and (member := _MEMBER.fullmatch(row)):
            last = member[1]
            members.setdefault(last, member[2].strip())
        elif line and last:
            members[last] = f"{members[last]}{row.strip()}"
    if line:
        yield line, name, members


def _connection(found: Found, place: str, name: str, members: dict[str, str]) -> None:
    kind, *words = [word.strip() for word in members.get("connector", "").strip("'\"").split(",")]
    settings: dict[str, Value] | None = None
    if kind.startswith("serialdev") and words:
        settings = {"port": f"serial:{words[0]}"}
        for word in words[1:]:
            _line_word(found, place, name, word, settings)
    elif kind.startswith(("tcp", "telnet")):
        *inner, host, port = [kind, *words]
        settings = {"port": f"{'telnet' if 'telnet' in ','.join(inner) else 'tcp'}:{host}:{port}"}
    if settings is None:
        found.lose(place, f"{name}: connector {members.get('connector', 'missing')!r} has no equal")
        return
    if members.get("enable", "on").strip("'\"").lower() in ("off", "no", "false"):
        found.lose(place, f"{name}: it is off here; in com1d, `com1 disable {name}`")
    _accepter(found, place, name, members.get("accepter", ""))
    for member in members.keys() - _IGNORED - {"connector", "accepter"}:
        found.lose(place, f"{name}: {member} = {members[member]!r} has no equal")
    found.add(name, settings)


def _line_word(found: Found, place: str, name: str, word: str, settings: dict[str, Value]) -> None:
    line = line_settings(word)
    if line is not None:
        settings.update(line)
    elif word.lower() in _FLOWS:
        settings["flow"] = _FLOWS[word.lower()]
    elif word.lower() not in ("local", "nobreak", "hangup_when_done", "-rtscts", "-xonxoff"):
        found.lose(place, f"{name}: {word!r} of the serial line has no equal")


def _accepter(found: Found, place: str, name: str, accepter: str) -> None:
    if accepter and "tcp" in accepter:
        found.lose(
            place,
            f"{name}: accepter {accepter.strip(chr(39))!r}: com1d opens no network port; reach it "
            f"by ssh, `ssh HOST com1 connect {name}`, or the browser console",
        )
