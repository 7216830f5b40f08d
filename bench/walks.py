#!/usr/bin/env python3
"""Trace two walks through the daemon: a byte to a WebSocket client, and a key to the port.

A whole daemon runs in this process, with a Linux guest on FIFOs, one client and a log. What counts
are its own calls, those of functions in `com1d`, not of libraries. No module's name is built in, so
that the same file measures another tree: `bench/walks.py --tree PATH`.
"""

import argparse
import os
import sys
import tempfile
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, Self

import uvloop


HERE = Path(__file__).resolve().parents[1]
WARM = 5
"""Times that a walk is made before it counts: the first ones set up what later ones find."""
TIMES = 21

Step = tuple[str, str, str | None]
"""A call: its file, its function, and the file of the own function that it came from."""


@dataclass
class Walk:
    """What one callback of the event loop did."""

    steps: list[Step] = field(default_factory=list)
    write_at: int | None = None
    """Own calls before the first os.write."""
    read_at: int | None = None
    """Own calls before the last os.read in front of that."""


class Tracer:
    """A profile function that keeps the walks of the present thread."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._stack: list[str] = []
        self._walk = Walk()
        self.walks: list[Walk] = []

    def __enter__(self) -> Self:
        sys.setprofile(self._note)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _note(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            self._system_call(argument)
            return
        path = frame.f_code.co_filename
        if event not in ("call", "return") or not path.startswith(self._package):
            return
        if event == "call":
            name = path[len(self._package) :]
            before = self._stack[-1] if self._stack else None
            self._walk.steps.append((name, frame.f_code.co_qualname, before))
            self._stack.append(name)
        elif self._stack:
            self._stack.pop()
            if not self._stack:
                self.walks.append(self._walk)
                self._walk = Walk()

    def _system_call(self, function: Any) -> None:
        if not self._stack or function.__module__ != "posix":
            return
        walk = self._walk
        if function.__name__ == "read" and walk.write_at is None:
            walk.read_at = len(walk.steps)
        elif function.__name__ == "write" and walk.write_at is None:
            walk.write_at = len(walk.steps)


def usual(walks: list[Walk]) -> Walk:
    """Give the walk that was made most often, of those that read and then wrote."""
    whole = [w for w in walks if w.read_at is not None and w.write_at is not None]
    if not whole:
        raise SystemExit("no walk was seen from os.read to os.write")
    counts = Counter(tuple(walk.steps) for walk in whole)
    steps = counts.most_common(1)[0][0]
    return next(walk for walk in whole if tuple(walk.steps) == steps)


async def trace(package: str) -> dict[str, Walk]:
    """Make both walks."""
    from house import read_bytes, running  # noqa: PLC0415 - of the tree that is measured

    with tempfile.TemporaryDirectory(dir="/dev/shm", prefix="walks-") as folder:
        place = Path(folder)
        (place / "guests").mkdir()
        for end in ("in", "out"):
            os.mkfifo(place / "guests" / f"vm.{end}")
        async with running(place, "vm", guest="linux", baud=4_000_000) as house:
            guest = house.guest("vm").start()
            await house.up("vm")
            async with house.attach("vm") as client:
                byte = await _walks(package, lambda: _print(guest, client, read_bytes))
                key = await _walks(package, lambda: _type(guest, client))
            guest.stop()
    return {"a byte to a WebSocket client": byte, "a key to the port": key}


async def _walks(package: str, make: Any) -> Walk:
    walks: list[Walk] = []
    for number in range(WARM + TIMES):
        with Tracer(package) as tracer:
            await make()
        if number >= WARM:
            walks += tracer.walks
    return usual(walks)


async def _print(guest: Any, client: Any, read_bytes: Any) -> None:
    """Have one byte passed on by a tick: the one before it has just put the line into that gear."""
    guest.print(b"a")
    await read_bytes(client, 1)


async def _type(guest: Any, client: Any) -> None:
    await client.send(b"k")
    await guest.typed(1)


def layers(tree: Path) -> list[list[str]]:
    """Give the packages of each layer, the highest first, as import-linter checks them."""
    with (tree / "pyproject.toml").open("rb") as file:
        contracts = tomllib.load(file)["tool"]["importlinter"]["contracts"]
    named = next(each for each in contracts if each["type"] == "layers")
    return [
        [one.strip().removeprefix("com1d.").replace(".", "/") for one in layer.split("|")]
        for layer in named["layers"]
    ]


def rank(name: str, order: list[list[str]]) -> int | None:
    """Give the layer of a file, counted from the top."""
    for number, layer in enumerate(order):
        if any(name.startswith(f"{one}/") or name == f"{one}.py" for one in layer):
            return number
    return None


def upward(walk: Walk, order: list[list[str]]) -> int:
    """Count the calls from a lower layer into a higher one."""
    hops = 0
    for name, _, before in walk.steps:
        here, there = rank(name, order), rank(before, order) if before else None
        hops += here is not None and there is not None and here < there
    return hops


def show(title: str, walk: Walk, order: list[list[str]]) -> None:
    files = {name for name, _, _ in walk.steps}
    print(
        f"{title}: {len(walk.steps)} own calls, {walk.write_at} before os.write, "
        f"{(walk.write_at or 0) - (walk.read_at or 0)} between os.read and it; "
        f"{len(files)} files; {upward(walk, order)} hops upward"
    )
    for number, (name, function, _) in enumerate(walk.steps, start=1):
        marks = ["os.read"] * (number == walk.read_at) + ["os.write"] * (number == walk.write_at)
        print(f"  {number:3} {name.removesuffix('.py')}: {function}", *(f"→ {m}" for m in marks))
    print()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tree", type=Path, default=HERE, help="the checkout to measure")
    tree = parser.parse_args().tree.resolve()
    sys.path[:0] = [str(tree / "daemon"), str(tree / "tests")]
    os.environ["PYTHONPATH"] = str(tree / "daemon")  # for the process that writes the log
    found = uvloop.run(trace(f"{tree / 'daemon' / 'com1d'}/"))
    for title, walk in found.items():
        show(title, walk, layers(tree))


if __name__ == "__main__":
    main()
