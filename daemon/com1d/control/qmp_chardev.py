"""The console's character device in QEMU, to which a break has to go."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias


Ask: TypeAlias = Callable[..., Awaitable[Any]]
"""Runs a QMP command with its arguments, and gives what it returns."""

CONTAINERS: Final = ("/machine/unattached", "/machine/peripheral", "/machine/peripheral-anon")
"""Places of devices in QEMU's object tree: on the board, with an id, without one."""

COM1_IOBASE: Final = 0x3F8


async def find(ask: Ask, port: str) -> str | None:
    """Give the id of the character device behind `port`, a path or `host:port`, else COM1's.

    `query-chardev` has the paths of sockets and terminals. Of a pair of FIFOs it says no more than
    `pipe`, so for those COM1 itself, the serial device at 0x3f8, is asked for its device.
    """
    chardevs = _objects(await ask("query-chardev"))
    for chardev in chardevs:
        if _leads_to(str(chardev.get("filename")), port):
            return str(chardev.get("label"))
    labels = {chardev.get("label") for chardev in chardevs}
    com1 = await _com1(ask)
    return com1 if com1 in labels else None


def _leads_to(filename: str, port: str) -> bool:
    """Tell whether QEMU's description of a character device has `port` as its place.

    It is `unix:/path,server=on`, `pty:/dev/pts/7`, `tcp:host:port <-> host:port`, with
    `disconnected:` before it while nobody is at the other end.
    """
    _kind, _, place = filename.removeprefix("disconnected:").partition(":")
    rest = place.removeprefix(port)
    return bool(port) and place.startswith(port) and rest[:1] in ("", ",", " ")


async def _com1(ask: Ask) -> str | None:
    for container in CONTAINERS:
        for device in _objects(await ask("qom-list", path=container)):
            if device.get("type") != "child<isa-serial>":
                continue
            path = f"{container}/{device.get('name')}"
            if await ask("qom-get", path=path, property="iobase") == COM1_IOBASE:
                return str(await ask("qom-get", path=path, property="chardev"))
    return None


def _objects(answer: Any) -> list[dict[str, Any]]:
    """Give the objects of a list; an empty list for anything else."""
    items = answer if isinstance(answer, list) else []
    return [item for item in items if isinstance(item, dict)]
