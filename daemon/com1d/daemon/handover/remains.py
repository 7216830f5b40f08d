"""What a process that was killed has left with the service manager: everything but its sessions.

Ports, doors and scrollbacks are gone on with, each console by its slate (`console.slate`). Clients
are told to come back, from which offset on: what a killed process had read of them and of their
guests, and not passed on, nobody knows.
"""

import contextlib
import os
from pathlib import Path

from com1d.clients.raw import RawClient
from com1d.console.console import Console
from com1d.daemon.handover.estate import UNREADABLE
from com1d.daemon.handover.farewell import send_away
from com1d.errors import StateRefused
from com1d.loop.descriptors import Descriptors
from com1d.loop.lingering import Lingering
from com1d.loop.memory import FRONT_BYTES, cursors
from com1d.loop.vault import Vault
from com1d.mistakes import reason_of


class Remains:
    """Descriptors that were in the store, and no state beside them."""

    def __init__(self, fds: Descriptors, vault: Vault, state_dir: Path) -> None:
        """Go on with `fds`, which `vault` keeps; what is damaged is put into `state_dir`."""
        self._vault = vault
        self._state_dir = state_dir
        self.fds = fds
        """What nobody has taken yet; doors take theirs as they open."""
        vault.inherit(fds.all())
        self._cursors: dict[str, dict[int, int]] = {}
        for name, fd in fds.all().items():
            console, _, what = name.partition("/")
            if what == "scrollback":
                self._cursors[console] = cursors(fd)
        self.consoles = 0
        """How many consoles went on."""
        self.lost = 0
        """Bytes that the killed process had read from ports, and not quite stored."""
        self.clients = 0
        """How many were told to come back."""
        self.damaged: list[str] = []
        """Consoles that begin anew, each with the reason."""

    def __bool__(self) -> bool:
        """Say whether there was anything."""
        return bool(self._vault.kept)

    def goes_on(self, made: Console) -> bool:
        """Have a fresh console go on, if it is among what is left. False: make it anew."""
        name = made.name
        if not self.fds.has(f"{name}/scrollback"):
            return True
        memory = os.dup(self.fds.all()[f"{name}/scrollback"])
        try:
            self.lost += made.recover(self.fds)
        except (StateRefused, *UNREADABLE) as error:
            self.damaged.append(f"{name}: {reason_of(error)}")
            with contextlib.suppress(OSError):
                (self._state_dir / f"{name}.refused").write_bytes(os.pread(memory, FRONT_BYTES, 0))
            self._vault.settle(f"{name}/")  # what is put in by these names is something else
            return False
        finally:
            os.close(memory)
        self.consoles += 1
        return True

    def close(self, lingering: Lingering) -> None:
        """Tell clients to come back, and let go of what nobody has taken."""
        for name in self.fds.all():
            console, _, what = name.partition("/")
            kind, _, session = what.partition("/")
            if kind == "client":
                number, _, via = session.partition("/")
                place = self._cursors.get(console, {}).get(int(number) if number.isdigit() else 0)
                self.clients += 1
                send_away(self.fds.take(name), lingering, raw=via == RawClient.via, place=place)
        self.fds.close()
        self._vault.settle()
