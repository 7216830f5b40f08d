"""The garbage collector, and that little is left for it."""

import gc
import weakref

from websockets.asyncio.client import unix_connect
from websockets.server import ServerProtocol

from com1d.api.connection import HttpConnection
from com1d.clients.client import Client
from com1d.loop.collector import THRESHOLDS, resting, sparing
from com1d.loop.sender import Sender
from house import events, running


class Knot:
    """Refers to itself."""

    def __init__(self) -> None:
        self.itself = self


def test_what_survives_a_collection_is_not_looked_at_again():
    """What is garbage by then is freed; at the end all is as before."""
    before = gc.get_threshold()
    with sparing():
        alive, dead = Knot(), weakref.ref(Knot())
        assert THRESHOLDS == gc.get_threshold()
        gc.collect()
        assert dead() is None
        assert not any(one is alive for one in gc.get_objects())
        assert gc.get_freeze_count() > 0
    assert (0, before) == (gc.get_freeze_count(), gc.get_threshold())
    assert any(one is alive for one in gc.get_objects())


def test_a_full_collection_does_not_wait_for_a_share_of_what_was_there_before():
    """So it never has more to look through than the thresholds say, however much was loaded."""
    loaded = [Knot() for _ in range(50_000)]
    seen: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            seen.append(len(gc.get_objects(2)))

    with sparing():
        gc.callbacks.append(note)
        try:
            came = [Knot() for _ in range(20 * THRESHOLDS[0])]
        finally:
            gc.callbacks.remove(note)
    assert seen
    assert max(seen) < 4000
    assert len(loaded) > len(came)


def test_nothing_is_collected_while_thousands_of_objects_are_made():
    """What is there at the end is spared."""
    began: list[int] = []
    with sparing():
        gc.callbacks.append(note := lambda _phase, _info: began.append(1))
        with resting():
            made = [Knot() for _ in range(20 * THRESHOLDS[0])]
            assert [] == began
        gc.callbacks.remove(note)
        assert gc.isenabled()
        assert not any(one is made[0] for one in gc.get_objects())


async def test_connections_are_freed_by_their_reference_count(run_dir):
    """Else those that were spared would stay in memory for good."""
    kinds = (Client, HttpConnection, ServerProtocol, Sender)
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        gc.collect()
        gc.disable()
        try:
            for query in ("", "?mode=observe&replay=screen"):
                async with house.attach("web01", query) as client:
                    await events(client, "replayed")
                    await client.send('{"op":"cancel"}')
            async with house.attach("web01") as first, house.attach("web01"):
                await events(first, "preempted")
            async with house.raw("web01"), house.raw("web01.observe"):
                await house.until(lambda: len(house.service.consoles["web01"].seating.audience))
            async with unix_connect(str(house.api), "ws://x/v1/events", compression=None):
                pass
            for path in ("/v1/consoles", "/v1/consoles/web01/log", "/nowhere"):
                await house.get(path)
            await house.until(lambda: not house.service.attendance.of(0))
            await house.until(
                lambda: not any(issubclass(type(one), kinds) for one in gc.get_objects())
            )
        finally:
            gc.enable()
        guest.stop()
