"""What the daemon is asked beside the session: acts on the VM, messages, the log, who is on."""

import base64
from functools import partial
from typing import Any, Final

from com1d.frontends.session.attachment import (
    OBSERVE,
    SCREEN,
    LinkLostError,
    Wanted,
    attach,
    detach,
    receive,
)
from com1d.frontends.session.concurrently import in_thread
from com1d.frontends.session.link import (
    ACT_PATIENCE,
    RESTART_PATIENCE,
    ClientError,
    Link,
    console_path,
)
from com1d.frontends.session.log_pieces import objects
from com1d.frontends.session.texts import PASTE_SECONDS, read_text, split
from com1d.frontends.words.advice import hint
from com1d.frontends.words.lines import Lines, Shown
from com1d.frontends.words.marks import words
from com1d.frontends.words.sac import done
from com1d.frontends.words.visible import visible
from com1d.wire.events import Replayed
from com1d.wire.events import Screen as ScreenFollows


HISTORY_BYTES: Final = 1 << 20
"""Bytes of the log that the history goes back: some 20,000 lines, read in a second."""

KEYBOARD: Final = "ctrl-alt-"
"""Begins keys that no serial line has, and a VM's keyboard does."""

_SENT: Final = {
    "nmi": "NMI sent",
    "reset": "the reset was sent",
    "restart": "the VM was restarted",
    "break": "break sent",
}


class Errands:
    """Requests about one console. Each gives what to tell the user, and raises nothing."""

    def __init__(self, link: Link, name: str) -> None:
        """Ask the daemon at `link` about the console `name`."""
        self._link = link
        self._name = name

    async def console(self) -> dict[str, Any]:
        """Ask for the console. Raises `ClientError`."""
        answer = await in_thread(lambda: self._link.get(console_path(self._name)))
        return answer if isinstance(answer, dict) else {}

    async def act(self, action: str) -> str:
        """Have `nmi`, `reset`, `restart` or `break` done."""
        patience = RESTART_PATIENCE if action == "restart" else ACT_PATIENCE
        return await self._post(action, None, _SENT[action], patience)

    async def sysrq(self, keys: str) -> str:
        """Send SysRq keys."""
        return await self._post("sysrq", {"keys": keys}, f"SysRq {keys} sent")

    async def press(self, names: str) -> str:
        """Press keys by name; what no serial line has goes to the VM's keyboard."""
        keys = names.replace("Ctrl-Alt-Del ", "Ctrl-Alt-Delete ").split()
        if any(key.lower().startswith(KEYBOARD) for key in keys):
            body = {"keys": keys, "on": "keyboard"}
            return await self._post("keys", body, f"{names} pressed on the VM's keyboard")
        return await self._post("keys", {"keys": keys}, f"{names} sent")

    async def say(self, text: str) -> str:
        """Tell a message to all who are on the console."""
        return await self._post("message", {"text": text}, "")

    async def note(self, text: str) -> str:
        """Write a note into the log."""
        return await self._post("note", {"text": text}, "")

    async def paste(self, path: str) -> str:
        """Paste the text of a file, part after part."""
        try:
            text = await in_thread(lambda: read_text(path))
            for part in split(text):
                await in_thread(partial(self._paste, part))
        except ClientError as failed:
            # What was cancelled is told by the session, with how much of it.
            return "" if failed.code == "paste-stopped" else failed.brief
        return visible(f"{len(text)} characters of {path} pasted")

    def _paste(self, text: str) -> None:
        path = console_path(self._name, "paste")
        self._link.post(path, {"text": text}, patience=PASTE_SECONDS)

    async def hint(self) -> str:
        """Say what the guest does and what helps; of a port that is down, what helps there."""
        try:
            return visible(hint(await self.console()))
        except ClientError as failed:
            return failed.brief

    async def paint(self, size: tuple[int, int]) -> tuple[bytes, int]:
        """Have the screen painted as it is now; give it, and the offset that it stands for."""
        wanted = Wanted(OBSERVE, replay=SCREEN, size=size)
        picture, due, offset = b"", 0, 0
        try:
            connection = await attach(self._link.path, self._name, wanted)
            try:
                while not isinstance(message := await receive(connection), Replayed):
                    if isinstance(message, ScreenFollows):
                        due, offset = message.bytes, message.offset
                    elif isinstance(message, bytes) and len(picture) < due:
                        picture += message
            finally:
                await detach(connection)
        except (ClientError, LinkLostError):
            return b"", 0
        return picture[:due], offset

    async def sac(self, do: str) -> str:
        """Do something with the channels of SAC."""
        return await self._post("sac", {"do": do}, None, ACT_PATIENCE)

    async def _post(
        self, action: str, body: Any, said: str | None, patience: float = ACT_PATIENCE
    ) -> str:
        path = console_path(self._name, action)
        try:
            answer = await in_thread(lambda: self._link.post(path, body, patience=patience))
        except ClientError as failed:
            return failed.brief
        return visible(said if said is not None else done(body["do"], answer))

    async def history(self, end: int) -> list[Shown] | str:
        """Read the log's last lines up to the offset `end`; a text where that cannot be done."""
        start = max(0, end - HISTORY_BYTES)
        path = f"{console_path(self._name, 'log')}?from={start}&times=true"
        try:
            return await in_thread(lambda: self._lines(path))
        except ClientError as failed:
            return failed.brief

    def _lines(self, path: str) -> list[Shown]:
        lines, shown = Lines(), list[Shown]()
        with self._link.stream(path) as (pieces, _):
            for piece in objects(pieces):
                at, offset = str(piece.get("at", "")), int(piece.get("offset") or 0)
                if isinstance(data := piece.get("data"), str):
                    shown += lines.feed(base64.b64decode(data), at, offset)
                elif (said := words(piece)) is not None:
                    note = Shown(at, offset, f"[com1: {visible(said)}]")
                    shown += [*lines.settle(whole=True), note]
        return shown + lines.finish()
