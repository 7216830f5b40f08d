"""Short labels in the service manager's store: a process finds its names again."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.loop.labels import ENTRY_BYTES, Labels


MOST_BYTES = 131_072
"""Of one variable of the environment, with its own name and the zero behind it."""

PER_CONSOLE = 8
"""Descriptors that a console with a client has in the store."""


@pytest.fixture
def labels():
    made = Labels()
    made.begin()
    yield made
    made.close()


def test_names_of_two_thousand_consoles_fit_into_the_environment(labels):
    """Whatever they are called: systemd starts no process with more."""
    name = "v" * 63
    given_out = [
        labels.give(f"{name[: -len(str(number))]}{number}/client/{number}/websocket")
        for number in range(2000 * PER_CONSOLE)
    ]

    assert len(set(given_out)) == len(given_out)
    assert len("LISTEN_FDNAMES=" + ":".join(given_out)) + 1 < MOST_BYTES


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("abcdefgh")), max_size=40))
def test_another_process_knows_what_each_is(steps):
    """Of what is stored at that moment, and by its names as well as by its labels."""
    labels, stored = Labels(), dict[str, str]()
    labels.begin()
    for puts, letter in steps:
        if puts:
            stored[f"{letter}/out"] = labels.give(f"{letter}/out")
        elif stored.pop(f"{letter}/out", None):
            labels.forget(f"{letter}/out")
    killed, handed = Labels(), Labels()
    names = killed.adopt(os.dup(labels.fd), stored.values())
    handed.adopt_names(os.dup(labels.fd), stored)

    assert {label: name for name, label in stored.items()} == names
    for other in (killed, handed):
        assert stored == {name: other.of(name) for name in stored}
        assert other.give("new") not in stored.values()
    for each in (labels, killed, handed):
        each.close()


def test_what_an_older_version_has_stored_keeps_its_name(labels):
    """It had no table."""
    names = ["web01/line/out", "com1d.sock", "door//run/com1d/com1d.sock", "zzzz", "é"]

    assert dict(zip(names, names, strict=True)) == labels.adopt(os.dup(labels.fd), names)
    assert "web01/line/out" == labels.of("web01/line/out")
    labels.forget("web01/line/out")


def test_a_name_that_is_too_long_is_refused(labels):
    """It would run into the next one."""
    with pytest.raises(ValueError, match="too long"):
        labels.give("v" * ENTRY_BYTES)
