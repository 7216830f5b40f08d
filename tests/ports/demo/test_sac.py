"""SAC: what each byte does at the prompt, the channels, and the commands about them."""

from datetime import UTC, datetime

import pytest

from com1d.ports.demo import texts
from com1d.ports.demo.machine import Machine, Power
from com1d.ports.demo.sac import Sac
from ports.demo.terminal import Terminal


PROMPT = "SAC>"
NEXT_CHANNEL = b"\x1b\t"
HOME = b"\x1b\t0"
LAUNCHED = (
    "cmd\r\nThe Command Prompt session was successfully launched.\r\nSAC>\r\n"
    'EVENT:   A new channel has been created.  Use "ch -?" for channel help.\r\n'
    "Channel: Cmd000{}\r\nSAC>"
)
CMD_PREVIEW = (
    "<?xml>\r\n<channel-switch>\r\n<name>Cmd0001</name>\r\n"
    "<description>Command Prompt</description>\r\n<type>VT-UTF8</type>\r\n"
    "<guid>e203fb79-d80d-11ea-87e3-000000000001</guid>\r\n"
    "<application-type>63d02271-8aa4-11d5-bccf-00b0d014a2d0</application-type>\r\n"
    "</channel-switch>\r\n"
    "\x1b[2J\x1b[1;1H"
    "Name:                  Cmd0001\r\n"
    "Description:           Command Prompt\r\n"
    "Type:                  VT-UTF8\r\n"
    "Channel GUID:          e203fb79-d80d-11ea-87e3-000000000001\r\n"
    "Application Type GUID: 63d02271-8aa4-11d5-bccf-00b0d014a2d0\r\n"
    "\r\n"
    "Press <esc><tab> for next channel.\r\n"
    "Press <esc><tab>0 to return to the SAC channel.\r\n"
    "Use any other key to view this channel.\r\n\r\n"
)


@pytest.fixture
def booting():
    """Give SAC before the `cmd` command is available."""
    sac = Sac(Machine(0.0, datetime(2025, 11, 22, tzinfo=UTC)), doubling=False)
    sac.start()
    return sac


@pytest.fixture
def sac(booting):
    """Give SAC at its prompt."""
    booting.cmd_available()
    return booting


def typed(sac, data):
    """Type bytes; give what goes over the line."""
    return "".join(sac.feed(byte, 5.0) for byte in data)


def line_so_far(sac):
    """Give what stands at the prompt, which an event repeats."""
    return sac.interject("x\n").removeprefix("\r\nx\r\nSAC>")


def shown(text):
    """Give the rows that a terminal shows, without the empty ones at the end."""
    return "\n".join(Terminal().feed(text).lines()).rstrip("\n").split("\n")


def test_banner_to_the_byte():
    """SAC starts with its banner, and an event tells when `cmd` works."""
    sac = Sac(Machine(0.0, datetime(2025, 11, 22, tzinfo=UTC)), doubling=False)
    assert sac.start() == (
        "\r\nComputer is booting, SAC started and initialized.\r\n\r\n"
        'Use the "ch -?" command for information about using channels.\r\n'
        'Use the "?" command for general help.\r\n\r\n\r\nSAC>'
    )
    assert sac.cmd_available() == "\r\nEVENT: The CMD command is now available.\r\nSAC>"


CHANNELS = 'Channel List\r\n\r\n(Use "ch -?" for information on using channels)\r\n\r\n# Status'
LIST = CHANNELS + "  Channel Name\r\n0 (AV)    SAC\r\n"


@pytest.mark.parametrize(
    ("data", "output", "line"),
    [
        pytest.param("1b 5b 41", "[A", "[A", id="Up"),
        pytest.param("1b 5b 33 7e", "[3~", "[3~", id="Delete"),
        pytest.param("1b 68", "h", "h", id="VT-UTF8 Home"),
        pytest.param("63 68 0d", f"ch\r\n{LIST}SAC>", "", id="ch"),
        pytest.param("43 4d 44 0d 0a", LAUNCHED.format(1).replace("cmd", "CMD", 1), "", id="CMD"),
        pytest.param("09", "\a", "", id="TAB"),
        pytest.param("61 62 7f 08 78", "ab\b \b\b \bx", "x", id="erase"),
        pytest.param(
            "78" * 79 + "79 7a", "x" * 77 + "\bx\bx\by\bz", "x" * 76 + "z", id="too long"
        ),
        pytest.param("1b 1b 5b 41", "\x1b[A", "\x1b[A", id="ESC twice"),
        pytest.param("00 61", "a", "a", id="NUL"),
        pytest.param("1b 00 5b", "[", "[", id="NUL is nothing even after ESC"),
        pytest.param("61 03", "aUnrecognized command.  Try the 'help' command for more details."
                     "\r\nSAC>", "", id="Ctrl+C"),
        pytest.param("0d 0a", "\r\nSAC>", "", id="Enter alone"),
    ],
)  # fmt: skip
def test_vectors(sac, data, output, line):
    """The vectors of the SAC prompt: what goes over the line, and what the line then holds."""
    assert typed(sac, bytes.fromhex(data)) == output
    assert line_so_far(sac) == line


