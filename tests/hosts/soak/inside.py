"""Runs inside a machine: a crowd at work while com1d is upgraded and restarted, again and again.

/out/plan.json says how many of what; /out/figures.json is what was measured, and what was wrong.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

import uvloop

from com1d.loop.descriptors import raise_descriptor_limit
from hosts.kept import main_pid
from hosts.soak.asking import STEP, request, until
from hosts.soak.crowd import Crowd
from hosts.soak.under_way import Following, Holding, Operating, Pasting
from hosts.soak.users import WebSocket, attach, connect
from hosts.soak.vms import Echo, Held, Real


OUT = Path("/out")
FOLDER = Path("/run/guests-of-the-soak")
CONFIG = Path("/etc/com1d/com1d.toml")
HEAD = '[daemon]\nmetrics = ""\n'

UPGRADE = [sys.executable, "-m", "com1d", "upgrade"]
RESTART = ["systemctl", "restart", "com1d"]
COMMANDS = {"upgrade": UPGRADE, "restart": RESTART}

ON = 3000
"""Bytes that each user has to see after a change: a quarter of a second at line rate."""

DEAF = 10
RAW = 20


@dataclass
class Plan:
    """What is to be done."""

    consoles: int
    rounds: dict[str, int]
    seldom: int = 0
    """How many of the consoles print once a second alone."""
    cache: str = ""
    """Where a real guest's kernel is; without it there are numbered streams and nothing else."""


@dataclass
class Round:
    """One change, measured."""

    kind: str
    seconds: float
    """How long the command took."""
    seen_ms: float
    """The longest pause of a user who reads a guest at line rate."""
    typed_ms: float
    """The longest pause of such a guest between two words that were typed, 70 ms apart."""
    late_ms: float
    """How late the measuring process was at most."""
    memory_kib: int
    """PSS of the daemon and its helper."""
    descriptors: int
    stored: int
    """Descriptors in the service manager's store."""


@dataclass
class Figures:
    """What came of it."""

    rounds: list[Round] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)


