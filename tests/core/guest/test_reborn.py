"""A reset that interrupts a command which shows texts, and boots that are only shown."""

import pytest

from com1d.core.guest.detector import Detector
from com1d.core.guest.states import State
from core.guest.test_kinds import LINUX, SEABIOS, panic


PROMPT = b"\r\n[root@vm1 ~]# "
OVMF = (
    b'\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01HBdsDxe: loading Boot0001 "x" from y\r\n'
)  # fmt: skip
COMMANDS = [
    b"cat big",
    b"hexdump -C big",
    b"tail -f big",
    b"less big",
    b"dmesg -w",
    b"journalctl -f",
]
RESETS = {
    "SeaBIOS, in a line": b"some te" + SEABIOS,
    "SeaBIOS, behind one": b"some text\r\n" + SEABIOS,
    "OVMF": b"some te" + OVMF,
    "a kernel without a firmware": b"some te",
}


def watched(*looks: tuple[float, bytes]) -> tuple[int, State]:
    """Look at each piece at its time; give the number of alarms, and the last state."""
    detector, offset, alarms = Detector("auto"), 0, 0
    for now, data in looks:
        detector.look(data, offset, now, 1.0)
        offset += len(data)
        alarms += sum(told.finding is not None for told in detector.take())
    return alarms, detector.finding.state


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("reset", RESETS)
def test_a_boot_ends_what_a_command_shows(reset: str, command: bytes):
    """Its panic is an alarm, and its lines say that the guest boots."""
    before = ((0.0, PROMPT), (1.0, command + b"\r\n"), (3.0, RESETS[reset]), (4.0, LINUX))

    assert (1, State.KERNEL_PANIC) == watched(*before, (6.0, panic("2.345678")))
    assert (0, State.BOOTING) == watched(*before, (14.0, b"[  OK  ] Started x.\r\n"))


def test_a_kernel_that_begins_a_line_is_believed_for_its_pace():
    """Nothing else tells it from the file that is shown."""
    before = ((0.0, PROMPT), (1.0, b"cat big\r\n"), (3.0, b"some text\r\n"), (4.0, LINUX))

    assert (1, State.KERNEL_PANIC) == watched(*before, (6.5, panic("2.345678")))
    assert (0, State.SHELL) == watched(*before, (6.5, panic("412.345678")))
    assert (0, State.SHELL) == watched(*before, (60.5, panic("2.345678")))


SHOWN = {
    "a console's log": (b"cat console.log", SEABIOS + LINUX + panic("2.345678") + SEABIOS + LINUX
                        + panic("412.100100")),
    "a boot that failed early": (b"cat boot.log", LINUX + panic("1.345678")),
    "this life's beginning": (b"dmesg -w", LINUX + panic("1.345678")),
    "the last life's, followed": (b"journalctl -f -k -b -1 -o cat", LINUX + panic("1.345678")),
    "a console of another VM": (b"virsh console vm2", LINUX + panic("90.345678")),
    "numbered lines": (b"cat -n old", b"     1\t" + LINUX + panic("90.345678")),
    "with the file's name": (b"grep -H . old", b"old:" + LINUX + panic("90.345678")),
}  # fmt: skip


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("seconds", [0.0, 0.1])
def test_a_boot_that_is_only_shown_is_none(name: str, seconds: float):
    """At once, or at a hundred lines in ten seconds."""
    command, text = SHOWN[name]
    pieces = [text] if not seconds else text.splitlines(keepends=True)
    looks = ((1.2 + seconds * number, piece) for number, piece in enumerate(pieces))

    assert 0 == watched((0.0, PROMPT), (1.0, command + b"\r\n"), *looks)[0]


READERS = [
    b"bzless x", b"xzgrep -h . x", b"zstdcat x", b"gzip -dc x", b"unzip -p x", b"tar xOf x", b"dd if=x bs=1k",
    b"cp x /dev/stdout", b"openssl enc -d -in x", b"base64 -d x", b"socat - unix:x", b"cu -l ttyS1",
    b"picocom /dev/ttyS1", b"ipmitool sol activate", b"xl console vm2", b"nc host 1", b"w3m x", b"psql -c x",
    b"qemu-system-x86_64 -nographic", b"debugfs -R 'cat x' y", b"watch dmesg", b"while read l; do echo $l; done < x",
]  # fmt: skip
PROMPTS = {
    "nix-shell": "\r\n[nix-shell:~]$ ", "ESXi": "\r\n[root@esx1:~] ", "a chroot": "\r\n(chroot) vm1 / # ",
    "a number": "\r\n[1] root@vm1:~# ", "an arrow": "\r\n[root@vm1]\u27a4 ", "starship": "\r\n~/x on main\r\n\u276f ",
    "a host in brackets": "\r\n[vm1]# ", "RouterOS": "\r\n[admin@r1] > ",
}  # fmt: skip


@pytest.mark.parametrize("command", READERS)
def test_other_commands_that_show_texts(command: bytes):
    """Decompressors, terminals, databases, loops."""
    assert 0 == watched((0.0, PROMPT), (1.0, command + b"\r\n" + panic("412.100100")))[0]


@pytest.mark.parametrize("name", PROMPTS)
def test_commands_at_other_prompts(name: str):
    """As they are set up by people and systems."""
    assert 0 == watched((0.0, PROMPTS[name].encode()), (1.0, b"cat x\r\n" + panic("412.100100")))[0]


@pytest.mark.parametrize("command", [b"dd if=/dev/zero of=x", b"tar xf x", b"make -j8", b"gzip x"])
def test_commands_that_show_none(command: bytes):
    """A panic is what it says while they run."""
    assert 1 == watched((0.0, PROMPT), (1.0, command + b"\r\n" + panic("412.100100")))[0]
