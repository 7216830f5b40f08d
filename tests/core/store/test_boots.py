"""Boots: found in what real firmware and kernels print, and made one of several signs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.store.boots import (
    BOOTS_MAX,
    FOLD_BYTES,
    REACH_BYTES,
    Boot,
    Sign,
    SignFinder,
    Stage,
    fold,
    in_head,
    next_turn,
    present,
)


SEABIOS = (
    b"\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n"
    b"Booting from ROM...\r\n"
)
SEABIOS_THEN_KERNEL = (
    SEABIOS + b"Probing EDD (edd=off to disable)... o\x1bc\x1b[?7l\x1b[2J"
    b"[    0.000000] Linux version 6.1.0-56-cloud-amd64\r\n"
)
OVMF = (
    b"\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01H\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01H"
    b'BdsDxe: loading Boot0001 "EFI Internal Shell" from Fv(7CB8BDC9)\r\n'
    b'BdsDxe: failed to load Boot0001 "EFI Internal Shell"\r\n'
    b'BdsDxe: loading Boot0002 "UEFI QEMU HARDDISK"\r\n'
)
LINUX = b"[    0.000000] Linux version 6.1.0-56-cloud-amd64 (debian-kernel@lists.debian.org)\r\n"
LINUX_WITH_CALLER = b"[    0.000000][    T0] Linux version 6.12.1\r\n"
SAC = b'\r\nComputer is booting, SAC started and initialized.\r\n\r\nUse the "ch -?" command'
"""All of these as QEMU 7.2 gave them, shortened; SAC as in sac.md."""

SYSTEMD = (
    b"[\x1b[0;32m  OK  \x1b[0m] Created slice \x1b[0;1;39mSlice /system/getty\x1b[0m.\r\n"
    b"[\x1b[0;32m  OK  \x1b[0m] Listening on \x1b[0;1;39mudev Kernel Socket\x1b[0m.\r\n"
    b"[\x1b[0;32m  OK  \x1b[0m] Started \x1b[0;1;39mcron.service\x1b[0m.\r\n"
    b"\r\nDebian GNU/Linux 12 vm1 ttyS0\r\n\r\nvm1 login: "
)
DOWN = b"         Stopping cron.service...\r\n[  OK  ] Reached target reboot.target.\r\n"
PROMPT = b"\r\nguest# \x1b[6n"


def signs(text: bytes, size: int = 1 << 20) -> list[tuple[int, str]]:
    finder = SignFinder()
    found = []
    for start in range(0, len(text), size):
        found += finder.feed(start, text[start : start + size], 0.0)
    return [(sign.offset, sign.cause) for sign in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SEABIOS, [(0, "firmware")]),
        (SEABIOS_THEN_KERNEL, [(0, "firmware"), (SEABIOS_THEN_KERNEL.index(b"[    0"), "kernel")]),
        (OVMF, [(0, "firmware")]),
        (LINUX, [(0, "kernel")]),
        (LINUX_WITH_CALLER, [(0, "kernel")]),
        (SAC, [(2, "sac")]),
        (PROMPT + SEABIOS, [(len(PROMPT), "firmware")]),
        (PROMPT + OVMF, [(len(PROMPT), "firmware")]),
        (PROMPT + LINUX, [(len(PROMPT), "kernel")]),
        (SYSTEMD, [(0, "systemd")]),
        (SYSTEMD * 3, [(len(SYSTEMD) * n, "systemd") for n in range(3)]),
        (SYSTEMD + DOWN + SYSTEMD, [(0, "systemd"), (len(SYSTEMD + DOWN), "systemd")]),
        (LINUX + SYSTEMD + LINUX + SYSTEMD, [(0, "kernel"), (len(LINUX + SYSTEMD), "kernel")]),
        (SYSTEMD + b"root\r\nWelcome to Alpine!\r\nvm1:~# ", [(0, "systemd")]),
        (SYSTEMD + b"x\r\nnginx: Listening on port 80\r\n", [(0, "systemd")]),
        (b"SeaBIOS (version rel-1.14)\r\n", [(0, "firmware")]),
        (b"[   12.000000] Linux version 6.1\r\n", []),
        (b"BdsDxe: loading Boot0001\r\n", []),
        (b"Linux version 6.1.0 (gcc)\r\n", []),
        (PROMPT + b"dmesg\r\n" + LINUX, []),
        (PROMPT + b"sudo journalctl -k | cat\r\n[sudo] password for x: \r\n" + LINUX, []),
        (PROMPT + b"echo b > /proc/sysrq-trigger\r\n[   3.1] sysrq: Resetting\r\n" + LINUX, 1),
    ],
)
def test_signs_in_real_texts(text: bytes, expected: list[tuple[int, str]] | int):
    """A boot is found at its first byte, and what only looks like one is not."""
    found = signs(text)

    assert expected == (len(found) if isinstance(expected, int) else found)


@pytest.mark.parametrize(
    "text", [SEABIOS_THEN_KERNEL, OVMF, LINUX, SAC, SYSTEMD * 2, PROMPT + b"dmesg\r\n" + LINUX]
)
@given(size=st.integers(1, 400), before=st.integers(0, 600))
def test_signs_do_not_depend_on_how_the_text_is_cut(text: bytes, size: int, before: int):
    """Byte by byte or at once, after little or much: the same signs at the same offsets."""
    whole = b"." * before + text

    assert signs(whole) == signs(whole, size)


@given(st.binary(max_size=2000), st.integers(1, 300))
def test_any_text_is_looked_through(text: bytes, size: int):
    """Nothing that a guest prints is an error."""
    assert signs(text) == signs(text, size)


def test_a_gap_breaks_the_text():
    """Halves of a banner on both sides of a gap are none."""
    finder = SignFinder()
    half = len(LINUX) // 4
    finder.feed(0, LINUX[:half], 0.0)

    assert [] == finder.feed(half + 1, LINUX[half:], 0.0)


def folded(*signs_: Sign) -> list[tuple[int, str]]:
    boots: tuple[Boot, ...] = ()
    for sign in signs_:
        boots = fold(boots, sign)
    return [(boot.offset, boot.cause) for boot in boots]


def power(offset: int, at: float, cause: str = "reset") -> Sign:
    return Sign(offset, at, Stage.POWER, cause)


def firmware(offset: int, at: float) -> Sign:
    return Sign(offset, at, Stage.FIRMWARE, "firmware")


def kernel(offset: int, at: float) -> Sign:
    return Sign(offset, at, Stage.SYSTEM, "kernel")


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ([firmware(0, 1.0), kernel(90, 1.5)], [(0, "firmware")]),
        (
            [firmware(0, 1.0), kernel(90, 1.5), firmware(9000, 60.0)],
            [(0, "firmware"), (9000, "firmware")],
        ),
        ([kernel(0, 1.0), kernel(20000, 60.0)], [(0, "kernel"), (20000, "kernel")]),  # kexec
        (
            [power(50, 1.0), power(50, 1.05), power(50, 1.05)],
            [(50, "reset")],
        ),  # QEMU says it thrice
        ([power(50, 1.0), firmware(62, 1.1), kernel(150, 2.0)], [(62, "reset")]),
        ([firmware(62, 1.1), power(90, 1.2), kernel(150, 2.0)], [(62, "reset")]),
        ([power(50, 1.0), kernel(62, 1.1)], [(50, "reset")]),
        ([power(50, 1.0), firmware(60 + FOLD_BYTES, 9.0)], [(50, "reset")]),
        ([power(50, 1.0), kernel(50 + REACH_BYTES, 9.0)], [(50, "reset")]),
        (
            [power(50, 1.0), kernel(51 + REACH_BYTES, 900.0)],
            [(50, "reset"), (51 + REACH_BYTES, "kernel")],
        ),
        ([power(0, 1.0, "start"), power(0, 1.1)], [(0, "start")]),
        ([power(0, 1.0, "start"), power(0, 9.0)], [(0, "reset")]),
        ([power(0, 1.0, "start"), power(9, 9.0)], [(0, "start"), (9, "reset")]),
        ([kernel(0, 1.0), power(9000, 60.0), kernel(9100, 61.0)], [(0, "kernel"), (9000, "reset")]),
        ([firmware(0, 1.0), power(9000, 1.2)], [(0, "firmware"), (9000, "reset")]),
    ],
)
def test_signs_of_one_boot_are_one_boot(what: list[Sign], expected: list[tuple[int, str]]):
    """Events and texts in any order make the boots that there were, each at its first byte."""
    assert expected == folded(*what)


@pytest.mark.parametrize(("first", "expected"), [(0, [0, 1, 2]), (1, [1, 2, 3])])
def test_boots_are_numbered(first: int, expected: list[int]):
    """A boot's number counts those before it; what was printed before the first sign is one."""
    boots: tuple[Boot, ...] = ()
    for sign in (kernel(first, 1.0), power(5000, 60.0), kernel(5010, 61.0), kernel(9000, 90.0)):
        boots = fold(boots, sign)

    assert expected == [boot.number for boot in boots]


