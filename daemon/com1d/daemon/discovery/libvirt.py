"""The domains of a libvirt on this host, running or not, by their serial ports.

A pty has another number at every start, so each such domain has a symbolic link that leads to it
while the domain runs: the console's port stays the same, and its keeper watches the link.
"""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any, Final

from com1d.config import Found, PortAddress
from com1d.control import libvirt_link
from com1d.control.attempt import HungUp
from com1d.control.libvirt import STOPPED
from com1d.control.libvirt_link import CONNECTION, LibvirtLink, News
from com1d.core.inventory.domain import read
from com1d.daemon.discovery.base import Sighting, Tell
from com1d.errors import NotRunning, Problem
from com1d.ports.places import make_directory


SLICE: Final = 10
"""Domains read before the loop goes on: some milliseconds of XML."""


class Domains:
    """The domains that a libvirt has defined."""

    def __init__(self, uri: str, links: Path, tell: Tell, number: int | None = None) -> None:
        """Look at `uri`; the symbolic links to ptys are made in `links`.

        `number` is that of the serial ports; without it, the first that can be served.
        """
        self.looked = asyncio.Event()
        self._uri = uri
        self._links = links
        self._number = number
        self._tell = tell
        self._known: dict[str, Sighting] = {}
        self._pending: dict[str, None] = {}
        """Domains to look at; `CONNECTION` is for all of them."""
        self._news = asyncio.Event()

    async def run(self) -> None:
        """Look and tell, until cancelled."""
        try:
            link = libvirt_link.join(self._uri, CONNECTION, self._hear)
        except ImportError:
            self._set("", f"{self._uri}: {libvirt_link.MISSING}")
            self.looked.set()
            return
        try:
            make_directory(self._links, os.getegid())  # consoles watch it
            while True:
                await self._news.wait()
                self._news.clear()
                while self._pending:
                    name = next(iter(self._pending))
                    del self._pending[name]
                    with contextlib.suppress(HungUp, Problem):  # found again with the connection
                        await (self._look(link, name) if name else self._look_around(link))
                self.looked.set()
        finally:
            await libvirt_link.leave(link, CONNECTION, self._hear)
            for name in self._known:
                self._point(name, "")

    def _hear(self, news: News) -> None:
        if news.what == "down":
            link = libvirt_link.reason(self._uri)
            self._set("", f"{self._uri} cannot be reached: {link}")
            self.looked.set()
            return
        if news.what == "up":
            self._set("", None)
        if news.what == "lifecycle" and news.event == STOPPED:
            self._point(news.domain, "")  # it may run again already, with another pty
        self._pending[news.domain] = None
        self._news.set()

    async def _look_around(self, link: LibvirtLink) -> None:
        """Look at every domain, and tell of those that are gone."""
        domains = await link.call(self._uri, _everything)
        for name in self._known.keys() - domains.keys() - {""}:
            self._see(name, None)
        for count, (name, xml) in enumerate(domains.items(), 1):
            self._see(name, xml)
            if count % SLICE == 0:
                await asyncio.sleep(0)

    async def _look(self, link: LibvirtLink, name: str) -> None:
        try:
            xml = await link.call(name, lambda libvirt: libvirt.lookupByName(name).XMLDesc())
        except NotRunning:
            xml = None
        self._see(name, xml)

    def _see(self, name: str, xml: str | None) -> None:
        if xml is None:
            self._set(name, None)
            self._point(name, "")
            return
        try:
            domain = read(xml, self._number)
        except ValueError as error:
            self._set(name, str(error))
            return
        serial = domain.serial
        if isinstance(serial, str):
            self._set(name, serial)
            return
        target = serial.target
        if serial.kind == "pty":
            target = str(self._links / name)
            self._point(name, serial.target)
        port = PortAddress(serial.kind, target)
        found = Found(
            name,
            port,
            domain.guest,
            f"libvirt:{self._uri}",
            uuid=domain.uuid,
            vm=domain.title,
            qemu_log=Path(serial.log) if serial.log.startswith("/") else None,
        )
        self._set(name, found)

    def _set(self, name: str, seen: Sighting) -> None:
        if self._known.get(name) == seen:
            return
        if seen is None:
            del self._known[name]
        else:
            self._known[name] = seen
        self._tell(name, seen)

    def _point(self, name: str, terminal: str) -> None:
        """Point the symbolic link of a domain to its pty, or remove it."""
        link = self._links / name
        with contextlib.suppress(OSError):
            if link.is_symlink() and str(link.readlink()) == terminal:
                return
            link.unlink(missing_ok=True)
            if terminal:
                link.symlink_to(terminal)


def _everything(libvirt: Any) -> dict[str, str]:
    """Give the XML of every domain, by name. Called in the link's thread."""
    return {domain.name(): domain.XMLDesc() for domain in libvirt.listAllDomains()}
