"""Paths and addresses, read into one spelling each, so that equal ones compare equal."""

import difflib
import re
import shlex
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Final

from com1d.config.settings.fields import demand_fields, fields_of
from com1d.config.settings.setting import RefusedValueError
from com1d.values import dataclass
from com1d.wire.words import PORT_KINDS


SOCKET_PATH_BYTES: Final = 107
"""Bytes of a Unix socket's path: sun_path has 108, the last of them NUL (unix(7))."""

SERIAL_PORTS: Final = 4
"""Serial ports of one VM: as many as a PC has, and QEMU for its machines."""

STARS: Final = 9
"""Parts of a glob that change: each has a field of one digit."""

HIGHEST_TCP_PORT: Final = 65535

CREDENTIAL: Final = "credential"
"""What the name of a systemd credential begins with, in place of a path."""

_CREDENTIAL_NAME: Final = re.compile("[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}")
"""Safe as the name of a file; systemd.exec(5), LoadCredential=, asks for no more."""

_HOST_AND_PORT: Final = re.compile(r"(?:\[([^\[\]]+)\]|([^\[\]:]+)):([0-9]{1,5})")
_LOCAL_URI: Final = re.compile(r"[a-z][a-z0-9]*(?:\+unix)?:///[!-~]{0,200}")
"""libvirt's driver and, after three slashes for no host, what it is asked for."""

_HOST: Final = re.compile("[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252})")
"""The characters of a DNS name, and its greatest length (RFC 1035, section 2.3.4)."""


@dataclass(frozen=True, slots=True)
class PortAddress:
    """Where a console's port is, in the one spelling that its kind has for it."""

    kind: str
    """One of `PORT_KINDS`."""
    target: str
    """An absolute path; for exec with arguments; for tcp `host:port`, IPv6 in brackets; for demo
    empty."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.target}"

    @property
    def path(self) -> str:
        """The path of what the guest prints to; empty for what has none."""
        if self.kind == "pipe":
            return f"{self.target}.out"
        if self.kind == "exec":
            return ""
        return self.target if self.target.startswith("/") else ""


def parse_directory(value: object) -> Path:
    """Read an absolute path."""
    if isinstance(value, str):
        return Path(_path(value))
    raise RefusedValueError('must be an absolute path, such as "/run/com1d"')


def parse_file(value: object) -> Path:
    """Read the absolute path of a file."""
    if isinstance(value, str):
        demand_fields(value)
        return Path(_path(value))
    raise RefusedValueError('must be an absolute path, such as "/var/log/qemu/web01.log"')


def parse_key(value: object) -> str:
    """Read where a key is: the path of a file, or the name of a systemd credential."""
    kind, colon, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind == CREDENTIAL and colon and _CREDENTIAL_NAME.fullmatch(name):
        return f"{CREDENTIAL}:{name}"
    if isinstance(value, str) and value.startswith("/"):
        return _path(value)
    raise RefusedValueError(
        'must be the path of a file, such as "/etc/com1d/log.key", or a systemd credential, '
        'such as "credential:com1d-log"'
    )


def parse_command(value: object) -> tuple[str, ...]:
    """Read a program to run, by its absolute path, and its arguments."""
    if isinstance(value, list) and value and all(isinstance(word, str) for word in value):
        program, *words = value
        if program.startswith("/") and not any("\0" in word for word in words):
            return (_path(program), *words)
    raise RefusedValueError(
        'must be an absolute path and arguments, such as ["/usr/local/bin/notify", "ops"]'
    )


def parse_port(value: object) -> PortAddress:
    """Read where a console's port is: `kind:target`."""
    kind, colon, target = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind in _TARGETS and colon:
        demand_fields(target)
        return PortAddress(kind, _TARGETS[kind](target))
    near = difflib.get_close_matches(kind, PORT_KINDS, n=1) if colon else []
    hint = f"; did you mean {near[0]}:?" if near else ""
    raise RefusedValueError(
        "must be serial:/dev/ttyS0, pipe:/path, listen:/path, pty:/dev/pts/7, unix:/path, "
        f"tcp:host:port, telnet:host:port, rfc2217:host:port, exec:/path or demo:{hint}"
    )


def parse_control(value: object) -> str:
    """Read where the VM can be controlled: `kind:/path`, of a socket or a program."""
    kind, _, target = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind in _CONTROLS:
        demand_fields(target)
        return f"{kind}:{_CONTROLS[kind](target)}"
    raise RefusedValueError(
        "must be qmp:/path (QEMU), chv:/path (Cloud Hypervisor), libvirt:qemu:///system or "
        "exec:/path (a program)"
    )


def parse_qmp(value: object) -> str:
    """Read the path of QMP sockets, with what tells their VMs apart in it, as a control."""
    if isinstance(value, str) and fields_of(value):
        demand_fields(value)
        return f"qmp:{_socket_path(value)}"
    raise RefusedValueError('must be a path with {name} in it, such as "/run/qemu/{name}.qmp"')


