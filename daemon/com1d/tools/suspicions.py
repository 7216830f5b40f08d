"""What of a right configuration is probably not meant: `com1d check` warns of it, and it starts.

Some of it may be right for this host, or come later: a device, an account, a program.
"""

import os
import shlex
import socket
import stat
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from typing import Final

from com1d.config import Clash, Config, ConsoleConfig, RoleConfig
from com1d.config.settings.addresses import host_and_port, spell_metrics
from com1d.config.settings.spelling import dotted, quoted
from com1d.core.access.policy import EVERYTHING, covers
from com1d.tools.accounts import is_account, is_user
from com1d.tools.unit import is_here
from com1d.wire.words import EVERYONE, Role


NETWORK: Final = ("tcp", "telnet", "rfc2217")


def suspicions(config: Config) -> Iterator[Clash]:
    """Give each of them. Blocks: looks at devices, accounts and, for clashes, at the resolver."""
    yield from _roles(config)
    yield from _gateways(config)
    yield from _metrics(config)
    yield from _consoles(config)
    yield from _same_names(config)
    yield from _same_ports(config)
    yield from _programs(config)


def _warning(table: str, key: str, name: str, value: str, expected: str) -> Clash:
    return Clash((table, name), key, value, expected, warning=True)


# -- who gets in ----------------------------------------------------------------------------------


def _roles(config: Config) -> Iterator[Clash]:
    if not config.roles:
        return
    owners = [role for role in config.roles if role.role == str(Role.OWNER)]
    if not any(role.scope == EVERYTHING for role in owners):
        expected = (
            'nobody is owner of "*", root included: nobody can switch the host, or reload over '
            'HTTP; give somebody role = "owner", scope = "*"'
        )
        yield _warning("roles", "roles", "", "", expected)
    for number, role in enumerate(config.roles, 1):
        for key, value, expected in _role(role, config):
            yield _warning("roles", f"roles#{number}.{key}", "", quoted(value), expected)


def _role(role: RoleConfig, config: Config) -> Iterator[tuple[str, str, str]]:
    matches = any(covers(role.scope, name, one.set) for name, one in config.consoles.items())
    if not matches and not config.discover:
        yield "scope", role.scope, "matches no console"
    if role.principal_kind == EVERYONE and role.role != str(Role.READER):
        yield "role", role.role, "is for any process that may open the sockets: give it reader"
    if not is_account(role) and not config.gateways:
        yield "principal", role.who, f"there is no such {role.principal_kind} on this host"


def _gateways(config: Config) -> Iterator[Clash]:
    for number, gateway in enumerate(config.gateways, 1):
        if not is_user(gateway.user):
            key = f"gateways#{number}.user"
            expected = "there is no such user on this host"
            yield _warning("gateways", key, "", quoted(str(gateway.user)), expected)


def _metrics(config: Config) -> Iterator[Clash]:
    address = config.daemon.metrics
    if address is None or is_here(address[0]):
        return
    names = ", with the names of the consoles" if config.daemon.metrics_names else ""
    expected = f'can be read by whoever reaches that address{names}: use "127.0.0.1:{address[1]}"'
    yield _daemon("metrics", spell_metrics(address), expected)


def _daemon(key: str, value: str, expected: str) -> Clash:
    return _warning("daemon", f"daemon.{key}", key, value, expected)


# -- consoles -------------------------------------------------------------------------------------


def _consoles(config: Config) -> Iterator[Clash]:
    for name, console in config.consoles.items():
        for key, value, expected in _console(console, config):
            yield _warning("consoles", dotted("consoles", name, key), name, value, expected)


def _console(console: ConsoleConfig, config: Config) -> Iterator[tuple[str, str, str]]:
    if not console.log_size and config.daemon.require_boot_diagnostics:
        expected = (
            "nobody can attach without a log: set require_boot_diagnostics = false in [daemon]"
        )
        yield "log_size", "0", expected
    port, target = console.port, Path(console.port.target)
    if port.kind == "serial" and not target.exists():
        yield "port", quoted(str(port)), f"{target} is not there now: com1d waits for it"
    if port.kind in ("pipe", "listen") and _is_open(target.parent):
        expected = f"{target.parent} can be written to by everybody: run chmod o-w {target.parent}"
        yield "port", quoted(str(port)), expected
    if console.qemu_log is not None and not console.qemu_log.parent.is_dir():
        expected = f"there is no directory {console.qemu_log.parent}"
        yield "qemu_log", quoted(str(console.qemu_log)), expected


def _is_open(folder: Path) -> bool:
    try:
        return bool(folder.stat().st_mode & stat.S_IWOTH)
    except OSError:
        return False


def _same_names(config: Config) -> Iterator[Clash]:
    """Find names that people take for each other."""
    yield from _twice(config, lambda console: console.name.lower(), "", "reads as {}")


def _same_ports(config: Config) -> Iterator[Clash]:
    """Find ports that another path or name leads to: each would read what is the other's."""
    expected = "leads to the same device as {}: two readers would share its bytes"
    yield from _twice(config, _device, "port", expected)
    busy: dict[str, list[str]] = {}
    for console in config.consoles.values():
        if console.port.kind in NETWORK:
            host, number = host_and_port(console.port.target)
            busy.setdefault(str(number), []).append(host)
    shared = {number for number, hosts in busy.items() if len(set(hosts)) > 1}
    if shared:
        expected = "is the same address as {}: two readers would share its bytes"
        yield from _twice(config, lambda console: _address(console, shared), "port", expected)


def _twice(
    config: Config, identify: Callable[[ConsoleConfig], Hashable | None], key: str, expected: str
) -> Iterator[Clash]:
    """Warn of each console that has the identity of an earlier one."""
    first: dict[Hashable, str] = {}
    for console in config.consoles.values():
        identity = identify(console)
        if identity is None:
            continue
        owner = first.setdefault(identity, console.name)
        if owner != console.name:
            where = dotted("consoles", console.name, *filter(None, (key,)))
            value = quoted(str(console.port)) if key else ""
            text = expected.format(dotted("consoles", owner, *filter(None, (key,))))
            yield _warning("consoles", where, console.name, value, text)


def _device(console: ConsoleConfig) -> Hashable | None:
    """Give what a path leads to now: a device by its numbers, all else by its inode."""
    path = console.port.path
    if not path:
        return None
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_rdev or (found.st_dev, found.st_ino)


def _address(console: ConsoleConfig, numbers: set[str]) -> Hashable | None:
    if console.port.kind not in NETWORK:
        return None
    host, number = host_and_port(console.port.target)
    if str(number) not in numbers:
        return None
    try:
        found = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)
    except OSError:
        return None
    return found[0][4][:2]


# -- programs -------------------------------------------------------------------------------------


def _programs(config: Config) -> Iterator[Clash]:
    missing = "there is no such program, or it may not be run"
    for number, hook in enumerate(config.hooks, 1):
        if not can_run(hook.run[0]):
            yield _warning("hooks", f"hooks#{number}.run", "", quoted(hook.run[0]), missing)
    for name, console in config.consoles.items():
        kind, _, program = (console.control or "").partition(":")
        used = {"control": program} if kind == "exec" else {}
        if console.port.kind == "exec":
            used["port"] = shlex.split(console.port.target)[0]
        for key, path in used.items():
            if not can_run(path):
                where = dotted("consoles", name, key)
                yield _warning("consoles", where, name, quoted(path), missing)


def can_run(program: str) -> bool:
    """Say whether there is a program that we may run."""
    return Path(program).is_file() and os.access(program, os.X_OK)
