"""The way in as playbooks: each line is what happens, and all that follows from it."""

import asyncio
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from com1d.config import ConsoleConfig, PortAddress
from com1d.core.guest.states import State
from com1d.core.keys.keyboard import BEHIND_BYTES
from com1d.core.paste.delivery import LARGEST_PART
from com1d.core.stream.pacing import Bucket
from com1d.core.stream.transmit import HARD_BYTES, SOFT_BYTES
from com1d.errors import Busy, NotRunning
from com1d.input.input import Input
from com1d.input.lease import Released, Stopped
from com1d.line.outflow import Outflow
from com1d.line.polled import WriteEnd
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes
from com1d.wire.events import Event


FAST = 10**9
"""Baud that no test has to wait for."""

PIPE_BYTES = 4096
"""What the guest's end holds unread."""

STUCK = 1000.0
"""Seconds: no test waits for that."""


class Client:
    """A session whose client is this test: it writes down what it is told."""

    def __init__(self, session: int, seen: list) -> None:
        self.session = session
        self.typed = 0
        self._seen = seen

    def notify(self, event: Event) -> None:
        said = event.as_json()
        self._seen.append((event.name, said.get("code", said.get("bytes"))))

    def pause_reading(self) -> None:
        self._seen.append(("read", False))

    def resume_reading(self) -> None:
        self._seen.append(("read", True))


class Stage:
    """An `Input`, a line that is a real pipe, and all that follows from what is done to them."""

    def __init__(self, poller: Poller) -> None:
        self.seen: list = []
        self.discarded = 0
        self.printed = b""
        config = ConsoleConfig(
            name="vm", port=PortAddress("pipe", str(Path("vm"))), guest="auto", paste_limit=65536
        )
        self.input = Input(config, self._count, lambda: None, lambda: self.printed)
        self.guest, self._fd = os.pipe()
        for each in (self.guest, self._fd):
            os.set_blocking(each, False)
        fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        self.line = Outflow(
            self._fd, WriteEnd(self._fd, poller), Bucket(FAST, PIPE_BYTES), wrote=lambda: None,
            drained=self.input.drained, failed=lambda _: None, stuck_seconds=STUCK,
        )  # fmt: skip
        self.input.line_up(self.line)
        self.first, self.second = Client(1, self.seen), Client(2, self.seen)

    def _count(self, count: int, _reason: str) -> None:
        self.discarded += count

    def play(self, *lines: tuple[Callable[[], object], list]) -> None:
        """Let each thing happen, and compare what followed: on the line first, then elsewhere."""
        for number, (happen, expected) in enumerate(lines):
            happen()
            try:
                got = [("line", os.read(self.guest, 65536))]
            except BlockingIOError:
                got = []
            assert (number, expected) == (number, got + self.seen)
            self.seen.clear()

    def fill(self) -> int:
        """Type until the client is no longer read; give how many bytes the line did not take."""
        while ("read", False) not in self.seen:
            self.input.type(b"x" * 1000)
        self.seen.clear()
        return self.line.queue.size

    def close(self) -> None:
        self.input.close()
        self.line.close()
        os.close(self.guest)
        os.close(self._fd)


@contextmanager
def stage() -> Iterator[Stage]:
    """Give a stage on which session 1 is seated."""
    poller = Poller(asyncio.get_running_loop(), HoldTimes())
    made = Stage(poller)
    made.input.seat(made.first)
    try:
        yield made
    finally:
        made.close()
        poller.close()


async def test_keys_are_the_guests_own_as_soon_as_its_state_is_told():
    """Backspace at a shell is DEL; where Windows reads the keys it is BS."""
    with stage() as it:
        it.play(
            (lambda: it.input.type(b"a\x7f"), [("line", b"a\x7f")]),
            (lambda: it.input.guest_is(State.CMD), []),
            (lambda: it.input.type(b"a\x7f"), [("line", b"a\x08")]),
            (lambda: it.input.press(1, ["F8"]), [("line", b"\x1b8")]),
            (lambda: it.input.guest_is(State.SHELL), []),
            (lambda: it.input.press(1, ["F8"]), [("line", b"\x1b[19~")]),
        )
        assert 2 + 2 + 2 + 5 == it.first.typed


async def test_keys_wait_behind_a_lease_in_order():
    """They go out when it is given back; its own bytes pass them."""
    with stage() as it:
        lease = it.input.claim(1)
        it.play(
            (lambda: it.input.type(b"one"), []),
            (lambda: it.input.send(1, b"\x1b"), [("line", b"\x1b")]),
            (lambda: it.input.type(b"two"), []),
            (lambda: it.input.release(lease), [("line", b"onetwo")]),
            (lambda: it.input.type(b"k"), [("line", b"k")]),
        )
        assert Released() == lease.done.result()


async def test_ctrl_c_ends_a_lease_and_then_is_typed():
    """What waited behind it is discarded, counted and told."""
    with stage() as it:
        lease = it.input.claim(1)
        it.play(
            (lambda: it.input.type(b"ab"), []),
            (lambda: it.input.type(b"\x03"), [("line", b"\x03"), ("input-discarded", 2)]),
            (lambda: it.input.type(b"k"), [("line", b"k")]),
        )
        assert Stopped("cancelled by Ctrl-C") == lease.done.result()
        assert 2 == it.discarded


