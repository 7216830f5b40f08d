"""Every object of a busy daemon is carried to the next process, or there is a reason why not."""

import json
from collections import deque
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from com1d.core.carried import OF_CLASS
from com1d.loop.descriptors import Descriptors
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
    frozen = getattr(getattr(type(thing), "__dataclass_params__", None), "frozen", False)
    return bool(frozen) or isinstance(thing, tuple | Enum | type)


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


BY_ITSELF = "has a `hand_over` and a `take_over`"
ANEW = "is made anew, of what is carried"
PROCESS = "belongs to the process: to the kernel, to a thread, to the loop"
CONFIGURED = "is made of the configuration, and of nothing else"
EMPTY = "has nothing while the daemon is handed over, which waits for that"

LEFT = {
    "Access": CONFIGURED,
    "Alarm": ANEW,
    "Api": CONFIGURED,
    "Attendance": ANEW,
    "Audit": EMPTY,
    "AuditFile": "is opened again: its chain goes on at its last line",
    "Bodies": ANEW,
    "Budget": ANEW,
    "Callers": "is a cache of names",
    "Census": "is counted anew, of the configuration and what is found",
    "Chain": "is opened again: its chain goes on at its last line",
    "Circuit": "is handed over by its `Console`",
    "Chronicle": "its parts are carried, or have a reason",
    "Connections": BY_ITSELF,
    "Contents": PROCESS,
    "Descriptors": "what a killed process has left, which is taken at the start",
    "Directories": PROCESS,
    "Door": BY_ITSELF,
    "Doors": BY_ITSELF,
    "Entrance": ANEW,
    "EventStreams": BY_ITSELF,
    "Fanout": ANEW,
    "Farewell": EMPTY,
    "Feed": BY_ITSELF,
    "Gate": ANEW,
    "Given": "is handed over by its door: the socket that the service manager has made",
    "Gears": "finds its gear again within some ticks",
    "Heartbeat": "asks again after its time",
    "Hooks": BY_ITSELF,
    "InForce": CONFIGURED,
    "Input": BY_ITSELF,
    "Keyring": CONFIGURED,
    "Lease": "is handed over by its `Input`",
    "Library": BY_ITSELF,
    "Lingering": BY_ITSELF,
    "Members": "is handed over by its `Seating`",
    "Listener": "is handed over by its `Door`",
    "Log": "counts the lines of this minute alone",
    "Looks": PROCESS,
    "Manager": PROCESS,
    "Memory": "is handed over by its `Console`, as a descriptor",
    "Metronome": PROCESS,
    "Painter": EMPTY,
    "Part": "is handed over by its client",
    "Past": ANEW,
    "Slate": "is in the memory of its console",
    "Vault": "its names are handed over by the `Estate`",
    "PipeLine": BY_ITSELF,
    "PipePort": "looks again for what it does not know",
    "Poller": PROCESS,
    "Population": "finds again; who stays though its VM has gone is told beforehand",
    "Predecessor": PROCESS,
    "Premises": ANEW,
    "Queue": ANEW,
    "Quota": "counts the lines of this minute alone",
    "ReadEnd": PROCESS,
    "Refusals": BY_ITSELF,
    "Ring": "is handed over by its `Console`, with its memory",
    "Roster": ANEW,
    "Rounds": EMPTY,
    "Seat": "is handed over by its `Succession`",
    "Service": "its parts are carried, or have a reason",
    "ServiceLevel": "its notes are handed over by the estate",
    "Succession": BY_ITSELF,
    "Switchboard": "its state is handed over by the estate",
    "Talk": "bounds what is said within ten seconds",
    "Tempo": "bounds what is said within ten seconds",
    "Ticker": PROCESS,
    "Unfinished": ANEW,
    "Upkeep": "its counts are handed over by the estate",
    "Vm": "asks its hypervisor again",
    "VmNews": "asks its hypervisor again",
    "Watcher": PROCESS,
    "Worker": PROCESS,
    "Works": "its operations are resumed by their connections, or waited for",
    "WriteEnd": PROCESS,
    "Writer": PROCESS,
}
"""By class: why it is not carried."""


async def test_every_object_is_carried_or_has_a_reason_why_not(run_dir):
    """A class that is new has to be carried, or to be listed here with its reason."""
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
    kept = {cls for cls in found if cls in OF_CLASS}
    forgotten = {
        cls.__name__
        for cls, thing in found.items()
        if cls not in kept and not is_constant(thing) and any(True for _ in attributes(thing))
    }

    assert json.loads(json.dumps(tree))["consoles"].keys() == {"web01"}
    assert forgotten == LEFT.keys()
