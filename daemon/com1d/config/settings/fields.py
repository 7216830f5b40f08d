"""Fields in braces in a port, a control or a path, which are replaced by a console's own values."""

import re
from collections.abc import Mapping
from typing import Final

from com1d.config.settings.setting import RefusedValueError


PLACEHOLDER: Final = "{name}"
"""The field that is replaced by the console's name, of a VM that was found by the VM's."""

OWN: Final = ("name", "vm")
"""Fields that every console has."""

FOUND: Final = ("uuid", "vmid")
"""And what a discovery may know beside them: numbers are the parts of its path."""

_FIELD: Final = re.compile(r"\{([^{}/]*)\}")
_PAIR: Final = re.compile(r"\{[^{}]*\}")
_PART: Final = re.compile("[1-9]")


def fields_of(text: str) -> list[str]:
    """Give the fields in a text, in their order."""
    return _FIELD.findall(text)


def demand_fields(text: str) -> None:
    """Raise `RefusedValueError` for a field that there is not, or a brace that belongs to none."""
    rest = text
    while (shorter := _PAIR.sub("", rest)) != rest:
        rest = shorter
    if "{" in rest or "}" in rest:
        raise RefusedValueError("must not have a brace without its other one: fields are {name}")
    for field in fields_of(text):
        if field not in (*OWN, *FOUND) and not _PART.fullmatch(field):
            known = ", ".join(f"{{{one}}}" for one in (*OWN, *FOUND))
            raise RefusedValueError(
                f"must not have the field {{{field}}} in it; there are {known} and, for the parts "
                "of a path that was found, {1} to {9}"
            )


def fill(text: str, values: Mapping[str, str]) -> str:
    """Put the values of fields into a text.

    Raises `RefusedValueError` for one that has none here, or a value that no path can have.
    """

    def value(match: re.Match[str]) -> str:
        field = match[1]
        found = values.get(field, "")
        if not found:
            raise RefusedValueError(f"has no {match[0]}, which {_origin(field)}")
        if found in (".", "..") or "/" in found or "\0" in found:
            raise RefusedValueError(f"has {found!r} for {match[0]}, which no path can have")
        return found

    return _FIELD.sub(value, text) if "{" in text else text


def _origin(field: str) -> str:
    if field == "uuid":
        return "libvirt, Proxmox or a path with the UUID in it tells of VMs that are found"
    if field == "vmid":
        return "Proxmox alone has"
    if field in OWN:
        return "it would have to have"
    return "is a part of a path that was found"
