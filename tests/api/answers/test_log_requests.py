"""The boot diagnostics log over HTTP: which part, in which form, and who may have it."""

import asyncio
import base64
import json
from datetime import UTC, datetime

import pytest

from bootlog.household import BANNER
from com1d.api import quota
from com1d.api.answers.log_requests import READERS, wanted
from com1d.config import GatewayConfig, RoleConfig
from com1d.core.store.layout import KIB
from com1d.errors import BadRequest
from house import FifoGuest, House, close, running


LIVES = [BANNER + b"life %d\r\n" % number * 3 for number in range(3)]
LIFE = len(LIVES[0])


async def live(house: House, name: str = "web01") -> FifoGuest:
    """Boot a guest three times."""
    guest = house.guest(name).start()
    await house.up(name)
    for number, life in enumerate(LIVES, 1):
        guest.print(life)
        await printed(house, number * LIFE, name)
    return guest


async def printed(house: House, offset: int, name: str = "web01") -> None:
    """Wait until the guest's bytes up to `offset` have come."""
    await house.until(lambda: house.service.consoles[name].ring.end >= offset)


async def test_a_boot_is_addressed_by_its_number(run_dir):
    """0 is this boot and the default, -1 the one before; each begins at the firmware's byte."""
    async with running(run_dir, "web01") as house:
        guest = await live(house)
        default = await house.get("/v1/consoles/web01/log")
        of_boots = [(await house.get(f"/v1/consoles/web01/log?boot={n}")) for n in (0, -1, -2)]
        missing = await house.get("/v1/consoles/web01/log?boot=-3")

        assert [200, 200, 200] == [answer.status for answer in of_boots]
        assert LIVES[::-1] == [answer.body for answer in of_boots]
        assert default.body == LIVES[2]
        assert "application/octet-stream" == default.headers["content-type"]
        bounds = (str(2 * LIFE), str(3 * LIFE))
        assert bounds == (default.headers["com1-start"], default.headers["com1-end"])
        assert (404, "not-found") == (missing.status, missing.json["code"])
        assert (
            "web01 has no boot -3 in its log, which knows boots -2 to 0" in missing.json["detail"]
        )
        guest.stop()


async def test_boots_are_listed(run_dir):
    """Each with its number, offset, time, cause and length, the oldest first."""
    async with running(run_dir, "web01") as house:
        guest = await live(house)
        boots = (await house.get("/v1/consoles/web01/boots")).json["boots"]

        assert [(-2, 0), (-1, LIFE), (0, 2 * LIFE)] == [(b["boot"], b["offset"]) for b in boots]
        assert [("firmware", LIFE)] * 3 == [(b["cause"], b["bytes"]) for b in boots]
        started = datetime.fromisoformat(boots[0]["started"])
        assert abs((datetime.now(UTC) - started).total_seconds()) < 60
        assert 2 == (await house.get("/v1/consoles/web01")).json["boot"]
        guest.stop()


PARTS = [
    ("from=0", 0, 3 * LIFE),
    ("from=7", 7, 3 * LIFE),
    ("from=7&bytes=5", 7, 12),
    ("from=999999", 3 * LIFE, 3 * LIFE),
    ("bytes=5", 3 * LIFE - 5, 3 * LIFE),
    ("bytes=999999", 2 * LIFE, 3 * LIFE),
    ("boot=-1&bytes=5", 2 * LIFE - 5, 2 * LIFE),
    (f"boot=-1&from={LIFE + 3}", LIFE + 3, 2 * LIFE),
    ("boot=-1&tail=1", 2 * LIFE - 8, 2 * LIFE),
    ("from=0&tail=2", 3 * LIFE - 16, 3 * LIFE),
    ("since=2000-01-01T00:00:00Z", 0, 3 * LIFE),
    ("since=2000-01-01T00:00:00Z&bytes=9", 0, 9),
    ("since=2000-01-01T00:00:00.5%2B05:30&boot=-2", 0, LIFE),
    ("since=2999-01-01T00:00:00Z", 3 * LIFE, 3 * LIFE),
]


