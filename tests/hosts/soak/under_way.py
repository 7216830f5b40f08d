"""What is under way while com1d is exchanged: pastes, a held key, a log that is followed, a VM."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

from hosts.soak.asking import STEP, request, until
from hosts.soak.crowd import TYPING
from hosts.soak.stream import LINES
from hosts.soak.users import WebSocket, attach, connect
from hosts.soak.vms import Echo, Held, Real
from house import PATIENCE


TEXT = "".join(f"echo line {number} of a paste\r" for number in range(40))
"""Half a minute, as slowly as the guest echoes it: each is under way at several changes."""


SUM = re.compile(rb"[0-9a-f]{32}  /tmp/typed")

SHOWN = Path("/out/real")
"""What the real guest has shown, with the echo of what was typed: for who looks what is missing."""


class Pasting:
    """Pastes into a guest that echoes, one after the other, each verified to its end."""

    def __init__(self, guest: Echo) -> None:
        self.guest = guest
        self.verified = 0
        self.faults: list[str] = []
        self.user: WebSocket | None = None
        self.last = False
        """Whether the one that is under way is to be the last."""

    async def live(self) -> None:
        self.user = user = await connect(attach(self.guest.name, None))
        await until(lambda: user.heard("replayed"), "a session to paste in")
        while not self.last:
            user.events.clear()
            user.ask(op="paste", text=TEXT, verify=True)
            await until(self._is_decided, "a paste to end", 300)
            self.verified += not user.heard("input-refused")

    def _is_decided(self) -> bool:
        """Tell whether the paste is through, or came while the one before has the line still."""
        assert self.user is not None
        refused = [event["code"] for event in self.user.heard("input-refused")]
        if self.user.closed or refused not in ([], ["busy"]):
            sys.exit(f"the paste: {self.user.closed} {self.user.events[-3:]}")
        ends = (event["verified"] == len(TEXT) for event in self.user.heard("paste"))
        return bool(refused) or any(ends)

    def check(self) -> None:
        if self.guest.typed != TEXT.encode() * self.verified:
            self.faults.append(f"pasted {self.verified}, and {len(self.guest.typed)} came")


class Holding:
    """A key that is held by a request, again whenever its longest time is over."""

    RIGHT = ("unknown", "timeout", "login")
    """How it may end: at the guest's first bytes, after a minute, and when we have it end."""

    def __init__(self, guest: Held) -> None:
        self.guest = guest
        self.pressed = 0
        self.ends: list[str] = []

    async def live(self) -> None:
        while "login" not in self.ends:
            body = json.dumps({"keys": ["F8"], "hold": True})
            answer = await request("POST", f"/v1/consoles/{self.guest.name}/keys", body)
            self.pressed += answer["pressed"]
            self.ends.append(answer["until"])

    def faults(self) -> list[str]:
        self.guest.listen()
        typed = bytes(self.guest.typed)
        key = typed[: len(typed) // max(self.pressed, 1)]
        right = bool(key) and typed == key * self.pressed
        wrong = [] if right else [f"pressed {self.pressed} times, and {len(typed)} bytes came"]
        return wrong + [end for end in self.ends if end not in self.RIGHT]


class Following:
    """`com1 log --follow`, into a file."""

    def __init__(self, name: str, path: Path) -> None:
        self._path = path
        command = [sys.executable, "-m", "com1d.frontends.cli", "log", name, "--raw", "--follow"]
        with path.open("wb") as file, path.with_suffix(".err").open("wb") as errors:
            self._process = subprocess.Popen(command, stdout=file, stderr=errors)

    def is_at(self, begin: int, end: int) -> bool:
        return self._path.stat().st_size == end - begin

    def end(self, begin: int) -> list[str]:
        """End it; give what was wrong."""
        gone = self._process.poll() is not None
        self._process.terminate()
        self._process.wait(PATIENCE)
        data = self._path.read_bytes()
        wrong = [] if data == LINES[begin : begin + len(data)] else ["the log that was followed"]
        said = self._path.with_suffix(".err").read_text()
        return wrong + ([f"the follower has ended: {said}"] if gone or said else [])


class Operating:
    """A real guest and its user."""

    def __init__(self, guest: Real, name: str) -> None:
        self.guest = guest
        self.name = name
        self.user: WebSocket | None = None

    async def begin(self) -> None:
        self.user = await connect(attach(self.name, None))
        await until(lambda: self.user is not None and self.user.heard("attached"), "the real guest")
        await self.guest.start(halted=True)
        await self.guest.go()
        await self._shows(b"guest# ")
        self.user.send(Real.COMMAND)
        await self._shows(b"pace 0000")

    async def _shows(self, text: bytes) -> None:
        user = self.user
        assert user is not None
        await until(lambda: text in user.bytes, f"the guest to show {text!r}", 120)

    async def live(self) -> None:
        assert self.user is not None
        while True:
            self.user.type()
            await asyncio.sleep(STEP * TYPING)

    async def end(self) -> list[str]:
        """Compare both ends; give what was wrong."""
        user = self.user
        assert user is not None
        user.send(Real.END)
        wanted = Real.has_typed(user.typed)
        await until(lambda: SUM.search(user.bytes[-4096:]), "the guest's sum")
        await asyncio.to_thread(SHOWN.write_bytes, bytes(user.bytes))
        wrong = [] if wanted in user.bytes else [f"what the real guest was typed: {SHOWN}"]
        same = "what the real guest printed"
        await until(lambda: bytes(user.bytes) == self.guest.logged(), same)
        await self.guest.stop()
        return wrong + ([user.closed] if user.closed else [])
