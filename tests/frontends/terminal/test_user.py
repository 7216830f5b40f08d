"""From keys to messages and requests, seen one by one by a stand-in for the daemon."""

import asyncio
import contextlib
import json
import os

import pytest

from com1d.frontends.session.attachment import Wanted
from com1d.frontends.session.link import Link
from com1d.frontends.session.streams import Input, Output
from com1d.frontends.terminal.escape import PASTE_MAX
from com1d.frontends.terminal.screen import Screen
from com1d.frontends.terminal.user import User
from frontends.double import Double, response, serving


class Seat:
    """A user whose keys are a pipe, and whose screen is another."""

    def __init__(self, double: Double, mode: str = "active") -> None:
        keys, self._keys = os.pipe()
        self._picture, picture = os.pipe()
        self._typing = Output(self._keys)
        self._source = Input(self._picture)
        self._output = Output(picture)
        self.screen = Screen(self._output, self._output, colour=False)
        self.user = User(Link(double.socket), "g", Wanted(mode), self.screen, Input(keys))
        # What is asked beside the session goes to `daemon`, where there is one.
        self.user.deeds._errands._link = Link(double.socket.replace("double.sock", "http"))
        self._open = [keys, self._keys, self._picture, picture]
        self._seen = b""

    async def type(self, data: bytes) -> None:
        self._typing.put(data)
        await self._typing.drained()

    async def shows(self, awaited: bytes) -> bytes:
        async with asyncio.timeout(30):
            while awaited not in self._seen:
                self._seen += await self._source.read()
        shown, _, self._seen = self._seen.partition(awaited)
        return shown

    async def knows(self) -> None:
        """Wait until the menu knows what the console can do."""
        async with asyncio.timeout(30):
            while not self.user._menu.now.can:
                await asyncio.sleep(0.001)

    async def tells_first(self, _action: str) -> str:
        """Let the event of a reset arrive before the answer."""
        self.user.session.offer(b"reset")
        async with asyncio.timeout(30):
            while not self.user.session.resets:
                await asyncio.sleep(0.001)
        return "the reset was sent"

    async def close(self) -> None:
        await self.screen.close()
        if self._keys in self._open:
            await self._typing.close()
        for fd in self._open:
            os.close(fd)


@contextlib.asynccontextmanager
async def sitting(double, mode="active"):
    seat = Seat(double, mode)
    task = asyncio.ensure_future(seat.user.run())
    try:
        yield seat
    finally:
        seat.user.session.quit()
        await task
        await seat.close()


def listening(heard, count):
    """Give a story that hears `count` messages."""

    async def story(visit):
        await visit.attached()
        await visit.tells("replayed", offset=0)
        for _ in range(count):
            heard.append(await visit.hears())
        await visit.tells("vm", what="heard all")
        await visit.gone()

    return story


async def test_keys_and_pastes(run_dir):
    """Keys are bytes as they were typed; a paste is one operation, without its marks."""
    double, heard = Double(run_dir), []
    async with double.tells(listening(heard, 3)), sitting(double) as seat:
        await seat.type(b"ls\x1b[A\x1b[200~a \x1dq\rZo\xc3\xab\xff\x1b[201~")
        await seat.shows(b"A paste of 2 lines")
        await seat.type(b"\r\r")
        await seat.shows(b"heard all")

    assert heard[0] == b"ls\x1b[A"
    assert json.loads(heard[1]) == {"op": "paste", "text": "a \x1dq\rZoë\ufffd"}
    assert heard[2] == b"\r"


async def test_a_lone_escape(run_dir):
    """The Escape key is sent although nothing follows it."""
    double, heard = Double(run_dir), []
    async with double.tells(listening(heard, 1)), sitting(double) as seat:
        await seat.type(b"\x1b")
        await seat.shows(b"heard all")

    assert heard == [b"\x1b"]


