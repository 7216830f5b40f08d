"""A stay at a console over several attachments: told by a stand-in for the daemon."""

import asyncio
import contextlib

import pytest

from com1d.errors import EX_TEMPFAIL, EX_UNAVAILABLE
from com1d.frontends.session import session as session_module
from com1d.frontends.session.attachment import Wanted
from com1d.frontends.session.link import ClientError, UnreachableError
from com1d.frontends.session.session import OUTBOX_ITEMS, Session
from com1d.frontends.words.notices import notice
from com1d.wire.events import Attached
from frontends.double import Double


class Recorder:
    """A face that remembers, and tells when something came."""

    def __init__(self) -> None:
        self.output = b""
        self.lines = []
        self.again = []
        """What the user chooses after a preemption, the last first."""
        self.events = []
        self._news = asyncio.Event()

    async def guest(self, data):
        self.output += data
        self._news.set()

    def notice(self, text):
        self.lines.append(text)
        self._news.set()

    def happened(self, event):
        self.events.append(event)
        if said := notice(event):
            self.lines.append(said)
        self._news.set()

    async def replaced(self, _ending):
        return self.again.pop() if self.again else None

    async def until(self, true):
        async with asyncio.timeout(30):
            while not true(self):
                self._news.clear()
                await self._news.wait()


@contextlib.asynccontextmanager
async def staying(double, wanted=None):
    face = Recorder()
    stay = Session(double.socket, "g", wanted or Wanted(), face)
    task = asyncio.ensure_future(stay.run())
    try:
        yield stay, face, task
    finally:
        stay.quit()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def staying_with(double, story):
    async with double.tells(story), staying(double) as (stay, face, _):
        yield stay, face


async def test_a_whole_stay(run_dir):
    """Output and events reach the face, input the daemon, both in order; quitting ends it."""
    heard = []

    async def story(visit):
        await visit.attached(end=110, replay=10)
        await visit.says(b"0123456789")
        await visit.tells("replayed", offset=110)
        await visit.tells("lost", bytes=5, offset=115)
        await visit.says(b"live")
        heard.extend([await visit.hears(), await visit.hears()])
        await visit.tells("input-discarded", bytes=2)
        await visit.gone()

    double = Double(run_dir)
    async with double.tells(story), staying(double) as (stay, face, task):
        assert stay.offer(b"typed")
        assert stay.offer('{"op":"cancel"}')
        await stay.sent()
        await face.until(lambda f: len(f.lines) == 2)
        stay.quit()
        await task

    assert face.output == b"0123456789live"
    assert face.lines == [
        "5 bytes of output were lost here",
        "2 bytes that you typed were discarded",
    ]
    assert ["attached", "replayed"] == [event.name for event in face.events[:2]]
    assert heard == [b"typed", '{"op":"cancel"}']
    assert stay.offset == 119


async def test_a_preemption(run_dir):
    """It ends the stay with 75, and says by whom and when."""

    async def story(visit):
        await visit.attached()
        await visit.tells("preempted", by="bob\x1b[m", at="12:00", offset=0)
        await visit.ends(4001, "preempted")

    double = Double(run_dir)
    async with double.tells(story), staying(double) as (_, _, task):
        with pytest.raises(ClientError) as caught:
            await task

    assert caught.value.exit_code == EX_TEMPFAIL
    assert caught.value.as_line() == ("com1: preempted: bob\\x1b[m took over the console at 12:00")


@pytest.mark.parametrize("close", [1012, None])
async def test_a_restart_of_the_daemon(run_dir, close):
    """The stay goes on at the next byte and preempts nobody; what was typed is sent."""
    heard = []

    async def before(visit):
        await visit.attached(end=100)
        await visit.says(b"one ")
        visit.dies() if close is None else await visit.ends(close)

    async def after(visit):
        await visit.attached(end=110, replay=6)
        await visit.says(b"two")
        heard.append(await visit.hears())
        await visit.gone()

    double = Double(run_dir)
    async with (
        double.tells(before, after),
        staying(double, Wanted(replay="boot")) as (stay, face, _),
    ):
        await face.until(lambda f: f.lines)
        stay.offer(b"typed")
        await face.until(lambda f: f.output == b"one two")
        await stay.sent()

    assert [path.partition("?")[2] for path in double.paths] == [
        "replay=boot", "from=104&preempt=false",
    ]  # fmt: skip
    assert face.lines == [
        "com1d went away", "reconnecting, for 30 s at most", "connected again",
    ]  # fmt: skip
    assert heard == [b"typed"]
    assert not stay.gone


