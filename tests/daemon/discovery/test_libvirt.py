"""Domains of libvirt's own test driver become sightings, whatever happens to them."""

import asyncio
from contextlib import asynccontextmanager

import libvirt
import pytest

from com1d.config import Found, PortAddress
from com1d.control import libvirt_link
from com1d.control.libvirt import STOPPED
from com1d.control.libvirt_link import News
from com1d.daemon.discovery.libvirt import Domains


PATIENCE = 30
"""Seconds before a test that waits for an event gives up."""

DOMAIN = """
<domain type='test'>
  <name>{name}</name><memory>8192</memory><os><type>hvm</type></os>
  <devices>{serial}</devices>
</domain>
"""
PTY = "<serial type='pty'><source path='/dev/pts/{}'/></serial>"
PIPE = "<serial type='pipe'><source path='/run/guests/{}'/></serial>"


@pytest.fixture(scope="module", autouse=True)
def event_loop():
    """Start what libvirt starts once for good: its event loop, with its descriptor."""
    libvirt_link._run_events(libvirt)
    libvirt.open("test:///default").close()


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
        return Found(name, PortAddress(kind, str(target)), control=f"libvirt:{self.uri}")

    async def do(self, work):
        """Do something, as another program would."""
        return await libvirt_link._links[self.uri].call("test", work)

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition():
                await asyncio.sleep(0.001)


@asynccontextmanager
async def looking(folder, *domains):
    host = Host(folder, domains)
    source = Domains(host.uri, host.links, host.tell)
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
        DOMAIN.format(name="web", serial=PIPE.format("web")),
        DOMAIN.format(name="db", serial=PTY.format(7)),
        DOMAIN.format(name="none", serial=""),
    ]
    async with looking(tmp_path, *domains) as host:
        assert {
            "web": host.found("web", "pipe", "/run/guests/web"),
            "db": host.found("db", "pty", host.links / "db"),
            "none": "it has no serial port",
        } == host.told


async def test_domains_come_when_they_are_defined_and_go_when_they_are_undefined(tmp_path):
    """Started and stopped in between, which changes nothing but where a link leads."""
    xml = DOMAIN.format(name="web", serial=PIPE.format("web"))
    async with looking(tmp_path, DOMAIN.format(name="db", serial="")) as host:
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
        source._see("web", DOMAIN.format(name="web", serial=serial))
        ports.append(host.told["web"].port)
        leads.append(str(link.readlink()) if link.is_symlink() else None)
    source._see("web", DOMAIN.format(name="web", serial=PTY.format(9)))
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
