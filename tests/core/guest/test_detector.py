"""The state of a guest, from recorded and documented transcripts, however they are cut."""

import random
import re
import sysconfig
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.guest.detector import BACKLOG_MAX, KEPT, QUIET, Detector
from com1d.core.guest.portion import LOOK_MAX
from com1d.core.guest.states import DEAD, Finding, State
from core.guest.transcripts import (
    BOOT_MENU,
    GRUB,
    HEALTH,
    LINUX,
    SHORT,
    detect,
    watch,
    windows,
    windows_pieces,
)


LOGIN = (3.1, b"ann\r"), (3.2, b"\r"), (3.3, b"pw\r")
CMD = (2.8, b"cmd\r"), (2.9, b"ch -si 1\r"), (3.0, b" "), *LOGIN

TO_MENU = GRUB[: GRUB.index(b"\x1b[?25h\x1b[H\x1b[J\x1b[1;1H\x1b[H")]
TO_LOGIN = SHORT[: SHORT.index(b"guest login: ") + 13]
TO_SHELL = SHORT[: SHORT.index(b"guest# ") + 11]

ROOT_SHELL = b"\x1b[?2004h\x1b]0;root@web01: ~\x07\x1b[01;32mroot@web01\x1b[00m:~# "
EMERGENCY = (
    b"[    4.1] systemd[1]: Reached target Emergency Mode.\r\nYou are in emergency mode. After "
    b'logging in, type "journalctl -xb" to view\r\nsystem logs.\r\nGive root password for '
    b"maintenance\r\n(or press Control-D to continue): "
)
KD = b"iiii\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
KD_DATA = b"0000\x07\x00\xf0\x00\x00\x08\x80\x80\x11\x22\x33\x44" + bytes(range(240)) + b"\xaa"

