"""A browser's WebSocket and its connection to the daemon, joined: frames pass unopened.

A browser masks its frames as every client of the daemon has to, and the daemon's are as a browser
wants them. So what a relay adds is little: a refusal in words, since a browser learns nothing of a
refused opening; a ping where nothing else passes; and the end when the sign-in ends.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

from websockets.frames import Close, Frame, Opcode

from com1d.errors import Problem
from com1d.gateway.messages import refused
from com1d.gateway.problems import NotReached, SignInNeeded
from com1d.gateway.relay.dialling import Opening
from com1d.gateway.relay.frames import Frames
from com1d.gateway.relay.side import Side
from com1d.gateway.signin.signins import SignIn
from com1d.wire import CLOSE_DISABLED, CLOSE_FORBIDDEN, CLOSE_RESTARTING


CLOSE_LATER: Final = 1013
"""Nothing is wrong with the request: try again (IANA's registry of close codes)."""

OPENING_SECONDS: Final = 60.0
"""Within which the daemon answers: a guest that is being locked, or a screen, takes 12 s."""

PING_SECONDS: Final = 25.0
"""Without a frame of the daemon's, before a ping: nginx closes what is silent for 60 s."""

DEAF_SECONDS: Final = 80.0
"""Without a word of the browser's, before it is given up: three pings."""

LINGER_SECONDS: Final = 5.0
"""For the browser to answer a close frame: closed before, it might not see the frame."""

_CODES: Final = {
    "host-disabled": CLOSE_DISABLED,
    "console-disabled": CLOSE_DISABLED,
    "daemon-unreachable": CLOSE_LATER,
    "too-many-clients": CLOSE_LATER,
}
"""Close codes of refusals; of others it is `CLOSE_FORBIDDEN`."""


class Relay:
    """One stream of one browser."""

    __slots__ = (
        "_answer", "_browser", "_daemon", "_down", "_gone", "_heard", "_leaves", "_opening",
        "_quiet", "_up", "signin",
    )  # fmt: skip

    def __init__(
        self, signin: SignIn | None, transport: asyncio.Transport, gone: Callable[["Relay"], None]
    ) -> None:
        """Take `transport` over, on which the opening was answered. `gone` is called at the end."""
        self.signin = signin
        """Who streams; None for somebody who only learns that he has to sign in."""
        self._gone = gone
        self._up, self._down = Frames(), Frames()
        self._opening: Opening | None = None
        self._answer: asyncio.Future[None] | None = None
        self._heard = self._quiet = asyncio.get_running_loop().time()
        self._leaves = 0.0
        self._daemon: Side | None = None
        self._browser = Side(self)
        transport.set_protocol(self._browser)
        self._browser.connection_made(transport)

    async def open(self, path: str, target: str) -> None:
        """Open the stream at the daemon and join both ends, or say why not."""
        assert self.signin is not None  # noqa: S101 - whoever has none is refused
        self._browser.listen(wanted=False)  # what it sends meanwhile waits in its socket
        try:
            await self._dial(path, Opening(self.signin.user, target))
        except Problem as problem:
            self.refuse(problem.as_json())

    async def _dial(self, path: str, opening: Opening) -> None:
        loop = asyncio.get_running_loop()
        self._opening, self._answer = opening, loop.create_future()
        side = self._daemon = Side(self)
        try:
            async with asyncio.timeout(OPENING_SECONDS):
                await loop.create_unix_connection(lambda: side, path)
                side.write(opening.request)
                await self._answer
        except (OSError, TimeoutError) as error:
            side.close(at_once=True)
            raise NotReached(str(error)) from error
        finally:
            self._opening = self._answer = None

    def pass_on(self, side: Side, data: bytes) -> None:
        """Hand on what an end has sent."""
        if side is self._browser:
            self._heard = asyncio.get_running_loop().time()
            self._up.follow(data)
            if self._daemon is not None:
                self._daemon.write(data)
            elif self._up.closes:
                self._browser.close()
        elif self._opening is not None:
            self._receive_answer(self._opening, data)
        else:
            self._quiet = asyncio.get_running_loop().time()
            self._down.follow(data)
            self._browser.write(data)

    def _receive_answer(self, opening: Opening, data: bytes) -> None:
        try:
            answer = opening.receive(data)
        except NotReached as problem:
            answer = problem.as_json()
        if answer is None:
            return
        self._opening = None
        if isinstance(answer, dict):
            self.refuse(answer)
        else:
            self._join(answer)
        if self._answer is not None:
            self._answer.set_result(None)

    def _join(self, first: bytes) -> None:
        assert self._daemon is not None  # noqa: S101 - it has just answered
        self._daemon.other, self._browser.other = self._browser, self._daemon
        if first:
            self.pass_on(self._daemon, first)
        self._browser.listen(wanted=True)

    def gone(self, side: Side) -> None:
        """Close the other end of one that is closed."""
        if side is self._browser:
            if self._daemon is not None:
                self._daemon.close(at_once=True)
            self._gone(self)
        elif side is self._daemon:
            self._daemon = None
            if self._answer is not None and not self._answer.done():
                self._answer.set_exception(NotReached("it hung up"))
            elif not self._leaves:
                self.leave(CLOSE_RESTARTING, "com1d went away")

    def refuse(self, members: dict[str, Any]) -> None:
        """Say a problem in the stream, and close."""
        if self._down.between:
            self._send(Frame(Opcode.TEXT, json.dumps(refused(members)).encode()))
        code = _CODES.get(str(members.get("code")), CLOSE_FORBIDDEN)
        self.leave(code, str(members.get("code", "")))

    def leave(self, code: int, reason: str) -> None:
        """Close both ends; the browser's when it has answered the close frame."""
        if self._daemon is not None:
            daemon, self._daemon = self._daemon, None
            daemon.close(at_once=True)
        if self._leaves:
            return
        self._leaves = asyncio.get_running_loop().time() + LINGER_SECONDS
        if self._down.between:
            self._send(Frame(Opcode.CLOSE, Close(code, reason).serialize()))
        elif not self._down.closes:  # in the middle of a frame no word can be said
            self._browser.close(at_once=True)
        self._browser.listen(wanted=True)
        if self._up.closes:
            self._browser.close()

    def _send(self, frame: Frame) -> None:
        self._browser.write(data := frame.serialize(mask=False))
        self._down.follow(data)

    def beat(self, now: float, clock: float) -> None:
        """Do what is due by the loop's time `now`, and by `clock`, seconds of the epoch."""
        if self._leaves:
            if now > self._leaves:
                self._browser.close(at_once=True)
        elif self.signin is not None and clock >= self.signin.expires:
            self.refuse(SignInNeeded("your sign-in has ended").as_json())
        elif now - self._heard > DEAF_SECONDS:
            self._browser.close(at_once=True)
        elif now - self._quiet > PING_SECONDS and self._down.between:
            self._quiet = now
            self._send(Frame(Opcode.PING, b""))
