"""What a process hands over to the one that follows it: objects as plain, checked values.

A class whose objects are carried says so once::

    @carried(without={"_loop": "of the process"})
    class Keyboard: ...

All that it does not name in `without`, with the reason, is carried. So a new attribute cannot be
forgotten: one that is no plain value fails in `pack`, and in the test that packs a busy daemon.

`pack` gives values that JSON has. Objects that several others know stay one object. `unpack` makes
only objects of carried classes, with exactly their attributes, and calls nothing of them: unlike a
pickle, a state can be foreign or damaged, and is refused then.
"""

import binascii
from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path, PurePath
from typing import Any, Final, NoReturn, TypeAlias

from com1d.core.carried import ENUMS, KINDS, OF_CLASS, Kind
from com1d.errors import StateRefused


Packed: TypeAlias = Any
"""What JSON has: None, numbers, texts, lists, and objects with texts as keys."""

_PLAIN: Final = frozenset({type(None), bool, int, float, str})

DEEPEST: Final = 64
"""How deep values may be nested: ours are some ten deep, and a foreign state must not overrun the
stack."""


# -- packing ----------------------------------------------------------------------------------


def pack(thing: object) -> Packed:
    """Give a value, or an object of a carried class, as plain values.

    Raises `TypeError` for what is neither: that is a bug.
    """
    return thing if type(thing) in _PLAIN else _PACKERS[type(thing)](thing, {})


Packer: TypeAlias = Callable[[Any, dict[int, int]], Packed]
"""Packs values of one class; it has the numbers of the objects that were met before."""


class _Packers(dict[type, Packer]):
    """What packs values of a class, made when one of that class is met for the first time."""

    def __missing__(self, cls: type) -> Packer:
        self[cls] = packer = _packer(cls)
        return packer


def _packer(cls: type) -> Packer:
    if (kind := OF_CLASS.get(cls)) is not None:
        return _tuple_packer(kind) if issubclass(cls, tuple) else _object_packer(kind)
    if issubclass(cls, PurePath):
        return lambda path, _: {"p": str(path)}
    if issubclass(cls, Enum) and ENUMS.get(cls.__name__) is cls:
        return lambda member, _: {"e": [cls.__name__, member._name_]}
    return _refuse


def _refuse(thing: object, _: object) -> NoReturn:
    raise TypeError(f"a {type(thing).__name__} is not carried: {thing!r}")


def _object_packer(kind: Kind) -> Packer:
    name, values = kind.cls.__name__, kind.values

    def packer(thing: Any, seen: dict[int, int]) -> Packed:
        if (number := seen.get(id(thing))) is not None:
            return {"r": number}
        seen[id(thing)] = number = len(seen)
        return {"o": name, "n": number, "v": _pack_all(values(thing), seen)}

    return packer


def _tuple_packer(kind: Kind) -> Packer:
    name = kind.cls.__name__
    return lambda thing, seen: {"o": name, "v": _pack_all(thing, seen)}


def _collection_packer(tag: str) -> Packer:
    return lambda things, seen: {tag: _pack_all(things, seen)}


def _pack_all(things: Iterable[Any], seen: dict[int, int]) -> list[Packed]:
    return [each if type(each) in _PLAIN else _PACKERS[type(each)](each, seen) for each in things]


def _pack_mapping(things: dict[Any, Any], seen: dict[int, int]) -> Packed:
    return {"m": [_pack_all(pair, seen) for pair in things.items()]}


def _pack_bytes(data: bytes | bytearray, _: object) -> Packed:
    return {"b": binascii.b2a_base64(data, newline=False).decode()}


_COLLECTIONS: Final[dict[str, type]] = {"t": tuple, "q": deque, "s": set, "f": frozenset}
_PACKERS: Final = _Packers(
    {cls: _collection_packer(tag) for tag, cls in _COLLECTIONS.items()}
    | {list: _pack_all, dict: _pack_mapping, bytes: _pack_bytes}
    | {bytearray: lambda data, seen: _pack_bytes(data, seen) | {"a": True}}
)


# -- unpacking --------------------------------------------------------------------------------


def unpack(packed: Packed) -> Any:
    """Make the value anew. Raises `StateRefused` for anything that `pack` does not give."""
    return _Unpacking().value(packed, 0)


def restore(thing: object, packed: Packed) -> None:
    """Give a fresh object the attributes that were carried; others stay as they are.

    Parts of it that are carried objects themselves are restored in the same way. Raises
    `StateRefused`, and the object may have got a part of them then.
    """
    _Unpacking().into(thing, packed, 0)


