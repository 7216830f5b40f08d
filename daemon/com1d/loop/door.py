"""One socket that the daemon listens at, kept in its place."""

import socket
from collections.abc import Callable
from pathlib import Path

from com1d.errors import Com1Error
from com1d.loop.descriptors import Descriptors
from com1d.loop.listener import BACKLOG, Accept, Listener, own
from com1d.loop.poller import Poller
from com1d.loop.vault import Vault


Changed = Callable[[str], None]
"""Takes why nobody can come in at the moment; "" when all is well again."""

Make = Callable[[], socket.socket]
"""Makes a listening socket. Raises `OSError` or `Com1Error`."""


class Door:
    """One of them. It begins closed; `look` opens it."""

    __slots__ = (
        "_accept", "_changed", "_left", "_listener", "_make", "_poller", "_vault", "_waits",
        "lent", "name", "trouble",
    )  # fmt: skip

    def __init__(
        self,
        make: Make,
        poller: Poller,
        accept: Accept,
        changed: Changed,
        *,
        name: str,
        waits: Callable[[], bool],
        vault: Vault,
        left: Descriptors,
    ) -> None:
        """Listen with what `make` gives, which raises `OSError` or `Com1Error`.

        Nothing is made while `waits` says that another process still listens.
        """
        self.name = name
        """Its path, or its address and port."""
        self._waits = waits
        self._vault = vault
        self._left = left
        self.trouble = ""
        """Why nobody can come in at the moment."""
        self._make = make
        self._poller = poller
        self._accept = accept
        self._changed = changed
        self._listener: Listener | None = None
        self.lent = False
        """Whether its path is the service manager's, with whatever socket is taken over."""

    @property
    def kept_as(self) -> str:
        """The name of its descriptor."""
        return kept_as(self.name)

    @property
    def stands(self) -> bool:
        """Whether who comes is let in."""
        return self._listener is not None and self._listener.stands

    def look(self) -> None:
        """Make the socket, unless it is in its place."""
        if self._left.has(self.kept_as):  # of a process that was killed
            self.take_over(socket.socket(fileno=self._left.take(self.kept_as)))
        if self.stands or self._waits():
            return
        try:
            fresh = Listener(self._make(), self._poller, self._accept)
        except (Com1Error, OSError) as error:
            self._say(str(error))
            return
        if self._listener is not None:
            self._listener.retire()
        self._vault.put(self.kept_as, fresh.fd)
        self._listener = fresh
        self._say("")

    @property
    def listener(self) -> Listener | None:
        """The socket, if it is in its place."""
        return self._listener if self.stands else None

    def take_given(self, sock: socket.socket, group: int | None) -> None:
        """Listen with the socket that the service manager has made, and have it for `group`."""
        self.take_over(sock)
        try:
            own(Path(self.name), group)
        except OSError as error:
            self._say(str(error))

    def take_over(self, sock: socket.socket) -> None:
        """Listen with the socket of another process; who has come meanwhile waits in it."""
        sock.setblocking(False)  # noqa: FBT003 - the standard library's signature
        sock.listen(BACKLOG)  # so that whoever asks who listens is told of this process
        self._listener = Listener(sock, self._poller, self._accept, lent=self.lent)
        if not self.lent:  # the manager has that one anyway
            self._vault.put(self.kept_as, sock.fileno())

    def pause(self) -> None:
        """Let who comes wait, until `go_on`."""
        if self._listener is not None:
            self._listener.pause()

    def go_on(self) -> None:
        """Let in who waits."""
        if self._listener is not None:
            self._listener.go_on()

    def close(self) -> None:
        """Listen no more."""
        if self._listener is not None:
            self._vault.drop(self.kept_as)
            self._listener.close()
            self._listener = None

    def _say(self, trouble: str) -> None:
        if trouble != self.trouble:
            self.trouble = trouble
            self._changed(trouble)


def kept_as(name: str) -> str:
    """Name the descriptor of a door; such names have no colons."""
    return "door/" + name.replace(":", ";")