TRANSCRIPTS = {
    "nothing": (b"", State.BLANK),
    "nothing printable": (b"\x1b[2J\x1b[H \r\n\x00", State.BLANK),
    "some text": (b"hello, world\r\n", State.UNKNOWN),
    "SeaBIOS": (LINUX[:80], State.FIRMWARE),
    "UEFI shell": (b"\x1b[2J\x1b[01;01HUEFI Interactive Shell v2.2\r\nEDK II\r\nShell> ",
                   State.FIRMWARE),
    "GRUB": (TO_MENU, State.BOOT_MENU),
    "GRUB, its menu left": (GRUB[: len(TO_MENU) + 24], State.BOOTING),
    "Windows Boot Manager": (BOOT_MENU, State.BOOT_MENU),
    "Windows Boot Manager, left": (BOOT_MENU + b"\x1b[2J\x1b[1;1H", State.BOOTING),
    "Linux booting": (LINUX[:3000], State.BOOTING),
    "Windows booting": (windows(until=1.0), State.BOOTING),
    "Windows shutting down": (windows((2.5, b"shutdown\r"), until=3.5), State.BOOTING),
    "health reports": (HEALTH * 3, State.HEALTH_ONLY),
    "SAC": (windows(until=3.0), State.SAC),
    "SAC and health reports": (windows(until=40.0), State.SAC),
    "SAC, half a command": (windows((2.5, b"rest"), until=3.0), State.SAC),
    "SAC, repainted": (windows(*CMD, (3.5, b"\x1b\t0"), until=3.6), State.SAC),
    "SAC, more pages": (windows((2.5, b"?\r?\r"), until=3.0), State.SAC),
    "preview": (windows(*CMD[:2], until=3.0), State.SAC_CHANNEL),
    "Username": (windows(*CMD[:3], until=3.05), State.CMD_LOGIN),
    "Domain": (windows(*CMD[:4], until=3.15), State.CMD_LOGIN),
    "Password": (windows(*CMD[:5], until=3.25), State.CMD_LOGIN),
    "cmd": (windows(*CMD, until=3.35), State.CMD),
    "cmd with a command": (windows(*CMD, (3.4, b"dir\rechoo"), until=3.5), State.CMD),
    "cmd, addressed by cell": (b"\x1b[2J\x1b[1;1HMicrosoft Windows\x1b[4;1HC:\\Users\\ann>\x1b[K",
                               State.CMD),
    "PowerShell": (b"Windows PowerShell\r\n\r\nPS C:\\Windows\\system32> ", State.POWERSHELL),
    "login": (TO_LOGIN, State.LOGIN),
    "login, a password": (TO_LOGIN + b"root\r\nPassword: ", State.LOGIN),
    "shell": (TO_SHELL, State.SHELL),
    "shell after GRUB": (GRUB, State.SHELL),
    "bash in colours": (ROOT_SHELL, State.SHELL),
    "emergency mode": (EMERGENCY, State.EMERGENCY),
    "emergency shell": (EMERGENCY + b"\r\nroot@web01:~# ", State.EMERGENCY),
    "initramfs": (b"ALERT! UUID=1 does not exist. Dropping to a shell!\r\n\r\n(initramfs) ",
                  State.EMERGENCY),
    "panic": (SHORT, State.KERNEL_PANIC),
    "panic behind a prompt": (
        TO_LOGIN + b"[  999.139814][    T1] Kernel panic - not syncing: Oops\r\n",
        State.KERNEL_PANIC,
    ),
    "panic without stamps": (
        b"Kernel panic - not syncing: VFS: Unable to mount root fs\r\nCPU: 0 PID: 1 Comm: x\r\n",
        State.KERNEL_PANIC,
    ),
    "bugcheck": (windows((2.5, b"crashdump\r"), until=2.6), State.BUGCHECK),
    "!SAC>": (windows((2.5, b"crashdump\r"), (5.0, b"id\r"), until=5.5), State.BUGCHECK),
    "kernel debugger": (KD * 3, State.KERNEL_DEBUGGER),
    "kernel debugger, data": (KD_DATA, State.KERNEL_DEBUGGER),
    "up again after a bugcheck": (
        windows((2.5, b"crashdump\r"), (5.0, b"restart\r"), until=8.0), State.SAC,
    ),
    "up again after a panic": (SHORT + TO_LOGIN, State.LOGIN),
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_a_transcript_seen_at_once(name: str):
    """One look at all of it, and a silence, is enough."""
    data, state = TRANSCRIPTS[name]

    assert state is detect(data).state


@pytest.mark.parametrize("name", TRANSCRIPTS)
@pytest.mark.parametrize("quiet", [0.0, 1.0])
def test_a_transcript_seen_byte_by_byte(name: str, quiet: float):
    """A look after every byte, in one stream or with a pause at each, ends at the same state."""
    data, state = TRANSCRIPTS[name]
    detector = Detector("auto")

    watch(detector, data, range(1, len(data)), quiet=quiet)
    watch(detector, b"")

    assert state is detector.finding.state
    assert detect(data).evidence == detector.finding.evidence


@given(st.sampled_from(sorted(TRANSCRIPTS)), st.lists(st.integers(1, 30000)), st.booleans())
def test_a_transcript_in_random_looks(name: str, cuts: list[int], silent: bool):
    """Wherever the looks fall, the end is the same."""
    data, state = TRANSCRIPTS[name]
    detector = Detector("auto")

    watch(detector, data, [cut for cut in cuts if cut < len(data)], quiet=float(silent))
    watch(detector, b"")

    assert state is detector.finding.state


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_who_knows_the_guest_sees_the_same(name: str):
    """A console that is configured as Windows or Linux loses nothing but the other's texts."""
    data, state = TRANSCRIPTS[name]

    assert state in {detect(data, "windows").state, detect(data, "linux").state}


def pauses(data: bytes) -> list[int]:
    """Give where a guest may well pause: at ends of lines, and where it asks for something."""
    return [pause.end() for pause in re.finditer(rb"\n|: |>|1H|\x1b\[6n", data)]


def test_the_life_of_a_linux_guest():
    """Each state comes in its order, at looks as often as they are."""
    seen = watch(Detector("linux"), LINUX, pauses(LINUX))

    assert seen == [
        State.BLANK, State.FIRMWARE, State.BOOTING, State.LOGIN, State.SHELL, State.KERNEL_PANIC,
    ]  # fmt: skip


def test_the_life_of_a_guest_with_grub():
    """The menu is left when it leaves the screen."""
    seen = watch(Detector("auto"), GRUB, pauses(GRUB))

    assert seen == [
        State.BLANK, State.FIRMWARE, State.BOOT_MENU, State.BOOTING, State.SHELL,
    ]  # fmt: skip


def test_the_life_of_a_windows_guest():
    """To a Command Prompt and back to SAC, whose repaint shows its banner again: no new boot."""
    pieces = windows_pieces(
        *CMD, (3.5, b"\x1b\t0"), (30.0, b"crashdump\r"), (33.0, b"restart\r"), until=40
    )
    seen = watch(Detector("windows"), b"".join(pieces), accumulate(map(len, pieces)))

    assert seen == [
        State.BLANK, State.FIRMWARE, State.BOOT_MENU, State.BOOTING, State.SAC,
        State.SAC_CHANNEL, State.CMD_LOGIN, State.CMD, State.SAC,
        State.BUGCHECK, State.FIRMWARE, State.BOOT_MENU, State.BOOTING, State.SAC,
    ]  # fmt: skip


def test_a_finding_says_since_when_and_why():
    """The evidence is what the guest printed, without what somebody typed behind it."""
    detector = Detector("auto", now=1.0)
    assert Finding(State.BLANK, 1.0) == detector.finding

    detector.look(b"guest login: ro", 0, 2.0, QUIET)
    detector.look(b"ot", 15, 3.0, QUIET)

    assert Finding(State.LOGIN, 2.0, "guest login:") == detector.finding


def test_the_evidence_of_a_panic_is_its_reason():
    """In the kernel's words, not with the prompt and the input that stood before it."""
    found = detect(TO_SHELL + b"secret [   1.000000] Kernel panic - not syncing: Oops\r\n")
    assert found.state is not State.KERNEL_PANIC  # not behind what is no prompt

    found = detect(TO_SHELL + b"[   11.000000] Kernel panic - not syncing: Oops\r\n")
    assert (State.KERNEL_PANIC, "Kernel panic - not syncing: Oops") == (found.state, found.evidence)
    assert detect(LINUX).evidence == "Kernel panic - not syncing: NMI: Not continuing"


@pytest.mark.parametrize(("nmi", "code"), [(b"crashdump\r", 0xE2)])
def test_a_bugcheck_has_its_stop_code(nmi: bytes, code: int):
    """It stays while EMS prints on, and a screen that is cleared does not wipe it."""
    data = windows((2.5, nmi), (5.0, b"id\r"), until=6.0)

    assert code == detect(data).stop_code
    assert code == detect(data + b"\x1b[2J\x1b[1;1H" + HEALTH).stop_code


def test_no_prompt_while_the_guest_prints():
    """The end of the output is a prompt only after a silence."""
    detector = Detector("auto")

    assert detector.look(b"\r\nSAC>", 0, 1.0, QUIET / 2).state is State.UNKNOWN
    assert not detector.settled
    assert detector.look(b"", 6, 1.1, QUIET).state is State.SAC
    assert detector.settled


def test_a_shell_stays_one_while_its_commands_print():
    """Output that tells nothing changes nothing."""
    detector = Detector("linux")
    watch(detector, TO_SHELL)

    assert [State.SHELL] == watch(detector, b"ls\r\n" + b"a file\r\n" * 9000, range(0, 72000, 999))


@pytest.mark.parametrize("dead", [LINUX, windows((2.5, b"crashdump\r"), until=9.0)])
def test_a_dead_guest_stays_dead_until_it_boots(dead: bytes):
    """Whatever it still prints; a reset or the texts of a boot end it."""
    detector = Detector("auto")
    watch(detector, dead)
    assert len(watch(detector, b"\r\nlast words\r\n" + HEALTH + b"x" * 2 * KEPT)) == 1
    assert detector.finding.state in DEAD

    watch(detector, LINUX[:80])
    assert detector.finding.state is State.FIRMWARE


def test_a_guest_that_shows_a_prompt_again_was_only_quoting_a_panic():
    """`cat` of a console's log, then the shell's prompt."""
    assert detect(TO_SHELL + b"cat log\r\n" + LINUX + b"\r\nguest# ").state is State.SHELL


def test_a_panic_far_behind_the_last_screen_is_found():
    """All that was printed between two looks is read, not only its end."""
    detector = Detector("auto")
    line = b"[    6.139814] Kernel panic - not syncing: Oops\r\n"

    watch(detector, TO_SHELL + b"\r\n" + line + b"[    6.2]  trace\r\n" * 1500)

    assert detector.finding.state is State.KERNEL_PANIC


def test_a_panic_is_found_by_its_end_where_its_beginning_is_too_far_away():
    """After a dump of everything, which fast ports print within one look."""
    end = b"[    9.197900] ---[ end Kernel panic - not syncing: Oops ]---\r\n"
    found = detect(b"[    6.2]  trace\r\n" * 20000 + end)

    assert (State.KERNEL_PANIC, "Kernel panic - not syncing: Oops") == (found.state, found.evidence)


def test_of_more_than_a_look_the_newest_is_read():
    """What does not fit is skipped, and its middle is not taken for the start of a line."""
    detector = Detector("auto")
    data = b"x" * BACKLOG_MAX + b"Username:"

    assert len(data) - LOOK_MAX == detector.window(0, len(data))
    assert 5 == detector.window(5, 10)
    assert [State.BLANK, State.UNKNOWN] == watch(detector, data)
    assert len(data) == detector.cursor
    assert len(data) - LOOK_MAX == detector.skipped
    assert detector.look(b"SAC>", len(data) + 1, 0.0, 1.0).state is State.UNKNOWN


def test_a_reset_forgets_everything():
    """Bytes before the reset count no more, and those after it begin a line."""
    detector = Detector("auto")
    watch(detector, LINUX + b"Kernel panic")
    detector.reset(7.0, len(LINUX) + 12)

    assert Finding(State.BLANK, 7.0) == detector.finding
    assert [State.BLANK, State.SAC] == watch(detector, b"SAC>")


def test_the_hypervisor_knows_of_a_panic_that_was_not_printed():
    """A prompt that was there before does not speak against it; a boot does."""
    detector = Detector("windows")
    watch(detector, windows(until=3.0))

    assert Finding(State.BUGCHECK, 9.0, "hv", 0x80) == detector.panicked(9.0, "hv", 0x80)
    assert [State.BUGCHECK] == watch(detector, b"")
    assert [State.BUGCHECK, State.SAC] == watch(detector, windows(until=3.0))
    assert detector.panicked(9.0, "pvpanic").state is State.KERNEL_PANIC


def test_dmesg_at_a_shell_is_no_boot():
    """The kernel's first line right behind a command is that command's output."""
    dmesg = LINUX[LINUX.index(b"[    0.000000]") : LINUX.index(b"GUEST-READY")]

    detector = Detector("auto")
    watch(detector, TO_SHELL)
    assert [State.SHELL] == watch(detector, b"dmesg\r\n" + dmesg, range(0, 20000, 500))


def test_bcdedit_is_no_boot_menu():
    """It prints the menu's name, underlined."""
    detector = Detector("auto")
    watch(detector, windows(*CMD, until=3.4))
    printed = b"bcdedit | more\r\n\r\nWindows Boot Manager\r\n--------------------\r\nidentifier"

    assert [State.CMD] == watch(detector, printed, range(len(printed)))


QUOTES = b"""\
2026-11-22T20:25:00Z web01 kernel: [    6.139814] Kernel panic - not syncing: NMI
Nov 22 21:36:49 web01 kernel: Kernel panic - not syncing: VFS: Unable to mount root fs
    Kernel panic - not syncing: Attempted to kill init!
Kernel panic - not syncing: is what the line says, and then it goes on about other things.
	pr_emerg("Kernel panic - not syncing: %s\\n", buf);
# [ 6.1] Kernel panic - not syncing: a comment
grep: 'Kernel panic - not syncing' in /var/log/kern.log
app[12]: the prompt "SAC>" was seen
SAC> is the prompt of the Special Administration Console.
Connected. If you do not see SAC> in the console below, SAC is not enabled.
SAC>
!SAC>
> SAC>
expect "SAC>"; send "cmd\\r"; expect "Channel: "
Use any other key to view this channel.
<INSTANCE CLASSNAME="BLUESCREEN">
<PROPERTY NAME="STOPCODE" TYPE="string"><VALUE>"0x{code:X}"</VALUE>
*** STOP: 0x%08X (0x%p,0x%p,0x%p,0x%p)
if (line == "*** STOP: 0x0000007B (0x") return BUGCHECK;
Password:
Username: root
00000000  69 69 69 69 06 00 00 00  00 00 00 00 00 00 00 00  |iiii............|
iiiiiiiiiiiiiiiiiiii 0000000000000000 \x00\x00\x00
"""
FALSE_ALARMS = DEAD | {
    State.SAC, State.SAC_CHANNEL, State.CMD_LOGIN, State.KERNEL_DEBUGGER,
}  # fmt: skip


def sources() -> bytes:
    """Give a megabyte of source code that has nothing to do with consoles: the standard library."""
    library = Path(sysconfig.get_path("stdlib"))
    return b"".join(path.read_bytes() for path in sorted(library.glob("*.py")))[: 1 << 20]


ORDINARY = {
    "logs that quote": QUOTES * 20,
    "logs that quote, in random order": b"\n".join(
        random.Random(5).sample(QUOTES.splitlines() * 20, 400)
    ),
    "source code": sources(),
    "a healthy boot": LINUX[: LINUX.index(b"Uhhuh")],
    "help at SAC, as a log": b"\n".join(
        b"web01 " + line for line in windows((2.5, b"?\r"), until=3).splitlines()
    ),
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_output_raises_no_false_alarm(name: str):
    """No panic, bugcheck or SAC in what only speaks of them: at any look, and at many pauses."""
    data = re.sub(rb"\r?\n", b"\r\n", ORDINARY[name]) + b"\r\n"
    detector, lines = Detector("auto"), data.splitlines(keepends=True)
    pieces = [b"".join(lines[at : at + 17]) for at in range(0, len(lines), 17)]

    assert not FALSE_ALARMS & set(watch(detector, data, range(0, len(data), 997), quiet=0.0))
    assert not FALSE_ALARMS & set(watch(Detector("auto"), data, accumulate(map(len, pieces))))


def test_a_pause_in_the_middle_of_a_quote_is_no_lasting_alarm():
    """What looks like the prompt of SAC is taken for it only until more is printed."""
    detector = Detector("auto")

    assert [State.BLANK, State.SAC] == watch(detector, b"SAC>")
    assert [State.SAC, State.UNKNOWN] == watch(detector, b" is a prompt.\r\nSo is C:.\r\n")


def test_random_bytes_raise_no_false_alarm():
    """10 MB of them, in looks as large as the line makes them."""
    detector, seen = Detector("auto"), set[State]()
    source = random.Random(1)
    for _ in range(10):
        seen.update(watch(detector, source.randbytes(1_000_000), range(0, 1_000_000, 2300)))

    assert {State.BLANK, State.UNKNOWN} >= seen


@given(st.binary(max_size=3000), st.lists(st.integers(0, 3000)))
def test_no_bytes_break_it(data: bytes, cuts: list[int]):
    """Whatever comes, there is a finding, and it depends on no cut."""
    detector = Detector("auto")
    watch(detector, data, [cut for cut in cuts if cut <= len(data)], quiet=0.0)
    watch(detector, b"")

    assert detect(data).state is detector.finding.state


HOSTILE = [
    b"\x1b", b"\x1b[", b"\x1b[1m", b"\x1b[H", b"\x1b]", b"\r", b"\n", b" ", b"0", b"i", b"\x00\x80",
    b"Kernel panic - not syncing: ", b"# [    1.000000] Kernel panic - not syncing: x", b"SAC>",
    b"login: ", b"root@a:", b"C:\\", b"\x1b[H\x1b[J", b"\xc3", b"Windows Boot Manager\n", b"/ #",
]  # fmt: skip


@pytest.mark.parametrize("piece", HOSTILE)
def test_what_is_made_to_be_slow_to_read_is_read(piece: bytes):
    """The same needles and beginnings of sequences without end; quadratic effort would time out."""
    data = piece * (LOOK_MAX // len(piece)) * 4
    detector = Detector("auto")

    assert not DEAD & set(watch(detector, data, range(0, len(data), LOOK_MAX)))
    assert len(data) == detector.cursor
