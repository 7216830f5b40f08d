"""The simulated computer as a whole: what happens when, and what no input can do to it."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.ports.demo import boot
from com1d.ports.demo.guest import HEALTH_FIRST, HEALTH_INTERVAL, Guest
from com1d.ports.demo.keyboard import WAITING_MAX
from com1d.ports.demo.line import LINE_MAX
from com1d.ports.demo.sac import CMDS_MAX, Sac
from com1d.ports.demo.shell import LINE_MAX as CMD_LINE_MAX


CLOCK = datetime(2025, 11, 22, 20, 25, tzinfo=UTC)
UP = 3.0  # booted, and before the first health report

WORDS = [
    b"\x1b\t", b"\x1b\t0", b"\x1b", b"\r", b"\r\n", b"0", b"\x03", b"\x08",
    b"cmd\r", b"ch -si 1\r", b"ch -ci 1\r", b"ann\r\rpw\r", b"exit\r", b"lock\r", b"d\r", b"p\r",
    b"dir\r", b"echo aa\r", b"?\r", b"q\r", b"restart\r", b"crashdump\r", b"shutdown\r",
]  # fmt: skip
INPUT = st.lists(st.one_of(st.sampled_from(WORDS), st.binary(max_size=8)), max_size=30)
PAUSE = st.sampled_from([0.0, 0.0, 0.01, 0.3, 2.5, 20.0, 4e4])

OUTPUT_PER_BYTE = 12_000
"""What one byte can cause: `echo` of the longest line; a redraw is 2,200."""


def booted(**options):
    """Give a guest at its prompt."""
    guest = Guest(0.0, CLOCK, **options)
    run(guest, UP)
    return guest


def run(guest, until):
    """Let time pass from deadline to deadline; give what was printed, each with its time."""
    printed = []
    while (due := guest.deadline()) is not None and due <= until:
        printed.append((due, guest.tick(due)))
    return printed


def text_of(printed):
    """Join what was printed."""
    return b"".join(text for _, text in printed).decode()


def test_boot():
    """Power on brings firmware, loader, who it is, the SAC banner, and that `cmd` works."""
    printed = run(Guest(100.0, CLOCK), 103.0)
    text = text_of(printed)
    stages = ["com1d demo guest", "Windows Boot Manager", "<machine-info>", "SAC started", "EVENT:"]
    assert sorted(stages, key=text.index) == stages
    assert text.endswith("\r\n\r\n\r\nSAC>\r\nEVENT: The CMD command is now available.\r\nSAC>")
    assert (printed[0][0], printed[-1][0]) == (100.0, 100.0 + boot.CMD_REGISTERS)
    assert "\n" not in text.replace("\r\n", "")


def test_nothing_listens_while_booting():
    """What is typed before the prompt is lost, without an echo."""
    guest = Guest(0.0, CLOCK)
    guest.tick(1.0)
    assert guest.handle(b"restart\r", 1.0) == b""
    assert guest.tick(UP).endswith(b"available.\r\nSAC>")


def test_health_reports():
    """At the prompt a report comes steadily, and then the prompt again with what was typed."""
    guest = booted()
    assert guest.handle(b"rest", UP) == b"rest"
    printed = run(guest, 60.0)
    times = [boot.SAC_STARTS + HEALTH_FIRST + n * HEALTH_INTERVAL for n in range(4)]
    assert [due for due, _ in printed] == times
    form = rb"\r\n={8} Microsoft Azure VM Health Report - Start \S+Z ={8}\r\n\{.+\}\r\nSAC>rest"
    assert all(re.fullmatch(form, text) for _, text in printed)


def test_health_does_not_catch_up():
    """After a day in which nobody let it run, one report is due and not thousands."""
    assert booted().tick(86_400.0).count(b"Health Report") == 1


def test_restart():
    """`restart` says so, goes down, and boots again; the clock goes on."""
    guest = booted()
    guest.handle(b"cmd\rs 01/01/2030 00:00\r", UP)
    assert guest.handle(b"restart\r", UP).endswith(
        b"SAC>\r\nSAC preparing to restart the system.\r\nSAC>"
    )
    assert guest.handle(b"id\r", UP) == b""
    text = text_of(run(guest, UP + 4.0))
    assert text.startswith("\r\nThe SAC will become unavailable soon.  The computer is shutting")
    assert text.endswith("EVENT: The CMD command is now available.\r\nSAC>")
    answers = guest.handle(b"s\rch\r", UP + 4.0).decode()
    assert "Date: 01/01/2030  Time (GMT): 00:00:04" in answers
    assert "Cmd0001" not in answers


def test_shutdown_is_silent_until_reset():
    """After `shutdown` nothing is printed, typed or due, and only a reset brings the guest back."""
    guest = booted()
    guest.handle(b"shutdown\r", UP)
    assert text_of(run(guest, UP + 1)).endswith("The computer is shutting down.\r\n\r\n")
    guest.nmi(UP + 1)
    assert (guest.handle(b"id\r", UP + 2), guest.deadline()) == (b"", None)
    guest.reset(100.0)
    assert guest.deadline() == 100.0
    assert text_of(run(guest, 103.0)).endswith("available.\r\nSAC>")


@pytest.mark.parametrize(
    ("crash", "code"),
    [
        (lambda guest: guest.handle(b"crashdump\r", UP), "0xE2"),
        (lambda guest: guest.nmi(UP), "0x80"),
    ],
)
def test_bugcheck(crash, code):
    """A crash prints the report and ends at `!SAC>`, with no more health reports."""
    guest = booted()
    before = crash(guest) or b""
    text = before.decode() + text_of(run(guest, 60.0))
    assert f'<VALUE>"{code}"</VALUE>' in text
    assert text.endswith("\r\n!SAC>")
    assert guest.deadline() is None


def test_emergency_restart():
    """`restart` at `!SAC>` boots at once, and `q` leaves nothing that answers."""
    guest = booted()
    guest.nmi(UP)
    guest.tick(10.0)
    text = guest.handle(b"restart\r", 10.0) + guest.tick(13.0)
    assert text.endswith(b"available.\r\nSAC>")
    guest.nmi(13.0)
    guest.tick(20.0)
    assert guest.handle(b"q\rid\r", 20.0) == b"q\r\n"
    assert guest.deadline() is None


def test_doubling():
    """With the keyboard fault a pasted line is damaged where equal characters meet."""
    guest = booted(doubling=True)
    guest.handle(b"cmd\rch -si 1\r\r", UP)
    for keys in (b"ann\r", b"\r", b"pw\r", b"echo CurrentControlSet\r"):
        guest.handle(keys, UP)
        text = text_of(run(guest, UP + 2))
    assert "\r\nCurrrentControlSet\r\n" in text


def test_without_doubling_a_paste_is_whole():
    """Without it the same paste arrives as it was sent."""
    guest = booted()
    guest.handle(b"cmd\rch -si 1\r\rann\r\rpw\r", UP)
    assert b"\r\nCurrentControlSet\r\n" in guest.handle(b"echo CurrentControlSet\r", UP)


@given(INPUT, st.booleans())
def test_chunks_do_not_matter(words, doubling):
    """Any bytes, in one piece or one by one, give the same output and the same deadline."""
    whole, split = booted(doubling=doubling), booted(doubling=doubling)
    data = b"".join(words)
    together = whole.handle(data, UP)
    apart = b"".join(split.handle(bytes([byte]), UP) for byte in data)
    assert (together, whole.deadline()) == (apart, split.deadline())
    assert text_of(run(whole, UP + 9)) == text_of(run(split, UP + 9))


@given(st.lists(st.tuples(INPUT, PAUSE), max_size=6), st.booleans())
def test_no_input_harms(rounds, doubling):
    """No bytes at any time make the guest fail, print too much, or remember too much."""
    guest, now = booted(doubling=doubling), UP
    for words, pause in rounds:
        for byte in b"".join(words):
            assert len(guest.handle(bytes([byte]), now)) <= OUTPUT_PER_BYTE
            assert_bounded(guest)
        now += pause
        guest.tick(now)
        due = guest.deadline()
        assert due is None or due > now


def assert_bounded(guest):
    """Check everything in a guest that could grow."""
    assert len(guest._script) < 20
    if isinstance(guest._prompt, Sac):
        sac = guest._prompt
        assert len(sac._editor.text) <= LINE_MAX
        assert len(sac._cmds) <= CMDS_MAX
        assert len(sac._pages) <= len(boot.DRIVERS)
        for channel in sac._cmds.values():
            assert len(channel._shell._typed) <= CMD_LINE_MAX
            assert channel._keys is None or channel._keys._count <= WAITING_MAX
