"""The stall margin of a console, as people and programs are told it."""

from types import SimpleNamespace
from typing import Any

from com1d.line.margin import Margin
from house import read_bytes, running


def read() -> Any:
    """Give what a margin knows of a feed."""
    return SimpleNamespace(fullest=0)


def test_nothing_is_known_before_the_first_line():
    """No number is told before the port was up, and none that an alert could take for short."""
    margin = Margin(115_200)

    assert margin.describe() is None
    assert margin.seconds is None
    assert margin.lately is None


def test_what_a_line_has_shown_is_kept():
    """Bytes at line rate are seconds; the worst of all lines stays, and the last line's room."""
    margin, feed = Margin(115_200), read()
    margin.line_up(1_048_576, feed)
    feed.fullest = 524_288
    assert {"bytes": 1_048_576, "seconds": 91.022, "fullest": 0.5} == margin.describe()

    margin.line_down()
    assert 0.5 == margin.lately
    margin.line_up(65_536, read())
    assert {"bytes": 65_536, "seconds": 5.689, "fullest": 0.5} == margin.describe()


def test_what_was_shown_long_ago_is_no_alarm():
    """Of the last two periods the larger share counts; since the start, it stays."""
    margin, feed = Margin(115_200), read()
    feed.measure_anew = lambda: setattr(feed, "fullest", 0)
    margin.line_up(1000, feed)
    feed.fullest = 500
    margin.begin_period()
    feed.fullest = 100
    assert 0.5 == margin.lately
    margin.begin_period()
    assert 0.1 == margin.lately
    margin.begin_period()
    margin.begin_period()
    assert 0 == margin.lately
    assert 0.5 == (margin.describe() or {})["fullest"]


def test_a_slower_line_takes_longer():
    """The rate is the console's."""
    margin = Margin(9600)
    margin.line_up(279, read())

    assert (margin.describe() or {})["seconds"] == 0.291


async def test_a_console_tells_its_margin(run_dir):
    """Before the VM runs it is unknown; then it is what the FIFO holds, and what was in it."""
    async with running(run_dir, "web01", pipe_size=65536) as house:
        before = (await house.get("/v1/consoles/web01")).json["stall_margin"]
        guest = house.guest("web01").start()
        guest.print(bytes(16384))
        await house.up("web01")
        async with house.attach("web01") as client:
            await read_bytes(client, 16384)
        after = (await house.get("/v1/consoles/web01")).json["stall_margin"]
        page = (await house.get("/metrics")).body.decode()
        guest.stop()

    assert before is None
    assert {"bytes": 65536, "seconds": 5.689, "fullest": 0.25} == after
    assert 'com1d_stall_fullest_ratio{console="web01"} 0.25' in page
