"""The connection to a monitor: whatever is at the other end, and whatever becomes of it."""

import asyncio
import socket
from contextlib import AsyncExitStack, suppress

import pytest
from qemu.qmp import Runstate

from com1d.control import ControlBusy, ControlRefused
from com1d.control.attempt import HungUp
from com1d.control.qmp_link import MESSAGE_BYTES, QmpLink, _serves_another
from com1d.core.stream.backoff import Backoff
from com1d.errors import NotRunning, PortTimeout, Problem
from control.machine import controlling, linked, until
from control.monitor import monitor_at
from control.server import asked, line, listening, negotiate, reply


FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"

RUNNING = {"status": "running", "running": True}


def event(name: str, number: int = 0, **data: object) -> bytes:
    """Write an event at `number` seconds."""
    stamp = {"seconds": number, "microseconds": 0}
    return line({"event": name, "data": data, "timestamp": stamp})


async def refusal_of(path) -> Problem:
    """Give what a verb is refused with."""
    async with controlling(path) as (control, _):
        with pytest.raises(Problem) as refusal:
            await control.nmi()
    return refusal.value


async def test_no_socket(run_dir):
    """Where there is no socket the VM is not running."""
    problem = await refusal_of(run_dir / "qmp")
    assert (NotRunning, {"state": "off"}) == (type(problem), problem.extra)
    assert str(problem).startswith(f"web01: {run_dir}/qmp does not exist")


async def test_nobody_listens(run_dir):
    """A socket that was left behind is not a VM."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(run_dir / "qmp"))
        problem = await refusal_of(run_dir / "qmp")
    assert (NotRunning, True) == (type(problem), "has no listener" in str(problem))


async def test_it_hangs_up(run_dir):
    """One that hangs up before it greets is ending."""

    async def serve(reader, writer):
        del reader, writer

    async with listening(run_dir / "qmp", serve):
        problem = await refusal_of(run_dir / "qmp")
    assert (NotRunning, {"state": "off"}) == (type(problem), problem.extra)


@pytest.mark.parametrize(
    "greeting",
    [
        b"QEMU 7.2.22 monitor - type 'help' for more information\r\n(qemu) ",
        b"[]\r\n",
        b"{}\r\n",
        b"[" * 60000 + b"\r\n",
        b'{"QMP":' + b" " * 2 * MESSAGE_BYTES + b"{}}\r\n",
        b"\xff\xfe\r\n",
    ],
    ids=["human", "list", "empty", "deep", "long", "binary"],
)
async def test_it_does_not_speak_qmp(run_dir, greeting):
    """Whatever else listens there is named for what it is, and does no harm."""

    async def serve(reader, writer):
        writer.write(greeting)
        await reader.read()

    async with listening(run_dir / "qmp", serve):
        problem = await refusal_of(run_dir / "qmp")
    assert (ControlRefused, True) == (type(problem), "does not speak QMP" in str(problem))


async def test_it_serves_another(run_dir):
    """One that has taken another's connection leaves ours waiting: it is busy."""
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as other:
        listener.bind(str(run_dir / "qmp"))
        listener.listen()
        other.connect(str(run_dir / "qmp"))
        accepted, _ = listener.accept()
        with accepted:
            problem = await refusal_of(run_dir / "qmp")
    assert (ControlBusy, {}) == (type(problem), problem.extra)


