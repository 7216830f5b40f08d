"""Every object of a busy daemon is carried to the next process, or there is a reason why not."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from com1d.core.carried import OF_CLASS
from com1d.loop.descriptors import Descriptors
from com1d.values import is_frozen
from daemon.handover.left import LEFT
from house import running


def attributes(thing: object) -> Iterator[tuple[str, Any]]:
    """Give what an object has, whether in slots or in a dictionary."""
    yield from getattr(thing, "__dict__", {}).items()
    for cls in type(thing).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, name):
                yield name, getattr(thing, name)


def is_constant(thing: object) -> bool:
    return is_frozen(type(thing)) or isinstance(thing, tuple | Enum | type)


def reachable(root: object) -> dict[type, object]:
    """Give one object of each of our classes that can be reached from `root` by attributes."""
    seen: set[int] = set()
    found: dict[type, object] = {}
    waiting = deque([root])
    while waiting:
        thing = waiting.popleft()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        if isinstance(thing, Mapping):
            waiting.extend([*thing.keys(), *thing.values()])
        elif isinstance(thing, list | tuple | set | frozenset | deque):
            waiting.extend(thing)
        if type(thing).__module__.startswith("com1d."):
            found.setdefault(type(thing), thing)
            waiting.extend(value for _, value in attributes(thing))
        elif hasattr(thing, "__self__"):
            waiting.append(thing.__self__)
    return found


def names(thing: object) -> set[str]:
    """Give the names of all attributes that an object can have, whether they are set or not."""
    slots = [cls.__dict__.get("__slots__", ()) for cls in type(thing).__mro__]
    declared = {name for each in slots for name in ((each,) if isinstance(each, str) else each)}
    return (declared | getattr(thing, "__dict__", {}).keys()) - {"__weakref__", "__dict__"}


async def test_every_object_is_carried_or_has_a_reason_why_not(run_dir):
    """A class or an attribute that is new has to be carried, or to be listed with its reason."""
    async with running(run_dir, "web01", log_size=65536) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with (
            house.attach("web01") as user,
            house.raw("web01.observe"),
            house.attach("web01", "?mode=observe") as observer,
        ):
            guest.print(b"Debian GNU/Linux 12 web01 ttyS0\r\n\r\nweb01 login: ")
            await user.send(json.dumps({"op": "paste", "text": "a" * 200, "verify": True}))
            await observer.recv()
            await guest.typed(1)
            found = reachable(house.service)
            tree = house.service.estate.hand_over(Descriptors())
        guest.stop()
    left = {
        cls.__name__: names(thing)
        for cls, thing in found.items()
        if cls not in OF_CLASS and not is_constant(thing) and names(thing)
    }
    there = {f"{cls}.{name}" for cls, attributes in left.items() for name in attributes}
    listed = {
        f"{cls}.{name}"
        for cls, each in LEFT.items()
        for name in f"{each.rest} {each.over}".split()
        if cls in left or not each.seldom
    }

    assert json.loads(json.dumps(tree))["consoles"].keys() == {"web01"}
    assert [] == sorted(there - listed)
    assert [] == sorted(listed - there)
