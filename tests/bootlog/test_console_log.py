"""A console and its log: over reloads, without a disk, and without a log."""

import asyncio
import os
import shutil
import signal
from pathlib import Path

import pytest

from bootlog.household import BANNER
from bootlog.test_faults import fill, mounted
from com1d.bootlog.console_log import RESET, ConsoleLog
from com1d.config import PortAddress
from com1d.core.stream.ring import Ring
from com1d.telemetry.samples import LogSample
from house import House, read_bytes, running


def configure(house: House, consoles: dict[str, str], daemon: str = "") -> None:
    """Write a configuration, for consoles with more settings each, and have it read."""
    text = f'[daemon]\nruntime_dir = "{house.folder}/run"\nstate_dir = "{house.folder}/state"\n'
    text += f'log_dir = "{house.folder}/log"\nmetrics = ""\n{daemon}\n'
    for name, more in consoles.items():
        text += f'[consoles.{name}]\nport = "pipe:{house.folder}/guests/{name}"\n{more}\n'
    (house.folder / "com1d.toml").write_text(text)
    os.kill(os.getpid(), signal.SIGHUP)


async def told(house: House, name: str, text: bytes):
    """Let a guest print, and wait until it came."""
    console = house.service.consoles[name]
    end = console.ring.end + len(text)
    guest = house.guest(name).start()
    await house.up(name)
    guest.print(text)
    await house.until(lambda: console.ring.end == end)
    return guest


async def test_a_reload_keeps_the_log_of_a_console_that_changed(run_dir):
    """Another paste limit is another console with the same log: offsets and boots go on."""
    async with running(run_dir, "web01") as house:
        guest = await told(house, "web01", BANNER + b"before ")
        before = house.service.consoles["web01"]
        configure(house, {"web01": "paste_limit = 9"})
        await house.until(lambda: house.service.consoles.get("web01") not in (None, before))
        await house.up("web01")
        guest.print(b"after")
        console = house.service.consoles["web01"]
        await house.until(lambda: console.ring.end == len(BANNER) + 12)

        assert before.log.store is console.log.store
        assert BANNER + b"before after" == (await house.get("/v1/consoles/web01/log")).body
        assert 0 == console.log.boot
        guest.stop()


async def test_a_console_that_goes_and_comes_back_finds_its_log(run_dir):
    """Its log is closed and stays; configured again, it goes on where it stopped."""
    async with running(run_dir, "web01", "web02") as house:
        guest = await told(house, "web01", b"first ")
        configure(house, {"web02": ""})
        await house.until(lambda: "web01" not in house.service.library._stores)
        guest.stop()
        assert (run_dir / "log/web01").is_dir()
        configure(house, {"web01": "", "web02": ""})
        await house.until(lambda: "web01" in house.service.consoles)
        guest = await told(house, "web01", b"second")

        assert b"first second" == (await house.get("/v1/consoles/web01/log?from=0")).body
        guest.stop()


async def test_a_log_is_switched_on_and_off_by_a_reload(run_dir):
    """The first console that keeps a log opens the library; one that no longer does lets go."""
    async with running(run_dir, "web01", log_size=0) as house:
        assert not house.service.library.is_open
        configure(house, {"web01": 'log_size = "1MiB"'})
        await house.until(lambda: house.service.library.is_open)
        await house.until(lambda: house.service.library._stores)
        guest = await told(house, "web01", b"hello")
        assert b"hello" == (await house.get("/v1/consoles/web01/log")).body
        configure(house, {"web01": "log_size = 0"})
        await house.until(lambda: not house.service.library._stores)
        await house.until(lambda: "web01" in house.service.consoles)

        assert None is house.service.consoles["web01"].log.store
        guest.stop()


