"""Every object of a busy daemon is carried to the next process, or there is a reason why not."""

import asyncio
import json
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum
from typing import Any

from websockets.asyncio.client import unix_connect
from websockets.frames import Frame, Opcode

from com1d.config import ConsoleConfig, DiscoverConfig, HookConfig, PortAddress
from com1d.core.carried import OF_CLASS
from com1d.daemon.handover.form import decode, encode
from com1d.loop.descriptors import Descriptors
from com1d.values import is_frozen
from control.monitor import monitor_at
from daemon.handover.left import LEFT
from daemon.handover.numbered import Guest
from daemon.handover.test_upgrade import cancelled
from house import running


UUID = "11111111-1111-4111-8111-111111111111"
HOOK = HookConfig("kernel-panic", ("/bin/true",), "*")


def attributes(thing: object) -> Iterator[tuple[str, Any]]:
    """Give what an object has, whether in slots or in a dictionary."""
    yield from getattr(thing, "__dict__", {}).items()
    for cls in type(thing).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(thing, name):
                yield name, getattr(thing, name)


def title(cls: type) -> str:
    """Give the name by which a class is listed: with its module's, where two have the same."""
    long = f"{cls.__module__.rpartition('.')[2]}.{cls.__name__}"
    return long if long in LEFT else cls.__name__


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


KINDS = ["unix", "listen", "pty", "serial", "tcp", "telnet", "rfc2217", "exec"]
"""Kinds of ports besides pipe:; what demo: has switched on does not go over, and begins anew."""


@asynccontextmanager
async def every_port(run_dir):
    """Run a daemon with a port of each kind whose guest prints, and one that is found."""
    (run_dir / "guests").mkdir()
    guests = [Guest(kind, run_dir, f"{kind}01") for kind in KINDS]
    ports = [(guest.name, *guest.port.split(":", 1)) for guest in guests]
    others = tuple(ConsoleConfig(name, PortAddress(*port)) for name, *port in ports)
    template = ConsoleConfig("", PortAddress("unix", ""), discovered="vms")
    async with AsyncExitStack() as stack:
        for guest in guests:
            stack.callback(guest.close)
        joining = [asyncio.create_task(guest.join()) for guest in guests]
        options: dict[str, Any] = {
            "log_size": 65536,
            "scrollback": 4096,
            "control": f"qmp:{run_dir}/web01.qmp",
        }
        await stack.enter_async_context(monitor_at(run_dir / "web01.qmp", UUID))
        house = await stack.enter_async_context(
            running(
                run_dir, "web01", others=others, hooks=(HOOK,),
                discover=(DiscoverConfig("vms", template, glob=f"{run_dir}/vms/*"),), **options,
            )
        )  # fmt: skip
        await asyncio.gather(*joining)
        pipe = house.guest("web01").start()
        stack.callback(pipe.stop)
        for name in (*(guest.name for guest in guests), "web01"):
            await house.up(name)
        printing = [asyncio.create_task(guest.live()) for guest in guests]
        yield house, pipe
        await cancelled(printing)


@asynccontextmanager
async def every_client(house, guest):
    """Have clients of every kind, each of which has something under way."""
    async with AsyncExitStack() as stack:

        async def attached(query=""):
            return await stack.enter_async_context(house.attach("web01", query))

        user = await attached()
        for number in range(400):
            await guest.print_all(b"line %08d of what is in the log alone\r\n" % number)
        await house.until(lambda: house.service.consoles["web01"].ring.end > 16000)
        guest.print(b"Debian GNU/Linux 12 web01 ttyS0\r\n\r\nweb01 login: ")
        await stack.enter_async_context(house.raw("web01.observe"))
        observer = await attached("?mode=observe")
        behind = await attached("?mode=observe&from=0&window=4096")  # the ring has that no more
        await behind.recv()
        await attached("?wait=true")
        await stack.enter_async_context(unix_connect(str(house.api), "ws://com1d/v1/events"))
        _, half = await asyncio.open_unix_connection(str(house.api))
        stack.callback(half.close)
        half.write(
            b"POST /v1/consoles/web01/keys HTTP/1.1\r\nHost: c\r\nContent-Length: 9\r\n\r\n{"
        )
        held = asyncio.create_task(
            house.request("POST", "/v1/consoles/unix01/keys", b'{"keys":["F8"],"hold":true}')
        )
        await user.send(json.dumps({"op": "paste", "text": "a" * 200, "verify": True}))
        await observer.recv()
        await guest.typed(1)
        await house.until(lambda: house.service.consoles["unix01"].input.lease)
        user.transport.write(Frame(Opcode.TEXT, b"x" * 300).serialize(mask=True)[:100])
        yield
        user.transport.abort()  # the rest of its message never comes
        held.cancel()
        await asyncio.wait((held,))


async def test_every_object_is_carried_or_has_a_reason_why_not(run_dir):
    """A class or an attribute that is new has to be carried, or to be listed with its reason."""
    async with every_port(run_dir) as (house, guest), every_client(house, guest):
        found = reachable(house.service)
        state = b"".join(map(encode, house.service.estate.hand_over(Descriptors())))
    left = {
        title(cls): names(thing)
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

    assert decode(state)["consoles"].keys() == {"web01", *(f"{k}01" for k in KINDS)}
    assert [] == sorted(there - listed)
    assert [] == sorted(listed - there)
