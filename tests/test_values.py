"""Classes that are made quickly do what the standard library's do."""

import dataclasses
import json
import subprocess
import sys

from com1d.values import dataclass, is_frozen


@dataclass(frozen=True, slots=True)
class Place:
    """Two fields, one with a default."""

    name: str
    row: int = 0


@dataclass(frozen=True, slots=True)
class Seat(Place):
    """One more field, behind inherited ones."""

    number: int = 1


@dataclass(frozen=True, slots=True)
class Nowhere:
    """No field at all."""


@dataclass(frozen=True, slots=True)
class Said:
    """It has methods of its own."""

    word: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Said)

    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return "said"


@dataclass(frozen=True, slots=True, eq=False)
class Itself:
    """Equal to nothing else."""

    name: str


@dataclass(slots=True)
class Count:
    """One that changes."""

    number: int = 0


def test_equal_fields_make_equal_values():
    assert Place("a") == Place("a", 0)
    assert hash(Place("a")) == hash(Place("a", 0))
    assert Place("a") != Place("b")
    assert Nowhere() == Nowhere()
    assert len({Place("a"), Place("a"), Place("b"), Nowhere(), Nowhere()}) == 3


def test_values_of_another_class_are_not_equal():
    values = [Place("a"), Seat("a"), ("a", 0), Nowhere(), ()]

    assert [values.index(value) for value in values] == list(range(len(values)))


def test_a_value_is_shown_by_its_fields():
    assert repr(Seat("a", 2)) == "Seat(name='a', row=2, number=1)"
    assert repr(Nowhere()) == "Nowhere()"


def test_own_methods_stay():
    assert Said("a") == Said("b")
    assert hash(Said("a")) == 1
    assert repr(Said("a")) == "said"


def test_identity_where_that_is_asked_for():
    assert Itself("a") != Itself("a")


def test_the_standard_library_knows_them():
    assert dataclasses.asdict(Seat("a")) == {"name": "a", "row": 0, "number": 1}
    assert dataclasses.replace(Seat("a"), number=4) == Seat("a", 0, 4)
    match Seat("a", 2):
        case Place(name, row):
            assert (name, row) == ("a", 2)
    assert not hasattr(Place("a"), "__dict__")


def test_what_changes_is_told_apart():
    """Also by what is handed over: what is frozen may be shared."""
    assert is_frozen(Place)
    assert is_frozen(Seat)
    assert is_frozen(Itself)
    assert not is_frozen(Count)
    assert Count(1) == Count(1)


def test_no_frozen_class_of_the_daemon_is_made_slowly():
    """The standard library would take three times as long for each."""
    program = """
import json, sys
import com1d.daemon.serving
found = {
    thing.__qualname__
    for name, module in sys.modules.items() if name.startswith("com1d.")
    for thing in vars(module).values()
    if isinstance(thing, type) and thing.__module__.startswith("com1d.")
    and getattr(getattr(thing, "__dataclass_params__", None), "frozen", False)
}
json.dump(sorted(found), sys.stdout)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert json.loads(done.stdout) == []
