"""What gateway and page add to a key: from the key until its echo is parsed, against the socket's.

python bench/keys.py [--rounds 4] [--keys 250]

A guest that echoes at once is behind com1d. By turns, a client on com1d.sock and a real Chromium
with the page type one key after the other. The browser's clock starts with the time of its key
event, and stops when the page acknowledges the echo: when its terminal has parsed it.
"""

import argparse
import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from gateway import ORIGIN, both, cookie, head


PAUSE = 0.03
"""Seconds between two keys: a quick typist's are 0.1 apart."""

ECHO = """
import os, sys
guest_in, guest_out = (os.open(path, os.O_RDWR) for path in sys.argv[1:])
while True:
    os.write(guest_out, os.read(guest_in, 64))
"""

KEY = bytes([0x82, 0x81, 0, 0, 0, 0]) + b"a"
"""A binary frame of one masked byte."""

ECHOED = bytes([0x82, 1]) + b"a"
"""Its echo; events come between."""

WATCH = """
window.took = [];
let pressed = 0;
addEventListener("keydown", (event) => { pressed = event.timeStamp; }, { capture: true });
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (pressed && typeof data === "string" && data.includes('"ack"')) {
    took.push(performance.now() - pressed);
    pressed = 0;
  }
  return send.call(this, data);
};
"""


@contextmanager
def echoing(folder: Path) -> Iterator[None]:
    """Run the guest, a process of its own."""
    ends = [f"{folder}/guests/vm.{end}" for end in ("in", "out")]
    guest = subprocess.Popen([sys.executable, "-c", ECHO, *ends])
    try:
        yield
    finally:
        guest.kill()
        guest.wait()


def by_socket(folder: Path, keys: int) -> list[float]:
    """Give the milliseconds of keys on com1d.sock."""
    took = []
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(folder / "run" / "com1d.sock"))
        sock.sendall(head("preempt=true"))
        time.sleep(1)
        sock.recv(65536)
        for _ in range(keys):
            began = time.perf_counter()
            sock.sendall(KEY)
            while not sock.recv(65536).endswith(ECHOED):
                pass
            took.append((time.perf_counter() - began) * 1000)
            time.sleep(PAUSE)
    return took


async def by_page(page: Page, keys: int) -> list[float]:
    """Give the milliseconds of keys in a browser."""
    await page.goto(f"{ORIGIN}/console?name=vm")
    await page.locator(".standing", has_text="You type").wait_for()
    await page.locator(".xterm-helper-textarea").focus()
    await asyncio.sleep(2)
    await page.evaluate("took.length = 0")
    for _ in range(keys):
        await page.keyboard.press("a")
        await asyncio.sleep(PAUSE)
    took: list[float] = await page.evaluate("took")
    await page.goto("about:blank")
    return took


def told(name: str, took: list[float]) -> tuple[float, float]:
    """Print what keys took, and give p50 and p99."""
    ordered = sorted(took)
    p50, p99 = (ordered[len(ordered) * part // 100] for part in (50, 99))
    print(f"{name}: {len(took)} keys, p50 {p50:.2f} ms, p99 {p99:.2f} ms", flush=True)
    return p50, p99


async def measure(folder: Path, rounds: int, keys: int) -> None:
    """Type by turns, and print what the page adds."""
    key, _, value = (await asyncio.to_thread(cookie, folder, "typist")).partition("=")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        context = await browser.new_context()
        await context.add_cookies([{"name": key, "value": value, "url": ORIGIN}])
        await context.add_init_script(WATCH)
        page = await context.new_page()
        socket_all: list[float] = []
        page_all: list[float] = []
        for _ in range(rounds):
            socket_all += (took := await asyncio.to_thread(by_socket, folder, keys))
            told("socket", took)
            page_all += (took := await by_page(page, keys))
            told("page  ", took)
        await browser.close()
    ours, theirs = told("page, all", page_all), told("socket, all", socket_all)
    added = [one - other for one, other in zip(ours, theirs, strict=True)]
    print(f"gateway and page add {added[0]:.2f} ms at p50, {added[1]:.2f} ms at p99")
    assert len(page_all) == len(socket_all), "keys are missing"


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--keys", type=int, default=250)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        folder = Path(name)
        with both(folder), echoing(folder):
            asyncio.run(measure(folder, options.rounds, options.keys))


if __name__ == "__main__":
    main()
