"""A break that is typed: where the far end takes none on the line."""

import json

import pytest

from com1d.api import operations
from com1d.config import PortAddress
from house import running


@pytest.fixture
def no_pause(monkeypatch):
    """Type the parts at once."""
    monkeypatch.setattr(operations, "BREAK_PAUSE_SECONDS", 0.0)


@pytest.mark.parametrize(
    "keys", [("\r~",), ("\r", "~", "\x02"), ("~#.",), ("\x1e", "\x1e", "\x1e")]
)
async def test_a_break_is_typed(run_dir, no_pause, keys):
    """That of conserver, Sun's in three parts, a terminal server's, and Cisco's."""
    async with running(run_dir, "sun1", break_keys=keys) as house:
        guest = house.guest("sun1").start()
        await house.up("sun1")
        answer = await house.request("POST", "/v1/consoles/sun1/break")
        whole = "".join(keys).encode()

        assert (200, whole) == (answer.status, await guest.typed(len(whole)))
        guest.stop()


async def test_sysrq_begins_with_it(run_dir, no_pause):
    """SysRq is a break and a key, whatever a break is here."""
    async with running(run_dir, "vm", break_keys=("~B",)) as house:
        guest = house.guest("vm").start()
        await house.up("vm")
        answer = await house.request("POST", "/v1/consoles/vm/sysrq", b'{"keys": "h"}')

        assert (200, b"~Bh") == (answer.status, await guest.typed(3))
        guest.stop()


async def test_a_program_takes_its_own_break(run_dir, no_pause):
    """Such as ssh, which has ~B for it, typed behind a new line."""
    port = PortAddress("exec", "/bin/cat")
    async with running(run_dir, "ts1", port=port, break_keys=("\r~B",)) as house:
        await house.up("ts1")
        console = house.service.consoles["ts1"]
        await house.request("POST", "/v1/consoles/ts1/break")
        await house.until(lambda: console.ring.end == 3)

        assert b"\r~B" == console.ring.read(0, 3)


async def test_a_port_that_is_down_takes_none(run_dir):
    """It is refused as any break is."""
    async with running(run_dir, "vm", break_keys=("~B",)) as house:
        answer = await house.request("POST", "/v1/consoles/vm/break")

    assert (409, "not-running") == (answer.status, json.loads(answer.body)["code"])