def test_numbers_go_on_where_boots_are_forgotten():
    """The last boot is always known, and so is its number."""
    boots: tuple[Boot, ...] = ()
    for number in range(BOOTS_MAX + 20):
        boots = fold(boots, kernel(number * 10_000, number * 60.0))

    assert BOOTS_MAX + 19 == present(boots, [])[-1].number


def test_the_newest_boots_are_remembered():
    """A guest that starts over and over does not fill the memory."""
    assert BOOTS_MAX == len(folded(*(kernel(n * 10_000, n * 60.0) for n in range(BOOTS_MAX + 20))))


@given(st.lists(st.integers(0, 300), max_size=5), st.integers(0, 500), st.integers(1, 50))
def test_turns_are_where_a_beginning_begins_or_ends(offsets: list[int], offset: int, head: int):
    """Between an offset and the next turn, everything is within a beginning, or nothing is."""
    boots = [Boot(o, 0.0, "", Stage.POWER) for o in sorted(offsets)]
    turn = next_turn(boots, offset, head)

    until = 600 if turn is None else turn
    assert turn is None or turn > offset
    assert 1 == len({in_head(boots, o, head) for o in range(offset, until)})


def test_boots_of_which_nothing_is_kept_are_dropped():
    """A boot is known as long as a byte of it is there; the last one always."""
    boots = [Boot(o, 0.0, "", Stage.POWER) for o in (0, 100, 200, 300)]

    assert [0, 200, 300] == [b.offset for b in present(boots, [(50, 100), (250, 260)])]
    assert [300] == [b.offset for b in present(boots, [])]
    assert () == present([], [(0, 10)])


@given(st.integers(0, 2**60), st.floats(0, 4e9), st.text(), st.sampled_from(Stage), st.integers(0))
def test_a_boot_is_read_back(offset: int, at: float, cause: str, stage: Stage, number: int):
    """What segments carry of earlier boots is all of it."""
    boot = Boot(offset, at, cause, stage, number)

    assert boot == Boot.from_json(boot.as_json())
