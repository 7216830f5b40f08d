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

import base64
import binascii
from collections import deque
from enum import Enum
from pathlib import Path, PurePath
from typing import Any, Final, TypeAlias

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
    return _pack(thing, {})


def _pack(thing: Any, seen: dict[int, int]) -> Packed:
    cls = type(thing)
    if cls in _PLAIN:
        return thing
    if (kind := OF_CLASS.get(cls)) is not None:
        return _pack_object(kind, thing, seen)
    if (tag := _TAGS.get(cls)) is not None:
        items = [_pack(each, seen) for each in thing]
        return {tag: items} if tag else items
    if cls is dict:
        return {"m": [[_pack(key, seen), _pack(value, seen)] for key, value in thing.items()]}
    return _pack_leaf(thing)


def _pack_leaf(thing: Any) -> Packed:
    cls: type = type(thing)
    if cls is bytes or cls is bytearray:
        text = binascii.b2a_base64(thing, newline=False).decode()
        return {"b": text, "a": True} if cls is bytearray else {"b": text}
    if isinstance(thing, PurePath):
        return {"p": str(thing)}
    if isinstance(thing, Enum) and ENUMS.get(cls.__name__) is cls:
        return {"e": [cls.__name__, thing.name]}
    raise TypeError(f"a {cls.__name__} is not carried: {thing!r}")


def _pack_object(kind: Kind, thing: Any, seen: dict[int, int]) -> Packed:
    number = seen.get(id(thing))
    if number is not None:
        return {"r": number}
    if isinstance(thing, tuple):
        return {"o": kind.cls.__name__, "v": [_pack(each, seen) for each in thing]}
    seen[id(thing)] = number = len(seen)
    values = [
        value if type(value) in _PLAIN else _pack(value, seen) for value in kind.values(thing)
    ]
    return {"o": kind.cls.__name__, "n": number, "v": values}


_TAGS: Final[dict[type, str]] = {list: "", tuple: "t", deque: "q", set: "s", frozenset: "f"}
_COLLECTIONS: Final = {tag: cls for cls, tag in _TAGS.items() if tag}


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

    def __init__(self) -> None:
        self._made: dict[int, object] = {}
        self._used: set[int] = set()
        """Objects that something was restored in already."""

    def value(self, packed: Packed, depth: int) -> Any:
        if type(packed) in _PLAIN:
            return packed
        if depth > DEEPEST:
            raise StateRefused("it is nested too deep")
        if type(packed) is list:
            return [self.value(each, depth + 1) for each in packed]
        if type(packed) is not dict or not packed:
            raise StateRefused(f"{type(packed).__name__} is no packed value")
        return self._tagged(packed, depth)

    def _tagged(self, packed: dict[str, Packed], depth: int) -> Any:
        match packed:
            case {"o": str(name), "v": list(values)}:
                return self._object(name, packed.get("n"), values, depth)
            case {"r": int(number)} if number in self._made:
                return self._made[number]
            case {"b": str(text)}:
                data = _decoded(text)
                return bytearray(data) if "a" in packed else data
            case {"m": list(pairs)}:
                return self._mapping(pairs, depth)
            case {"e": [str(name), str(member)]}:
                return _member(name, member)
        return self._collection(packed, depth)

    def _collection(self, packed: dict[str, Packed], depth: int) -> Any:
        tag, items = next(iter(packed.items()))
        if tag == "p" and type(items) is str:
            return Path(items)
        if tag not in _COLLECTIONS or type(items) is not list:
            raise StateRefused(f"{tag!r} is no kind of packed value")
        try:
            return _COLLECTIONS[tag](self.value(each, depth + 1) for each in items)
        except TypeError as error:  # a set of lists
            raise StateRefused(str(error)) from None

    def _mapping(self, pairs: list[Packed], depth: int) -> dict[Any, Any]:
        try:
            return {
                self.value(key, depth + 1): self.value(value, depth + 1) for key, value in pairs
            }
        except (TypeError, ValueError) as error:  # no pair, or a key that cannot be one
            raise StateRefused(str(error)) from None

    def _object(self, name: str, number: Packed, values: list[Packed], depth: int) -> Any:
        kind = _kind(name, values)
        if issubclass(kind.cls, tuple):
            return kind.cls(*[self.value(each, depth + 1) for each in values])
        if kind.later is None:
            raise StateRefused(f"a {name} is only carried into another")
        made = kind.cls.__new__(kind.cls)
        for attribute in kind.later:
            object.__setattr__(made, attribute, None)
        self._number(number, made)
        for attribute, packed in zip(kind.names, values, strict=True):
            object.__setattr__(made, attribute, self.value(packed, depth + 1))
        return made

    def into(self, thing: Any, packed: Packed, depth: int) -> None:
        """Carry over into a fresh object of the same class."""
        if depth > DEEPEST:
            raise StateRefused("it is nested too deep")
        if type(packed) is not dict or packed.get("o") != type(thing).__name__:
            raise StateRefused(f"it is not the state of a {type(thing).__name__}")
        if type(values := packed.get("v")) is not list:
            raise StateRefused("it has no values")
        kind = _kind(type(thing).__name__, values)
        self._number(packed.get("n"), thing)
        for attribute, value in zip(kind.names, values, strict=True):
            present = getattr(thing, attribute, None)
            if self._goes_into(present, value):
                self.into(present, value, depth + 1)
            else:
                fresh = self.value(value, depth + 1)
                if type(present) is dict and type(fresh) is dict:
                    fresh = present | fresh  # counts that an older version did not know stay
                _demand_like(present, fresh, f"{kind.cls.__name__}.{attribute}")
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


def _kind(name: str, values: list[Packed]) -> Kind:
    kind = KINDS.get(name)
    if kind is None:
        raise StateRefused(f"{name!r} is not carried by this version")
    if len(values) != len(kind.names):
        raise StateRefused(f"a {name} has {len(kind.names)} values, not {len(values)}")
    return kind


def _demand_like(present: object, fresh: object, where: str) -> None:
    """Raise `StateRefused` where a plain value is of another kind than the fresh object's."""
    ours, theirs = type(present), type(fresh)
    if present is None or fresh is None or ours is theirs or {ours, theirs} == {int, float}:
        return
    if ours in _PLAIN or ours in (bytes, bytearray, dict, *_TAGS):
        raise StateRefused(f"{where} is a {theirs.__name__}, not a {ours.__name__}")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise StateRefused(f"bytes that are no base64: {error}") from None


def _member(name: str, member: str) -> Enum:
    try:
        return ENUMS[name][member]
    except KeyError:
        raise StateRefused(f"{name}.{member} is not known to this version") from None
