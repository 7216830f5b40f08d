"""What the service manager hears: sd_notify(3), and the order of it that notify-reload needs."""

import asyncio
import signal
import socket
from contextlib import ExitStack
from time import monotonic

import pytest

from com1d.daemon import systemd
from daemon.handover.manager import Manager
from house import PATIENCE


def words(message: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in message.splitlines())


async def test_a_reload_is_told_from_its_begin_to_its_end(run_dir):
    """RELOADING comes with the time by which the manager knows its own request, READY follows."""
    with ExitStack() as stack:
        manager = Manager(run_dir)
        stack.callback(manager.close)
        daemon = await manager.begin()
        before = monotonic()
        manager.said.clear()
        daemon.first.send_signal(signal.SIGHUP)
        async with asyncio.timeout(PATIENCE):
            while not any("READY=1" in said for said in manager.said):
                await asyncio.sleep(0.01)
        told = [words(said) for said in manager.said if "WATCHDOG" not in said]
        await manager.end(daemon, "stop")

    reloading, ready = told
    assert reloading["RELOADING"] == "1"
    assert before <= int(reloading["MONOTONIC_USEC"]) / 1e6 <= monotonic()
    assert ready["STATUS"] == "0 of 0 ports up, 0 sessions"
    assert any("STOPPING=1" in said for said in manager.said)


async def test_a_slow_stop_asks_for_more_time(tmp_path, monkeypatch):
    """Again and again, as long as it takes: a daemon that hangs does not."""
    monkeypatch.setattr(systemd, "EXTEND_SECONDS", 0.001)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as heard:
        heard.bind(str(tmp_path / "notify"))
        heard.settimeout(PATIENCE)
        extending = asyncio.create_task(systemd.Manager().extend())
        said = [words((await asyncio.to_thread(heard.recv, 4096)).decode()) for _ in range(2)]
        extending.cancel()

    assert [one["EXTEND_TIMEOUT_USEC"] for one in said] == ["10000000"] * 2


@pytest.mark.parametrize("address", ["", "/nobody/listens"])
def test_a_missing_manager_is_no_error(monkeypatch, address):
    """Who starts the daemon by hand has none."""
    monkeypatch.setenv("NOTIFY_SOCKET", address)

    systemd.Manager().notify(READY="1")
