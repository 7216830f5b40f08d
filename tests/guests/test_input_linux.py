"""Pastes and keys on their way into a real Linux guest: what arrives is what was sent."""

import asyncio
import hashlib

import pytest

from frontends.harness import running
from guests.line import connect
from guests.operate import port_up, post, press
from guests.qemu import PROMPT, READY, Guest
from guests.served import console, power_on, served
from guests.session import attached


pytestmark = pytest.mark.guest

PASTE_LIMIT = 2048

ROUNDS = 10
"""On each of the guest's two ports, which are pasted to at the same time: twenty pastes."""

LINE = "\tKühe: 100 € »x« 🙂 aabbccc "
"""A TAB, doubled letters, and characters of two, three and four bytes."""

TEXT = "".join(f"{number:03}{LINE * 12}"[:255] + "\n" for number in range(8))
"""As long as a paste may be."""

FLOOD = b"while :; do echo flood $((n += 1)); done & "


async def paste(daemon, name, _) -> str:
    """Paste at the fixed pace, without a session."""
    assert 0 == await _paste(daemon, name, verify=False)
    return TEXT


async def paste_verified(daemon, name, _) -> str:
    """Paste so that the guest's echo proves each character."""
    assert PASTE_LIMIT == await _paste(daemon, name, verify=True)
    return TEXT


async def paste_unverifiable(daemon, name, _) -> str:
    """Ask for proof where the echo drowns: the paste goes on without, and the answer says so."""
    assert PASTE_LIMIT > await _paste(daemon, name, verify=True)
    return TEXT


async def _paste(daemon, name, *, verify: bool) -> int:
    """Paste `TEXT` and end the file; give how many characters were verified."""
    answer = await post(daemon, f"{name}/paste", text=TEXT, verify=verify)
    assert (200, PASTE_LIMIT) == (answer.status, answer.json["sent"])
    await press(daemon, name, "Ctrl-D")
    return answer.json["verified"]


async def paste_at_once(_, name, terminal) -> str:
    """Send all in one piece, as a terminal without paste markers does: it goes at the line rate."""
    text = TEXT[1:]  # Ctrl-D counts
    await terminal.send(text.replace("\n", "\r").encode() + b"\x04")
    return text


async def paste_all(daemon, name, ways, before: bytes) -> list[bool]:
    """Paste in each of the `ways`, one after the other; say which arrived identical in a file."""
    await port_up(daemon, name)
    with connect(daemon.folder / "run" / "consoles" / f"{name}.sock") as terminal:
        await terminal.send(b"\r")
        await terminal.expect(PROMPT)
        loop = f"for i in $(seq {len(ways)}); do cat >/tmp/$$; md5sum /tmp/$$; done\r"
        await terminal.send(before + loop.encode())
        await terminal.expect(b"\n")
        results = []
        for way in ways:
            text = await way(daemon, name, terminal)
            shown = await terminal.expect(b"  /tmp/")
            results.append(hashlib.md5(text.encode()).hexdigest().encode() in shown)
        return results


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("before", "ways"),
    [
        (b"", [paste, paste_verified, paste_at_once] * ROUNDS),
        (FLOOD, [paste, paste_at_once] * ROUNDS + [paste_unverifiable]),
    ],
    ids=["quiet", "flood"],
)
async def test_pastes_arrive_identical(run_dir, before, ways):
    """2,048 characters into `cat > file`, 20 times each way, have the right checksum 20 times.

    Also while the guest floods both its consoles, where no echo can be found to verify by.
    """
    assert len(TEXT) == PASTE_LIMIT
    second = f'[consoles.second]\nport = "unix:{run_dir}/com2.sock"\n'
    with running(run_dir, console("pipe", run_dir) + second) as daemon:
        async with Guest(f"pipe:{run_dir}/com1", run_dir):
            arrived = await asyncio.gather(
                *(paste_all(daemon, name, ways, before) for name in ("vm", "second"))
            )
    assert [[True] * len(ways)] * 2 == arrived


async def test_ctrl_c_ends_a_paste(run_dir):
    """What arrived before is the beginning of the text; after Ctrl-C nothing more of it comes."""
    async with served("pipe", run_dir) as (daemon, guest), attached(daemon.socket) as session:
        await power_on(daemon, guest)
        await session.expect(PROMPT)
        await session.send(b"cat >/tmp/f\r")
        await session.expect(b"\r\n")
        await session.send(b"\x1b[200~" + TEXT.encode() + b"\x1b[201~")
        await session.expect(b"\r\n001")
        await session.send(b"\x03")
        discarded = await session.event("input-discarded")
        await session.expect(PROMPT)
        await session.send(b"cat /tmp/f; echo EN''D\r")
        typed, _, shown = (await session.expect(b"END\r\n")).partition(b"\r\n")

    file = shown.removesuffix(b"END\r\n").replace(b"\r\n", b"\n")
    assert TEXT.encode().startswith(file)
    assert 0 < len(file) < len(TEXT.encode()) - discarded["bytes"]
    assert typed.endswith(b"cat /tmp/f; echo EN''D")
    assert "he: 100" not in typed.decode()


async def test_keys_by_name_steer_the_shell(run_dir):
    """Up recalls the last command; Home, End, Left, Delete and Backspace edit the line."""
    async with served("pipe", run_dir) as (daemon, guest), attached(daemon.socket) as session:
        await power_on(daemon, guest)
        await session.expect(PROMPT)
        await session.send(b"echo $((6 * 7))\r")
        await session.expect(b"\n42\r\n" + PROMPT)
        await press(daemon, "vm", "Up", "Enter")
        await session.expect(b"\n42\r\n" + PROMPT)

        await session.send(b"cho 54321")
        await session.expect(b"54321")
        await press(daemon, "vm", "Home")
        await session.send(b"eX")
        await session.expect(b"X")
        await press(daemon, "vm", "Backspace", "End", "Left", "Delete", "Enter")
        await session.expect(b"\n5432\r\n" + PROMPT)


async def test_sysrq_acts_and_break_alone_does_not(run_dir):
    """`h` prints the help, a break without a key nothing, and REISUB ends in the next boot."""
    config = console("pipe", run_dir) + f'control = "qmp:{run_dir}/control.qmp"\n'
    with running(run_dir, config) as daemon:
        async with attached(daemon.socket) as session:
            async with Guest(f"pipe:{run_dir}/com1", run_dir) as guest:
                await session.expect(PROMPT)
                helped = await post(daemon, "vm/sysrq", keys="h")
                await session.expect(b"sysrq: HELP")
                await session.expect(b"\r\n")

                broken = await post(daemon, "vm/break")
                with connect(guest.com2) as second:
                    await second.send(b"\r")
                    await second.expect(PROMPT)
                    await second.send(b"echo told $(dmesg | grep -c sysrq:)\r")
                    await second.expect(b"\r\ntold 1\r\n")
                # A second break in a row would cancel this one: give it its key, if it still waits.
                await session.send(b"h")
                await session.expect(b"h")

                rebooted = await post(daemon, "vm/sysrq", keys="REISUB")
                await session.expect(b"sysrq: Resetting")
                await session.expect(READY)
    answers = [(answer.status, answer.json) for answer in (helped, broken, rebooted)]
    assert [(200, {"sent": 1}), (200, {"state": "running"}), (200, {"sent": 6})] == answers
