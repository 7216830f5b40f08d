"""`com1d import FILE`: prints com1d.toml, and on stderr what has no equal in it."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE, os_reason
from com1d.tools.importing import conman, conserver, ser2net
from com1d.tools.importing.found import Found, Value


READERS: Final[dict[str, Callable[[str, str], Found]]] = {
    "conserver": conserver.read,
    "ser2net": ser2net.read,
    "conman": conman.read,
}
"""By the program whose configuration it is."""

FILE_BYTES: Final = 4 << 20
"""Bytes that are read: the consoles of a large cluster take half a megabyte."""


def translate(path: Path, kind: str | None) -> int:
    """Translate a file of the program `kind`, guessed where None; give the exit code."""
    try:
        with path.open("rb") as file:
            text = file.read(FILE_BYTES).decode(errors="replace")
    except OSError as error:
        _tell(f"{path}: {os_reason(error)}")
        return EX_FAILURE
    kind = kind or guess(path.name, text)
    if kind is None:
        _tell(f"{path}: say whose file it is, by --from")
        return EX_USAGE
    found = READERS[kind](text, str(path))
    sys.stdout.write(toml(found, f"# From {path}, of {kind}.\n"))
    for line in found.lost:
        _tell(f"not translated: {line}")
    if not found.consoles:
        _tell(f"{path}: no console was found in it")
        return EX_FAILURE
    return EX_OK


def _tell(text: str) -> None:
    sys.stderr.write(f"com1d: {text}\n")


def guess(name: str, text: str) -> str | None:
    """Guess the program by the file's name or, failing that, by its words."""
    for kind in READERS:
        if kind in name.lower():
            return kind
    lines = [line.strip().lower() for line in text.splitlines()]
    if any(line.startswith("connection:") for line in lines):
        return "ser2net"
    if any(line.startswith("console name") for line in lines):
        return "conman"
    if any(line.startswith("console ") and line.endswith("{") for line in lines):
        return "conserver"
    return None


def toml(found: Found, head: str) -> str:
    """Spell what was found as com1d's configuration."""
    out = [head]
    for name, settings in found.consoles.items():
        key = f'"{name}"' if "." in name else name
        out.append(f"\n[consoles.{key}]\n")
        out += [f"{setting} = {_spell(value)}\n" for setting, value in settings.items()]
    for (principal, role), scopes in _together(found.roles).items():
        for scope in scopes:
            out.append(
                f"\n[[roles]]\nprincipal = {_spell(principal)}\nrole = {_spell(role)}\n"
                f"scope = {_spell(scope)}\n"
            )
    return "".join(out)


def _together(roles: list[tuple[str, str, str]]) -> dict[tuple[str, str], list[str]]:
    scopes: dict[tuple[str, str], list[str]] = {}
    for principal, role, scope in dict.fromkeys(roles):
        scopes.setdefault((principal, role), []).append(scope)
    return scopes


def _spell(value: Value) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_spell, value))}]"
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
