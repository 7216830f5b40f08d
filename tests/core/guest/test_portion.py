"""What one look at a guest's output takes, and that its price has a bound."""

import pytest

from com1d.core.guest.detector import Detector
from com1d.core.guest.portion import LINES_MAX, LOOK_MAX, portion
from steps import steps


STEPS_MAX = 50_000
"""Lines of code for one look: some 5 ms."""

EXPENSIVE = {
    "prompts": b"# \r\n",
    "commands": b"root@vm1:~# cat x\r\n",
    "logins": b"vm1 login: x\r\n",
    "alarms": b"[    1.000000] Kernel panic - not syncing: x\r\n",
    "notices": b"[    1.000000] Out of memory: x\r\n",
    "boots": b"\x1bcSeaBIOS (version 1)\r\n",
    "status lines": b"[  OK  ] Started x.\n",
    "needles without a line": b"panic: reboot: login: hard LOCKUP ",
    "returns": b"\r",
    "moves": b"\x1b[H# ",
    "menus": b"\x1b[2J\x1b[HGNU GRUB  version 2.06\r\n",
}


@pytest.mark.parametrize("name", EXPENSIVE)
def test_a_look_has_a_budget_whatever_is_printed(name: str):
    """Three looks in a row, as the first has nothing before it."""
    printed = EXPENSIVE[name] * (LOOK_MAX // len(EXPENSIVE[name]) + 1) * 3
    detector, at = Detector("auto"), 0
    for _ in range(3):
        piece = portion(printed[at:])

        assert piece
        assert STEPS_MAX > steps(lambda: detector.look(piece, at, at / 11520, 1.0))
        at += len(piece)
        detector.take()


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r", b"\x1b"])
def test_so_many_lines_are_taken_and_no_line_end_is_cut(end: bytes):
    """Of long lines, the bytes decide."""
    assert (b"x" + end) * LINES_MAX == portion((b"x" + end) * 5000)
    assert LOOK_MAX == len(portion(b"x" * 2 * LOOK_MAX))
    assert b"" == portion(b"")


def test_most_output_is_taken_whole():
    """Also where its line ends are two bytes each, and nearly as many as are allowed."""
    text = b"x" * 60 + b"\r\n"

    assert text * (LINES_MAX - 140) == portion(text * (LINES_MAX - 140))


def test_a_panic_before_the_lines_of_the_next_boot_is_not_passed_over():
    """They are hundreds in one look, and each is a landmark, too."""
    panic = b"[    1.000000] Kernel panic - not syncing: x\r\n"
    boot = b"\x1bcSeaBIOS (version 1.16)\r\n" + b"[  OK  ] Started a unit of it.\r\n" * 380
    printed = panic + boot
    detector = Detector("auto")
    detector.look(portion(printed), 0, 1.0, 0.0)

    assert ["Kernel panic - not syncing: x"] == [
        told.finding.evidence for told in detector.take() if told.finding
    ]
