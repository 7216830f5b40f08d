"""What goes over the socket pair between two processes: a state in parts, and who hangs up."""

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from com1d.daemon.handover.channel import INLINE_BYTES, MESSAGE_BYTES, PORTION, Channel
from com1d.errors import StateRefused
from com1d.loop.descriptors import Descriptors
from house import PATIENCE


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Channel]]:
    """Give the old process's end, and the new one's."""
    ours, theirs = Channel.pair()
    new = Channel(theirs)
    yield ours, new
    ours.close()
    new.close()


def named(fds: Descriptors, *names: str) -> None:
    """Have a descriptor of that name, which says it."""
    for name in names:
        reader, writer = os.pipe()
        os.write(writer, name.encode())
        os.close(writer)
        fds.give(reader, name)


def said(fds: Descriptors) -> set[str]:
    """Give what the descriptors say, and close them."""
    words = {os.read(fd, 99).decode() for fd in fds.all().values()}
    assert words == set(fds.all())
    fds.close()
    return words


def test_a_part_is_read_while_the_next_one_is_written(ends):
    """Each comes with its descriptors, however many these are."""
    old, new = ends
    given, come, first_read = Descriptors(), Descriptors(), threading.Event()
    many = [str(number) for number in range(PORTION + 1)]
    answers = []

    def parts() -> Iterator[bytes]:
        named(given, "a", "b")
        yield b"first"
        assert first_read.wait(PATIENCE)
        named(given, *many)
        yield b"second"

    sender = threading.Thread(
        target=lambda: answers.append(old.hand_over(PATIENCE, parts(), given))
    )
    sender.start()
    received = new.receive_all(PATIENCE, come)
    assert b"first" == next(received)
    assert {"a", "b"} == set(come.all())
    first_read.set()
    assert [b"second"] == list(received)
    new.send(PATIENCE, taken="1.0")
    sender.join()
    given.close()

    assert [{"taken": "1.0"}] == answers
    assert {"a", "b", *many} == said(come)


def test_a_version_before_parts_sends_one_without_saying_how_long_it_is():
    """Its state is what is in the memory."""
    old, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    memory = os.memfd_create("state")
    os.write(memory, b"whole")
    given, come = Descriptors(), Descriptors()
    named(given, "a")
    with old, theirs:
        socket.send_fds(old, [b'{"names": ["", "a"]}'], [memory, given.all()["a"]])
        old.send(b'{"names": []}')
        assert [b"whole"] == list(Channel(theirs).receive_all(PATIENCE, come))
    os.close(memory)
    given.close()

    assert {"a"} == said(come)


@pytest.mark.parametrize("parts", [1, 1000], ids=["after all", "in the middle"])
def test_who_hangs_up_is_heard(ends, parts):
    """The reason is known, whether it read everything that was sent or not."""
    old, new = ends
    new.send(PATIENCE, failed="no such class")
    new.close()

    assert old.hand_over(PATIENCE, [b"x" * 1000] * parts, Descriptors()) == {
        "failed": "no such class"
    }


def test_who_dies_says_nothing(ends):
    """That is told, too."""
    old, new = ends
    new.close()
    with pytest.raises(StateRefused, match="the other process has ended"):
        old.hand_over(PATIENCE, [b"x"] * 1000, Descriptors())


def test_a_portion_that_lacks_a_descriptor_is_refused():
    """Nothing of it stays open."""
    old, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with old, theirs, Path(os.devnull).open() as file:
        socket.send_fds(old, [b'{"names": ["a", "b"]}'], [file.fileno()])
        with pytest.raises(StateRefused, match="not whole"):
            list(Channel(theirs).receive_all(PATIENCE, come := Descriptors()))
    assert {} == come.all()


@pytest.mark.parametrize("size", [0, INLINE_BYTES, MESSAGE_BYTES, 5_000_000])
def test_a_message_of_any_length_comes_whole(ends, size: int):
    """A host of thousands of found VMs has megabytes to say."""
    ours, there = ends
    ours.send(PATIENCE, left="x" * size, rules=["a"])
    ours.send(PATIENCE, told=7)
    received = there.receive(PATIENCE), there.receive(PATIENCE)

    assert ({"left": "x" * size, "rules": ["a"]}, {"told": 7}) == received
