"""A person at a terminal: keys to the session, events to the screen, the menu between them."""

import asyncio
from typing import Final

from com1d.frontends.session.attachment import ACTIVE, OBSERVE, Wanted
from com1d.frontends.session.concurrently import first_of
from com1d.frontends.session.link import ClientError, Link
from com1d.frontends.session.session import Session
from com1d.frontends.session.streams import Input
from com1d.frontends.terminal.deeds import Deeds
from com1d.frontends.terminal.encodings import plain
from com1d.frontends.terminal.errands import Errands
from com1d.frontends.terminal.escape import Answer, Key, Keyboard, MenuKey, Token
from com1d.frontends.terminal.menu import Menu
from com1d.frontends.terminal.screen import Screen
from com1d.frontends.terminal.sizing import advice
from com1d.frontends.terminal.terminal import RawTerminal
from com1d.frontends.terminal.wishes import Type
from com1d.frontends.words.greeting import WAYS, greeting
from com1d.frontends.words.notices import notice
from com1d.frontends.words.states import PICTURES, SHELL
from com1d.frontends.words.visible import visible
from com1d.wire.events import (
    Attached,
    Event,
    GuestState,
    PortDown,
    PortUp,
    Replayed,
    Requested,
    Waiting,
)
from com1d.wire.origin import person


_AGAIN: Final = {b"\r": ACTIVE, b"\n": ACTIVE, b"w": OBSERVE, b"W": OBSERVE}
"""What a key means after another user took over."""
_LEAVE: Final = (b"q", b"Q", b"\x03", b"\x04", b"\x1b")


class User:
    """The `Face` of a session at a terminal. `run` it."""

    def __init__(
        self,
        link: Link,
        name: str,
        wanted: Wanted,
        screen: Screen,
        source: Input,
        terminal: RawTerminal | None = None,
        hello: tuple[str, ...] = (),
    ) -> None:
        self.session = Session(link.path, name, wanted, self)
        self._screen = screen
        self._source = source
        self._keyboard = Keyboard()
        self._menu = Menu(wanted.mode)
        self._menu.now.jobs = terminal is not None and terminal.has_jobs
        errands = Errands(link, name)
        self.deeds = Deeds(self.session, screen, self._menu, errands, terminal)
        self._attached: Attached | None = None
        self._hello = hello
        """Lines to show with the first greeting."""
        self._greeted = ""
        self._advised = ""
        self._choice: asyncio.Future[str | None] | None = None
        """What the user does after another one took over; None while nothing is asked."""

    async def run(self) -> None:
        """Serve until the user leaves or the session ends. Raises `ClientError` for the latter."""
        try:
            await first_of(self.session.run(), self._read_keys())
        finally:
            await self.deeds.close()

    # -- what the session shows ---------------------------------------------------------------

    async def guest(self, data: bytes) -> None:
        """Show the guest's output."""
        await self._screen.guest(data)

    def notice(self, text: str) -> None:
        """Show one line."""
        self._screen.notice(text)

    def happened(self, event: Event) -> None:
        """Take note of an event, and tell the user what is for him."""
        match event:
            case Attached():
                self._begin(event)
            case Replayed():
                self._screen.replay_ends()
                self._greet()
            case Waiting():
                self._greet_waiting(event)
            case _:
                self._learn(event)
                if said := notice(event):
                    self.notice(said)

    def _begin(self, event: Attached) -> None:
        self._attached = event
        now = self._menu.now
        now.asked_by, now.connected = "", event.connected is not False
        now.windows = event.guest == "windows"
        if event.replay:
            self._screen.replay_begins()
        self._guest_is(str(event.guest_state or ""))
        self.deeds.start_refresh()

    def _greet(self) -> None:
        """Say where the user is, once for each way to be there; last, above the prompt."""
        if self._attached is None or self._greeted == self.session.mode:
            return
        if self.session.waits:
            return  # the place in the queue follows, and says it all
        self._greeted = self.session.mode
        hello, self._hello = self._hello, ()
        for line in hello:
            self.notice(line)
        self.notice(visible(greeting(self._attached, observes=self._greeted == OBSERVE)))

    def _greet_waiting(self, event: Waiting) -> None:
        said = notice(event) or ""
        if self._greeted != self.session.mode:
            self._greeted = self.session.mode
            said = f"{visible(self.session.name)}: {said}; {WAYS}"
        self.notice(said)

    def _learn(self, event: Event) -> None:
        now = self._menu.now
        match event:
            case Requested(by=by):
                now.asked_by = visible(person(str(by or "somebody"), event.origin))
            case PortUp() | PortDown():
                now.connected = isinstance(event, PortUp)
                self.deeds.start_refresh()
            case GuestState(state=str(state)):
                self._guest_is(state)

    def _guest_is(self, state: str) -> None:
        """Note the guest's state; tell the user, once, if the terminal's size does not fit it."""
        self._menu.now.guest_is(state)
        self._screen.pictured = state in PICTURES
        said = advice(state, *self._screen.size())
        if said and said != self._advised and (self.session.seated or state != SHELL):
            self._advised = said
            self.notice(said)

    async def replaced(self, ending: ClientError) -> str | None:
        """Ask what to do after another user took over; give a mode, or None to leave."""
        self.notice(f"{ending.title}. Enter takes it back, w watches, q leaves")
        self._greeted = ""
        self._choice = asyncio.get_running_loop().create_future()
        try:
            return await self._choice
        finally:
            self._choice = None

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
        self._menu.now.mode = OBSERVE if self.session.waits else self.session.mode
        self._menu.now.full_screen = self._screen.full_screen
        for token in tokens:
            if self._belongs_elsewhere(token):
                continue
            for wish in self._menu.handle(token):
                if isinstance(wish, Type):
                    typed += wish.data
                    continue
                self.deeds.send(bytes(typed))
                typed.clear()
                self.deeds.obey(wish)
        self.deeds.send(bytes(typed))

    def _belongs_elsewhere(self, token: Token) -> bool:
        """Take a token that is neither for the guest nor for the menu."""
        if isinstance(token, Answer):
            return not self._screen.answers.admits(token.data) or not self.session.seated
        if self._choice is not None and isinstance(token, Key):
            self._choose(plain(token.data))
            return True
        if self.deeds.history is not None:
            if isinstance(token, Key | MenuKey):
                self.deeds.scroll(plain(token.data) if isinstance(token, Key) else b"q")
            return True
        return False

    def _choose(self, key: bytes) -> None:
        if self._choice is None or self._choice.done():
            return
        if key in _AGAIN or key in _LEAVE:
            self._choice.set_result(_AGAIN.get(key))
        else:
            self.notice("Enter takes the console back, w watches, q leaves")