class _Unpacking:
    """One state being read, with its numbered objects."""

    __slots__ = ("_made", "_used")

    def __init__(self) -> None:
        self._made: dict[int, object] = {}
        self._used: set[int] = set()
        """Objects that something was restored in already."""

    def value(self, packed: Packed, depth: int) -> Any:
        cls = type(packed)
        if cls in _PLAIN:
            return packed
        if depth > DEEPEST:
            raise StateRefused("it is nested too deep")
        if cls is list:
            return self._values(packed, depth)
        if cls is not dict or not packed:
            raise StateRefused(f"{cls.__name__} is no packed value")
        tag = next(iter(packed))
        if (reader := _READERS.get(tag)) is None:
            raise StateRefused(f"{tag!r} is no kind of packed value")
        return reader(self, packed, depth)

    def _values(self, packed: Packed, depth: int) -> list[Any]:
        if type(packed) is not list:
            raise StateRefused(f"{type(packed).__name__} is no list of packed values")
        deeper = depth + 1
        return [each if type(each) in _PLAIN else self.value(each, deeper) for each in packed]

    def instance(self, packed: dict[str, Packed], depth: int) -> Any:
        kind = _kind(packed["o"], packed.get("v"))
        if kind.later is None:
            raise StateRefused(f"a {kind.cls.__name__} is only carried into another")
        if issubclass(kind.cls, tuple):
            return kind.cls(*self._values(packed["v"], depth))
        made = kind.cls.__new__(kind.cls)
        for attribute in kind.later:
            object.__setattr__(made, attribute, None)
        self._number(packed.get("n"), made)
        for attribute, value in zip(kind.names, self._values(packed["v"], depth), strict=True):
            object.__setattr__(made, attribute, value)
        return made

    def known(self, packed: dict[str, Packed], _depth: int) -> object:
        number = packed["r"]
        if type(number) is not int or number not in self._made:
            raise StateRefused("it refers to an object that it does not have")
        return self._made[number]

    def collection(self, packed: dict[str, Packed], depth: int) -> Any:
        tag, items = next(iter(packed.items()))
        try:
            return _COLLECTIONS[tag](self._values(items, depth))
        except TypeError as error:  # a set of lists
            raise StateRefused(str(error)) from None

    def mapping(self, packed: dict[str, Packed], depth: int) -> dict[Any, Any]:
        if type(packed["m"]) is not list:
            raise StateRefused("a mapping is no list")
        try:
            return dict(self._values(pair, depth) for pair in packed["m"])
        except (TypeError, ValueError) as error:  # no pair, or a key that cannot be one
            raise StateRefused(str(error)) from None

    def into(self, thing: Any, packed: Packed, depth: int) -> None:
        """Carry over into a fresh object of the same class."""
        if depth > DEEPEST:
            raise StateRefused("it is nested too deep")
        cls = type(thing)
        if type(packed) is not dict or packed.get("o") != cls.__name__:
            raise StateRefused(f"it is not the state of a {cls.__name__}")
        values: Any = packed.get("v")
        kind = _kind(cls.__name__, values)
        self._number(packed.get("n"), thing)
        try:
            there = tuple(kind.values(thing))
        except AttributeError:
            there = tuple(getattr(thing, attribute, None) for attribute in kind.names)
        if there == tuple(values):  # most are what they are at the beginning
            return
        for attribute, present, value in zip(kind.names, there, values, strict=True):
            ours, theirs = type(present), type(value)
            if theirs in _PLAIN:
                if ours is not theirs:
                    _demand_like(present, value, cls, attribute)
                setattr(thing, attribute, value)
            elif self._goes_into(present, value):
                self.into(present, value, depth + 1)
            else:
                fresh = self.value(value, depth + 1)
                if ours is dict and type(fresh) is dict:
                    fresh = present | fresh  # counts that an older version did not know stay
                _demand_like(present, fresh, cls, attribute)
                setattr(thing, attribute, fresh)

    def _goes_into(self, present: object, value: Packed) -> bool:
        """Say whether a value is to be restored in an object that is there, and not made anew."""
        kind = OF_CLASS.get(type(present))
        if kind is None or kind.constant or type(value) is not dict:
            return False
        return value.get("o") == kind.cls.__name__ and id(present) not in self._used

    def _number(self, number: Packed, made: object) -> None:
        if type(number) is not int or number in self._made:
            raise StateRefused("its objects are not numbered")
        self._made[number] = made
        self._used.add(id(made))


Reader: TypeAlias = Callable[[_Unpacking, dict[str, Packed], int], Any]

_READERS: Final[dict[str, Reader]] = dict.fromkeys(_COLLECTIONS, _Unpacking.collection) | {
    "o": _Unpacking.instance,
    "r": _Unpacking.known,
    "m": _Unpacking.mapping,
    "b": lambda _, packed, __: _bytes(packed),
    "e": lambda _, packed, __: _member(packed["e"]),
    "p": lambda _, packed, __: _path(packed["p"]),
}
"""By the first key of a packed value, which is its tag."""


def _kind(name: Packed, values: Packed) -> Kind:
    kind = KINDS.get(name) if type(name) is str else None
    if kind is None:
        raise StateRefused(f"{name!r} is not carried by this version")
    if type(values) is not list:
        raise StateRefused(f"a {name} has no values")
    if len(values) != len(kind.names):
        raise StateRefused(f"a {name} has {len(kind.names)} values, not {len(values)}")
    return kind


def _demand_like(present: object, fresh: object, cls: type, attribute: str) -> None:
    """Raise `StateRefused` where a plain value is of another kind than the fresh object's."""
    ours, theirs = type(present), type(fresh)
    if present is None or fresh is None or ours is theirs or {ours, theirs} == {int, float}:
        return
    if ours in _PLAIN or ours in (bytes, bytearray, list, dict, *_COLLECTIONS.values()):
        where = f"{cls.__name__}.{attribute}"
        raise StateRefused(f"{where} is a {theirs.__name__}, not a {ours.__name__}")


def _bytes(packed: dict[str, Packed]) -> bytes | bytearray:
    text = packed["b"]
    if type(text) is not str:
        raise StateRefused("bytes that are no text")
    try:
        data = binascii.a2b_base64(text, strict_mode=True) if text else b""
    except ValueError as error:
        raise StateRefused(f"bytes that are no base64: {error}") from None
    return bytearray(data) if "a" in packed else data


def _path(text: Packed) -> Path:
    if type(text) is not str:
        raise StateRefused("a path that is no text")
    return Path(text)


def _member(packed: Packed) -> Enum:
    try:
        name, member = packed
        return ENUMS[name][member]
    except (KeyError, TypeError, ValueError):
        raise StateRefused(f"{packed} is not known to this version") from None