async def test_one_has_the_line_at_a_time():
    """A second lease, and a key pressed by name, are refused; the first goes on."""
    with stage() as it:
        lease = it.input.claim(1)
        with pytest.raises(Busy):
            it.input.claim(1)
        with pytest.raises(Busy):
            it.input.press(1, ["F8"])
        it.play((lambda: it.input.send(1, b"mine"), [("line", b"mine")]))
        assert not lease.done.done()


async def test_behind_a_lease_a_client_is_read_until_much_waits():
    """So its Ctrl-C is heard; what more it types waits in its socket."""
    with stage() as it:
        lease = it.input.claim(1)
        it.play(
            (lambda: it.input.type(b"x" * (BEHIND_BYTES - 1)), []),
            (lambda: it.input.type(b"x"), [("read", False)]),
            (
                lambda: it.input.release(lease),
                [("line", b"x" * BEHIND_BYTES), ("read", True)],
            ),
        )


async def test_a_full_queue_stops_its_client_and_room_starts_it_again():
    """At the soft mark, not at each byte; nothing is lost on the way."""
    with stage() as it:
        waiting = it.fill()
        assert SOFT_BYTES <= waiting < SOFT_BYTES + 1000
        got = 0
        async with asyncio.timeout(20):
            while got < it.first.typed:
                try:
                    got += len(os.read(it.guest, 65536))
                except BlockingIOError:
                    await asyncio.sleep(0)
        assert [("read", True)] == it.seen
        assert 0 == it.discarded


async def test_more_than_the_hard_mark_is_refused_whole_and_counted():
    """Memory is bounded also against what does not look at the soft mark."""
    with stage() as it:
        it.input.claim(1)
        it.play(
            (
                lambda: it.input.send(1, b"x" * HARD_BYTES),
                [("line", b"x" * PIPE_BYTES), ("read", False)],
            ),
            (lambda: it.input.send(1, b"y" * HARD_BYTES), [("input-refused", "busy")]),
        )
        assert HARD_BYTES == it.discarded
        assert it.line.queue.size <= HARD_BYTES


async def test_a_preempted_sessions_bytes_never_reach_the_guest():
    """What the line has not taken is discarded and counted before the next one's first byte."""
    with stage() as it:
        waiting = it.fill()
        assert waiting == it.input.preempt()
        it.input.seat(it.second)
        os.read(it.guest, 65536)
        it.seen.clear()
        it.play((lambda: it.input.type(b"MINE"), [("line", b"MINE")]))
        assert waiting == it.discarded


async def test_who_left_may_be_overtaken_but_is_counted():
    """His last keys go to the line; another's first key discards what it has not taken."""
    with stage() as it:
        waiting = it.fill()
        it.input.leave()
        assert waiting == it.line.queue.size
        it.input.seat(it.second)
        os.read(it.guest, 65536)
        it.play((lambda: it.input.type(b"MINE"), [("line", b"MINE")]))
        assert waiting == it.discarded


async def test_a_line_that_goes_down_ends_the_lease_and_refuses_keys():
    """And once it is up again, they pass."""
    with stage() as it:
        lease = it.input.claim(1)
        it.input.line_down()
        assert Stopped("the port went down") == lease.done.result()
        it.play((lambda: it.input.type(b"abc"), [("input-refused", "not-running")]))
        with pytest.raises(NotRunning):
            it.input.press(1, ["F8"])
        it.input.line_up(it.line)
        it.play((lambda: it.input.type(b"k"), [("line", b"k")]))
        assert 3 == it.discarded


async def test_a_verified_paste_goes_on_with_the_guests_echo():
    """The first character is sent alone; what is typed meanwhile follows the last one."""
    with stage() as it:
        it.input.guest_is(State.SHELL)
        outcome = it.input.paste(1, "ab", it.first.notify, verify=True)
        it.play(
            (lambda: None, [("line", b"a")]),
            (lambda: it.input.type(b"k"), []),
            (lambda: it.input.cancel("cancelled"), [
                ("input-refused", "paste-stopped"), ("input-discarded", 2),
            ]),
        )  # fmt: skip
        assert "cancelled; 1 characters were not sent" == outcome.result().why


async def test_the_guest_is_listened_to_while_somebody_waits_for_it():
    """From a key on until it has spoken once for nothing: with an echo the next key is near."""
    with stage() as it:
        assert not it.input.listening
        it.input.type(b"k")
        assert it.input.listening
        it.input.guest_spoke(b"k")
        assert it.input.listening
        it.input.guest_spoke(b"more")
        assert not it.input.listening


async def test_a_cancelled_paste_in_brackets_is_ended():
    """A guest that waits for the end of a paste would take for text whatever is typed next."""
    with stage() as it:
        it.printed = b"\x1b[?2004h$ "
        text = "x" * 100
        it.input.paste(1, text, lambda _: None, verify=False)
        part = b"\x1b[200~" + b"x" * LARGEST_PART
        it.play(
            (lambda: None, [("line", part)]),
            (
                lambda: it.input.type(b"\x03"),
                [("line", b"\x1b[201~\x03"), ("input-discarded", 100 - LARGEST_PART)],
            ),
        )