@pytest.mark.parametrize("key", [b"\r", b"x", b"\n", b"\t", b"\x1b[", b"\x1b0", b"\x1b\x1b"])
def test_preview_and_show(sac, key):
    """ESC TAB echoes nothing and previews the next channel; a key, used up, shows it."""
    typed(sac, b"cmd\r")
    assert typed(sac, NEXT_CHANNEL) == CMD_PREVIEW
    repaint = typed(sac, key)
    assert shown(repaint) == ["Please enter login credentials.", "Username:"]
    assert repaint.startswith("\x1b[2J\x1b[1;1H\x1b[0m")


def test_zero_goes_home(sac):
    """ESC TAB 0 goes back to SAC, whose screen is painted again, padded to 80 columns."""
    typed(sac, b"cmd\r")
    repaint = typed(sac, HOME).removeprefix(CMD_PREVIEW)
    assert shown(repaint)[-4:] == [
        PROMPT,
        'EVENT:   A new channel has been created.  Use "ch -?" for channel help.',
        "Channel: Cmd0001",
        PROMPT,
    ]
    assert f"SAC>{' ' * 76}" in repaint
    assert typed(sac, b"0") == "0"


def test_zero_counts_only_after_escape_tab(sac):
    """After `ch -si`, or after a further ESC, `0` is a key like any other."""
    typed(sac, b"cmd\r")
    assert typed(sac, b"ch -si 1\r") == f"ch -si 1\r\n{CMD_PREVIEW}"
    assert shown(typed(sac, b"0"))[-1] == "Username:"
    typed(sac, HOME)
    typed(sac, NEXT_CHANNEL)
    assert shown(typed(sac, b"\x1b0"))[-1] == "Username:"


def test_escape_tab_goes_round(sac):
    """ESC TAB goes from channel to channel, and after the last one to SAC; alone it has itself."""
    assert "Name:                  SAC\r\n" in typed(sac, NEXT_CHANNEL)
    typed(sac, b"\rcmd\rcmd\r")
    previews = [typed(sac, NEXT_CHANNEL) for _ in range(3)]
    names = [text.split("Name:")[1].split()[0] for text in previews]
    assert names == ["Cmd0001", "Cmd0002", "SAC"]


def test_escape_escape_tab_still_switches(sac):
    """A second ESC is a character, and TAB after it switches all the same."""
    typed(sac, b"cmd\r")
    assert typed(sac, b"\x1b\x1b\t") == "\x1b" + CMD_PREVIEW


def test_half_typed_line_survives_a_look_elsewhere(sac):
    """What stood at the prompt is still there, and still shown, on return."""
    typed(sac, b"cmd\rrest")
    typed(sac, NEXT_CHANNEL)
    assert shown(typed(sac, b"\x1b\t\r"))[-1] == "SAC>rest"
    assert line_so_far(sac) == "rest"


def test_escape_reaches_a_command_prompt_with_its_byte(sac):
    """In a channel ESC is held until its next byte and passed on with it, so keys do nothing."""
    typed(sac, b"cmd\rch -sn CMD0001\r\r")
    assert typed(sac, b"\x1b") == ""
    assert typed(sac, b"[A\x1b\x1b[Bx") == "x"


def test_channel_keeps_its_screen(sac):
    """What was done in a channel is there again when one comes back."""
    typed(sac, b"cmd\rch -si 1\r\rann\r\rpw\recho hello\r")
    typed(sac, HOME)
    typed(sac, NEXT_CHANNEL)
    assert shown(typed(sac, b"\r"))[-3:] == ["hello", "", "C:\\Windows\\system32>"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("frobnicate", texts.UNRECOGNIZED),
        ("ch x", texts.BAD_PARAMETER),
        ("ch -si x", texts.BAD_PARAMETER),
        ("ch -si 1", texts.NO_CHANNEL_NUMBERED),
        ("ch -ci 9999", texts.NO_CHANNEL_NUMBERED),
        ("ch -sn Cmd0001", texts.NO_CHANNEL_NAMED),
        ("ch -cn Cmd0001", texts.NO_CHANNEL_NAMED),
        ("ch -ci 0", texts.SAC_STAYS),
        ("ch -cn sac", texts.SAC_STAYS),
        ("CH   -?", texts.CHANNEL_HELP),
        ("?", texts.HELP),
        ("lock", texts.LOCKED),
    ],
)
def test_answers(sac, line, answer):
    """A command line, in any case and spacing, gets its answer and the prompt."""
    assert typed(sac, line.encode() + b"\r") == f"{line}\r\n{texts.crlf(answer)}SAC>"


def test_cmd_before_its_service(booting):
    """Until the service has registered, `cmd` says why it cannot."""
    assert typed(booting, b"cmd\r").startswith("cmd\r\nError: Unable to launch a Command Prompt.")
    assert line_so_far(booting) == ""


def test_event_repeats_what_was_typed(booting):
    """An event that comes while somebody types repeats the line so far."""
    typed(booting, b"res")
    assert booting.cmd_available().endswith("available.\r\nSAC>res")


