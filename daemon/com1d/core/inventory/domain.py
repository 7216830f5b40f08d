"""What a libvirt domain's XML says: which VM it is, its serial ports, and its guest.

Format: https://libvirt.org/formatdomain.html, "Consoles, serial, parallel & channel devices"; the
guest's kind is in the metadata that virt-install and virt-manager write, an identity of libosinfo.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from com1d.wire.uuids import uuid_of


OSINFO: Final = "{http://libosinfo.org/xmlns/libvirt/domain/1.0}"

LINUX: Final = frozenset(
    {
        "almalinux.org", "alpinelinux.org", "altlinux.org", "amazon.com", "archlinux.org",
        "centos.org", "debian.org", "endlessos.com", "fedoraproject.org", "gentoo.org",
        "linuxmint.com", "mageia.org", "manjaro.org", "nixos.org", "opensuse.org", "oracle.com",
        "redhat.com", "rockylinux.org", "slackware.com", "suse.com", "ubuntu.com", "voidlinux.org",
    }
)  # fmt: skip
"""The vendors in libosinfo's identities whose systems are Linux."""

WINDOWS: Final = "microsoft.com"

EVERYWHERE: Final = frozenset({"0.0.0.0", "::", ""})
"""Addresses of a VM's listener that can be reached at the loopback address."""


SERVED: Final = "com1d serves pipe, unix, pty and tcp (raw or telnet)"

WHY_NOT: Final = {
    "dev": "a device of the host, which the VM has for itself",
    "file": "a log, which nobody can type into",
    "nmdm": "a pair of terminals of FreeBSD's bhyve",
    "null": "which goes nowhere",
    "spiceport": "for SPICE clients alone",
    "spicevmc": "for SPICE clients alone",
    "stdio": "QEMU's own terminal",
    "udp": "datagrams, of which any may be lost",
    "vc": "a window of QEMU's",
}
"""What kinds of port are that cannot be served."""

DIALLED: Final = "which QEMU dials, and com1d listens for on no network"
"""A port of type tcp in mode `connect`."""


class Serial(NamedTuple):
    """A serial port that can be served."""

    kind: str
    """A kind of port: `unix`, `listen`, `pipe`, `tcp`, `telnet` or `pty`."""
    target: str
    """As for that kind; of a pty, empty while the domain does not run."""
    log: str = ""
    """QEMU's own log of the port, where it keeps one."""


class Domain(NamedTuple):
    """What com1d wants to know of a domain."""

    uuid: str
    title: str
    """What people call it; empty where nobody has said."""
    guest: str
    """`windows`, `linux`, or `auto` where the XML does not say."""
    serial: Serial | str
    """The port that is served, or why there is none."""


def read(xml: str, number: int | None = None) -> Domain:
    """Read a domain's XML, for its serial port of this number or the first that can be served.

    That is COM1, unless COM1 is a log in a file, as some managers have it beside the console that
    people use. Raises `ValueError` for no domain.
    """
    try:
        domain = ET.fromstring(xml)  # noqa: S314 -- written by libvirt, not by the user who defined the domain
    except ET.ParseError as error:
        raise ValueError(f"libvirt's XML cannot be read: {error}") from None
    title = " ".join(domain.findtext("title", "").split())
    return Domain(
        uuid_of(domain.findtext("uuid")),
        title if title.isprintable() else "",
        _guest(domain),
        _serial(domain, number),
    )


def _guest(domain: ET.Element) -> str:
    for system in domain.iter(f"{OSINFO}os"):
        vendor = urlsplit(system.get("id", "")).hostname or ""
        if vendor == WINDOWS:
            return "windows"
        if vendor in LINUX:
            return "linux"
    return "auto"


def _serial(domain: ET.Element, number: int | None) -> Serial | str:
    devices = domain.find("devices")
    ports = [] if devices is None else devices.findall("serial")
    if not ports:
        return "it has no serial port"
    ports.sort(key=_number)
    if number is not None:
        ports = [port for port in ports if _number(port) == number]
        if not ports:
            return f"it has no serial port with the number {number}"
    for port in ports:
        if found := _served(port):
            return found
    return _refusal(ports)


def _refusal(ports: Sequence[ET.Element]) -> str:
    kinds = []
    for port in ports:
        kind = port.get("type", "")
        dials = kind == "tcp" and _source(port).get("mode") == "connect"
        why = DIALLED if dials else WHY_NOT.get(kind, "")
        kinds.append(f"{kind}, {why}" if why else kind)
    which = "its serial port is" if len(ports) == 1 else "its serial ports are"
    return f"{which} of type {' and '.join(dict.fromkeys(kinds))}; {SERVED}"


def _number(port: ET.Element) -> int:
    target = port.find("target")
    number = "" if target is None else target.get("port", "")
    return int(number) if number.isdecimal() else 0


def _source(port: ET.Element) -> dict[str, str]:
    source = port.find("source")
    return {} if source is None else dict(source.attrib)


def _served(port: ET.Element) -> Serial | None:
    source, log = _source(port), port.find("log")
    path, mode = source.get("path", ""), source.get("mode", "bind")
    kept = "" if log is None else log.get("file", "")
    match port.get("type", ""):
        case "pty":
            return Serial("pty", path)
        case "pipe" if path:
            return Serial("pipe", path)
        case "unix" if path:
            return Serial("listen" if mode == "connect" else "unix", path, kept)
        case "tcp" if mode == "bind" and (protocol := _protocol(port)):
            host = source.get("host", "")
            host = "127.0.0.1" if host in EVERYWHERE else host
            place = f"{f'[{host}]' if ':' in host else host}:{source.get('service')}"
            return Serial(protocol, place, kept)
    return None


def _protocol(port: ET.Element) -> str | None:
    """Give the kind of port for the protocol of the domain's serial port over TCP."""
    protocol = port.find("protocol")
    said = "raw" if protocol is None else protocol.get("type", "raw")
    return {"raw": "tcp", "telnet": "telnet"}.get(said)
