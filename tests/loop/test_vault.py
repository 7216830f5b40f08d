"""What the service manager is told of descriptors that come and go."""

import asyncio
import os
import socket

import pytest

from com1d.loop.labels import TABLE, Labels
from com1d.loop.vault import SPARE, Vault, hang_up


pytestmark = pytest.mark.one_loop


class Hearing:
    """A manager's socket."""

    def __init__(self, folder) -> None:
        self.address = str(folder / "notify")
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._sock.bind(self.address)
        self._table = -1
        self._names: dict[str, str] = {}
        self._heard: list[str] = []

    def close(self) -> None:
        self._sock.close()
        if self._table >= 0:
            os.close(self._table)

    def said(self) -> list[str]:
        """Give what has come since: `+NAME` or `-NAME`."""
        self.hear()
        heard, self._heard = self._heard, []
        return heard

    def hear(self) -> None:
        """Hear what has come, before a label is one of something else."""
        while True:
            try:
                data, fds, _flags, _ = socket.recv_fds(self._sock, 4096, 4)
            except BlockingIOError:
                return
            label = dict(line.split("=", 1) for line in data.decode().splitlines())["FDNAME"]
            if label == TABLE:
                self._table = fds[0]
                continue
            for fd in fds:
                os.close(fd)
                self._names[label] = named(self._table, label)
            self._heard.append(("+" if fds else "-") + self._names.get(label, label))


def named(table: int, label: str) -> str:
    """Give what a label is of, by the table that was stored."""
    labels = Labels()
    name = labels.adopt(os.dup(table), [label])[label]
    labels.close()
    return name


@pytest.fixture
def manager(run_dir):
    hearing = Hearing(run_dir)
    yield hearing
    hearing.close()


async def turns(manager: Hearing) -> None:
    for _ in range(4):
        await asyncio.sleep(0)
    manager.hear()


async def test_what_comes_and_goes_is_told_in_order(manager):
    """Nothing is said before the room is known; what went meanwhile never comes."""
    vault = Vault(manager.address)
    vault.put("a", 0)
    vault.put("b", 0)
    vault.drop("b")
    await turns(manager)
    assert [] == manager.said()

    vault.open(100)
    await turns(manager)
    vault.put("a", 0)  # another one by this name
    vault.drop("never")
    await turns(manager)
    vault.drop("a")
    await turns(manager)
    vault.close()

    assert ["+a", "-a", "+a", "-a"] == manager.said()


async def test_what_was_inherited_is_not_told_again(manager):
    """By the same name it is the same descriptor; what nobody puts in again is dropped first."""
    vault = Vault(manager.address)
    vault.inherit(["web01/line", "web01/client", "state"])
    vault.put("web01/line", 0)
    vault.put("fresh", 0)
    vault.settle("web01/")
    vault.settle()
    vault.open(100)
    await turns(manager)
    vault.close()

    assert ["-state", "-web01/client", "+fresh"] == manager.said()
    assert {"web01/line", "fresh"} == vault.certain


async def test_a_full_store_is_told_once(manager):
    """What does not fit is not kept, and that is said; and again when there is room."""
    told: list[str] = []
    vault = Vault(manager.address, told.append)
    vault.open(SPARE + 1)
    for name in ("a", "b", "c"):
        vault.put(name, 0)
    await turns(manager)
    vault.drop("a")
    vault.put("d", 0)
    await turns(manager)
    vault.close()

    assert ["+a", "-a", "+d"] == manager.said()
    assert [True, False] == [bool(trouble) for trouble in told]


async def test_without_a_manager_nothing_waits(manager):
    """A daemon that was started by hand keeps nothing, and no list of what it would keep."""
    vault = Vault()
    vault.put("a", 0)

    assert (False, []) == (vault.serves, vault.kept)


def test_who_was_hung_up_on_hears_it_though_the_descriptor_is_elsewhere(manager):
    """A copy in the manager does not keep a socket open."""
    ours, theirs = socket.socketpair()
    with theirs:
        copy = os.dup(ours.fileno())
        hang_up(ours.detach())
        assert b"" == theirs.recv(1)
        os.close(copy)