class Soak:
    """A crowd, and the changes."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._crowd = Crowd(FOLDER)
        self._figures = Figures()
        self._tasks: list[asyncio.Task[None]] = []
        FOLDER.mkdir()
        (FOLDER / "guests").mkdir()
        self._busy = plan.consoles - plan.seldom
        others = 3 if plan.cache else 0
        self._crowd.make(plan.consoles - others)
        if plan.cache:
            os.environ["XDG_CACHE_HOME"] = plan.cache
            self._echo = Echo("unix", FOLDER, "paste")
            self._held = Held("pty", FOLDER, "held", 0)
            self._real = Real(f"pipe:{FOLDER}/guests/real", FOLDER, "quiet")

    async def run(self) -> None:
        """Do everything, and write the figures; also of what went wrong half way."""
        try:
            await self._begin()
            for kind, count in self._plan.rounds.items():
                for _ in range(count):
                    await self._change(kind)
            await self._end()
        finally:
            self._tell()

    def _tell(self) -> None:
        self._figures.faults += self._crowd.faults()
        (OUT / "figures.json").write_text(json.dumps(asdict(self._figures), indent=1))
        journal = ["journalctl", "--unit=com1d", "--output=cat", "--no-pager"]
        with (OUT / "journal").open("wb") as file:
            subprocess.run(journal, stdout=file, check=False)

    # -- beginning ----------------------------------------------------------------------------

    async def _begin(self) -> None:
        guests = [*self._crowd.guests]
        tables = HEAD + self._crowd.tables()
        if self._plan.cache:
            guests += [self._echo, self._held]
            tables += self._echo.table + 'guest = "linux"\n' + self._held.table
            tables += f'[consoles.real]\nport = "pipe:{FOLDER}/guests/real"\npaste_limit = 65536\n'
        configure(tables)
        began = monotonic()
        joining = [asyncio.create_task(guest.join()) for guest in guests]
        started = await asyncio.create_subprocess_exec(
            "systemctl", "start", "com1d.socket", "com1d.service"
        )
        assert not await started.wait(), "com1d did not start"
        await asyncio.gather(*joining)
        await self._connected(len(guests))
        self._figures.counts["start_seconds"] = round(monotonic() - began, 2)
        await self._users()
        self._start(self._crowd.live(self._plan.seldom))
        if self._plan.cache:
            await self._work()

    async def _connected(self, count: int) -> None:
        while True:
            consoles = (await request("GET", "/v1/consoles"))["consoles"]
            if sum(console["connected"] for console in consoles) >= count:
                return
            await asyncio.sleep(STEP)

    async def _users(self) -> None:
        """Have everybody come before the first byte."""
        crowd, raw = self._crowd, 0 if self._plan.seldom else RAW
        for number, guest in enumerate(crowd.guests):
            seen = await crowd.read(guest, raw=number < raw)
            crowd.typists += [seen] if number < self._busy else []
        for guest in crowd.guests[:raw]:
            await crowd.read(guest, query="&mode=observe")
        for guest in crowd.guests[raw : raw + DEAF] if raw else ():
            await crowd.watch_deaf(guest)
        self._sessions = await self._active()
        assert len(self._sessions) == len(crowd.guests), "somebody is not active"
        self._events = await connect(WebSocket("/v1/events", None))
        crowd.others.append(self._events)

    async def _active(self) -> dict[str, int]:
        """Give who is active: the session by the console."""
        consoles = (await request("GET", "/v1/consoles"))["consoles"]
        names = {guest.name for guest in self._crowd.guests}
        return {
            console["name"]: console["active"]["session"]
            for console in consoles if console["active"] and console["name"] in names
        }  # fmt: skip

    async def _work(self) -> None:
        """Have everything under way that takes long."""
        self._pasting, self._holding = Pasting(self._echo), Holding(self._held)
        self._operating = Operating(self._real, "real")
        self._watching = await self._crowd.read(self._held, query="&mode=observe")
        await self._operating.begin()
        self._crowd.guests.append(self._held)
        first = self._crowd.guests[0]
        self._following = Following(first.name, OUT / "followed")
        self._start(self._echoes())
        self._pastes = self._start(self._pasting.live())
        self._holds = self._start(self._holding.live())
        self._typing = self._start(self._operating.live())

    async def _echoes(self) -> None:
        while True:
            self._echo.step()
            await asyncio.sleep(2 * STEP)

    def _start(self, work: Any) -> asyncio.Task[None]:
        self._tasks.append(asyncio.create_task(work))
        return self._tasks[-1]

    # -- a round ------------------------------------------------------------------------------

    async def _change(self, kind: str) -> None:
        crowd, before = self._crowd, main_pid()
        await crowd.printed_on(ON, self._busy)
        crowd.forget_pauses()
        began = monotonic()
        with (OUT / "said").open("ab") as said:
            command = COMMANDS[kind]
            done = await asyncio.create_subprocess_exec(*command, stdout=said, stderr=said)
            failed = await done.wait()
        seconds = monotonic() - began
        await crowd.printed_on(ON, self._busy)
        pauses = [*crowd.pauses(self._busy), crowd.late]
        seen, typed, late = (round(1000 * each, 1) for each in pauses)
        took = taken(main_pid())
        self._figures.rounds.append(Round(kind, round(seconds, 3), seen, typed, late, *took))
        ended = [task for task in self._tasks if task.done()]
        if failed or before == main_pid() or crowd.faults() or ended:
            sys.exit(f"{kind}: {failed} {main_pid()} {crowd.faults()[:5]} {ended}")

    # -- the end ------------------------------------------------------------------------------

    async def _end(self) -> None:
        crowd, figures = self._crowd, self._figures
        typed = await crowd.typed_out()
        if self._plan.cache:
            await self._end_work()
        self._tasks[0].cancel()
        await crowd.settle()
        if await self._active() != self._sessions:
            figures.faults.append("other sessions are active now")
        if not self._plan.cache:
            return
        first = crowd.guests[0]
        await until(lambda: self._following.is_at(first.begin, first.place), "the log")
        figures.faults += self._following.end(first.begin)
        late = await connect(attach(first.name, None, "&mode=observe"))
        await until(lambda: self._heard("session.began"), "an event")
        late.transport.close()
        lost = [event["bytes"] for each in crowd.deaf for event in each.user.heard("lost")]
        figures.counts |= {
            "pastes": self._pasting.verified, "pressed": self._holding.pressed,
            "held_requests": len(self._holding.ends), "lost_by_the_deaf": sum(lost),
            "printed": sum(guest.place - guest.begin for guest in crowd.guests),
            "typed": typed,
        }  # fmt: skip

    def _heard(self, name: str) -> bool:
        return any(event.get("event") == name for event in self._events.events)

    async def _end_work(self) -> None:
        figures = self._figures
        paste = self._pasting
        paste.last = True
        await asyncio.wait_for(self._pastes, 120)
        paste.check()
        self._typing.cancel()
        figures.faults += paste.faults + await self._operating.end()
        self._crowd.guests.remove(self._held)
        await until(lambda: self._watching.checker.is_at(self._held.place), "the held guest")
        self._crowd.readers.remove(self._watching)
        self._held.say(b"\r\nDebian GNU/Linux 12 vm ttyS0\r\n\r\nvm login: ")
        await asyncio.wait_for(self._holds, 90)
        figures.faults += self._holding.faults()


def configure(text: str) -> None:
    CONFIG.write_text(text)


def taken(pid: int) -> tuple[int, int, int]:
    """Give what the daemon takes: memory with its helper, descriptors here, and in the store."""
    processes = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    pss = 0
    for process in processes:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        pss += sum(map(int, re.findall(r"^Pss: +(\d+)", rollup, re.MULTILINE)))
    shown = ["systemctl", "show", "--property=NFileDescriptorStore", "--value", "com1d"]
    stored = subprocess.run(shown, check=True, capture_output=True, text=True).stdout
    return pss, len(list(Path(f"/proc/{pid}/fd").iterdir())), int(stored)


def main() -> None:
    raise_descriptor_limit()
    plan = Plan(**json.loads((OUT / "plan.json").read_text()))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(Soak(plan).run())
    os._exit(0)


if __name__ == "__main__":
    main()
