"""A real Prometheus over real daemons: Debian's, with the rules of conf/ and short times."""

import asyncio
import json
import re
import shutil
import socket
import subprocess
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import yaml

from house import PATIENCE


CONF = Path(__file__).parents[2] / "conf"

SCRAPE = "250ms"
"""Between two scrapes, and two evaluations of the rules."""

WINDOW, LONG_WINDOW = "8s", "30s"
"""Stand for the windows of the rules, which are minutes, and for that of restarts."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return found.getsockname()[1]


def hurried(text: str) -> str:
    """Give a file of rules with windows of seconds, and without the wait before an alert."""
    text = re.sub(r"^ *for: .*\n", "", text, flags=re.MULTILINE)
    text = text.replace("[30m]", f"[{LONG_WINDOW}]")
    return re.sub(r"\[\d+m\]", f"[{WINDOW}]", text)


class Prometheus:
    """A server that scrapes these targets, by their names."""

    def __init__(self, folder: Path, targets: dict[str, int]) -> None:
        self._folder = folder
        self.port = free_port()
        for path in (CONF / "prometheus").glob("com1d-*.yml"):
            (folder / path.name).write_text(hurried(path.read_text()))
        config = yaml.safe_load((CONF / "prometheus" / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": SCRAPE, "evaluation_interval": SCRAPE}
        config["scrape_configs"][0]["static_configs"] = [
            {"targets": [f"127.0.0.1:{port}"], "labels": {"instance": name}}
            for name, port in targets.items()
        ]
        (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
        self._log = (folder / "prometheus.log").open("wb")
        self._process = subprocess.Popen(
            [
                shutil.which("prometheus") or "prometheus",
                f"--config.file={folder}/prometheus.yml",
                f"--storage.tsdb.path={folder}/tsdb",
                f"--web.listen-address=127.0.0.1:{self.port}",
            ],
            stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE)
        self._log.close()

    def _get(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            return json.load(answer)["data"]

    async def get(self, path: str) -> Any:
        """Ask its API; None while it does not answer."""
        try:
            return await asyncio.to_thread(self._get, path)
        except OSError:
            assert self._process.poll() is None, (self._folder / "prometheus.log").read_text()
            return None

    async def query(self, expression: str) -> list[dict[str, Any]]:
        """Evaluate an expression now."""
        answer = await self.get(f"/api/v1/query?{urllib.parse.urlencode({'query': expression})}")
        return [] if answer is None else answer["result"]

    async def firing(self) -> set[tuple[str, str, str]]:
        """Give the alerts that fire: name, instance and console."""
        answer = await self.get("/api/v1/alerts")
        alerts = [] if answer is None else answer["alerts"]
        return {
            (a["labels"]["alertname"], a["labels"]["instance"], a["labels"].get("console", ""))
            for a in alerts
            if a["state"] == "firing"
        }

    async def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait until an awaited condition holds, and give it."""
        value: Any = None
        try:
            async with asyncio.timeout(2 * PATIENCE):
                while not (value := await condition()):
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}: {await self.firing()}") from None
        return value


@asynccontextmanager
async def prometheus(folder: Path, targets: dict[str, int]) -> AsyncIterator[Prometheus]:
    """Run one that has scraped every target."""
    server = Prometheus(folder, targets)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.close)
