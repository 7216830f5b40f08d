"""Domains of libvirt's own test driver become sightings, whatever happens to them."""

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

import pytest

from com1d.config import Found, PortAddress
from com1d.control import libvirt_link
from com1d.control.libvirt import STOPPED
from com1d.control.libvirt_link import News
from com1d.daemon.discovery.libvirt import Domains
from daemon.discovery import libvirt_loop


PATIENCE = 30
"""Seconds before a test that waits for an event gives up."""

DOMAIN = """
<domain type='test'>
  <name>{name}</name><uuid>{uuid}</uuid><memory>8192</memory><os><type>hvm</type></os>
  <devices>{serial}</devices>
</domain>
"""


def uuid(name):
    """Give a domain's UUID, which follows from its name here."""
    return str(uuid5(NAMESPACE_DNS, name))


PTY = "<serial type='pty'><source path='/dev/pts/{}'/></serial>"
PIPE = "<serial type='pipe'><source path='/run/guests/{}'/></serial>"


def xml_of(name, serial):
    return DOMAIN.format(name=name, serial=serial, uuid=uuid(name))


@pytest.fixture(scope="module", autouse=True)
def event_loop():
    """Start what libvirt starts once for good: its event loop, with its descriptor."""
    libvirt_loop.start()


class Host:
    """A host of the driver's, which belongs to the link's connection, and what was told of it."""

    def __init__(self, folder, domains):
        self.folder = folder
        self.links = folder / "terminals"
        node = folder / "node.xml"
        node.write_text(f"<node>{''.join(domains)}</node>")
        self.uri = f"test://{node}"
        self.told = {}

    def tell(self, name, sighting):
        if sighting is None:
            del self.told[name]
        else:
            self.told[name] = sighting

    def found(self, name, kind, target):
        return Found(
            name, PortAddress(kind, str(target)), control=f"libvirt:{self.uri}", uuid=uuid(name)
        )

    async def do(self, work):
        """Do something, as another program would."""
        return await libvirt_link._links[self.uri].call("test", work)

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.001)


@asynccontextmanager
async def looking(folder, *domains, number=None):
    host = Host(folder, domains)
    source = Domains(host.uri, host.links, host.tell, number)
    task = asyncio.create_task(source.run())
    try:
        async with asyncio.timeout(PATIENCE):
            await source.looked.wait()
        yield host
    finally:
        task.cancel()
        await asyncio.wait((task,))
        assert not libvirt_link._links


async def test_domains_are_found_at_the_start_with_their_ports(tmp_path):
    """A pipe is where it is, a pty where a link leads to it; without either it is told, too."""
    domains = [
        xml_of(name="web", serial=PIPE.format("web")),
        xml_of(name="db", serial=PTY.format(7)),
        xml_of(name="none", serial=""),
    ]
    async with looking(tmp_path, *domains) as host:
        assert {
            "web": host.found("web", "pipe", "/run/guests/web"),
            "db": host.found("db", "pty", host.links / "db"),
            "none": "it has no serial port",
        } == host.told


async def test_domains_come_when_they_are_defined_and_go_when_they_are_undefined(tmp_path):
    """Started and stopped in between, which changes nothing but where a link leads."""
    xml = xml_of(name="web", serial=PIPE.format("web"))
    async with looking(tmp_path, xml_of(name="db", serial="")) as host:
        await host.do(lambda libvirt: libvirt.defineXML(xml))
        await host.until(lambda: "web" in host.told)
        for verb in ("create", "destroy"):
            await host.do(lambda libvirt, verb=verb: getattr(libvirt.lookupByName("web"), verb)())
        stopped = dict(host.told)
        await host.do(lambda libvirt: libvirt.lookupByName("web").undefine())
        await host.until(lambda: "web" not in host.told)

    assert host.found("web", "pipe", "/run/guests/web") == stopped["web"]


async def test_a_link_leads_to_the_terminal_while_the_domain_runs(tmp_path):
    """Whatever its number is this time; the port that is told stays the same."""
    host = Host(tmp_path, [])
    host.links.mkdir()
    source = Domains(host.uri, host.links, host.tell)
    link, ports, leads = host.links / "web", [], []
    for serial in (PTY.format(7), PTY.format(8), "<serial type='pty'/>"):
        source._see("web", xml_of(name="web", serial=serial))
        ports.append(host.told["web"].port)
        leads.append(str(link.readlink()) if link.is_symlink() else None)
    source._see("web", xml_of(name="web", serial=PTY.format(9)))
    source._hear(News("lifecycle", "web", STOPPED))

    assert [PortAddress("pty", str(link))] * 3 == ports
    assert ["/dev/pts/7", "/dev/pts/8", None] == leads
    assert not link.is_symlink()


async def test_a_libvirt_that_is_not_there_is_told_and_keeps_nobody_waiting(tmp_path):
    """The daemon starts without it."""
    told = {}
    uri = f"qemu:///session?socket={tmp_path}/nosuch"
    source = Domains(uri, tmp_path / "links", told.__setitem__)
    task = asyncio.create_task(source.run())
    async with asyncio.timeout(PATIENCE):
        await source.looked.wait()
    task.cancel()
    await asyncio.wait((task,))

    assert told[""].startswith(f"{uri} cannot be reached: Failed to connect socket")


async def test_without_the_library_it_is_told_what_is_missing(tmp_path, monkeypatch):
    """And nothing else of the daemon suffers."""
    told = {}

    def missing(*_):
        raise ImportError

    monkeypatch.setattr(libvirt_link, "join", missing)
    source = Domains("qemu:///system", tmp_path, told.__setitem__)
    await source.run()

    assert {"": f"qemu:///system: {libvirt_link.MISSING}"} == told
    assert source.looked.is_set()


async def test_what_the_xml_knows_of_the_vm_is_told(tmp_path):
    """Its UUID, its title, and QEMU's own log of the port that the table asks for."""
    serials = (
        "<serial type='pty'><target port='0'/></serial>"
        "<serial type='unix'><source mode='bind' path='/run/s1'/><log file='/var/log/w.log'/>"
        "<target port='1'/></serial>"
    )
    xml = xml_of(name="web", serial=serials).replace("<memory>", "<title>Shop</title><memory>")
    async with looking(tmp_path, xml, number=1) as host:
        found = host.told["web"]
    assert (uuid("web"), "Shop", PortAddress("unix", "/run/s1"), Path("/var/log/w.log")) == (
        found.uuid, found.vm, found.port, found.qemu_log
    )  # fmt: skip
