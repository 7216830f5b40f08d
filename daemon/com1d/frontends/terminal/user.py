"""A person at a terminal: keys to the session, events to the screen, the menu between them."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any, Final

from com1d.frontends.session.attachment import OBSERVE, Wanted
from com1d.frontends.session.concurrently import first_of, in_thread
from com1d.frontends.session.link import ACT_PATIENCE, ClientError, Link, console_path
from com1d.frontends.session.session import Session
from com1d.frontends.session.streams import Input
from com1d.frontends.terminal.escape import Answer, Keyboard, Token
from com1d.frontends.terminal.menu import (
    Do,
    Grant,
    Hide,
    Hint,
    Info,
    Menu,
    Note,
    Quit,
    Sac,
    SendPaste,
    Show,
    Switch,
    SysRq,
    TellSize,
    Type,
    Wish,
)
from com1d.frontends.terminal.screen import Screen
from com1d.frontends.terminal.sizing import COLUMNS, ROWS, SAC, SHELL, advice, set_size
from com1d.frontends.words.sac import done
from com1d.frontends.words.visible import visible
from com1d.wire.events import Attached


_SENT: Final = {"nmi": "NMI sent", "reset": "the VM is being reset"}


class User:
    """The `Face` of a session at a terminal. `run` it."""

    def __init__(
        self, link: Link, name: str, wanted: Wanted, screen: Screen, source: Input
    ) -> None:
        self.session = Session(link.path, name, wanted, self)
        self._link = link
        self._screen = screen
        self._source = source
        self._keyboard = Keyboard()
        self._menu = Menu(wanted.mode)
        self._greeted = ""
        self._advised = ""
        self._errands: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until the user leaves or the session ends. Raises `ClientError` for the latter."""
        try:
            await first_of(self.session.run(), self._read_keys())
        finally:
            for errand in self._errands:
                errand.cancel()
            await asyncio.gather(*self._errands, return_exceptions=True)

    # -- what the session shows ---------------------------------------------------------------

    async def guest(self, data: bytes) -> None:
        """Show the guest's output."""
        await self._screen.guest(data)

    def notice(self, text: str) -> None:
        """Show one line."""
        self._screen.notice(text)

    def attached(self, event: Attached) -> None:
        """Greet the user, and again when they have switched."""
        self._menu.mode = self.session.mode
        self._menu.windows = event.guest == "windows"
        if event.replay:
            self._screen.replay_begins()
        if self._greeted != self.session.mode:
            self._greeted = self.session.mode
            role = "observing" if self._greeted == OBSERVE else "the active session"
            name, user = visible(self.session.name), visible(str(event.user or ""))
            self.notice(f"{name}: {role}, as {user}. Ctrl-] opens the menu")

    def replayed(self) -> None:
        """Let terminal answers pass again: live output begins."""
        self._screen.replay_ends()

    def guest_is(self, state: str) -> None:
        """Note the guest's state; tell the user, once, if the terminal's size does not fit it."""
        self._menu.at_shell = state == SHELL
        self._menu.windows = self._menu.windows or state in SAC
        said = advice(state, *self._screen.size())
        if said and said != self._advised and (self.session.seated or state != SHELL):
            self._advised = said
            self.notice(said)

    # -- what the user types ------------------------------------------------------------------

    async def _read_keys(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._keyboard.patience):
                    data = await self._source.read()
            except TimeoutError:
                self._handle(self._keyboard.expire())
                continue
            if not data:
                return  # the terminal is gone
            self._handle(self._keyboard.feed(data))

    def _handle(self, tokens: list[Token]) -> None:
        typed = bytearray()
        self._menu.asked_by = visible(self.session.asked_by)
        for token in tokens:
            if isinstance(token, Answer) and not self._wants(token):
                continue
            for wish in self._menu.handle(token):
                if isinstance(wish, Type):
                    typed += wish.data
                    continue
                self._send(bytes(typed))
                typed.clear()
                self._obey(wish)
        self._send(bytes(typed))

    def _wants(self, answer: Answer) -> bool:
        admitted = self._screen.answers.admits(answer.data)
        return admitted and self.session.seated

    def _send(self, item: bytes | str) -> None:
        if not item:
            return
        if self.session.gone:
            self.notice("not connected; what you type is not sent")
        elif self.session.mode == OBSERVE:
            self.notice("you observe, so what you type is not sent; Ctrl-] a takes over")
        elif not self.session.offer(item):
            size = f"{len(item)} bytes" if isinstance(item, bytes) else "your paste"
            self.notice(f"the port takes no input; discarded: {size}")

    def _obey(self, wish: Wish) -> None:
        match wish:
            case Show(parts):
                self._screen.show(parts)
            case Hide():
                self._screen.hide()
            case Note(text):
                self.notice(text)
            case Quit():
                self.session.quit()
            case Switch(mode):
                self.session.switch(mode)
            case _:
                self._ask(wish)

    def _ask(self, wish: Wish) -> None:
        """Send the daemon a request for a menu entry."""
        match wish:
            case SendPaste():
                self._paste(wish)
            case Grant():
                self._send(json.dumps({"op": "grant"}))
            case Do(action):
                self._errand(self._act(action, None, _SENT[action]))
            case SysRq(keys):
                self._errand(self._act("sysrq", {"keys": keys}, f"SysRq {keys} sent"))
            case Sac(do):
                self._errand(self._sac(do))
            case TellSize():
                self._send(set_size(*self._screen.size()))
            case Hint():
                self._errand(self._advise())
            case Info():
                self._errand(self._inform())

    def _paste(self, paste: SendPaste) -> None:
        if paste.size and not paste.data:
            self.notice(f"a paste of {paste.size} bytes is too long; nothing of it was sent")
        elif paste.data:
            text = paste.data.decode(errors="replace")
            self._send(json.dumps({"op": "paste", "text": text}))

    # -- what the daemon is asked beside the session ------------------------------------------

    def _errand(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _act(self, action: str, body: Any, said: str) -> None:
        try:
            await in_thread(lambda: self._link.post(console_path(self.session.name, action), body))
        except ClientError as failed:
            said = failed.brief
        self.notice(said)

    async def _sac(self, do: str) -> None:
        path = console_path(self.session.name, "sac")
        try:
            answer = await in_thread(
                lambda: self._link.post(path, {"do": do}, patience=ACT_PATIENCE)
            )
            said = visible(done(do, answer))
        except ClientError as failed:
            said = failed.brief
        self.notice(said)

    async def _advise(self) -> None:
        try:
            console = await in_thread(lambda: self._link.get(console_path(self.session.name)))
            guest = console.get("guest_state") or {}
            said = f"{guest.get('state')}: {guest.get('hint')}"
        except ClientError as failed:
            said = failed.brief
        self.notice(visible(said))

    async def _inform(self) -> None:
        try:
            console = await in_thread(lambda: self._link.get(console_path(self.session.name)))
            parts = _info(console, self.session, self._screen.size())
        except ClientError as failed:
            parts = (failed.brief,)
        if self._menu.awaits_info:
            self._screen.show(parts)


def _info(console: dict[str, Any], session: Session, size: tuple[int, int]) -> tuple[str, ...]:
    rows, columns = size
    guest = (console.get("guest_state") or {}).get("state")
    active = console.get("active") or {}
    observers = [str(one.get("user")) for one in console.get("observers") or []]
    holder = f"{active.get('user')} since {active.get('since')}" if active else "nobody"
    return tuple(
        visible(part)
        for part in (
            f"{session.name}: {session.mode}",
            f"guest: {guest}{f' ({COLUMNS}x{ROWS})' if guest in SAC else ''}",
            f"terminal {columns}x{rows}",
            f"offset {session.offset} of {console.get('offset')}",
            f"boot {console.get('boot')}",
            f"active: {holder}",
            f"observers: {', '.join(observers) or 'none'}",
        )
    )
