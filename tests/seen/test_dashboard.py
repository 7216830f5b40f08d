"""The dashboard: each of its queries gets data from a real Prometheus over a real daemon."""

import json
from pathlib import Path

import pytest
import yaml

from house import events
from seen.hosts import configuration, host
from seen.observed import CONF, WINDOW, free_port, prometheus


CONSOLES = '[consoles.one]\nport = "demo:"\n[consoles.two]\nport = "pipe:{}/guests/two"\n'

DASHBOARD = json.loads((CONF / "grafana" / "com1d.json").read_text())
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]

VARIABLES = {
    "$__rate_interval": WINDOW,
    "$instance": ".*",
    "$console": ".*",
}
"""What Grafana puts in their place: "All"."""


def expressions(panel: dict) -> list[str]:
    found = []
    for target in panel["targets"]:
        expression = target["expr"]
        for name, value in VARIABLES.items():
            expression = expression.replace(name, value)
        assert "$" not in expression, "a variable that the dashboard does not have"
        found.append(expression)
    return found


@pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel['id']}-{panel['title']}")
def test_a_panel_says_what_it_shows(panel):
    """A sentence, a unit, a source that the user chooses, and a legend."""
    assert panel["description"].endswith(".")
    assert panel["fieldConfig"]["defaults"]["unit"]
    assert {"${datasource}"} == {target["datasource"]["uid"] for target in panel["targets"]}
    assert all(target["legendFormat"] for target in panel["targets"])


def test_the_dashboard_can_be_provisioned():
    """Ids are unique, the views are host and console, and the provider reads a folder."""
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    rows = [panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"]
    providers = yaml.safe_load((CONF / "grafana" / "com1d-dashboards.yml").read_text())

    assert len(set(ids)) == len(ids)
    assert ["Host", "Console"] == rows
    assert ["file"] == [one["type"] for one in providers["providers"]]
    assert not Path(providers["providers"][0]["options"]["path"]).suffix


def test_no_two_panels_lie_on_each_other():
    """Each has its place in the grid of 24 columns."""
    taken = [
        (x, y)
        for panel in DASHBOARD["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]

    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24


@pytest.mark.one_loop
async def test_every_query_gets_data(run_dir):
    """From Debian's Prometheus, which scrapes a daemon with a guest that prints and a client."""
    port = free_port()
    (run_dir / "prometheus").mkdir()
    path = configuration(run_dir, port, CONSOLES.format(run_dir))
    async with host(path) as house, prometheus(run_dir / "prometheus", {"host": port}) as server:
        guest = house.guest("two").start()
        await house.up("two")
        async with house.attach("one") as client, house.attach("two"):
            await events(client, "replayed")
            queries = {query: f"{p['title']}: {query}" for p in PANELS for query in expressions(p)}

            async def missing() -> list[str]:
                guest.print(b"something to rate\r\n")
                return [what for query, what in queries.items() if not await server.query(query)]

            left = ["all"]

            async def all_have_data() -> bool:
                left[:] = await missing()
                return not left

            await server.until(all_have_data, "data")
            targets = (await server.get("/api/v1/targets"))["activeTargets"]
            (up,) = await server.query("up")
        guest.stop()

    assert [] == left
    assert "1" == up["value"][1]
    assert [""] == [target["lastError"] for target in targets]
