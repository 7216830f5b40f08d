"""Clashes between settings: one port, control or instance for two consoles, too long paths."""

import os
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import Final

from com1d.config.model import ConsoleConfig, DaemonConfig, DiscoverConfig
from com1d.config.settings.addresses import SOCKET_PATH_BYTES, PortAddress
from com1d.config.settings.spelling import dotted, quoted
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Clash:
    """A setting that is right by itself and wrong beside another one."""

    place: tuple[str, str]
    """The table, and its key or console, to find the file by."""
    key: str
    value: str
    expected: str
    warning: bool = False
    """Whether it is only suspicious: the configuration is right."""


def clashes(
    daemon: DaemonConfig,
    consoles: Collection[ConsoleConfig],
    discover: Collection[DiscoverConfig] = (),
) -> Iterator[Clash]:
    """Give every clash, in the order of the consoles."""
    yield from _taken_twice(daemon, consoles)
    yield from _same_instances(consoles)
    yield from _same_names(consoles)
    yield from _seen_twice(discover)
    yield from _long_sockets(daemon, consoles)


def _taken_twice(daemon: DaemonConfig, consoles: Collection[ConsoleConfig]) -> Iterator[Clash]:
    """Find addresses that two settings use.

    Two processes that read one port would steal each other's bytes. QEMU serves one QMP client at a
    time, and a reset must not reach another console's VM.
    """
    owners: dict[str, str] = {}
    for console in consoles:
        for setting, value, needs in claims(console):
            key = dotted("consoles", console.name, setting)
            owner = next((owners[need] for need in needs if need in owners), None)
            if any(is_ours(need, daemon) for need in needs):
                owner = OURSELVES
            if owner is not None:
                expected = f"is already taken by {owner}"
                yield Clash(("consoles", console.name), key, quoted(value), expected)
            owners |= dict.fromkeys(needs, key)


OURSELVES: Final = "com1d itself"


def is_ours(address: str, daemon: DaemonConfig) -> bool:
    """Tell whether an address is a socket that the daemon itself makes."""
    api, consoles = _place(str(daemon.api_socket)), _real(str(daemon.consoles_dir))
    return address == api or address.startswith(f"{consoles}/")


def claims(console: ConsoleConfig) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Give each address of a console as key, value, and the resource that it uses alone."""
    yield "port", str(console.port), _needs(console.port)
    if console.control:
        kind, _, path = console.control.partition(":")
        # One program or libvirt serves any number of consoles: it is called with the name.
        yield "control", console.control, () if kind in ("exec", "libvirt") else (_place(path),)
    if console.qemu_log:
        yield "qemu_log", str(console.qemu_log), (_place(str(console.qemu_log)),)


def _needs(port: PortAddress) -> tuple[str, ...]:
    """Give the paths, or the TCP address, that a port uses alone; `demo:`, `exec:` use nothing."""
    match port.kind:
        case "demo" | "exec":  # of a program there can be as many as one likes
            return ()
        case "pipe":
            place = _place(port.target)
            return f"{place}.in", f"{place}.out"
        case "tcp" | "telnet" | "rfc2217":
            host, _, number = port.target.rpartition(":")
            return (f"{LOOPBACK}:{number}" if host == "localhost" else port.target,)
        case _:
            return (_place(port.target),)


LOOPBACK: Final = "127.0.0.1"
"""What localhost is, without asking anybody: a port in two spellings would have two readers."""

DIRECTORIES: Final = 8192
"""Whose real places are kept in mind: each VM may have one of its own, and a look takes 15 µs."""


def _place(path: str) -> str:
    """Give a path as it is without links among its directories, such as `/var/run` to `/run`."""
    folder, _, name = path.rpartition("/")
    return f"{_real(folder or '/').rstrip('/')}/{name}"


@lru_cache(DIRECTORIES)
def _real(folder: str) -> str:
    return os.path.realpath(folder)


def _same_instances(consoles: Collection[ConsoleConfig]) -> Iterator[Clash]:
    """Find instances without a set, and numbers used twice in a set."""
    owners: dict[tuple[str, int], str] = {}
    for console in consoles:
        if console.instance is None:
            continue
        key = dotted("consoles", console.name, "instance")
        place = "consoles", console.name
        if console.set is None:
            yield Clash(place, key, str(console.instance), "needs a set to be an instance of")
            continue
        owner = owners.setdefault((console.set, console.instance), key)
        if owner != key:
            expected = f"is already taken in set {console.set}, by {owner}"
            yield Clash(place, key, str(console.instance), expected)


def _same_names(consoles: Collection[ConsoleConfig]) -> Iterator[Clash]:
    """Find aliases that are another console's name or alias."""
    owners = {console.name: console.name for console in consoles}
    for console in consoles:
        for alias in console.aliases:
            if owners.setdefault(alias, console.name) != console.name:
                key = dotted("consoles", console.name, "aliases")
                place = "consoles", console.name
                yield Clash(place, key, quoted(alias), f"is already a name of {owners[alias]}")


def _seen_twice(discover: Collection[DiscoverConfig]) -> Iterator[Clash]:
    """Find discoveries that look in the same place, where each VM would be found twice."""
    owners: dict[tuple[str, int | None], str] = {}
    for one in discover:
        setting, where = one.place
        key = dotted("discover", one.name, setting)
        owner = owners.setdefault((where, one.serial), key)
        if owner != key:
            yield Clash(("discover", one.name), key, quoted(where), f"is already that of {owner}")


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
