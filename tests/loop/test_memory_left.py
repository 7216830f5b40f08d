"""A console's memory as another process finds it."""

import os
import random

import pytest

from com1d.core.stream.ring import PROOF, Ring
from com1d.errors import StateRefused
from com1d.loop.memory import FRONT_BYTES, SLATE_BYTES, UNSURE, WORDS_BYTES, Memory, cursors


def test_a_cursor_is_found_unless_it_is_unsure():
    """A client that is being written to, or has left, has none."""
    memory = Memory()
    memory.allocate(64)
    sure, unsure = memory.cursor_of(7), memory.cursor_of(8)
    memory.cursor_of(9)[0] = PROOF * 300 + 1
    memory.forget(9)
    sure[0] = PROOF * 100 + 1

    assert [UNSURE] == list(unsure)
    assert {7: 100} == cursors(memory.fd)
    memory.close()


def test_who_comes_without_a_place_has_to_know_it_himself():
    """There are 128 places; then a cursor is kept nowhere, and nobody else's is touched."""
    memory = Memory()
    memory.allocate(64)
    for number in range(1, 131):
        memory.cursor_of(number)[0] = PROOF * number + 1

    assert {number: number for number in range(1, 129)} == cursors(memory.fd)
    memory.close()


@pytest.mark.parametrize("part", ["slate", "ring"])
def test_damage_is_refused_or_changes_nothing(part):
    """At 200 places: a slate is one that was written; a ring ends no later than it did."""
    chance, outcomes = random.Random(16), set()
    for _ in range(200):
        memory = Memory()
        ring = Ring(64, memory.allocate)
        ring.append(b"x" * 1000)
        memory.write(b"earlier" * 20)
        memory.write(b"later" * 20)
        begin, size = (WORDS_BYTES, 2 * SLATE_BYTES) if part == "slate" else (0, 24)
        place = begin + chance.randrange(size)
        byte = os.pread(memory.fd, 1, place)[0] ^ 1 << chance.randrange(8)
        os.pwrite(memory.fd, bytes([byte]), place)
        found, other = Memory(), Ring(64)
        try:
            torn = other.recover(found.take_over(os.dup(memory.fd), 64))
            slate = found.read()
        except (StateRefused, ValueError) as error:
            outcomes.add(type(error).__name__)
        else:
            assert slate in (b"later" * 20, b"earlier" * 20)
            assert (1000, 0, 936) == (other.end, torn, other.start)
            outcomes.add(slate[:5].decode())
        found.close()
        memory.close()
    assert outcomes <= {"later", "earli", "ValueError", "StateRefused"}


def test_a_memory_of_another_size_is_refused():
    """It is no memory of a ring so large."""
    fd = os.memfd_create("other")
    os.ftruncate(fd, FRONT_BYTES + 10)
    memory = Memory()
    with pytest.raises(StateRefused, match="10 bytes, not 64"):
        memory.take_over(fd, 64)
    memory.close()