async def test_a_paste_that_is_far_too_long(run_dir):
    """It is refused as a whole, with its size; nothing of it is sent."""
    double, heard = Double(run_dir), []
    async with double.tells(listening(heard, 1)), sitting(double) as seat:
        await seat.type(b"\x1b[200~" + b"x" * (PASTE_MAX + 1) + b"\x1b[201~")
        await seat.shows(f"a paste of {PASTE_MAX + 1} bytes is too long".encode())
        await seat.type(b"k")
        await seat.shows(b"heard all")

    assert heard == [b"k"]


CONSOLE = {
    "name": "g", "offset": 9, "boot": 1, "connected": True, "log": {}, "role": "owner",
    "can": ["break", "keyboard", "nmi", "reset", "restart"],
    "active": {"user": "a\x1b", "since": "12:00", "command": "com1", "pid": 7},
    "observers": [{"user": "root", "origin": {"login": "anna"}, "since": "13:00"}],
    "guest_state": {"state": "shell", "hint": "type"},
}  # fmt: skip


@contextlib.contextmanager
def daemon(seat, folder, answer=b"{}"):
    """Answer what the user at `seat` asks for beside the session."""
    with serving(folder / "http", response(answer), response(json.dumps(CONSOLE).encode())) as said:
        seat.user.deeds.start_refresh()
        yield said


@pytest.mark.parametrize(
    ("keys", "request_line", "body", "said"),
    [
        (b"\x1dnY", "nmi", None, b"NMI sent"),
        (b"\x1drY", "reset", None, b"the reset was sent"),
        (b"\x1deY", "restart", None, b"the VM was restarted"),
        (b"\x1db", "break", None, b"break sent"),
        (b"\x1dsREISUB\r", "sysrq", {"keys": "REISUB"}, b"SysRq REISUB sent"),
        (b"\x1dkF8 Down\r", "keys", {"keys": ["F8", "Down"]}, b"F8 Down sent"),
        (
            b"\x1dkCtrl-Alt-Delete\r", "keys", {"keys": ["Ctrl-Alt-Delete"], "on": "keyboard"},
            b"pressed on the VM's keyboard",
        ),
    ],
)  # fmt: skip
async def test_actions(run_dir, keys, request_line, body, said):
    """The menu's actions are requests of their own, and their success is shown."""
    double = Double(run_dir)
    async with double.tells(listening([], 1)), sitting(double) as seat:
        with daemon(seat, run_dir) as asked:
            await seat.knows()
            await seat.type(keys)
            await seat.shows(said)

    head, _, content = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(f"POST /v1/consoles/g/{request_line} HTTP/1.1".encode())
    assert (json.loads(content) if content else None) == body


async def test_a_file_is_pasted_in_parts(run_dir):
    """However long it is; what was pasted is said, and so is a file that is not there."""
    (run_dir / "text").write_text("line\n" * 500)
    double = Double(run_dir)
    async with double.tells(listening([], 1)), sitting(double) as seat:
        with daemon(seat, run_dir) as asked:
            await seat.knows()
            await seat.type(f"\x1dp{run_dir}/text\r".encode())
            await seat.shows(b"2500 characters of")
            await seat.type(f"\x1dp{run_dir}/nosuch\r".encode())
            await seat.shows(b"No such file or directory")

    texts = [json.loads(each.partition(b"\r\n\r\n")[2])["text"] for each in asked]
    assert ["line\n" * 409, "line\n" * 91] == texts


@pytest.mark.parametrize(
    ("keys", "do", "answer", "said"),
    [
        (b"\x1dco", "cmd", {"channel": "Cmd0001"}, b"Cmd0001 is open and asks for a user"),
        (b"\x1dcn", "next", {"channel": "Cmd\x1b1"}, b"Cmd\\x1b1 is next"),
        (
            b"\x1dcc",
            "channels",
            {"channels": [{"number": 0, "name": "SAC", "active": True, "raw": False}]},
            b"channels: 0 SAC (active)",
        ),
    ],
)
async def test_sac(run_dir, keys, do, answer, said):
    """The menu of a Windows guest has its SAC; what comes of it is shown in a line."""
    double = Double(run_dir)

    async def story(visit):
        if do == "next":  # nobody has configured whose guest it is, but it shows
            await visit.attached(guest="auto")
            await visit.tells("guest", state="cmd-login", hint="")
        else:
            await visit.attached(guest="windows")
        await visit.tells("replayed", offset=0)
        await visit.hears()

    async with double.tells(story), sitting(double) as seat:
        await seat.shows(b"q quit")
        with daemon(seat, run_dir, json.dumps(answer).encode()) as asked:
            await seat.knows()
            await seat.type(keys)
            await seat.shows(said)

    head, _, content = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/consoles/g/sac HTTP/1.1")
    assert {"do": do} == json.loads(content)


