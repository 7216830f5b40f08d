"""The VM behind a console: verbs and events, through the demo guest's own hypervisor side.

Real hypervisors are in tests/control, and a real QEMU behind the whole daemon in tests/guests.
"""

import asyncio

import pytest

from com1d.config import PortAddress
from house import PATIENCE, events, running


DEMO = PortAddress("demo", "")


async def until(client, text: bytes) -> bytes:
    """Read console bytes up to `text`."""
    stream = b""
    async with asyncio.timeout(PATIENCE):
        while text not in stream:
            message = await client.recv()
            stream += message if isinstance(message, bytes) else b""
    return stream


async def test_reset_keeps_the_session_and_marks_a_boot(run_dir):
    """A reset is told as an event in the stream, the guest boots anew, and a boot is counted."""
    async with running(run_dir, "web01", port=DEMO) as house, house.attach("web01") as client:
        await until(client, b"SAC>")

        answer = await house.request("POST", "/v1/consoles/web01/reset")
        seen, before = await events(client, "vm")
        after = await until(client, b"Computer is booting, SAC started")

        assert 200 == answer.status
        assert "reset" == seen[-1]["what"]
        assert b"Computer is booting" not in before
        assert b"SAC>" not in after.partition(b"Computer is booting")[0]
        shown = (await house.get("/v1/consoles/web01")).json
        assert 1 == shown["boot"]
        assert {"kind": "demo", "can": ["nmi", "reset"], "hears": True} == shown["control"]


async def test_nmi_crashes_the_guest_for_whoever_attaches_later(run_dir):
    """An NMI needs no session; who attaches afterwards finds its traces in the replay."""
    async with running(run_dir, "web01", port=DEMO) as house:
        console = house.service.consoles["web01"]
        await house.until(lambda: b"SAC>" in console.ring.read(0, 65536))
        answer = await house.request("POST", "/v1/consoles/web01/nmi")
        async with house.attach("web01") as client:
            await until(client, b"BLUESCREEN")

        assert 200 == answer.status


@pytest.mark.parametrize(
    ("port", "action", "words"),
    [
        (DEMO, "restart", "offers no restart"),
        (DEMO, "break", "offers no break"),
        (None, "nmi", "needs the hypervisor"),
        (None, "reset", "set `control`"),
    ],
)
async def test_what_a_console_cannot_do_is_unsupported(run_dir, port, action: str, words: str):
    """A verb without a control, or that the control does not have, is refused with the way out."""
    options = {"port": port} if port else {}
    async with running(run_dir, "web01", **options) as house:
        if port:
            await house.up("web01")
        answer = await house.request("POST", f"/v1/consoles/web01/{action}")

    assert (501, "unsupported") == (answer.status, answer.json["code"])
    assert words in answer.json["detail"]