async def test_a_restart_that_lost_the_scrollback(run_dir):
    """A daemon that counts from 0 again is asked for all that it has: all of it is new."""

    async def before(visit):
        await visit.attached(end=100)
        visit.dies()

    async def anew(visit):
        await visit.attached(end=3)
        await visit.gone()

    async def all_of_it(visit):
        await visit.attached(end=3, replay=3)
        await visit.says(b"new")
        await visit.gone()

    double = Double(run_dir)
    async with double.tells(before, anew, all_of_it), staying(double) as (stay, face, _):
        await face.until(lambda f: f.output == b"new")

        assert stay.offset == 3
    assert [path.partition("?")[2] for path in double.paths] == [
        "", "from=100&preempt=false", "from=0&preempt=false",
    ]  # fmt: skip
    assert "com1d lost its scrollback and counts anew" in face.lines


async def test_another_vm_after_a_restart_of_the_daemon(run_dir):
    """It got the name while the daemon was away; what the user types is not for it."""
    one, other = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"

    async def before(visit):
        await visit.attached(end=100, uuid=one)
        visit.dies()

    async def after(visit):
        await visit.attached(end=10, uuid=other)
        await visit.gone()

    double = Double(run_dir)
    async with double.tells(before, after), staying(double) as (_, _, task):
        with pytest.raises(ClientError) as caught:
            await task

    assert ("replaced", EX_TEMPFAIL) == (caught.value.members["code"], caught.value.exit_code)


async def test_a_killed_daemon_that_lost_what_was_seen(run_dir):
    """One that keeps a log goes on where that ends; nothing is asked for a second time."""

    async def before(visit):
        await visit.attached(end=100, logged=True)
        visit.dies()

    async def after(visit):
        await visit.attached(end=90, logged=True)
        await visit.says(b"new")
        await visit.gone()

    double = Double(run_dir)
    async with double.tells(before, after), staying(double) as (stay, face, _):
        await face.until(lambda f: f.output == b"new")

        assert stay.offset == 93
    assert [path.partition("?")[2] for path in double.paths] == ["", "from=100&preempt=false"]


async def test_somebody_came_while_the_daemon_restarted(run_dir):
    """Whoever attached in between stays, and this stay ends with 75."""

    async def story(visit):
        await visit.attached()
        double.refusals = [(409, {"code": "busy", "title": "Somebody is there"})]
        visit.dies()

    double = Double(run_dir)
    async with double.tells(story), staying(double) as (_, _, task):
        with pytest.raises(ClientError) as caught:
            await task

    assert caught.value.exit_code == EX_TEMPFAIL


async def test_a_daemon_that_stays_away(run_dir, monkeypatch):
    """After the bounded time the stay ends with 69; meanwhile it says that it waits."""
    monkeypatch.setattr(session_module, "RECONNECT_SECONDS", 0.05)
    monkeypatch.setattr(session_module, "RETRY_SECONDS", 0.01)
    double = Double(run_dir)

    async def story(visit):
        await visit.attached()
        (run_dir / "double.sock").unlink()
        visit.dies()

    async with double.tells(story), staying(double) as (_, face, task):
        with pytest.raises(UnreachableError) as caught:
            await task

    assert caught.value.exit_code == EX_UNAVAILABLE
    assert face.lines == ["com1d went away", "reconnecting, for 0.05 s at most"]


async def test_quitting_while_the_daemon_is_away(run_dir):
    """The user need not wait for a daemon that may never come."""
    double = Double(run_dir)

    async def story(visit):
        await visit.attached()
        (run_dir / "double.sock").unlink()
        visit.dies()

    async with double.tells(story), staying(double) as (stay, face, task):
        await face.until(lambda f: len(f.lines) == 2)
        assert stay.gone
        stay.quit()
        await task


async def test_switching_while_the_daemon_is_away(run_dir):
    """The switch takes effect when the daemon is back."""
    double = Double(run_dir)

    async def before(visit):
        await visit.attached(end=4)
        (run_dir / "double.sock").unlink()
        visit.dies()

    async def after(visit):
        await visit.attached(end=4)
        await visit.gone()

    async with staying_with(double, before) as (stay, face):
        await face.until(lambda f: len(f.lines) == 2)
        stay.switch("observe")
        await face.until(lambda f: len(f.lines) == 3)
        async with double.tells(after):
            await face.until(lambda f: len(f.events) == 2)
            stay.quit()

    assert double.paths[-1].partition("?")[2] == "mode=observe&from=4&preempt=false"


async def test_a_first_attach_that_fails(run_dir):
    """A console that was never reached is not waited for."""
    face = Recorder()
    with pytest.raises(UnreachableError):
        await Session(str(run_dir / "none"), "g", Wanted(), face).run()

    assert face.lines == []


