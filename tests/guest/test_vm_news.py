"""What a hypervisor tells, and how much of it is passed on."""

import asyncio
import json

import pytest

from com1d.control import VmEvent, What
from com1d.guest import vm_news
from com1d.guest.vm_news import AT_ONCE, VmNews
from control.server import GREETING, asked, line, listening
from house import running


async def until(done) -> None:
    """Let the loop go on until something is so."""
    while not done():
        await asyncio.sleep(0.001)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ([], ["skipped"]),
        ([What.PANIC], ["skipped", "panic"]),
        ([What.PANIC, What.RESET, What.SHUTDOWN], ["skipped", "panic", "reset", "shutdown"]),
    ],
)
async def test_what_a_vm_comes_to_is_told_after_a_flood(monkeypatch, after, told):
    """Ten at once; then, a little later, how many were not told, and the last of each kind."""
    monkeypatch.setattr(vm_news, "LATER_SECONDS", 0.01)
    heard: list[VmEvent] = []
    news = VmNews(heard.append)
    flood = 5 * AT_ONCE
    for what in [What.PAUSED] * flood + after:
        news.heard(VmEvent(what))
    assert [What.PAUSED] * AT_ONCE == [event.what for event in heard]

    await until(lambda: len(heard) == AT_ONCE + 1 + 1 + len(after))
    rest = heard[AT_ONCE:]
    assert [told[0], "paused", *told[1:]] == [event.what.value for event in rest]
    assert rest[0].cause.startswith(f"{flood - AT_ONCE - 1} events")
    news.close()


async def test_few_events_are_told_at_once():
    """As all VMs have them: nothing waits, and nothing is counted."""
    heard: list[VmEvent] = []
    news = VmNews(heard.append)
    sequence = [VmEvent(What.RESET), VmEvent(What.PANIC), VmEvent(What.SHUTDOWN)]
    for event in sequence:
        news.heard(event)
    assert sequence == heard
    news.close()


async def test_a_hypervisor_that_floods_us_fills_no_journal(run_dir, monkeypatch):
    """A thousand resets in a moment: a few are told, the rest as a number; verbs are answered."""
    events = 1000

    async def qemu(reader, writer):
        writer.write(line(GREETING))
        while True:
            command = await asked(reader)
            answer = {"return": {"status": "running"}}
            writer.write(line(answer | {"id": command["id"]} if "id" in command else answer))
            if command["execute"] == "inject-nmi":
                for number in range(events):
                    stamp = {"seconds": number * 10, "microseconds": 0}
                    event = {"event": "RESET", "timestamp": stamp, "data": {"guest": False}}
                    writer.write(line(event))

    path = run_dir / "web01.qmp"
    async with (
        listening(path, qemu),
        running(run_dir, "web01", control=f"qmp:{path}") as house,
    ):
        told = []
        monkeypatch.setattr(house.service.events, "publish", told.append)
        assert 200 == (await house.request("POST", "/v1/consoles/web01/nmi")).status
        await house.until(lambda: any(getattr(fact, "what", "") == "skipped" for fact in told))
        what = [fact.what for fact in told if fact.event == "vm.changed"]
        assert what.count("reset") <= 2 * AT_ONCE
        assert json.loads((await house.get("/v1/consoles/web01/boots")).body)["boots"]
