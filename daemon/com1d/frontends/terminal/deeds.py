"""Carries out what a user wishes in the menu."""

import asyncio
import json
from collections.abc import Coroutine
from typing import Any

from com1d.frontends.session.attachment import OBSERVE
from com1d.frontends.session.link import ClientError
from com1d.frontends.session.session import Session
from com1d.frontends.terminal import wishes
from com1d.frontends.terminal.errands import Errands
from com1d.frontends.terminal.history import History
from com1d.frontends.terminal.menu import Menu
from com1d.frontends.terminal.screen import Screen
from com1d.frontends.terminal.sheets import info, who
from com1d.frontends.terminal.sizing import set_size
from com1d.frontends.terminal.terminal import RawTerminal
from com1d.frontends.words.visible import visible


class Deeds:
    """What is under way for one user."""

    def __init__(
        self,
        session: Session,
        screen: Screen,
        menu: Menu,
        errands: Errands,
        terminal: RawTerminal | None,
    ) -> None:
        """Act on these; without a `terminal` that a shell controls, nothing can be suspended."""
        self.history: History | None = None
        """What the user scrolls through instead of looking at the console."""
        self._session = session
        self._screen = screen
        self._menu = menu
        self._errands = errands
        self._terminal = terminal
        self._tasks: set[asyncio.Task[None]] = set()
        self._held_from = 0

    async def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def obey(self, wish: wishes.Wish) -> None:
        """Carry out what needs nobody but this process."""
        match wish:
            case wishes.Show(parts):
                self._screen.show(parts)
            case wishes.ShowLines(lines):
                self._screen.show_lines(lines)
            case wishes.Hide():
                self._screen.hide()
            case wishes.Note(text):
                self._screen.notice(text)
            case wishes.Stamp():
                on = self._screen.stamps.turn()
                self._screen.notice("the time is put before each new line" if on else "no times")
            case wishes.Suspend():
                self._suspend()
            case _:
                self._steer(wish)

    def _steer(self, wish: wishes.Wish) -> None:
        """Carry out what concerns the session."""
        match wish:
            case wishes.Quit():
                self._session.quit()
            case wishes.Switch(mode, ask):
                self._session.switch(mode, ask=ask)
            case wishes.SendPaste(data, size):
                self._paste(data, size)
            case wishes.Grant():
                self.send(json.dumps({"op": "grant"}))
            case wishes.TellSize():
                self.send(set_size(*self._screen.size()))
            case _:
                self._ask(wish)

    def _ask(self, wish: wishes.Wish) -> None:
        """Ask the daemon beside the session."""
        match wish:
            case wishes.Do(action):
                self._say_later(self._act(action))
            case wishes.SysRq(keys):
                self._say_later(self._errands.sysrq(keys))
            case wishes.PressKeys(names):
                self._say_later(self._errands.press(names))
            case wishes.Sac(do):
                self._say_later(self._errands.sac(do))
            case wishes.Say(text):
                self._say_later(self._errands.say(text))
            case wishes.WriteNote(text):
                self._say_later(self._errands.note(text))
            case wishes.PasteFile(path):
                self._say_later(self._errands.paste(path))
            case _:
                self._look(wish)

    def _look(self, wish: wishes.Wish) -> None:
        """Ask the daemon what there is."""
        match wish:
            case wishes.Hint():
                self._say_later(self._errands.hint())
            case wishes.Refresh():
                self._start(self.refresh())
            case wishes.Info():
                self._start(self._inform())
            case wishes.Who():
                self._start(self._tell_who())
            case wishes.Look(text):
                self._start(self._open_history(text))

    # -- input ------------------------------------------------------------------------------

    def send(self, item: bytes | str) -> None:
        """Send input to the guest, or tell the user why it is not sent."""
        if not item:
            return
        session, tell = self._session, self._screen.notice
        if session.gone:
            tell("not connected; what you type is not sent; Ctrl-] q leaves")
        elif session.waits or session.mode == OBSERVE:
            does = "wait, and watch meanwhile" if session.waits else "watch"
            tell(f"you {does}, so what you type is not sent; Ctrl-] a takes over")
        elif not session.offer(item):
            size = f"{len(item)} bytes" if isinstance(item, bytes) else "your paste"
            tell(f"the port takes no input; discarded: {size}")

    def _paste(self, data: bytes, size: int) -> None:
        if size and not data:
            self._screen.notice(
                f"a paste of {size} bytes is too long; nothing of it was sent. Ctrl-] p pastes "
                "a file in parts"
            )
        elif data:
            self.send(json.dumps({"op": "paste", "text": data.decode(errors="replace")}))

    # -- requests ---------------------------------------------------------------------------

    def start_refresh(self) -> None:
        """Ask what the console can do, without anybody waiting for it."""
        self._start(self.refresh())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _say_later(self, work: Coroutine[Any, Any, str]) -> None:
        self._start(self._say(work))

    async def _say(self, work: Coroutine[Any, Any, str]) -> None:
        if said := await work:
            self._screen.notice(said)

    async def _act(self, action: str) -> str:
        """Act on the VM; what its events have told is not said again."""
        before = self._session.resets
        said = await self._errands.act(action)
        return "" if self._session.resets > before else said

    async def refresh(self) -> None:
        """Ask what the console can do, and draw the menu again if it is open."""
        try:
            self._menu.now.learn(await self._errands.console())
        except ClientError:
            return  # the session says by itself that the daemon is away
        for wish in self._menu.refreshed():
            self.obey(wish)

    async def _inform(self) -> None:
        session, size = self._session, self._screen.size()
        try:
            parts = info(await self._errands.console(), session.mode, session.offset, size)
        except ClientError as failed:
            parts = (failed.brief,)
        if self._menu.awaits:
            self._screen.show(parts)

    async def _tell_who(self) -> None:
        try:
            lines = who(await self._errands.console())
        except ClientError as failed:
            lines = (failed.brief,)
        if self._menu.awaits:
            self._screen.show_lines(lines)

    # -- history, and the shell -------------------------------------------------------------

    async def _open_history(self, text: str) -> None:
        lines = await self._errands.history(self._session.offset)
        if isinstance(lines, str):
            self._screen.notice(lines)
            return
        history = History(visible(self._session.name), lines, self._screen.size())
        if text:
            history.search(text)
        self.history, self._held_from = history, self._session.offset
        self._screen.page(history.render())

    def scroll(self, key: bytes) -> None:
        """Take a key while the history is shown."""
        history = self.history
        if history is None:
            return
        history.resize(self._screen.size())
        history.handle(key)
        if not history.left:
            self._screen.page(history.render())
            return
        self.history = None
        if self._screen.full_screen:
            self._start(self._repaint())
        else:
            self._screen.unpage()

    async def _repaint(self) -> None:
        """Paint a full-screen program's picture again, which no terminal kept for us."""
        picture, offset = await self._errands.paint(self._screen.size())
        self._screen.unpage(picture, max(0, offset - self._held_from))

    def _suspend(self) -> None:
        if self._terminal is None:
            return
        self._held_from = self._session.offset
        self._screen.pause()
        self._terminal.suspend()
        self._screen.resume()
        self._screen.notice(f"back at {visible(self._session.name)}")
        self._start(self._repaint())