async def test_it_takes_no_connection(run_dir):
    """One that does not even take connections is stuck, also when its queue is full."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(run_dir / "qmp"))
        listener.listen(0)
        async with controlling(run_dir / "qmp") as (control, _):
            problems = []
            for _ in range(3):
                with pytest.raises(PortTimeout, match="it is stuck") as refusal:
                    await control.nmi()
                problems.append(refusal.value.extra)
    assert [{}] * 3 == problems


def test_who_is_served(run_dir):
    """A connection that was accepted is told from one that waits."""
    path = str(run_dir / "a b")
    with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as client:
        listener.bind(path)
        listener.listen()
        client.connect(path)
        before = _serves_another(path)
        accepted, _ = listener.accept()
        with accepted:
            assert (False, True) == (before, _serves_another(path))
    assert not _serves_another(path)


async def test_a_flood_of_events_lets_others_run(run_dir):
    """However many events come at once, the loop goes on after each of them."""
    count, flood = 500, asyncio.Event()

    async def serve(reader, writer):
        await negotiate(reader, writer)
        await reply(reader, writer, RUNNING)
        await flood.wait()
        writer.write(b"".join(event("RESET", 2 * number) for number in range(count)))
        await reader.read()

    async with listening(run_dir / "qmp", serve), controlling(run_dir / "qmp") as (_, events):
        turns, loop = 0, asyncio.get_running_loop()

        def turn():
            nonlocal turns
            turns += 1
            if len(events.seen) < count:
                loop.call_soon(turn)

        flood.set()
        await until(lambda: events.seen)
        turn()
        await events.until(count)
        assert turns > count // 2


async def test_events_are_not_kept(run_dir):
    """What was told is forgotten: a year of events takes no memory."""

    async def serve(reader, writer):
        await negotiate(reader, writer)
        await reply(reader, writer, RUNNING)
        writer.write(b"".join(event("STOP") for _ in range(10)))
        await reader.read()

    async with listening(run_dir / "qmp", serve):
        async with controlling(run_dir / "qmp") as (control, events):
            await events.until(10)
            listeners = control._link._client._listeners
            kept = [(len(ear.history), ear.empty()) for ear in listeners]
            assert [(0, True)] * 2 == kept


@pytest.mark.parametrize(
    "message",
    [
        event("STOP", text="x" * 2 * MESSAGE_BYTES),
        b"no JSON\r\n",
        b'{"event": 7, "timestamp": []}\r\n{"error": {}}\r\n',
        b"[" * 60000 + b"\r\n",
    ],
    ids=["long", "garbage", "error", "deep"],
)
async def test_nonsense_ends_the_connection(run_dir, message):
    """A message that cannot be read costs the connection, which is made again."""
    connections = 0

    async def serve(reader, writer):
        nonlocal connections
        connections += 1
        await negotiate(reader, writer)
        await reply(reader, writer, RUNNING)
        if connections == 1:
            writer.write(message)
        await reader.read()

    async with listening(run_dir / "qmp", serve):
        async with controlling(run_dir / "qmp") as (control, events):
            await until(lambda: control._link._client.runstate is not Runstate.RUNNING)
            assert ("running", 2, []) == (await control.status(), connections, events.seen)


@pytest.mark.parametrize("answer", [None, [], {}, {"status": 7}])
async def test_a_state_that_makes_no_sense(run_dir, answer):
    """A state that cannot be read is unknown, and an NMI is not sent on it."""

    async def serve(reader, writer):
        await negotiate(reader, writer)
        while True:
            await reply(reader, writer, answer)

    async with listening(run_dir / "qmp", serve):
        async with controlling(run_dir / "qmp") as (control, _):
            with pytest.raises(NotRunning) as refusal:
                await control.nmi()
            assert ("unknown", "unknown") == (await control.status(), refusal.value.extra["state"])


async def test_a_reply_that_makes_no_sense(run_dir):
    """A reply without its parts is refused, not believed."""

    async def serve(reader, writer):
        await negotiate(reader, writer)
        while True:
            writer.write(line({"error": "no", "id": (await asked(reader))["id"]}))

    async with listening(run_dir / "qmp", serve):
        problem = await refusal_of(run_dir / "qmp")
    assert (ControlRefused, True) == (type(problem), "is not valid QMP" in str(problem))


async def test_it_comes_back_by_itself(run_dir):
    """Without any verb the link tries until somebody listens, quietly."""
    served = asyncio.Event()

    async def serve(reader, writer):
        await negotiate(reader, writer)
        served.set()
        await reader.read()

    async with controlling(run_dir / "qmp"):
        async with listening(run_dir / "qmp", serve):
            await asyncio.wait_for(served.wait(), 30)


async def test_a_retry_does_not_wait(run_dir):
    """After many failures the pause is long; `retry` cuts it short, and starts with short ones."""
    served = asyncio.Event()

    async def serve(reader, writer):
        await negotiate(reader, writer)
        served.set()
        await reader.read()

    async with controlling(run_dir / "qmp") as (control, _):
        for _ in range(20):
            control._link._backoff.failed(0.5)
        long = control._link._backoff.failed(0.0)
        async with listening(run_dir / "qmp", serve):
            control.retry()
            await asyncio.wait_for(served.wait(), 30)
        assert (15.0, 1.0) == (long, control._link._backoff.failed(0.0))


async def test_stop_in_the_middle_of_a_greeting(run_dir):
    """A control is stopped at once, whatever it waits for, and the verb that waits fails."""
    dialled = asyncio.Event()

    async def serve(reader, writer):
        del writer
        dialled.set()
        await reader.read()

    async with listening(run_dir / "qmp", serve):
        async with controlling(run_dir / "qmp") as (control, _):
            dialled.clear()
            verb = asyncio.create_task(control.nmi())
            await dialled.wait()
        with pytest.raises(Problem):
            await verb


async def test_stop_right_after_a_verb_connected(run_dir):
    """A connection that the keeper has not seen yet is hung up, too."""
    ended = asyncio.Event()

    async def serve(reader, writer):
        await negotiate(reader, writer)
        await reply(reader, writer, RUNNING)
        await reader.read()
        ended.set()

    async with controlling(run_dir / "qmp") as (control, _):
        control._link._backoff = Backoff(first=30.0, longest=60.0)
        await until(lambda: not control._link._sooner.is_set())
        control.retry()
        await until(lambda: not control._link._sooner.is_set())
        async with listening(run_dir / "qmp", serve):
            state = await control.status()
            await control.stop()
            await asyncio.wait_for(ended.wait(), 30)
        assert "running" == state


async def test_lost_while_it_resets(run_dir):
    """QEMU says that it will reset, and the connection ends: nobody knows, says the error."""
    steps = [RUNNING, RUNNING, {}]

    async def serve(reader, writer):
        await negotiate(reader, writer)
        while steps:
            await reply(reader, writer, steps.pop(0))
        if asked_for:
            await reply(reader, writer, RUNNING)
            await reader.read()
        asked_for.append(True)

    asked_for = []
    async with listening(run_dir / "qmp", serve), controlling(run_dir / "qmp") as (control, _):
        with pytest.raises(PortTimeout, match="may have done it or not") as refusal:
            await control.reset()
    assert {"state": "running"} == refusal.value.extra


def link_of(path, lost) -> QmpLink:
    """Make a link of its own."""
    return QmpLink(str(path), "web01", hear=lambda name, event: None, lost=lost)


async def test_stop_without_start(run_dir):
    """A link that was never started stops, too."""
    link = link_of(run_dir / "qmp", lost=lambda: None)
    await link.stop()
    with pytest.raises(NotRunning, match="stops serving"):
        await link.ask("query-status")


async def test_lost_as_soon_as_it_was_made(run_dir):
    """A connection that ends right after its beginning is made again, by keeper and verb alike."""
    connections = []

    async def serve(reader, writer):
        connections.append(True)
        await negotiate(reader, writer)
        if len(connections) > 2:
            await reply(reader, writer, RUNNING)
            await reader.read()

    link = link_of(run_dir / "qmp", lost=lambda: None)
    async with listening(run_dir / "qmp", serve):
        with suppress(HungUp):
            await link.ask("query-status")
        link.start()
        answer = await link.ask("query-status")
        await link.stop()
    assert (RUNNING, True) == (answer, len(connections) >= 3)


async def test_a_keeper_that_fails_is_noticed(run_dir):
    """An error that nobody expected goes to the loop's handler."""
    errors, go, loop = [], asyncio.Event(), asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: errors.append(str(context["exception"])))

    async def serve(reader, writer):
        await negotiate(reader, writer)
        await go.wait()

    def lost():
        raise RuntimeError("deaf")

    try:
        async with listening(run_dir / "qmp", serve):
            link = link_of(run_dir / "qmp", lost)
            link.start()
            await until(lambda: link._client is not None)
            go.set()
            await until(lambda: errors)
            await link.stop()
    finally:
        loop.set_exception_handler(None)
    assert ["deaf"] == errors


