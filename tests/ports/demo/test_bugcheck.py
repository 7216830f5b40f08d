"""What EMS shows after a stop."""

import re
from datetime import UTC, datetime

import pytest

from com1d.ports.demo import bugcheck, texts
from com1d.ports.demo.bugcheck import EmergencyPrompt
from com1d.ports.demo.machine import Machine, Power


@pytest.fixture
def prompt():
    """Give a `!SAC>` prompt."""
    return EmergencyPrompt(Machine(0.0, datetime(2025, 11, 22, tzinfo=UTC)))


def typed(prompt, data):
    """Type bytes; give what they print."""
    return "".join(prompt.feed(byte, 5.0) for byte in data)


def test_report_to_the_byte():
    """The report has the stop code and the computer in EMS's not quite XML."""
    (_, text), *_ = bugcheck.steps(bugcheck.MANUALLY_INITIATED_CRASH)
    assert text.startswith(
        '\n<?xml>\n<BP>\n<INSTANCE CLASSNAME="BLUESCREEN">\n'
        '<PROPERTY NAME="STOPCODE" TYPE="string"><VALUE>"0xE2"</VALUE>\n'
        "</PROPERTY>\n<machine-info>\n<name>DEMO01</name>\n"
    )
    assert "</machine-info>\n</INSTANCE>\n</BP>\n\n*** STOP: 0x000000E2 (" in text


def test_prompt_has_a_line_to_itself():
    """The prompt that follows stands alone on its line, where a detector looks for it."""
    text = "".join(text for _, text in bugcheck.steps(0x80)) + bugcheck.PROMPT
    assert re.search(r"(?m:^!SAC>$)", text)


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("", ""),
        ("?", bugcheck.HELP),
        ("HELP", bugcheck.HELP),
        ("cmd", texts.UNRECOGNIZED),
    ],
)
def test_answers(prompt, line, answer):
    """`!SAC>` answers what it knows, and refuses what only SAC has."""
    assert typed(prompt, line.encode() + b"\r") == f"{line}\r\n{texts.crlf(answer)}!SAC>"


def test_log_and_identity(prompt):
    """`d` and `id` are SAC's."""
    assert "Computer Name: DEMO01\r\n" in typed(prompt, b"id\r")
    assert "KRNL: Loading \\SystemRoot\\System32\\ntoskrnl.exe\r\n" in typed(prompt, b"d\r")


def test_escape_is_dropped(prompt):
    """There are no channels: ESC TAB is a TAB, and an arrow key leaves its rest."""
    assert typed(prompt, b"\x1b\t\x1b[A") == "\a[A"


@pytest.mark.parametrize(
    ("line", "power", "output"),
    [
        (b"restart\r", Power.RESET, "restart\r\nSAC preparing to restart the system.\r\n"),
        (b"q\r", Power.QUIT, "q\r\n"),
    ],
)
def test_power(prompt, line, power, output):
    """`restart` and `q` end the prompt."""
    assert (typed(prompt, line), prompt.power) == (output, power)