async def test_a_reload_with_a_wrong_key_is_refused_whole(run_dir, capsys):
    """Nothing changes, and the line says what is wrong with the key."""
    async with running(run_dir, "web01") as house:
        before = house.service.consoles["web01"]
        configure(house, {"web01": "paste_limit = 9"}, f'log_key = "{run_dir}/nosuch"')
        out = ""

        def refused() -> bool:
            nonlocal out
            out += capsys.readouterr().err
            return "config.refused" in out

        await house.until(refused)
        assert "cannot be read" in out
        assert house.service.consoles["web01"] is before


async def test_a_full_disk_holds_no_guest_up(run_dir):
    """Megabytes go through the console while the log's disk takes nothing; then it logs again."""
    disk = run_dir / "log"
    disk.mkdir()
    text = b"".join(b"%07d\n" % number for number in range(512 * 1024))
    with mounted("-t", "tmpfs", "-o", "size=16m,mode=0750", "com1d-test", str(disk)):
        host = {"audit_required": False}
        async with running(run_dir, "web01", host=host, scrollback=8 << 20) as house:
            guest = house.guest("web01").start()
            await house.up("web01")
            console = house.service.consoles["web01"]
            fill(disk / "ballast")
            async with house.attach("web01") as client:
                printing = asyncio.create_task(guest.print_all(text))
                assert text == await read_bytes(client, len(text))
                await printing
            await house.until(lambda: console.log.store.failing)
            shown = (await house.get("/v1/consoles/web01")).json["log"]
            newest = (await house.get("/v1/consoles/web01/log?bytes=16")).body
            (disk / "ballast").unlink()
            await house.until(lambda: console.log.store.past.end == len(text))
            guest.print(b"again\n")

            assert "No space left on device" == shown["failing"]
            assert text[-16:] == newest
            assert b"again\n" == (await house.get("/v1/consoles/web01/log?tail=1")).body
            assert None is (await house.get("/v1/consoles/web01")).json["log"]["failing"]
            guest.stop()


async def test_what_happens_is_noted(run_dir):
    """NMI, panic and reset are in the log beside the bytes, where they happened."""
    async with running(run_dir, "web01", port=PortAddress("demo", "")) as house:
        console = house.service.consoles["web01"]
        await house.until(lambda: b"SAC>" in console.ring.read(0, 65536))
        await house.request("POST", "/v1/consoles/web01/nmi")
        await house.until(lambda: console.watch.state.value == "bugcheck")
        await house.request("POST", "/v1/consoles/web01/reset")
        marks = await console.log.store.past.marks()
        boots = (await house.get("/v1/consoles/web01/boots")).json["boots"]

        kinds = [mark.kind for mark in marks]
        assert ["nmi", "panic"] == kinds
        assert "bugcheck" == marks[1].facts["state"]
        assert "reset" == boots[-1]["cause"]
        assert 1 <= console.log.boot


def test_without_a_store_boots_are_counted():
    """A console without a log knows of the hypervisor's resets, and of nothing before."""
    ring = Ring(4096)
    log = ConsoleLog(None, ring, 0)
    ring.append(b"first life")
    before = (log.boot, log.boot_offset, log.printed)
    log.begins(RESET)
    log.note("session", user="ann")
    ring.append(b"second")

    assert (0, 0, 10) == before
    assert (1, 10, 16) == (log.boot, log.boot_offset, log.printed)
    assert (None, LogSample(), 0) == (log.describe(), log.sample(), log.oldest)
    log.stop()


@pytest.mark.one_loop
async def test_a_log_directory_that_is_deleted_is_made_again(run_dir):
    """Somebody tidies up below the daemon: it goes on, in a new log."""
    async with running(run_dir, "web01") as house:
        guest = await told(house, "web01", b"before\n")
        await house.get("/v1/consoles/web01/boots")
        shutil.rmtree(Path(run_dir) / "log/web01")
        guest.print(b"after\n")
        console = house.service.consoles["web01"]
        await house.until(lambda: console.log.store.past.end == 13)

        assert b"after\n" == (await house.get("/v1/consoles/web01/log?from=7")).body
        guest.stop()
