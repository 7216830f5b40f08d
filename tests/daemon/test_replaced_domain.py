"""Another domain of libvirt with a console's name."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from com1d import wire
from com1d.config import ConsoleConfig, DiscoverConfig, PortAddress
from com1d.control import libvirt_link
from daemon.discovery import libvirt_loop
from daemon.test_replaced import FIRST, SECOND, guest_of, served
from house import PATIENCE, read_bytes, running
from ports.ends import listening_at


@pytest.fixture(scope="module", autouse=True)
def event_loop():
    """Start what libvirt starts once for good."""
    libvirt_loop.start()


NODE = "<node>{}</node>"
DOMAIN = (
    "<domain type='test'><name>web</name><uuid>{uuid}</uuid><memory>8192</memory>"
    "<os><type>hvm</type></os><devices><serial type='unix'>"
    "<source mode='bind' path='{path}'/></serial></devices></domain>"
)


async def test_a_domain_of_libvirt_that_is_defined_anew_is_another(run_dir):
    """Its XML has the UUID, so nobody is asked, and nothing of the first is served meanwhile."""
    path = run_dir / "s"
    (run_dir / "node.xml").write_text(NODE.format(DOMAIN.format(uuid=FIRST, path=path)))
    uri = f"test://{run_dir}/node.xml"
    template = ConsoleConfig("", PortAddress("unix", ""), discovered="lv")
    table = DiscoverConfig("lv", template, uri=uri)
    second = DOMAIN.format(uuid=SECOND, path=path)

    def ear(_news):
        """Hear nothing."""

    with listening_at(path) as vm:
        async with running(run_dir, discover=(table,)) as house, AsyncExitStack() as stack:
            await served(house, "web", FIRST)
            client = await stack.enter_async_context(house.attach("web", "?mode=observe"))
            async with guest_of(house, "web", vm, b"hunter2"):
                await read_bytes(client, 7)
                link = libvirt_link.join(uri, "nobody", ear)
                stack.push_async_callback(libvirt_link.leave, link, "nobody", ear)
                await link.call("web", lambda libvirt: libvirt.lookupByName("web").destroy())
                await link.call("web", lambda libvirt: libvirt.lookupByName("web").undefine())
                await link.call("web", lambda libvirt: libvirt.defineXML(second))
                await served(house, "web", SECOND)
            async with asyncio.timeout(PATIENCE):
                await client.wait_closed()
            async with guest_of(house, "web", vm, b"of the second"):
                log = (await house.get("/v1/consoles/web/log?from=0")).body
            old = (await house.get(f"/v1/consoles/web.{FIRST}/log")).body
    assert (b"of the second", b"hunter2", wire.CLOSE_REPLACED) == (log, old, client.close_code)
