"""Which classes are carried from one process to the next, and which attributes of them."""

from collections.abc import Callable, Mapping
from enum import Enum
from operator import attrgetter
from typing import Any, Final, NamedTuple, TypeVar

from com1d.values import is_frozen


T = TypeVar("T")


class Kind(NamedTuple):
    """A carried class, and what of it is carried."""

    cls: type
    names: tuple[str, ...]
    values: Callable[[Any], Any]
    constant: bool
    """Whether its objects never change, so that others may have the one that is there."""
    later: tuple[str, ...] | None
    """Attributes that begin as None; None where only `restore` takes such an object over."""


KINDS: Final[dict[str, Kind]] = {}
OF_CLASS: Final[dict[type, Kind]] = {}
ENUMS: Final[dict[str, type[Enum]]] = {}
WITHOUT: Final[dict[type, Mapping[str, str]]] = {}


def carried(
    *, without: Mapping[str, str] | None = None, later: tuple[str, ...] = ()
) -> Callable[[type[T]], type[T]]:
    """Declare that objects of a class are carried, but for the attributes in `without`.

    Each of these has its reason; `restore` leaves it as it is in the object that takes over. Those
    in `later`, too, are set by others: `unpack` makes them None.
    """
    left = {**(without or {}), **dict.fromkeys(later, "set by another")}

    def declare(cls: type[T]) -> type[T]:
        known = attributes(cls)
        if unknown := left.keys() - set(known):
            raise TypeError(f"{cls.__name__} has no {sorted(unknown)}")
        if cls.__name__ in KINDS:
            raise TypeError(f"there are two carried classes {cls.__name__}")
        names = tuple(name for name in known if name not in left)
        kind = Kind(cls, names, _getter(names), _is_constant(cls), None if without else later)
        KINDS[cls.__name__] = OF_CLASS[cls] = kind
        WITHOUT[cls] = left
        return cls

    return declare


def carried_enum(cls: type[Enum]) -> type[Enum]:
    """Declare that members of an enumeration are carried, by name."""
    ENUMS[cls.__name__] = cls
    return cls


def attributes(cls: type) -> tuple[str, ...]:
    """Give the attributes of a class: a tuple's fields, or all slots. Raises `TypeError`."""
    if issubclass(cls, tuple):
        return tuple(cls._fields)  # type: ignore[attr-defined]  # of a NamedTuple
    names: list[str] = []
    for base in reversed(cls.__mro__[:-1]):
        slots = base.__dict__.get("__slots__")
        if slots is None:
            raise TypeError(f"{base.__name__} has no __slots__, so its attributes are not known")
        names += [slots] if isinstance(slots, str) else slots
    return tuple(name for name in names if name != "__weakref__")


def left_behind(cls: type) -> Mapping[str, str] | None:
    """Give the attributes of a carried class that are not carried, with the reasons; else None."""
    return WITHOUT.get(cls)


def _is_constant(cls: type) -> bool:
    return is_frozen(cls) or issubclass(cls, tuple)


def _getter(names: tuple[str, ...]) -> Callable[[Any], Any]:
    if len(names) > 1:
        return attrgetter(*names)
    return (lambda thing: (getattr(thing, names[0]),)) if names else lambda _: ()
