"""libvirt's domains: those that run and are nobody's console."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

from com1d.tools.doctor.finding import Finding, Host, NotLookedError


SOCKETS: Final = ("/run/libvirt/virtqemud-sock-ro", "/run/libvirt/libvirt-sock-ro")
"""Where libvirt listens: its monolithic daemon, and the newer one for QEMU."""

URI: Final = "qemu:///system"


def domains(host: Host) -> Iterator[Finding]:
    """Find domains that no console belongs to."""
    uris = {one.uri for one in host.config.discover if one.uri}
    if not uris:
        if not any(map(Path.exists, map(Path, SOCKETS))):
            return
        uris = {URI}
    for uri in sorted(uris):
        for name, port in _running(uri):
            if not _is_served(host, name):
                yield Finding(
                    name,
                    f"libvirt's domain runs, and no console serves its {port or 'serial port'}",
                    f'[discover.libvirt] with uri = "{uri}" in {host.path}; or a console with '
                    f'control = "libvirt:{uri}"',
                )


def _is_served(host: Host, name: str) -> bool:
    consoles = host.config.consoles.values()
    names = {console.domain or console.name for console in consoles}
    if host.running is not None:
        names |= {console["name"] for console in host.running.consoles}
        names |= {str(console.get("domain") or "") for console in host.running.consoles}
    return name in names


def _running(uri: str) -> Iterator[tuple[str, str]]:
    """Give each running domain's name and what kind of serial port it has."""
    libvirt = _library()
    try:
        connection = libvirt.openReadOnly(uri)
    except libvirt.libvirtError as error:
        raise NotLookedError(f"{uri}: {error}") from None
    try:
        for domain in connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE):
            serial = ET.fromstring(domain.XMLDesc()).find("devices/serial")  # noqa: S314 - libvirt's
            yield domain.name(), "" if serial is None else f"<serial type='{serial.get('type')}'>"
    finally:
        connection.close()


def _library() -> Any:
    try:
        import libvirt  # noqa: PLC0415 - an extra
    except ImportError:
        raise NotLookedError("libvirt runs here, and com1d[libvirt] is not installed") from None
    libvirt.registerErrorHandler(lambda *_: None, None)  # or it prints each error itself
    return libvirt
