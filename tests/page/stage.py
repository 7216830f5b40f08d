"""A daemon and a gateway as processes, and people with real browsers in front of them."""

import asyncio
import fcntl
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from frontends.harness import PATIENCE, Daemon, until
from house import FifoGuest


ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "daemon" / "page"
BUNDLE = ROOT / "daemon" / "com1d" / "gateway" / "page"
PICTURES = ROOT / ".cache" / "page"
"""Screenshots of every view, made by each run."""

BASE = "/com1/"
"""All tests are behind a sub-path, as a proxy has it."""

COMMAND = str(Path(sys.executable).parent / "com1-web")

CHROMIUM = ("/usr/bin/chromium", "chromium", "chromium-browser", "google-chrome")

expect.set_options(timeout=PATIENCE * 1000)


def build() -> None:
    """Build the page when its sources are newer, once for all processes that test."""
    with (SOURCES / "build.mjs").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = BUNDLE / "index.html"
        sources = [path for path in SOURCES.rglob("*") if "node_modules" not in path.parts]
        newest = max(path.stat().st_mtime for path in sources if path.is_file())
        if not made.exists() or made.stat().st_mtime < newest:
            subprocess.run([sys.executable, SOURCES / "bundle.py"], check=True)


class Stage:
    """Both processes. Guests on `pipe:` ports are the test's own; `demo:` ones are Windows."""

    def __init__(self, folder: Path, consoles: str) -> None:
        self.folder = folder
        (folder / "guests").mkdir()
        gateway = pwd.getpwuid(os.geteuid()).pw_name
        roles = {gateway: "owner", "anna": "owner", "ben": "owner", "carl": "reader"}
        people = "".join(map(_role, roles.items()))
        self.tables = f'[[gateways]]\nuser = "{gateway}"\n{people}{consoles.format(folder=folder)}'
        """Of the daemon's configuration, below [daemon]."""
        self.daemon = Daemon(folder, self.tables)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        self.url = self.origin + BASE
        self._gateway: subprocess.Popen[bytes] | None = None
        self._config = folder / "web.toml"
        self._config.write_text(
            f'[web]\nurl = "{self.url}"\nlisten = "127.0.0.1:{self.port}"\nmetrics = ""\n'
            f'daemon = "{self.daemon.socket}"\nruntime_dir = "{folder}"\n'
            f'seal_key = "{folder}/seal.key"\n'
        )

    def start(self) -> None:
        self.daemon.start()
        self.start_gateway()

    def stop(self) -> None:
        self.stop_gateway()
        self.daemon.stop()

    def start_gateway(self) -> None:
        with (self.folder / "web.log").open("ab") as log:
            command = [COMMAND, "--config", str(self._config)]
            self._gateway = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        until(self._answers, "the gateway")

    def set_up_gateway(self, tables: str) -> None:
        """Start the gateway again with more in web.toml."""
        self.stop_gateway()
        self._config.write_text(self._config.read_text() + tables)
        self.start_gateway()

    def stop_gateway(self) -> None:
        if self._gateway is not None:
            self._gateway.terminate()
            self._gateway.wait(PATIENCE)

    def _answers(self) -> bool:
        assert self._gateway.poll() is None, (self.folder / "web.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def link(self, user: str) -> str:
        """Make a one-time link, as root does for somebody else."""
        command = [COMMAND, "--config", str(self._config)]
        made = subprocess.run(
            [*command, "link", "--for", user],
            check=True,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        (link,) = re.findall(r"http\S+#\S+", made.stdout)
        return link

    @contextmanager
    def guest(self, name: str) -> Iterator[FifoGuest]:
        """Be the guest of a `pipe:` port."""
        guest = FifoGuest(self.folder / "guests" / name).start()
        try:
            yield guest
        finally:
            guest.stop()

    async def up(self, name: str) -> None:
        """Wait until a console's port is open."""
        while not (await self.ask(name))["connected"]:
            await asyncio.sleep(0.01)

    async def ask(self, name: str) -> Any:
        """Ask the daemon itself, as root."""
        answer = await asyncio.to_thread(self.daemon.run, "--json", "status", name)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)


CONSOLES = """
[consoles.web01]
port = "demo:"
guest = "windows"
[consoles.web02]
port = "demo:"
guest = "windows"
[consoles.lin01]
port = "pipe:{folder}/guests/lin01"
guest = "linux"
[consoles.lin02]
port = "pipe:{folder}/guests/lin02"
control = "chv:{folder}/guests/lin02.chv"
guest = "linux"
"""


@contextmanager
def staged(consoles: str = CONSOLES) -> Iterator[Stage]:
    """Run a stage, with two simulated Windows guests and two that a test plays."""
    build()
    with tempfile.TemporaryDirectory(prefix="com1-", dir="/dev/shm") as name:
        folder = Path(name)
        stage = Stage(folder, consoles)
        try:
            stage.start()
            yield stage
        finally:
            stage.stop()


def _role(person: tuple[str, str]) -> str:
    name, role = person
    return f'[[roles]]\nprincipal = "user:{name}"\nrole = "{role}"\nscope = "*"\n'


class Person:
    """Somebody at a browser. What the page writes to its console as an error fails the test."""

    def __init__(self, stage: Stage, page: Page) -> None:
        self.stage = stage
        self.page = page
        self.errors: list[str] = []
        self.expected = "401|net::ERR"
        page.on("console", lambda said: self._note(said.type, said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not re.search(self.expected, text):
            self.errors.append(text)

    async def goes(self, view: str) -> None:
        await self.page.goto(self.stage.url + view)

    async def opens(self, name: str) -> None:
        """Open a console, and wait until its stream is there."""
        await self.goes(f"console?name={name}")
        await self.stands("You type")

    async def stands(self, words: str) -> None:
        await expect(self.page.locator(".standing")).to_have_text(re.compile(words))

    async def sees(self, text: str, patience: float = PATIENCE) -> None:
        """Wait until the terminal shows a text."""
        terminal = self.page.locator(".xterm-rows").first
        await terminal.scroll_into_view_if_needed()  # what is out of sight is not painted
        await expect(terminal).to_contain_text(text, timeout=patience * 1000)

    async def told(self, text: str) -> None:
        """Wait for a notice."""
        await expect(self.page.locator(".notice", has_text=text).first).to_be_visible()

    async def types(self, text: str) -> None:
        await self.page.keyboard.type(text)

    async def picks(self, menu: str, entry: str) -> None:
        """Choose an entry of a menu of the toolbar."""
        await self.page.get_by_role("button", name=menu, exact=True).click()
        await (
            self.page.locator(":popover-open").get_by_role("button", name=re.compile(entry)).click()
        )

    async def answers(self, button: str) -> None:
        """Press a button of a dialog."""
        await self.page.get_by_role("dialog").get_by_role("button", name=button, exact=True).click()

    async def pastes(self, text: str) -> None:
        """Paste as Ctrl+Shift+V does, when the clipboard holds a text."""
        await self.page.evaluate(
            """text => {
                const clipboardData = new DataTransfer();
                clipboardData.setData("text/plain", text);
                const options = { clipboardData, bubbles: true, cancelable: true };
                const paste = new ClipboardEvent("paste", options);
                document.querySelector(".xterm-helper-textarea").dispatchEvent(paste);
            }""",
            text,
        )


class Chromium:
    """A browser with any number of people in it, each with cookies of their own."""

    def __init__(self, browser: Browser, stage: Stage) -> None:
        self.browser = browser
        self.stage = stage

    @asynccontextmanager
    async def person(self, user: str | None = "anna", **options: Any) -> AsyncIterator[Person]:
        """Give somebody, signed in by a link unless `user` is None."""
        context: BrowserContext = await self.browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}} | options
        )
        try:
            person = Person(self.stage, await context.new_page())
            if user is not None:
                link = await asyncio.to_thread(self.stage.link, user)
                await person.page.goto(link)
                await expect(person.page.get_by_role("heading", name="Consoles")).to_be_visible()
            yield person
            assert not person.errors, person.errors
        finally:
            await context.close()


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Run a browser without a screen."""
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def chromium(stage: Stage) -> AsyncIterator[Chromium]:
    """Run a browser for the people of a stage."""
    async with launched() as browser:
        yield Chromium(browser, stage)