async def test_a_part_is_chosen(run_dir):
    """By offset, time, bytes and lines, alone and within a boot."""
    whole = b"".join(LIVES)
    async with running(run_dir, "web01") as house:
        guest = await live(house)
        for query, start, stop in PARTS:
            answer = await house.get(f"/v1/consoles/web01/log?{query}")
            bounds = (answer.headers["com1-start"], answer.headers["com1-end"])

            assert (query, whole[start:stop]) == (query, answer.body)
            assert (query, (str(start), str(stop))) == (query, bounds)
        guest.stop()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"boot": "1"}, '"boot" is 0, '),
        ({"boot": "x"}, '"boot" is 0, '),
        ({"bytes": "-1"}, '"bytes" is a number of bytes'),
        ({"from": "1e3"}, '"from" is an offset'),
        ({"tail": "12345678"}, '"tail" is a number of lines'),
        ({"since": "yesterday"}, '"since" is a time as in RFC 3339'),
        ({"since": "2026-01-01T00:00:00"}, '"since" is a time as in RFC 3339'),
        ({"times": "yes"}, '"times" is "true" or "false"'),
    ],
)
def test_a_query_that_means_nothing(query: dict[str, str], expected: str):
    """What cannot be understood is named, before anything is read."""
    with pytest.raises(BadRequest, match=expected):
        wanted(query)