async def test_switching(run_dir):
    """The other mode begins at the byte where this one ended, and may preempt."""

    async def observing(visit):
        await visit.attached(end=50)
        await visit.says(b"ab")
        await visit.gone()

    async def active(visit):
        await visit.attached(end=52)
        await visit.gone()

    double = Double(run_dir)
    wanted = Wanted("observe", preempt=False)
    async with double.tells(observing, active), staying(double, wanted) as (stay, face, _):
        await face.until(lambda f: f.output == b"ab")
        stay.switch("active")
        await face.until(lambda f: len(f.events) == 2)

        assert stay.mode == "active"
    assert [path.partition("?")[2] for path in double.paths] == [
        "mode=observe&preempt=false", "from=52",
    ]  # fmt: skip


async def test_a_daemon_that_does_not_read(run_dir):
    """Input is taken up to a bound and then refused, and quitting works all the same."""
    double = Double(run_dir)
    left = asyncio.Event()
    piece = bytes(1 << 16)

    async def story(visit):
        await visit.attached()
        visit._connection.transport.pause_reading()
        await left.wait()
        visit.dies()

    async with double.tells(story), staying(double) as (stay, face, task):
        await face.until(lambda f: f.events)
        taken = 0
        while stay.offer(piece):
            taken += 1
            await asyncio.sleep(0)
        stay.quit()
        await task
        left.set()

    assert taken >= OUTBOX_ITEMS


async def test_input_that_is_under_way_when_the_daemon_dies(run_dir):
    """It is not sent twice, and the user is told that it may be lost."""
    double = Double(run_dir)
    heard = []
    die = asyncio.Event()

    async def before(visit):
        await visit.attached()
        visit._connection.transport.pause_reading()
        await die.wait()
        visit.dies()

    async def after(visit):
        await visit.attached()
        heard.append(await visit.hears())
        await visit.gone()

    async with double.tells(before, after), staying(double) as (stay, face, _):
        await face.until(lambda f: f.events)
        stay.offer(bytes(1 << 20))
        while stay._unsent is not None or not stay._outbox.empty():
            await asyncio.sleep(0)
        die.set()
        await face.until(lambda f: "connected again" in f.lines)
        stay.offer(b"next")
        await stay.sent()
        await face.until(lambda f: len(f.events) == 2)

    assert "the last 1048576 bytes that you typed may not have arrived" in face.lines
    assert heard == [b"next"]


async def test_an_ending_that_follows_a_full_stream(run_dir):
    """A face that is slow still gets all bytes before it is told of the end."""
    whole = bytes(range(256)) * 4096

    async def story(visit):
        await visit.attached(end=0)
        for start in range(0, len(whole), 16384):
            await visit.says(whole[start : start + 16384])
        await visit.tells("preempted", by="bob", at="now", offset=len(whole))
        await visit.ends(4001)

    double = Double(run_dir)
    async with double.tells(story), staying(double) as (_, face, task):
        with pytest.raises(ClientError, match="bob took over the console at now"):
            await task

    assert face.output == whole


async def test_a_painted_screen_is_no_part_of_the_stream(run_dir):
    """It is shown, and where the stream is cut off is counted without it."""
    double = Double(run_dir)

    async def first(visit):
        await visit.attached(100, 5)
        await visit.tells("screen", bytes=6, offset=95)
        await visit.says(b"pai")
        await visit.says(b"nted")
        visit.dies()

    async def second(visit):
        await visit.attached(100, 4)
        await visit.tells("vm", what="back")
        await visit.gone()

    async with (
        double.tells(first, second),
        staying(double, Wanted(replay="screen", size=(500, 1))) as (_, face, _),
    ):
        await face.until(lambda _: any("back" in line for line in face.lines))

    assert b"painted" == face.output
    assert ["?replay=screen&rows=100&cols=2", "?from=96&preempt=false"] == [
        path.removeprefix("/v1/consoles/g/attach") for path in double.paths
    ]


async def test_who_waits_is_not_seated(run_dir):
    """One that queues observes until it is told that it is its turn; and hears of the guest."""
    double = Double(run_dir)

    async def story(visit):
        await visit.attached(mode="observe", guest_state="login")
        await visit.tells("guest", state="shell", hint="")
        await visit.hears()
        await visit.tells("seated")
        await visit.gone()

    async with double.tells(story), staying(double, Wanted(queue="wait")) as (session, face, _):
        await face.until(lambda f: any(getattr(e, "state", "") == "shell" for e in f.events))
        before = session.seated
        await session.send(b".")
        await face.until(lambda _: any("your turn" in line for line in face.lines))

    states = [e.guest_state for e in face.events if isinstance(e, Attached)]
    assert ["login"] == states
    assert (False, True) == (before, session.seated)
