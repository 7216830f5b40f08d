"""What no single value shows: one port or control for two consoles, sockets with too long paths."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from com1d.config.addresses import SOCKET_PATH_BYTES
from com1d.config.model import ConsoleConfig, DaemonConfig, PortAddress
from com1d.config.values import dotted, quoted


@dataclass(frozen=True, slots=True)
class Clash:
    """A setting that is right by itself and wrong beside another one."""

    place: tuple[str, str]
    """The table, and its key or console, to find the file by."""
    key: str
    value: str
    expected: str


def clashes(daemon: DaemonConfig, consoles: Collection[ConsoleConfig]) -> Iterator[Clash]:
    """Give every clash, in the order of the consoles."""
    yield from _taken_twice(daemon, consoles)
    yield from _long_sockets(daemon, consoles)


def _taken_twice(daemon: DaemonConfig, consoles: Collection[ConsoleConfig]) -> Iterator[Clash]:
    """Find addresses that two settings need.

    Two readers of one port would steal each other's bytes. QEMU serves one QMP client at a time,
    and a reset must not reach another console's VM.
    """
    owners = {str(daemon.api_socket): "com1d itself"}
    for console in consoles:
        for setting, value, needs in _claims(console):
            key = dotted("consoles", console.name, setting)
            owner = next((owners[need] for need in needs if need in owners), None)
            if any(need.startswith(f"{daemon.consoles_dir}/") for need in needs):
                owner = "com1d itself"
            if owner is not None:
                expected = f"is already taken by {owner}"
                yield Clash(("consoles", console.name), key, quoted(value), expected)
            owners |= dict.fromkeys(needs, key)


def _claims(console: ConsoleConfig) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Give each address of a console as key, value, and what it needs for itself."""
    yield "port", str(console.port), _needs(console.port)
    if console.control:
        kind, _, path = console.control.partition(":")
        # One program serves any number of consoles: it is called with the name.
        yield "control", console.control, () if kind == "exec" else (path,)


def _needs(port: PortAddress) -> tuple[str, ...]:
    """Give the paths that a port needs for itself, or the address of tcp; a demo needs nothing."""
    match port.kind:
        case "demo":
            return ()
        case "pipe":
            return f"{port.target}.in", f"{port.target}.out"
        case _:
            return (port.target,)


def _long_sockets(daemon: DaemonConfig, consoles: Collection[ConsoleConfig]) -> Iterator[Clash]:
    """Find consoles whose longer socket, the observers', does not fit into an address."""
    room = SOCKET_PATH_BYTES - len(f"{daemon.consoles_dir}/.observe.sock".encode())
    if room < 1:
        yield Clash(
            ("daemon", "runtime_dir"),
            "daemon.runtime_dir",
            quoted(str(daemon.runtime_dir)),
            f"must be at least {1 - room} bytes shorter: the path of a Unix socket in it has at "
            f"most {SOCKET_PATH_BYTES}",
        )
        return
    for console in consoles:
        if len(console.name) > room:
            yield Clash(
                ("consoles", console.name),
                dotted("consoles", console.name),
                "",
                f"must have a name of at most {room} characters in this runtime_dir: the path of "
                f"a Unix socket has at most {SOCKET_PATH_BYTES} bytes",
            )