async def test_information(run_dir):
    """Who is on is asked for when wanted, and shown safely; a failure is shown in its place."""
    double = Double(run_dir)
    async with double.tells(listening([], 1)), sitting(double) as seat:
        with daemon(seat, run_dir):
            await seat.knows()
            await seat.type(b"\x1di")
            await seat.shows(b"offset 0 of 9 | boot 1")
            await seat.type(b"x\x1dw")
            await seat.shows(b"a\\x1b types since 12:00, by com1, process 7")
            await seat.shows(b"root (anna) watches since 13:00")
            await seat.type(b"x\x1dh")
            await seat.shows(b"shell: type")
        await seat.type(b"x\x1di")
        await seat.shows(b"unreachable: ")


async def test_a_reset_is_said_once(run_dir):
    """Where the hypervisor's own event tells of it, the answer says nothing more."""
    double = Double(run_dir)

    async def story(visit):
        await visit.attached()
        await visit.tells("replayed", offset=0)
        await visit.hears()
        await visit.tells("vm", what="reset")
        await visit.hears()

    async with double.tells(story), sitting(double) as seat:
        with daemon(seat, run_dir):
            await seat.knows()
            seat.user.deeds._errands.act = seat.tells_first
            await seat.type(b"\x1drY")
            await seat.shows(b"the VM was reset")
            await seat.type(b"\x1di")
            assert b"the reset was sent" not in await seat.shows(b"offset 0")


async def test_observers_answer_nothing(run_dir):
    """Neither keys nor the terminal's own answers leave an observer, and only keys get the hint."""
    double, heard = Double(run_dir), []
    async with double.tells(listening(heard, 1)), sitting(double, "observe") as seat:
        await seat.shows(b"you watch as root")
        await seat.type(b"\x1b[1;1R")
        await seat.type(b"k")
        shown = await seat.shows(b"you watch, so what you type is not sent")
        assert shown.count(b"[com1: ") == 1

    assert heard == []


async def test_a_port_that_takes_nothing(run_dir):
    """When no more fits, what is typed is discarded with its size, and Ctrl-] q still leaves."""
    double = Double(run_dir)
    left = asyncio.Event()

    async def story(visit):
        await visit.attached()
        await visit.tells("replayed", offset=0)
        visit._connection.transport.pause_reading()
        await left.wait()
        visit.dies()

    async with double.tells(story):
        seat = Seat(double)
        task = asyncio.ensure_future(seat.user.run())
        await seat.shows(b"q quit")

        pastes = b"\x1b[200~" + b"x" * PASTE_MAX + b"\x1b[201~"
        await seat.type(pastes * 40)
        await seat.shows(b"[com1: the port takes no input; discarded: your paste]")
        await seat.type(b"keys")
        await seat.shows(b"[com1: the port takes no input; discarded: 4 bytes]")
        await seat.type(b"\x1dq")
        await task
        left.set()
        await seat.close()


async def test_a_terminal_that_is_gone(run_dir):
    """The end of the keys is the end of the stay."""
    double = Double(run_dir)
    async with double.tells(listening([], 1)):
        seat = Seat(double)
        task = asyncio.ensure_future(seat.user.run())
        await seat.shows(b"q quit")
        await seat._typing.close()
        seat._open.remove(seat._keys)
        os.close(seat._keys)
        await task
        await seat.close()
