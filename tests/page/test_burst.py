"""A guest that prints ten megabytes at once, also in a browser on a processor a sixth as fast."""

import asyncio
import base64
import json
from typing import NamedTuple

import pytest


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(300)]

BURST = 10 * 1024 * 1024
SLOWER = 6
ROUNDS = 10
WINDOW = 262144
LONGEST = 200
"""Milliseconds of one task: what a user still takes for an answer."""

HEAP = 64 * 1024 * 1024
"""Bytes of scripts' memory: five thousand lines of scrollback, a window, and the page itself."""

WATCH = """() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) window.longest = Math.max(longest, duration);
    }).observe({ type: "longtask" });
}"""


class Burst(NamedTuple):
    """What a burst did to the page."""

    longest: float
    """Milliseconds of its longest task."""
    unparsed: int
    lost: int
    heap: int


class Frames:
    """What passes through the page's WebSockets, as the browser's own tools see it."""

    def __init__(self, name: str) -> None:
        self.shown = self.lost = self.unparsed = self.most = 0
        self._name = name
        self._streams: set[str] = set()

    def watch(self, cdp) -> None:
        cdp.on("Network.webSocketCreated", self._created)
        cdp.on("Network.webSocketFrameReceived", lambda told: self._passed(told, self._received))
        cdp.on("Network.webSocketFrameSent", lambda told: self._passed(told, self._sent))

    def _created(self, told) -> None:
        if f"/{self._name}/attach" in told["url"]:
            self._streams.add(told["requestId"])

    def _passed(self, told, take) -> None:
        if told["requestId"] in self._streams:
            frame = told["response"]
            text = frame["opcode"] == 1
            data = frame["payloadData"]
            take(json.loads(data) if text else None, 0 if text else len(base64.b64decode(data)))

    def _received(self, event, size: int) -> None:
        self.shown += size
        self.unparsed += size
        self.most = max(self.most, self.unparsed)
        if event and event["event"] == "lost":
            self.lost += event["bytes"]

    def _sent(self, operation, _size: int) -> None:
        if operation and operation["op"] == "ack":
            self.unparsed -= operation["bytes"]


def lines(count: int) -> bytes:
    """Give so many bytes of coloured lines, as a boot prints them."""
    line = "[%12.6f] \x1b[1;32mcom1\x1b[0m: line number %d, with \x1b[33mcolours\x1b[0m\r\n"
    text = "".join(line % (number / 1000, number) for number in range(count // 50))
    return text.encode()[: count - 7] + b"\r\nEND\r\n"


async def test_each_byte_of_a_burst_is_shown_or_counted(web, stage):
    """Little waits unparsed meanwhile, and memory is bounded."""
    await burst(web, stage, 1)


@pytest.mark.slow
async def test_no_task_of_a_burst_is_long(web, stage):
    """On a slow processor, too, the page answers.

    What else this machine does can only lengthen a task, so the best of some bursts counts.
    """
    longest = [(await burst(web, stage, SLOWER)).longest]
    while min(longest) > LONGEST and len(longest) < ROUNDS:
        longest.append((await burst(web, stage, SLOWER)).longest)
    assert min(longest) <= LONGEST


async def burst(web, stage, slower: int) -> Burst:
    """Print all at once, and look that nothing is missing."""
    async with web.person() as anna:
        cdp = await anna.page.context.new_cdp_session(anna.page)
        await cdp.send("Network.enable")
        frames = Frames("lin01")
        frames.watch(cdp)
        with stage.guest("lin01") as guest:
            await anna.opens("lin01")
            await stage.up("lin01")
            guest.print(b"\x1b[2Jready\r\n")
            await anna.sees("ready")
            before, start = frames.shown, (await stage.ask("lin01"))["offset"]
            await anna.page.evaluate(WATCH)
            await cdp.send("Emulation.setCPUThrottlingRate", {"rate": slower})
            text = lines(BURST)
            await guest.print_all(text)
            await anna.sees("END")
            await cdp.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            async with asyncio.timeout(30):
                while frames.unparsed:
                    await asyncio.sleep(0.05)
            printed = (await stage.ask("lin01"))["offset"] - start
        if frames.lost:
            notice = anna.page.locator('.notice[data-kind="lost"]')
            assert size(frames.lost) in await notice.inner_text()  # one sum of all gaps
        assert len(text) == printed == frames.shown - before + frames.lost
        assert frames.most <= WINDOW
        heap = (await cdp.send("Runtime.getHeapUsage"))["usedSize"]
        assert heap <= HEAP
        return Burst(await anna.page.evaluate("longest"), frames.most, frames.lost, heap)


def size(count: int) -> str:
    """Spell a number of bytes as the page does."""
    value, unit = (count / 1024, "KiB") if count < 1 << 20 else (count / (1 << 20), "MiB")
    return f"{value:.1f} {unit}" if value < 10 else f"{value:.0f} {unit}"