async def test_times_and_marks_come_with_the_bytes(run_dir):
    """With `times`, each line is a piece or a mark, in the order in which it all happened."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(b"login: ")
        await printed(house, 7)
        async with house.attach("web01"):
            await house.until(lambda: house.service.sessions == 1)
            guest.print(b"ann\r\n")
            await printed(house, 12)
            answer = await house.get("/v1/consoles/web01/log?times=true")
        lines = [json.loads(line) for line in answer.body.splitlines()]

        assert "application/jsonl" == answer.headers["content-type"]
        assert {"end": 12} == lines.pop()
        data = [base64.b64decode(line["data"]) for line in lines if "data" in line]
        assert b"login: ann\r\n" == b"".join(data)
        [mark] = [line for line in lines if "mark" in line]
        assert (7, "session") == (mark["offset"], mark["mark"])
        assert ("began", "active") == (mark["facts"]["what"], mark["facts"]["mode"])
        assert [0, 7, 7] == [line["offset"] for line in lines]
        assert all(datetime.fromisoformat(line["at"]).tzinfo for line in lines)
        guest.stop()


async def test_a_long_log_is_streamed(run_dir):
    """More than any buffer holds comes whole, while the guest goes on printing."""
    text = bytes(range(256)) * (6 * KIB)
    async with running(run_dir, "web01", log_size=16 << 20) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        await guest.print_all(text)
        await printed(house, len(text))
        answer = await house.get("/v1/consoles/web01/log?from=0")

        assert text == answer.body
        guest.stop()


async def test_a_console_without_a_log_says_so(run_dir):
    """Where it may be had without, its log is asked for in vain."""
    host = {"require_boot_diagnostics": False}
    async with running(run_dir, "web01", log_size=0, host=host) as house:
        for path in ("log", "boots"):
            answer = await house.get(f"/v1/consoles/web01/{path}")
            assert (409, "boot-diagnostics-required") == (answer.status, answer.json["code"])
            assert "log_size is 0" in answer.json["detail"]
        assert (await house.get("/v1/consoles/web01")).json["log"] is None
        assert not house.service.library.is_open


async def test_who_may_not_read_learns_nothing(run_dir):
    """Without a role, there is no such console; the audit has who asked for what."""
    roles = (RoleConfig("uid", 4242, "owner", "*"),)
    async with running(run_dir, "web01", roles=roles) as house:
        for path in ("log", "boots", "log?boot=x"):
            answer = await house.get(f"/v1/consoles/web01/{path}")
            assert (404, "not-found") == (answer.status, answer.json["code"])
    lines = [json.loads(line) for line in (run_dir / "log/audit.jsonl").read_text().splitlines()]
    refused = [line["verb"] for line in lines if line.get("outcome") == "not-found"]
    assert ["log", "boots", "log"] == refused


async def test_a_log_that_cannot_be_read_is_a_problem(run_dir):
    """With another key than it was written with, the answer says so and holds no byte."""
    (run_dir / "key").touch(0o600)
    (run_dir / "key").write_bytes(bytes(32))
    (run_dir / "key").chmod(0o600)
    host = {"log_key": str(run_dir / "key")}
    async with running(run_dir, "web01", host=host) as house:
        guest = await live(house)
        assert LIVES[2] == (await house.get("/v1/consoles/web01/log")).body
        guest.stop()
    (run_dir / "key").write_bytes(bytes(31) + b"!")
    async with running(run_dir, "web01", host=host) as house:
        answer = await house.get("/v1/consoles/web01/log?from=0")
        shown = (await house.get("/v1/consoles/web01")).json["log"]

        assert (503, "log-unavailable") == (answer.status, answer.json["code"])
        assert "encrypted with another key than that in log_key" in answer.json["detail"]
        assert 3 * LIFE == (await house.get("/v1/consoles/web01")).json["offset"]
        assert 0 < shown["bytes"]


async def test_offsets_and_boots_go_on_after_a_restart(run_dir):
    """The next daemon's first byte follows the last one's, and the past can still be read."""
    async with running(run_dir, "web01") as house:
        guest = await live(house)
        guest.stop()
    async with running(run_dir, "web01") as house:
        shown = (await house.get("/v1/consoles/web01")).json
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(b"still life 2, " + LIVES[0])
        await printed(house, 4 * LIFE + 14)
        await house.get("/v1/consoles/web01/boots")  # by now the banner was looked at
        after = (await house.get("/v1/consoles/web01")).json

        assert (3 * LIFE, 2) == (shown["offset"], shown["boot"])
        assert (4 * LIFE + 14, 3) == (after["offset"], after["boot"])
        answers = [await house.get(f"/v1/consoles/web01/log?boot={n}") for n in (0, -1, -3)]
        assert [LIVES[0], LIVES[2] + b"still life 2, ", LIVES[0]] == [a.body for a in answers]
        guest.stop()


async def test_figures_of_the_log(run_dir):
    """The console says how much is kept; a scrape says how much was written and missed."""
    async with running(run_dir, "web01") as house:
        guest = await live(house)
        await house.get("/v1/consoles/web01/boots")  # by now it is on the disk
        log = (await house.get("/v1/consoles/web01")).json["log"]
        page = (await house.get("/metrics")).body.decode()

        assert {"oldest": 0, "missed": 0, "failing": None} == {
            key: log[key] for key in ("oldest", "missed", "failing")
        }
        assert 3 * LIFE <= log["bytes"] <= 64 * KIB
        assert f'com1d_logged_bytes_total{{console="web01"}} {3 * LIFE}\n' in page
        assert 'com1d_lost_bytes_total{console="web01",reader="log"} 0\n' in page
        for name in ("com1d_log_gaps_total", "com1d_log_failing"):
            assert f'{name}{{console="web01"}} 0\n' in page
        guest.stop()


async def test_a_user_is_sent_four_logs_at_once(run_dir, monkeypatch):
    """The next waits for its turn, others do not; who goes gives his turn back, read or not."""
    monkeypatch.setattr(quota, "TURN_SECONDS", 0.2)
    async with running(run_dir, "web01", gateways=(GatewayConfig(0),)) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        await guest.print_all(bytes(100) * 20000)
        await printed(house, 2_000_000)
        held = [await asyncio.open_unix_connection(str(house.api)) for _ in range(READERS)]
        for _, writer in held:
            writer.write(b"GET /v1/consoles/web01/log?from=0 HTTP/1.1\r\nHost: x\r\n\r\n")
        for reader, _ in held:
            await reader.readuntil(b"\r\n\r\n")

        refused = await house.get("/v1/consoles/web01/log?bytes=1")
        other = await house.send_raw(
            b"GET /v1/consoles/web01/log?bytes=1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            b"Com1d-User: anna\r\n\r\n"
        )
        assert (503, "too-many-clients") == (refused.status, refused.json["code"])
        assert "you have 4 logs under way" in refused.json["detail"]
        assert b"not-found" in other  # she has no role, and was not kept waiting to hear it
        await close(held[0][1])
        asked = [house.get("/v1/consoles/web01/log?bytes=1") for _ in range(3)]
        assert [200] * 3 == [answer.status for answer in await asyncio.gather(*asked)]
        for _, writer in held[1:]:
            await close(writer)
        guest.stop()