def test_nine_command_prompts(sac):
    """Nine channels can be made, and no tenth; a closed one makes room, under a new name."""
    made = [typed(sac, b"cmd\r") for _ in range(9)]
    assert made == [LAUNCHED.format(number) for number in range(1, 10)]
    assert typed(sac, b"cmd\r") == f"cmd\r\n{texts.crlf(texts.TOO_MANY_CHANNELS)}SAC>"
    assert typed(sac, b"ch -ci 3\r") == (
        "ch -ci 3\r\nSAC>\r\nEVENT:   A channel has been closed.\r\nChannel: Cmd0003\r\nSAC>"
    )
    assert "Channel: Cmd0010" in typed(sac, b"cmd\r")
    assert "2 (AV)    Cmd0002\r\n3 (AV)    Cmd0010\r\n4 (AV)" in typed(sac, b"ch\r")


def test_names_begin_again(sac, monkeypatch):
    """After the last name comes the first that no open channel has."""
    monkeypatch.setattr("com1d.ports.demo.sac.CMD_NAMES", 3)
    for command in (b"cmd\r", b"cmd\r", b"cmd\r", b"ch -cn Cmd0002\r", b"cmd\r"):
        printed = typed(sac, command)
    assert "Channel: Cmd0002" in printed


def test_exit_goes_home(sac):
    """Leaving a Command Prompt closes its channel: SAC is painted, then says so."""
    typed(sac, b"cmd\rch -si 1\r\rann\r\rpw\r")
    assert typed(sac, b"exit\r").endswith(
        "\r\nEVENT:   A channel has been closed.\r\nChannel: Cmd0001\r\nSAC>"
    )
    assert typed(sac, b"ch\r") == f"ch\r\n{LIST}SAC>"


def test_escape_pending_when_a_channel_ends(sac):
    """Keys behind `exit` go to SAC, not to the channel that is gone."""
    typed(sac, b"cmd\rch -si 1\r\rann\r\rpw\rexit")
    assert typed(sac, b"\rid").endswith("SAC>id")


def test_lock_logs_everybody_out(sac):
    """After `lock` every channel asks for credentials again."""
    typed(sac, b"cmd\rch -si 1\r\rann\r\rpw\r" + HOME)
    typed(sac, b"lock\r" + NEXT_CHANNEL)
    assert shown(typed(sac, b"\r")) == ["Please enter login credentials.", "Username:"]


def test_paging(sac):
    """Output of more than a screen waits for Enter, and for nothing else."""
    first = typed(sac, b"d\r")
    assert first.count("\r\n") == 1 + 23 + 1
    assert first.endswith("----Press <Enter> for more----\r\n")
    assert (typed(sac, b"x\t \x08"), sac.interject("not now\n")) == ("", "")
    rest = typed(sac, b"\r\n")
    assert (rest.count("KRNL"), rest.endswith("\r\nSAC>")) == (4, True)


def test_paging_stops(sac):
    """Ctrl+C leaves the rest away."""
    typed(sac, b"d\r")
    assert (typed(sac, b"\x03"), line_so_far(sac)) == ("SAC>", "")


def test_paging_off(sac):
    """Without paging everything comes at once."""
    typed(sac, b"p\r")
    assert typed(sac, b"d\r").endswith("srv2.sys\r\nSAC>")


def test_event_at_the_pager_repeats_the_notice(booting):
    """An event while output waits repeats that it waits."""
    typed(booting, b"d\r")
    assert booting.cmd_available().endswith("available.\r\n----Press <Enter> for more----\r\n")


def test_interject_only_at_the_prompt(sac):
    """Nothing is printed over a preview or a Command Prompt, and nothing is kept for later."""
    typed(sac, b"cmd\r" + NEXT_CHANNEL)
    assert sac.interject("health\n") == ""
    typed(sac, b"\r")
    assert sac.interject("health\n") == ""
    assert "health" not in typed(sac, HOME)


@pytest.mark.parametrize(
    ("line", "power", "output"),
    [
        ("restart", Power.RESTART, "SAC>\r\nSAC preparing to restart the system.\r\nSAC>"),
        ("shutdown", Power.SHUTDOWN, "SAC>\r\nSAC preparing to shutdown the system.\r\nSAC>"),
        ("crashdump", Power.CRASH, ""),
    ],
)
def test_power(sac, line, power, output):
    """Commands that end the boot act at once, with no question and no login."""
    assert typed(sac, line.encode() + b"\r") == f"{line}\r\n{output}"
    assert sac.power is power


def test_doubling_ends_in_the_same_way():
    """With the keyboard fault, `exit` closes the channel when the reader comes to it."""
    sac = Sac(Machine(0.0, datetime(2025, 11, 22, tzinfo=UTC)), doubling=True)
    sac.start()
    sac.cmd_available()
    typed(sac, b"cmd\rch -si 1\r\r")
    for keys in (b"ann\r", b"\r", b"pw\rexit\r"):
        typed(sac, keys)
        while (due := sac.deadline()) is not None:
            printed = sac.tick(due)
    assert printed.endswith("EVENT:   A channel has been closed.\r\nChannel: Cmd0001\r\nSAC>")
