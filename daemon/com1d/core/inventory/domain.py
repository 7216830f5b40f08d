"""What a libvirt domain's XML says about its serial ports and its guest.

Format: https://libvirt.org/formatdomain.html, "Consoles, serial, parallel & channel devices"; the
guest's kind is in the metadata that virt-install and virt-manager write, an identity of libosinfo.
"""

from typing import Final, NamedTuple
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET


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


class Serial(NamedTuple):
    """A serial port that can be served."""

    kind: str
    """A kind of port: `unix`, `listen`, `pipe`, `tcp`, `telnet` or `pty`."""
    target: str
    """As for that kind; of a pty, empty while the domain does not run."""


def serial_of(xml: str) -> Serial | str:
    """Give the first port that can be served, or why there is none.

    It is COM1, unless that is a log in a file, as some managers have it beside the console that
    people use. Raises `ValueError` for no domain.
    """
    devices = _parse(xml).find("devices")
    ports = [] if devices is None else devices.findall("serial")
    if not ports:
        return "it has no serial port"
    ports.sort(key=_number)
    for port in ports:
        source = port.find("source")
        attributes = {} if source is None else dict(source.attrib)
        if found := _served(port.get("type", ""), attributes, port):
            return found
    kinds = " and ".join(dict.fromkeys(port.get("type", "") for port in ports))
    served = "pipe, unix, pty and tcp (raw or telnet)"
    which = "its serial port is" if len(ports) == 1 else "its serial ports are"
    return f"{which} of type {kinds}; com1d serves {served}"


def guest_of(xml: str) -> str:
    """Give `windows`, `linux`, or `auto` where the XML does not say. Raises `ValueError`."""
    for system in _parse(xml).iter(f"{OSINFO}os"):
        vendor = urlsplit(system.get("id", "")).hostname or ""
        if vendor == WINDOWS:
            return "windows"
        if vendor in LINUX:
            return "linux"
    return "auto"


def _parse(xml: str) -> ET.Element:
    try:
        return ET.fromstring(xml)  # noqa: S314 -- written by libvirt, not by the user who defined the domain
    except ET.ParseError as error:
        raise ValueError(f"libvirt's XML cannot be read: {error}") from None


def _number(port: ET.Element) -> int:
    target = port.find("target")
    number = "" if target is None else target.get("port", "")
    return int(number) if number.isdecimal() else 0


def _served(kind: str, source: dict[str, str], port: ET.Element) -> Serial | None:
    path, mode = source.get("path", ""), source.get("mode", "bind")
    match kind:
        case "pty":
            return Serial("pty", path)
        case "pipe" if path:
            return Serial("pipe", path)
        case "unix" if path:
            return Serial("listen" if mode == "connect" else "unix", path)
        case "tcp" if mode == "bind" and (protocol := _protocol(port)):
            host = source.get("host", "")
            host = "127.0.0.1" if host in EVERYWHERE else host
            return Serial(
                protocol, f"{f'[{host}]' if ':' in host else host}:{source.get('service')}"
            )
    return None


def _protocol(port: ET.Element) -> str | None:
    """Give the kind of port for the protocol of the domain's serial port over TCP."""
    protocol = port.find("protocol")
    said = "raw" if protocol is None else protocol.get("type", "raw")
    return {"raw": "tcp", "telnet": "telnet"}.get(said)
