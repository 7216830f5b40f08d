"""A real boot, as the daemon sees it: every state of it, and GRUB's menu for who comes late."""

import contextlib

import pytest

from com1d.core.screen import Emulator
from frontends.harness import CLIENT, running
from guests.grub import GrubGuest
from guests.operate import post
from guests.qemu import PROMPT
from guests.served import console, until
from guests.session import attached
from guests.terminals import Tmux


pytestmark = pytest.mark.guest

DOWN, ENTER = b"\x1b[B", b"\r"

SILENCE = b"dmesg -n 1\r"
"""The kernel still prints when the shell is there, over its prompt; a panic it prints anyway."""

MENU = """\

GNU GRUB

 +----------------------------------------------------------------------------+
 |{0}first entry                                                                |
 |{1}second entry                                                               |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 |                                                                            |
 +----------------------------------------------------------------------------+

      Use the ^ and v keys to select which entry is highlighted.
      Press enter to boot the selected OS, `e' to edit the commands
      before booting or `c' for a command-line."""

FIRST, SECOND = MENU.format("*", " "), MENU.format(" ", "*")

STATES = {
    "firmware": ("SeaBIOS (version ", "Booting from DVD/CD..."),
    "boot-menu": ("GNU GRUB version 2.", "Use the ^ and v keys to"),
    "booting": ("the boot menu left the screen", "Linux version "),
    "shell": "guest#",
    "kernel-panic": "Kernel panic - not syncing: NMI: Not continuing",
}
"""The states of the boot in order, and what they are known by."""


def text(screen: str) -> str:
    """Give a screen without blanks at the ends, and without GRUB's version, which is centred."""
    rows = [row.rstrip() for row in screen.splitlines()]
    return "\n".join("GNU GRUB" if "GNU GRUB  version" in row else row for row in rows).rstrip()


async def screen(socket: str) -> str:
    """Attach for a moment, and give what a terminal shows then."""
    emulator = Emulator()
    async with attached(socket, "?mode=observe&replay=screen") as session:
        for _ in emulator.read(bytes(session.received)):
            pass
    rows = ("".join(row.texts) for row in emulator.terminal.rows)
    return text("\n".join(rows))


async def test_a_boot_is_seen_and_its_menu_steered(run_dir):
    """Firmware, menu, the second entry by arrow keys, kernel, shell, and a panic by NMI."""
    control = f'control = "qmp:{run_dir}/control.qmp"\nguest = "linux"\n'
    with running(run_dir, console("pipe", run_dir) + control) as daemon:
        async with (
            attached(daemon.socket, "?mode=observe") as watcher,
            GrubGuest(f"pipe:{run_dir}/com1", run_dir),
        ):
            while (await watcher.event("guest"))["state"] != "boot-menu":
                pass
            await watcher.expect(b"for a command-line.")
            command = [*CLIENT, "--socket", daemon.socket, "connect", "vm", "--replay", "screen"]
            with contextlib.closing(Tmux(run_dir, command)) as tmux:
                await until(lambda: text(tmux._screen().decode()) == FIRST)
                assert FIRST == await screen(daemon.socket)
                await tmux.send(DOWN)
                await until(lambda: text(tmux._screen().decode()) == SECOND)
                assert SECOND == await screen(daemon.socket)
                await tmux.send(ENTER)
                await tmux.expect(PROMPT)
                await tmux.send(SILENCE)
            while (await watcher.event("guest"))["state"] != "shell":
                pass
            assert 200 == (await post(daemon, "vm/nmi")).status
            while (await watcher.event("guest"))["state"] != "kernel-panic":
                pass

    seen = {}
    for event in watcher.events:
        if event["event"] == "guest":
            seen.setdefault(event["state"], event["evidence"])
    assert [*STATES] == [state for state in seen if state in STATES]
    for state, evidence in STATES.items():
        assert seen[state].startswith(evidence)
