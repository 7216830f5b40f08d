"""Clients of a real guest through the daemon: they type, take over, get stuck, and lose nothing."""

import contextlib
import hashlib
import re
import socket

import pytest

from guests.line import Line, connect
from guests.qemu import LOGIN, PASSWORD, PROMPT, USER
from guests.served import power_on, served, whole_log
from guests.session import attached, stuck
from guests.terminals import com1_in_tmux, socat


pytestmark = pytest.mark.guest

BIG_FILE_BYTES = 1 << 20

MENU_QUIT = b"\x1dq"
"""Ctrl-] and q."""


async def use(terminal) -> None:
    """Log in, have the guest calculate, and log out."""
    await terminal.send(b"\r")
    await terminal.expect(LOGIN)
    await terminal.send(USER + b"\r")
    await terminal.expect(b"Password: ")
    await terminal.send(PASSWORD + b"\r")
    await terminal.expect(PROMPT)
    await terminal.send(b"echo $((6 * 7)); exit\r")
    assert b"\n42" in await terminal.expect(LOGIN)


async def test_every_way_in_leads_to_a_login(run_dir):
    """socat, `com1.v1` and `com1 connect` in a terminal log in to a guest, one after the other."""
    async with served("pipe", run_dir, "quiet com1d.login=1") as (daemon, guest):
        async with socat(run_dir / "run" / "consoles" / "vm.sock") as terminal:
            await power_on(daemon, guest)
            await terminal.expect(LOGIN)
            await use(terminal)

        async with attached(daemon.socket, "?replay=none") as session:
            await use(session)

        with contextlib.closing(com1_in_tmux(daemon, run_dir)) as tmux:
            await tmux.expect(LOGIN)  # the replay
            await use(tmux)
            await tmux.send(MENU_QUIT)
            await tmux.expect(b"exit code 0")


async def test_taking_over_a_flood_leaves_no_gap(run_dir):
    """Each takes over from the one before at one byte, who is told so: raw line, event and 4001."""
    async with served("pipe", run_dir) as (daemon, guest):
        with connect(run_dir / "run" / "consoles" / "vm.sock") as first:
            await power_on(daemon, guest)
            await first.expect(PROMPT)
            await first.send(b"dmesg -n 1; flood\r")
            await first.expect(b"flood 0000001000")
            async with attached(daemon.socket, "?replay=none") as second:
                await first.end()
                await second.expect(b"\r\nflood")
                async with attached(daemon.socket, "?replay=none") as third:
                    preempted = await second.event("preempted")
                    code = await second.close_code()
                    await third.expect(b"\r\nflood")
                    await third.send(b"\x03")
                    await third.expect(PROMPT)
                    log = await whole_log(guest, third)

            last_line = re.compile(rb"\r\ncom1d: vm: preempted by (\S+) at \S+Z\r\n$")
            seen, user, _ = last_line.split(first.received)
        assert log[: second.begin] == seen
        assert preempted["by"] == user.decode() == third.events[0]["user"]
        assert second.end == preempted["offset"] == third.begin
        assert (second.agrees_with(log), third.agrees_with(log)) == (True, True)
        assert 4001 == code


async def test_who_is_stuck_loses_exactly_and_nobody_waits(run_dir):
    """While 1 MiB goes by two clients that do not read, the third gets all of it."""
    observe = str(run_dir / "run" / "consoles" / "vm.observe.sock")
    async with served("pipe", run_dir, scrollback="256KiB") as (daemon, guest):
        async with attached(daemon.socket) as active, stuck(daemon.socket, "?mode=observe") as late:
            with socket.socket(socket.AF_UNIX) as raw:
                raw.connect(observe)
                await power_on(daemon, guest)
                await active.expect(PROMPT)
                await active.send(b"cat /bigfile; md5sum /bigfile\r")
                _, _, shown = (await active.expect(b"  /bigfile")).partition(b"\r\n")
                log = await whole_log(guest, active)
                with Line(raw.detach()) as raw_late:
                    await raw_late.expect(log[-64:])
            async with late.reading():
                await late.reaches(len(log))

        assert log == active.received
        file = shown.replace(b"\r\n", b"\n")
        md5 = hashlib.md5(file[:BIG_FILE_BYTES]).hexdigest()
        assert md5.encode() == file[BIG_FILE_BYTES:].split()[0]

        lost = sum(event["bytes"] for event in late.events if event["event"] == "lost")
        assert late.agrees_with(log)
        assert lost == len(log) - len(late.received) > 0

        notice = rb"\r\n\[com1d: vm: (\d+) bytes lost, because this client reads too slowly\]\r\n"
        before, lost, after = re.split(notice, raw_late.received)
        assert (log.startswith(before), log.endswith(after)) == (True, True)
        assert int(lost) == len(log) - len(before) - len(after) > 0
