"""What `com1 top`, `com1d slo` and `com1d report` ask the daemon."""

import os

import pytest

from com1d.config import RoleConfig
from com1d.telemetry import facts
from house import events, read_bytes, running


async def test_top_is_a_row_for_each_console(run_dir):
    """Under the names of its columns: state, who is on, how far, and how far behind."""
    async with running(run_dir, *(f"c{n:03}" for n in range(150))) as house:
        guest = house.guest("c007").start()
        await house.up("c007")
        async with house.attach("c007") as client:
            await events(client, "replayed")
            guest.print(b"12345")
            await read_bytes(client, 5)
            answer = (await house.get("/v1/top")).json
        guest.stop()

    rows = [dict(zip(answer["columns"], row, strict=True)) for row in answer["consoles"]]
    assert [f"c{n:03}" for n in range(150)] == [row["name"] for row in rows]
    assert {"up": True, "active": "root", "received": 5, "lag": 0, "log": "ok", "observers": 0,
            "waiting": 0, "enabled": True, "trouble": 0}.items() <= rows[7].items()  # fmt: skip
    assert {"up": False, "active": None, "margin": None}.items() <= rows[8].items()


async def test_top_has_what_the_caller_may_see(run_dir):
    """Nothing of other consoles, not even that they are there."""
    roles = (RoleConfig("uid", os.getuid(), "reader", "b*"),)
    async with running(run_dir, "a1", "b1", roles=roles) as house:
        answer = (await house.get("/v1/top")).json

        assert ["b1"] == [row[0] for row in answer["consoles"]]
        assert 403 == (await house.get("/v1/report")).status


async def test_the_service_level(run_dir):
    """Bytes that were delivered, and the share in time; a window has bounds."""
    async with running(run_dir, "a") as house:
        guest = house.guest("a").start()
        await house.up("a")
        async with house.attach("a") as client:
            await events(client, "replayed")
            guest.print(b"12345")
            await read_bytes(client, 5)
        level = (await house.get("/v1/slo?window=60")).json
        guest.stop()

        assert 5 == level["delivered_bytes"]
        assert 0 <= level["in_time_ratio"] <= 1
        assert (0, 0) == (level["lost_bytes"], level["unlogged_minutes"])
        for window in ("0", "86401", "-1", "x"):
            assert 400 == (await house.get(f"/v1/slo?window={window}")).status


async def test_a_report_has_the_newest_lines_of_the_log(run_dir):
    """As they were written, for owners of the host."""
    async with running(run_dir, "a") as house:
        house.service.record(facts.PortWentDown("a", "pipe:/p", "for the report", 0))
        told = (await house.get("/v1/report")).json

    assert any("for the report" in line for line in told["log"])
    assert 1 == told["consoles"]


@pytest.mark.parametrize("accept", ["", "Accept: application/openmetrics-text;version=1.0.0\r\n"])
async def test_a_scrape_is_in_the_format_that_is_asked_for(run_dir, accept: str):
    """OpenMetrics ends with a mark; the older format has none."""
    async with running(run_dir, "a") as house:
        head = f"GET /metrics HTTP/1.1\r\nHost: x\r\n{accept}Connection: close\r\n\r\n"
        raw = await house.send_raw(head.encode())

    assert bool(accept) == (b"# EOF" in raw)
    assert bool(accept) == (b"Content-Type: application/openmetrics-text" in raw)


@pytest.mark.parametrize(("named", "expected"), [(0, []), (1, ["b"]), (9, ["a", "b", "c"])])
async def test_the_number_of_series_is_bounded(run_dir, named: int, expected: list[str]):
    """`metrics_consoles`: those that matter most have names, and there are sums."""
    async with running(run_dir, "a", "b", "c", host={"metrics_consoles": named}) as house:
        house.service.consoles["b"].troubles["x"] = "broken"
        page = (await house.get("/metrics")).body.decode()
        found = [line for line in page.splitlines() if line.startswith("com1d_port_up{")]

    names = [line.split('"')[1] for line in found]
    assert expected == [name for name in names if name]
    assert "" in names


async def test_a_console_takes_its_series_along(run_dir):
    """And what it had counted stays in the sums."""
    async with running(run_dir, "a", "b", host={"metrics_consoles": 9}) as house:
        guest = house.guest("a").start()
        await house.up("a")
        guest.print(b"12345")
        await house.until(lambda: house.service.consoles["a"].ring.end == 5)
        await house.service.roster.remove(["a"])
        page = (await house.get("/metrics")).body.decode()
        guest.stop()

    assert '"a"' not in page
    assert 'com1d_port_up{console="b"}' in page
    assert "a" not in house.service.consoles
