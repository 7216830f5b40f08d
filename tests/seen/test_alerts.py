"""Every alert is fired by a real fault, in a real Prometheus, and ends when the fault does."""

import asyncio
import os
import resource
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import yaml

from disks import fill, small_disk
from house import FifoGuest, House
from seen.hosts import Daemon, configuration, host
from seen.observed import CONF, Prometheus, free_port, prometheus


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(300)]

CONSOLES = """\
[defaults]
log_size = "256KiB"
[consoles.crash]
port = "demo:"
[consoles.loop]
port = "demo:"
[consoles.flap]
port = "pipe:{0}/guests/flap"
[consoles.print]
port = "pipe:{0}/guests/print"
pipe_size = "64KiB"
[consoles.lost]
port = "unix:{0}/moved"
control = "qmp:{0}/qmp"
[[hooks]]
state = "bugcheck"
run = ["/bin/false"]
"""

KIB_OF_DISK = 4096
AUDITED = 50
"""Acts that are more than the last page of the audit has room for."""
STOPPED_AT = 10
"""Prints after which the daemon is stopped."""
NEAR_LIMIT = 0.9
"""The share of its descriptors that a daemon has open: the alert fires, and a scrape has room."""
FLOOD = 6 << 20
"""Bytes that neither a full disk nor memory has room for."""

QEMU = ["qemu-system-x86_64", "-display", "none", "-nodefaults", "-m", "32"]
"""A VM that runs its firmware, and finds nothing to boot."""


class Watched:
    """What Prometheus says, and the daemons that it watches."""

    def __init__(self, server: Prometheus, house: House, other: Daemon) -> None:
        self.server, self.house, self.other = server, house, other
        self.fired: set[str] = set()

    @asynccontextmanager
    async def alarm(self, name: str, instance: str, *consoles: str) -> AsyncIterator[None]:
        """Wait until an alert fires; and after the block, which ends the fault, until it does not.

        It may have the name of a console, or of none.
        """
        alerts = {(name, instance, console) for console in consoles or ("",)}

        async def fires() -> bool:
            return alerts <= await self.server.firing()

        async def is_over() -> bool:
            return not alerts & await self.server.firing()

        await self.server.until(fires, f"{name} to fire")
        self.fired.add(name)
        yield
        await self.server.until(is_over, f"{name} to end")

    async def repeat(self, name: str, instance: str, fault: Callable) -> None:
        """Cause a fault again and again until its alert fires; wait until that is over."""

        async def cause() -> None:
            while True:
                await fault()

        causing = asyncio.create_task(cause())
        try:
            async with self.alarm(name, instance):
                causing.cancel()
                await asyncio.wait((causing,))
        finally:
            causing.cancel()


@contextmanager
def printing(guest: FifoGuest) -> Iterator[FifoGuest]:
    """Have a guest until the end of the block."""
    guest.start()
    try:
        yield guest
    finally:
        guest.stop()


async def panic(it: Watched) -> None:
    """Stop the guest with a blue screen, so that its hook fails; reset, it runs again."""
    assert 200 == (await it.house.request("POST", "/v1/consoles/crash/nmi")).status
    async with it.alarm("Com1dGuestCrashed", "host", "crash"), it.alarm("Com1dHookFailed", "host"):
        assert 200 == (await it.house.request("POST", "/v1/consoles/crash/reset")).status


async def boot_loop(it: Watched) -> None:
    """Reset the guest over and over."""
    log = it.house.service.consoles["loop"].log

    async def boot() -> None:
        before = log.boot
        while log.boot == before:  # two resets within half a second are one boot
            await it.house.request("POST", "/v1/consoles/loop/reset")
            await asyncio.sleep(0.1)

    for _ in range(6):
        await boot()
    async with it.alarm("Com1dBootLoop", "host", "loop"):
        pass


async def flap(it: Watched) -> None:
    """Have the VM open its FIFOs and close them again."""
    console = it.house.service.consoles["flap"]
    guest = it.house.guest("flap")
    for _ in range(7):
        guest.start()
        await it.house.until(lambda: console.connected)
        guest.stop()
        await it.house.until(lambda: not console.connected)
    async with it.alarm("Com1dPortFlapping", "host", "flap"):
        pass


async def fill_the_disk(it: Watched) -> None:
    """Nothing can be written: no log, no audit. What is printed meanwhile becomes a gap."""
    filler = it.house.folder / "log" / "filler"
    with printing(it.house.guest("print")) as guest:
        await _fill(it, guest, filler)


async def _fill(it: Watched, guest: FifoGuest, filler: Path) -> None:
    await it.house.up("print")
    guest.print(bytes(60_000))
    async with it.alarm("Com1dStallMarginLow", "host", "print"):
        pass
    fill(filler)
    await guest.print_all(bytes(FLOOD))
    for _ in range(AUDITED):
        await it.house.request("POST", "/v1/consoles/print/nmi")
    async with (
        it.alarm("Com1dLogFailing", "host", "print"),
        it.alarm("Com1dAuditFailing", "host"),
    ):
        os.unlink(filler)  # noqa: PTH108 - a fault, and no operation that could block
    async with it.alarm("Com1dLogGap", "host", "print"):
        pass


async def lose_the_port(it: Watched) -> None:
    """Run a VM whose COM1 is not where the configuration says."""
    folder = it.house.folder
    serial = ["-serial", f"unix:{folder}/serial,server=on,wait=off"]
    monitor = ["-qmp", f"unix:{folder}/qmp,server=on,wait=off"]
    vm = await asyncio.create_subprocess_exec(*QEMU, *serial, *monitor)
    try:
        async with it.alarm("Com1dPortDownWhileVmRuns", "host", "lost"):
            (folder / "serial").rename(folder / "moved")
        await it.house.up("lost")
    finally:
        vm.kill()
        await vm.wait()


