"""The new process's end of a change: it says when it is ready, and takes over."""

import contextlib
import os
import socket
import sys
from time import monotonic
from typing import Final, NoReturn

from com1d.daemon.handover.channel import Channel
from com1d.daemon.handover.estate import Estate, Taken
from com1d.daemon.handover.form import FORMAT, read
from com1d.daemon.handover.predecessor import CUT_SECONDS, SETTLE_SECONDS, TAKE_SECONDS, VARIABLE
from com1d.errors import EX_FAILURE, StateRefused
from com1d.loop.collector import resting
from com1d.loop.descriptors import Descriptors


HELLO_SECONDS: Final = 5.0
"""How long the other process may take for its first words, which it says at once."""

WAIT_SECONDS: Final = SETTLE_SECONDS + CUT_SECONDS + 5.0
"""How long the other process may take until it hands over, once this one is ready."""


TOLD_SECONDS: Final = 1.0
"""How long the other process may take to tell the service manager who follows, and to end."""


class Successor:
    """A daemon that was started to take over from another process."""

    def __init__(self, channel: Channel) -> None:
        """Speak over `channel`."""
        self._channel = channel
        self.hello = channel.receive(HELLO_SECONDS)
        """What had to be known beforehand."""
        self.seconds = 0.0
        """How long nobody served anything, as far as was measured here."""

    @classmethod
    def invited(cls) -> "Successor | None":
        """Give the one that this process was started to be, if it was. Raises `StateRefused`."""
        number = os.environ.pop(VARIABLE, "")
        if not number.isdecimal():
            return None
        try:
            return cls(Channel(socket.socket(fileno=int(number))))
        except OSError as error:
            raise StateRefused(f"{VARIABLE}={number}: {error}") from None

    def refuse(self, reason: str) -> None:
        """Say why this process does not take over."""
        try:
            self._channel.send(TAKE_SECONDS, failed=reason)
        except OSError:
            return

    def give_up(self, reason: str) -> NoReturn:
        """Say why, and end at once: what we hold by now is the other process's, which goes on."""
        self.refuse(reason)
        sys.stderr.flush()
        os._exit(EX_FAILURE)

    def take_over(self, estate: Estate, version: str) -> Taken:
        """Say that we are ready, wait, and take over.

        Nothing else happens in this process meanwhile. Raises `StateRefused` and `OSError`.
        """
        self._channel.send(TAKE_SECONDS, ready=version, reads=FORMAT)
        fds = Descriptors()
        with resting():
            taken = estate.take_over(read(self._channel.receive_all(WAIT_SECONDS, fds)), fds)
        self._channel.send(TAKE_SECONDS, taken=version)
        with contextlib.suppress(OSError, StateRefused):  # it has ended; some do not say it
            self._channel.receive(TOLD_SECONDS)
        self._channel.close()
        fds.close()
        self.seconds = monotonic() - taken.at
        return taken
