"""SAC's commands that read or change the computer."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.ports.demo import texts
from com1d.ports.demo.admin import COMMANDS
from com1d.ports.demo.boot import DRIVERS
from com1d.ports.demo.machine import Machine


@pytest.fixture
def machine():
    """Give a computer that booted at 100 s on the guest's clock."""
    return Machine(100.0, datetime(2025, 11, 22, 20, 25, 1, 7_000, tzinfo=UTC))


def run(machine, line, now=3_765.5):
    """Run a command line."""
    name, *words = line.split()
    return COMMANDS[name](machine, words, now)


@pytest.mark.parametrize(
    ("line", "output"),
    [
        ("?", texts.HELP),
        ("help", texts.HELP),
        ("i", "Net: 1, Ip=10.0.0.4  Subnet=255.255.255.0  Gateway=10.0.0.1\n"),
        ("i 1 10.1.2.3 255.0.0.0 10.1.0.1", texts.ADDRESS_SET),
        ("i 1 10.1.2.300 255.0.0.0 10.1.0.1", texts.BAD_IP),
        ("i 1 10.1.2.3 255 10.1.0.1", texts.BAD_SUBNET),
        ("i 1 10.1.2.3 255.0.0.0 here", texts.BAD_GATEWAY),
        ("i 2 10.1.2.3 255.0.0.0 10.1.0.1", texts.BAD_PARAMETER),
        ("s", "Date: 11/22/2025  Time (GMT): 21:26:06:0507\n"),
        ("s 02/29/2028 23:59", "Date: 02/29/2028  Time (GMT): 23:59\n"),
        ("s 02/30/2028 23:59", texts.BAD_PARAMETER),
        ("s 01/01/1979 00:00", texts.BAD_YEAR),
        ("s now", texts.BAD_PARAMETER),
        ("k 620", texts.KILLED),
        ("k 621", texts.NOT_KILLED),
        ("k lsass.exe", texts.BAD_PARAMETER),
        ("l 620", texts.LOWERED),
        ("l 621", texts.NOT_LOWERED),
        ("l", texts.BAD_PARAMETER),
        ("r 620", texts.RAISED),
        ("r 621", texts.NOT_RAISED),
        ("r -1", texts.BAD_PARAMETER),
        ("m 620 64", texts.LIMITED),
        ("m 621 64", texts.NOT_LIMITED),
        ("m 620", texts.BAD_PARAMETER),
    ],
)
def test_answers(machine, line, output):
    """Each command gives SAC's answer, to right and to wrong words."""
    assert run(machine, line) == output


def test_identity(machine):
    """`id` lists who the computer is, and how long it has been up."""
    assert run(machine, "id").splitlines() == [
        "           Computer Name: DEMO01",
        "           Computer GUID: 4c4c4544-0044-3110-8045-c7c04f4d3031",
        "  Processor Architecture: AMD64",
        "          Version Number: 10.0",
        "            Build Number: 20348",
        "                 Product: Windows Server 2022 Datacenter",
        "    Applied Service Pack: None",
        "  Time since last reboot: 1:01:05",
    ]


def test_address_and_clock_stay_set(machine):
    """What `i` and `s` set is what they show afterwards."""
    run(machine, "i 1 10.1.2.3 255.0.0.0 10.1.0.1")
    run(machine, "s 02/29/2028 23:59")
    assert run(machine, "i") == "Net: 1, Ip=10.1.2.3  Subnet=255.0.0.0  Gateway=10.1.0.1\n"
    assert run(machine, "s") == "Date: 02/29/2028  Time (GMT): 23:59:00:0000\n"


def test_process_list(machine):
    """`t` has a row for each process, in SAC's columns."""
    listed = run(machine, "t").splitlines()
    assert listed[0] == "memory: 4194304 kb  uptime:  1:01:05.500"
    assert listed[2] == "    User Time   Kernel Time    Ws   Faults  Commit Pri Hnd Thd  Pid Name"
    assert "  0:00:00.109   0:00:00.171 15436     9150    5964  9  918   8  620 lsass.exe" in listed


def test_process_list_follows_the_commands(machine):
    """What was killed is gone from the list, and priorities are as they were set."""
    for line in ("k 744", "l 620", "r 612", "f"):
        run(machine, line)
    listed = run(machine, "t")
    assert "pid:2e8" not in listed
    assert "pid:26c pri: 1 Hnd:  918 Pf:   9150 Ws:  15436K lsass.exe\n" in listed
    assert "pid:264 pri:10 Hnd:  431 Pf:   5088 Ws:   9304K services.exe\n" in listed


def test_priority_has_an_end(machine):
    """`r` goes up by one each time, to 15 and not further."""
    answers = [run(machine, "r 428") for _ in range(4)]
    assert answers == [texts.RAISED, texts.RAISED, *[texts.AS_HIGH_AS_IT_GOES] * 2]


def test_toggles(machine):
    """`f` and `p` say what they have become, and `p` begins as on."""
    assert [run(machine, "f"), run(machine, "f")] == [texts.THREADS_ON, texts.THREADS_OFF]
    assert [run(machine, "p"), run(machine, "p")] == [texts.PAGING_OFF, texts.PAGING_ON]


def test_kernel_log(machine):
    """`d` lists every driver, from the time of the boot on."""
    lines = run(machine, "d").splitlines()
    assert lines[0] == "20:25:01.707 : KRNL: Loading \\SystemRoot\\System32\\ntoskrnl.exe"
    assert len(lines) == len(DRIVERS)


@given(st.sampled_from(sorted(COMMANDS)), st.lists(st.text("0123456789./:x-\x1b", min_size=1)))
def test_any_words_get_an_answer(name, words):
    """No words make a command fail, and every answer is whole lines."""
    machine = Machine(0.0, datetime(2025, 1, 1, tzinfo=UTC))
    assert COMMANDS[name](machine, words, 1.0).endswith("\n")