async def break_a_part(it: Watched) -> None:
    """Have a directory where a console's socket should be."""
    async with it.alarm("Com1dPartFailing", "host", "loop"):
        (it.house.folder / "run" / "consoles" / "loop.sock").rmdir()


async def leave_a_vm_out(it: Watched) -> None:
    """Have a file where a VM's socket should be, until it is removed."""
    async with it.alarm("Com1dVmUnserved", "host"):
        (it.house.folder / "vms" / "web.sock").unlink()


async def refuse(it: Watched) -> None:
    """Ask for a console that is none, as a script would."""
    for _ in range(60):
        assert 404 == (await it.house.get("/v1/consoles/nobody")).status
    async with it.alarm("Com1dRefusalStorm", "host"):
        pass


async def hold(it: Watched) -> None:
    """Compute in the loop for too long."""
    await asyncio.create_task(_compute(0.06))
    async with it.alarm("Com1dLoopHeld", "host"):
        pass


async def _compute(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


async def stop_and_exhaust(it: Watched) -> None:
    """Stop the other daemon while its guest prints, take its descriptors, misconfigure it."""
    other, text = it.other, it.other.path.read_text()
    with printing(FifoGuest(other.path.parent / "guests" / "p")) as guest:
        await _stop(it, guest)
    await _exhaust(it)
    other.path.write_text(text + "wrong = true\n")
    other.signal(signal.SIGHUP)
    async with it.alarm("Com1dReloadFailed", "other"):
        other.path.write_text(text)
        other.signal(signal.SIGHUP)
    await restart(it)


async def _exhaust(it: Watched) -> None:
    """Leave the other daemon few descriptors more than it has open.

    Again and again, since their number changes while it is scraped, and after its guest has gone.
    """
    pid = it.other.pid
    limits = resource.prlimit(pid, resource.RLIMIT_NOFILE)

    async def squeeze() -> None:
        try:
            while True:
                few = round(it.other.descriptors / NEAR_LIMIT)
                resource.prlimit(pid, resource.RLIMIT_NOFILE, (few, limits[1]))
                await it.server.firing()
        finally:
            resource.prlimit(pid, resource.RLIMIT_NOFILE, limits)

    await it.repeat("Com1dDescriptorsNearLimit", "other", squeeze)


async def _stop(it: Watched, guest: FifoGuest) -> None:
    async def stop() -> None:
        for number in range(40):  # it streams when it is stopped
            guest.print(b"late")
            await asyncio.sleep(0.002)
            if number == STOPPED_AT:
                it.other.signal(signal.SIGSTOP)
        it.other.signal(signal.SIGCONT)

    try:
        await it.repeat("Com1dDeliverySlow", "other", stop)
    finally:
        it.other.signal(signal.SIGCONT)


async def restart(it: Watched) -> None:
    """Crash the other daemon over and over, and then keep it away for a while."""

    async def again() -> None:
        started = 'process_start_time_seconds{instance="other"}'
        last = await it.server.query(started)
        await it.other.kill()
        await it.other.start()
        await it.server.until(lambda: _changed(it.server, started, last), "a scrape")

    await it.repeat("Com1dRestartStorm", "other", again)
    await it.other.kill()
    async with it.alarm("Com1dDown", "other"):
        await it.other.start()


async def _changed(server: Prometheus, expression: str, before: list) -> bool:
    after = await server.query(expression)
    return bool(after) and [one["value"][1] for one in after] != [one["value"][1] for one in before]


FAULTS = (
    panic, boot_loop, flap, fill_the_disk, lose_the_port, break_a_part, refuse, hold,
    stop_and_exhaust, leave_a_vm_out,
)  # fmt: skip


async def test_every_alert_fires_and_ends(run_dir, monkeypatch):
    """All faults at once on two hosts: each alert fires, and is over when its fault is."""
    monkeypatch.setattr("com1d.daemon.upkeep.MINUTE", 2.0)
    monkeypatch.setattr("com1d.daemon.upkeep.LOOK_SECONDS", 0.5)
    ports = {"host": free_port(), "other": free_port()}
    for name in ("prometheus", "other", "run/consoles/loop.sock", "vms"):
        (run_dir / name).mkdir(parents=True)
    (run_dir / "vms" / "web.sock").touch()
    discover = f'[discover.qemu]\nglob = "{run_dir}/vms/*.sock"\n'
    path = configuration(run_dir, ports["host"], CONSOLES.format(run_dir) + discover)
    simple = f'[consoles.p]\nport = "pipe:{run_dir}/other/guests/p"\n'
    other = Daemon(configuration(run_dir / "other", ports["other"], simple))
    await other.start()
    try:
        with small_disk(run_dir / "log", KIB_OF_DISK):
            async with host(path) as house, prometheus(run_dir / "prometheus", ports) as server:
                it = Watched(server, house, other)
                await server.until(lambda: _scraped(server, len(ports)), "the first scrapes")
                async with asyncio.TaskGroup() as group:
                    for fault in FAULTS:
                        group.create_task(fault(it))
    finally:
        await other.kill()

    rules = yaml.safe_load((CONF / "prometheus" / "com1d-alerts.yml").read_text())
    assert it.fired == {rule["alert"] for part in rules["groups"] for rule in part["rules"]}


async def _scraped(server: Prometheus, count: int) -> bool:
    """Whether all targets were scraped a few times: an increase needs a number before it."""
    return count == len(await server.query('count_over_time(up{job="com1d"}[1m]) > 4'))