async def test_a_shared_monitor_is_let_go_after_every_verb(run_dir):
    """Its owner finds it free, whether the verb was one question or several in a row."""
    conversations = []

    async def serve(reader, writer):
        await negotiate(reader, writer)
        conversations.append(said := [])
        try:
            while True:
                command = await asked(reader)
                said.append(command["execute"])
                result = RUNNING if command["execute"] == "query-status" else {}
                writer.write(line({"return": result, "id": command["id"]}))
        finally:
            said.append("hung up")

    async with (
        listening(run_dir / "qmp", serve),
        controlling(run_dir / "qmp", shared=True) as (control, _),
    ):
        await control.nmi()
        await control.press(["F1", "F2"])
        await until(lambda: all(said[-1:] == ["hung up"] for said in conversations))
        assert not control.hears
    assert [
        ["query-status", "hung up"],
        ["query-status", "inject-nmi", "hung up"],
        ["query-status", "send-key", "send-key", "hung up"],
    ] == conversations


async def test_a_shared_monitor_is_let_go_by_a_verb_that_is_refused(run_dir):
    """A verb that comes to nothing must not keep the owner out."""
    hung_up = []

    async def serve(reader, writer):
        await negotiate(reader, writer)
        await reply(reader, writer, {"status": "paused"})
        await reader.read()
        hung_up.append(True)

    async with (
        listening(run_dir / "qmp", serve),
        controlling(run_dir / "qmp", shared=True) as (control, _),
    ):
        with pytest.raises(NotRunning, match="the VM is paused"):
            await control.nmi()
        await until(lambda: len(hung_up) == 2)


async def test_a_connection_to_a_qemu_whose_place_another_one_took_is_let_go(run_dir):
    """The second has the socket at the path: a reset is for it, and not for the first."""
    path = run_dir / "qmp"
    async with linked(path) as link, AsyncExitStack() as stack:
        first = await stack.enter_async_context(monitor_at(path, FIRST))
        assert {"UUID": FIRST} == await link.ask("query-uuid")
        path.rename(run_dir / "away")
        assert {"UUID": FIRST} == await link.ask("query-uuid")  # renamed, it is still the same
        async with monitor_at(path, SECOND):
            assert {"UUID": SECOND} == await link.ask("query-uuid")
            await until(lambda: not first.turn.locked())
