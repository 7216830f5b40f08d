"""libvirt's own driver for tests: the real library, threads and events, without a hypervisor.

The driver's domains belong to the connection, so what else happens to them is done through it.
"""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from threading import Event

import libvirt
import pytest

from com1d.control import libvirt_link
from com1d.control.base import LIMITS, What
from com1d.control.libvirt import LibvirtControl
from com1d.control.libvirt_link import News
from com1d.errors import ControlRefused, NotRunning, PortTimeout, Unsupported
from house import PATIENCE


NODE = """\
<node>
  <domain type='test'>
    <name>test</name><memory>8192</memory><os><type>hvm</type></os>
    <on_reboot>destroy</on_reboot>
  </domain>
</node>
"""


@pytest.fixture
def uri(tmp_path):
    """Give a host of the driver's with one domain, which runs."""
    (tmp_path / "node.xml").write_text(NODE)
    return f"test://{tmp_path}/node.xml"


@pytest.fixture(scope="module", autouse=True)
def event_loop():
    """Start what libvirt starts once for good: its event loop, with its descriptor."""
    libvirt_link._run_events(libvirt)
    connection = libvirt.open("test:///default")
    heard = Event()
    connection.domainEventRegisterAny(
        None, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lambda *_: heard.set(), None
    )
    connection.lookupByName("test").suspend()
    assert heard.wait(PATIENCE)
    connection.close()


class Told:
    """What a control told, and a way to wait for it."""

    def __init__(self):
        self.events = []

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE):
            while not condition(self.events):
                await asyncio.sleep(0.001)


@asynccontextmanager
async def controlling(uri, name="test", limits=LIMITS):
    control, told = LibvirtControl(uri, name, limits), Told()
    control.start(told.events.append)
    try:
        async with asyncio.timeout(PATIENCE):
            while not control._link.is_up and uri.startswith("test:"):
                await asyncio.sleep(0.001)
        yield control, told
    finally:
        await control.stop()
        assert not libvirt_link._links


async def act(control, work):
    """Do something to the domain, as another program would."""
    return await control._call(work)


async def test_a_domain_tells_its_state_and_what_happens_to_it(uri):
    """Paused, resumed, destroyed, started: each is an event, and a state."""
    async with controlling(uri) as (control, told):
        states = [await control.status()]
        for verb in ("suspend", "resume", "destroy", "create"):
            await act(control, lambda domain, verb=verb: getattr(domain, verb)())
            states.append(await control.status())
        await told.until(lambda events: len(events) == 3)

    assert ["running", "paused", "running", "off", "running"] == states
    assert [What.PAUSED, What.RESUMED, What.SHUTDOWN] == [event.what for event in told.events]
    assert "destroyed" == told.events[2].cause


async def test_controls_of_one_libvirt_share_a_connection(uri):
    """And nobody hears of another's domain."""
    async with controlling(uri) as (one, told):
        other, heard = LibvirtControl(uri, "other"), []
        other.start(heard.append)
        shared = one._link is other._link
        await act(one, lambda domain: domain.suspend())
        await told.until(bool)
        await other.stop()
        status = await one.status()

    assert (True, [], "paused") == (shared, heard, status)


async def test_what_cannot_be_done_is_a_problem_with_a_way_out(uri):
    """No such domain, no guest that runs, no such verb in libvirt at all."""
    async with controlling(uri, "nosuch") as (control, _):
        assert "off" == await control.status()
        with pytest.raises(NotRunning, match="nosuch: libvirt: Domain not found"):
            await control.nmi()
    async with controlling(uri) as (control, _):
        with pytest.raises(Unsupported, match="libvirt has no break"):
            await control.send_break()
        await act(control, lambda domain: domain.suspend())
        for verb in (control.nmi(), control.press(["F8"])):
            with pytest.raises(NotRunning, match="the VM is paused"):
                await verb


async def test_a_libvirt_that_is_not_there_is_named(run_dir):
    """And tried again, for ever, without a word."""
    uri = f"qemu:///session?socket={run_dir}/nosuch"
    async with controlling(uri) as (control, told):
        async with asyncio.timeout(PATIENCE):
            while control._link.reason == "not tried yet":
                await asyncio.sleep(0.001)
        with pytest.raises(ControlRefused, match="cannot be reached: Failed to connect socket"):
            await control.reset()

    assert [] == told.events


async def test_a_libvirt_that_hangs_holds_nobody_up(uri):
    """The verb ends within its limit, and the connection is good for the next one."""
    async with controlling(uri, limits=replace(LIMITS, answer=0.01)) as (control, _):
        free = Event()
        stuck = control._link._worker.call(free.wait)
        with pytest.raises(PortTimeout, match=r"the hypervisor has not answered for 0\.01 s"):
            await control.nmi()
        free.set()
        await stuck
        assert "running" == (await control._state())


async def test_a_reboot_is_told_once_however_often_the_firmware_resets(uri):
    """It tells of each reset, and not whose it is."""
    control, events = LibvirtControl(uri, "test"), []
    control._on_event = events.append
    for _ in range(3):
        control._hear(News("reboot", "test"))
    control._hear(News("watchdog", "test"))

    assert [What.RESET, What.WATCHDOG] == [event.what for event in events]


async def test_a_restart_ends_with_the_reboot_or_says_why_not(uri):
    """A guest that heeds its power button, and one whose domain ends and is not started again."""
    limits = replace(LIMITS, shutdown=PATIENCE, relaunch=0.01)
    async with controlling(uri, limits=limits) as (control, _):
        steps = []

        def progress(text):
            steps.append(text)
            control._hear(News("reboot", "test"))

        call = control._call

        async def without_reboot(work):
            if getattr(work, "__qualname__", "").startswith("LibvirtControl._restart."):
                return None
            return await call(work)

        control._call = without_reboot  # the driver's reboot ends its domains
        await control.restart(progress)
        assert ["test: power button pressed; 30 s to shut down", "test: booting"] == steps

        control._call = call
        with pytest.raises(NotRunning, match="nothing started it again"):
            await control.restart(lambda _: None)


async def test_without_the_library_every_verb_says_what_is_missing(monkeypatch, uri):
    """com1d runs without it; only what needs it does not."""

    def missing(*_):
        raise ImportError

    monkeypatch.setattr(libvirt_link, "join", missing)
    control = LibvirtControl(uri, "test")
    control.start(print)
    with pytest.raises(Unsupported, match=r"pip install 'com1d\[libvirt\]'"):
        await control.reset()
    control.retry()
    await control.stop()


async def test_the_uuid_of_a_domain(uri):
    """As libvirt made or was told it; a domain that is not there has none."""
    async with controlling(uri) as (control, _):
        link = libvirt_link._links[uri]
        expected = await link.call("x", lambda libvirt: libvirt.lookupByName("test").UUIDString())
        assert expected == await control.uuid()
        await link.call("x", lambda libvirt: libvirt.lookupByName("test").destroy())
        await link.call("x", lambda libvirt: libvirt.lookupByName("test").undefine())
        with pytest.raises(NotRunning):
            await control.uuid()