def parse_called(value: object) -> str:
    """Read what the consoles of found VMs are called, with a field in it that tells them apart."""
    if isinstance(value, str) and fields_of(value) and "/" not in value:
        demand_fields(value)
        return value
    raise RefusedValueError('must be a name with a field in it, such as "{2}" or "{name}"')


def parse_glob(value: object) -> str:
    """Read the paths of VMs' sockets: absolute, with `*` in them, which tell them apart."""
    if isinstance(value, str) and 1 <= value.count("*") <= STARS and "**" not in value:
        return _path(value)
    raise RefusedValueError(
        f'must be an absolute path with one * in it, "/run/qemu/*/com1.sock", or up to {STARS}, '
        "none beside another"
    )


def parse_root(value: object) -> str:
    """Read where a file system begins, which may be `/`."""
    return value if value == "/" else str(parse_directory(value))


def parse_libvirt_uri(value: object) -> str:
    """Read the URI of a libvirt. Only one on this host has serial ports that are here."""
    if isinstance(value, str) and _LOCAL_URI.fullmatch(value):
        return value
    raise RefusedValueError('must be the URI of a libvirt on this host, such as "qemu:///system"')


def parse_metrics(value: object) -> tuple[str, int] | None:
    """Read the address that Prometheus scrapes; an empty string is None, off.

    A host name other than localhost is refused, because what it resolves to would decide who can
    read the metrics.
    """
    if value == "":
        return None
    try:
        host, number = host_and_port(value if isinstance(value, str) else "")
        if host != "localhost":
            ip_address(host)
    except ValueError:
        raise RefusedValueError(
            'must be an IP address or localhost, and a port: "127.0.0.1:9521"; "" is off'
        ) from None
    return host, number


def host_and_port(text: str) -> tuple[str, int]:
    """Take `host:port` apart; an IPv6 address stands in brackets, and comes out without them.

    Raises `RefusedValueError`.
    """
    match = _HOST_AND_PORT.fullmatch(text)
    if match and 1 <= int(match[3]) <= HIGHEST_TCP_PORT:
        host = _ipv6(match[1]) if match[1] else match[2].lower()
        if match[1] or _HOST.fullmatch(host):
            return host, int(match[3])
    raise RefusedValueError(
        f"must be host:port or [IPv6 address]:port, with a port from 1 to {HIGHEST_TCP_PORT}"
    )


def _ipv6(text: str) -> str:
    try:
        address = str(IPv6Address(text))
    except ValueError:
        raise RefusedValueError("must have an IPv6 address between the brackets") from None
    if not address.isprintable():  # a zone, fe80::1%eth0, may hold anything
        raise RefusedValueError("must not have control characters in it")
    return address


def _tcp(text: str) -> str:
    host, number = host_and_port(text)
    return f"[{host}]:{number}" if ":" in host else f"{host}:{number}"


def _path(text: str) -> str:
    """Give an absolute path without empty and `.` parts.

    `..` is refused: where it leads depends on symbolic links, so two spellings of one path could
    not be recognised as the same.
    """
    parts = [part for part in text.split("/") if part not in ("", ".")]
    if not text.startswith("/") or not parts or ".." in parts or not text.isprintable():
        raise RefusedValueError("must be an absolute path, without .. or control characters")
    return "/" + "/".join(parts)


def _socket_path(text: str) -> str:
    path = _path(text)
    if (length := len(path.encode())) > SOCKET_PATH_BYTES:
        raise RefusedValueError(
            f"must have a path of at most {SOCKET_PATH_BYTES} bytes, as all Unix sockets; "
            f"this one has {length}"
        )
    return path


def _command(text: str) -> str:
    """Read a program and its arguments, as a shell's words; nothing in them is expanded."""
    try:
        program, *words = shlex.split(text) or [""]
    except ValueError as error:  # a quotation without an end
        raise RefusedValueError(f"must be words as in a shell: {str(error).lower()}") from None
    if not text.isprintable():
        raise RefusedValueError("must not have control characters in it")
    return shlex.join((_path(program), *words))


def _nothing(text: str) -> str:
    if text:
        raise RefusedValueError('must be "demo:", with nothing after the colon')
    return text


_TARGETS: Final[dict[str, Callable[[str], str]]] = {
    "serial": _path,
    "pipe": _path,
    "listen": _socket_path,
    "pty": _path,
    "unix": _socket_path,
    "tcp": _tcp,
    "telnet": _tcp,
    "rfc2217": _tcp,
    "exec": _command,
    "demo": _nothing,
}

_CONTROLS: Final[dict[str, Callable[[str], str]]] = {
    "qmp": _socket_path,
    "chv": _socket_path,
    "exec": _path,
    "libvirt": parse_libvirt_uri,
}


def spell_metrics(address: tuple[str, int]) -> str:
    """Spell the address of the metrics as TOML."""
    host, number = address
    return f'"[{host}]:{number}"' if ":" in host else f'"{host}:{number}"'
