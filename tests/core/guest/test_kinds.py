"""What other guests print: one table a kind, each with several guests."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.guest.detector import Detector
from com1d.core.guest.hints import hint
from com1d.core.guest.states import DEAD, State
from core.guest.transcripts import detect, watch


LINUX = (
    b"[    0.000000] Linux version 6.1.0-18-amd64 (b@h) (gcc-12) #1 SMP\r\n"
    b"[    1.100000] sd 0:0:0:0: [sda] Attached SCSI disk\r\n"
)
SEABIOS = (
    b"\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-1)\r\n\r\nBooting from Hard Disk...\r\n"
)


def panic(stamp: str, why: str = "Fatal exception") -> bytes:
    """Give the panic of a Linux kernel."""
    return (
        f"[{stamp:>12}] Kernel panic - not syncing: {why}\r\n"
        f"[{stamp:>12}] CPU: 0 PID: 1 Comm: swapper/0 Not tainted\r\n"
        f"[{stamp:>12}] ---[ end Kernel panic - not syncing: {why} ]---\r\n"
    ).encode()


LIVES = b"".join(
    piece
    for number in range(9)
    for piece in (SEABIOS, LINUX, panic(f"{number + 2}.345678", f"life {number}"))
)


def alarms(data: bytes, cuts=(), guest: str = "auto", quiet: float = 0.0) -> list[tuple[str, int]]:
    """Give what is told of dead guests: the evidence, and its offset."""
    detector = Detector(guest)
    told = []
    begin = 0
    for cut in (*sorted(cuts), len(data)):
        watch(detector, data[begin:cut], quiet=quiet)
        told += detector.take()
        begin = cut
    return [(t.finding.evidence, t.offset) for t in told if t.finding is not None]


@given(st.lists(st.integers(0, len(LIVES)), max_size=30))
def test_each_of_many_panics_is_told_once(cuts: list[int]):
    """In order, with the offset behind its line, however the lives are cut into looks."""
    expected = []
    end = 0
    for number in range(9):
        end = LIVES.index(b"\n", LIVES.index(b"] Kernel panic", end)) + 1
        expected.append((f"Kernel panic - not syncing: life {number}", end))

    assert expected == alarms(LIVES, cuts)


def test_a_panic_in_a_life_without_any_words_of_a_boot_is_another():
    """The kernel's clock has begun anew."""
    assert 2 == len(alarms(panic("99.000001") + panic("3.000001")))


OLD = (
    b"[    0.000000] Linux version 5.14.0 (b@h) #1 SMP\r\n[  412.100000] sysrq: Trigger a crash\r\n"
    + panic("412.100100", "sysrq triggered crash")
)
QUOTED = {
    "cat": b"[root@vm1 ~]# cat /var/crash/1/vmcore-dmesg.txt\r\n",
    "a pager": b"root@vm1:~# less vmcore-dmesg.txt\r\n",
    "more, as another user": b"ann@vm1:~$ sudo more /tmp/x\r\n",
    "dmesg of pstore": b"vm1:~# dmesg -F /sys/fs/pstore/dmesg-efi-1\r\n",
    "journalctl": b"[root@vm1 ~]# journalctl -o cat -k -b -1\r\n",
    "tail -f": b"root@vm1:~# tail -f /var/log/console.log\r\n",
    "crash": b"crash> log\r\n",
    "in a pipe": b"/ # zcat old.gz | tail -n 40\r\n",
    "fish": b"ann@vm1 ~> cat old\r\n",
    "a theme": "➜  ~ cat old\r\n".encode(),
    "an environment": b"(venv) ann@vm1:~/x$ cat old\r\n",
    "a clock in the prompt": b"12:01:33 root@vm1:~# cat old\r\n",
    "a clock in brackets": b"[12:01:33] root@vm1 /root # cat old\r\n",
    "an arrow behind a path": "~/x \u276f cat old\r\n".encode(),
    "nushell": b"~/x> cat old\r\n",
    "the initramfs": b"(initramfs) cat /run/old\r\n",
    "a database": b"MariaDB [(none)]> select log from old;\r\n",
    "another database": b"postgres=# select log from old;\r\n",
    "Python": b">>> print(open('old').read())\r\n",
    "systemd": b"root@vm1:~# systemctl status kdump\r\n",
}  # fmt: skip


@pytest.mark.parametrize("name", QUOTED)
@pytest.mark.parametrize("quiet", [0.0, 9.0])
def test_what_a_command_shows_is_no_alarm(name: str, quiet: float):
    """However slowly it comes, and whether or not the prompt is back."""
    data = b"\r\n" + QUOTED[name] + OLD.replace(LINUX[:60], b"")
    shown = data if name != "tail -f" else b"\r\n" + QUOTED[name] + panic("412.1")

    assert [] == alarms(shown, range(0, len(shown), 50), quiet=quiet)


def test_what_was_shown_before_is_not_the_kernels_clock():
    """The same file twice, with the prompt back and a silence between."""
    prompt = b"\r\n[root@vm1 ~]# "
    shown = b"cat vmcore-dmesg.txt\r\n" + OLD
    data = prompt + shown + prompt + shown + prompt + b"ls\r\na\r\n" + prompt + shown

    assert [] == alarms(data, [len(prompt), len(prompt + shown + prompt)], quiet=9.0)
    assert [] == alarms(data)


LOUD = {
    "sysrq": b"\r\nroot@vm1:~# echo c > /proc/sysrq-trigger\r\n",
    "a build": b"\r\nann@vm1:~$ make -j8\r\n  CC x.o\r\n",
    "the prompt was back": b"\r\nroot@vm1:~# cat old\r\nold\r\nroot@vm1:~# ",
    "the clock agrees": b"\r\n[  411.900000] usb 1-1: new\r\nroot@vm1:~# cat old\r\n",
    "at the login": b"\r\nvm1 login: ",
    "in an editor": b"\r\n[  411.900000] usb 1-1: new\r\nroot@vm1:~# vi x\r\n\x1b[?1049h\x1b[H\x1b[2J~\r\n",
    "while somebody types": b"\r\nroot@vm1:~# ls -la /et",
    "in front of the stamp": b"<0>",
    "a pager, and the firmware resets the terminal": (
        b"\r\nroot@vm1:~# less old\r\nold\r\n:" + SEABIOS
    ),
    "a pager, and the firmware is OVMF": (
        b"\r\nroot@vm1:~# man ls\r\nold\r\n:\x1b[2J\x1b[01;01H\x1b[=3h\x1b[2J\x1b[01;01HBdsDxe: loading"
        b' Boot0001 "x" from y\r\n' + LINUX
    ),
    "a pager, and a kernel that begins behind its question": (
        b"\r\nroot@vm1:~# journalctl -b\r\nold\r\n(END)" + LINUX
    ),
}


@pytest.mark.parametrize("step", [1, 37, 10_000])
@pytest.mark.parametrize("name", LOUD)
def test_what_happens_while_a_command_runs_is_an_alarm(name: str, step: int):
    """Where the command shows no texts, has ended, or the kernel's clock says that it is now."""
    data = LOUD[name] + panic("412.100100")

    assert 1 == len(alarms(data, range(step, len(data), step)))


@pytest.mark.parametrize("step", [1, 37, 10_000])
@pytest.mark.parametrize("command", [b"./show-crashes.sh", b"lastcrash", b"sos-view 3"])
def test_a_stamp_that_no_life_can_have_is_quoted(command: bytes, step: int):
    """It is past in this life, and another cannot have run for so long since the command."""
    up = b"\r\n[ 5000.123456] eth0: up\r\n\r\nroot@vm1:~# " + command + b"\r\n"
    cuts = range(step, 10_000, step)

    assert [] == alarms(up + panic("412.100100"), [cut for cut in cuts if cut < len(up)])
    assert 1 == len(alarms(up + panic("5000.900000")))
    assert 1 == len(alarms(up + panic("1.900000")))


KINDS = {
    "FreeBSD panics": (
        b"\r\npanic: page fault\r\ncpuid = 0\r\ntime = 1700000000\r\nKDB: stack backtrace:\r\n"
        b"KDB: enter: panic\r\n[ thread pid 1 tid 100002 ]\r\nStopped at kdb_enter+0x37\r\ndb> ",
        State.KERNEL_PANIC),
    "OpenBSD panics": (
        b"\r\npanic: kernel diagnostic assertion failed\r\nStopped at      db_enter+0x10: popq\r\n"
        b"ddb{0}> ", State.KERNEL_PANIC),
    "NetBSD panics": (
        b"[ 7.1234567] panic: init died\r\n[ 7.1234567] cpu0: Begin traceback...\r\n",
        State.KERNEL_PANIC),
    "illumos panics": (b"\r\npanic[cpu0]/thread=fffffe00: assertion failed\r\n", State.KERNEL_PANIC),
    "kdb": (b"\r\nEntering kdb (current=0x1, pid 1)\r\n[0]kdb> ", State.KERNEL_DEBUGGER),
    "FreeBSD logs in": (b"\r\nFreeBSD/amd64 (fw1) (ttyu0)\r\n\r\nlogin: ", State.LOGIN),
    "NetBSD asks a password": (b"\r\nlogin: root\r\nPassword:", State.LOGIN),
    "pfSense": (b"\r\n 0) Logout\r\n 8) Shell\r\n\r\nEnter an option: ", State.SHELL),
    "FreeBSD boots": (b"---<<BOOT>>---\r\nCopyright (c) 1992-2023 The FreeBSD Project.\r\n",
                      State.BOOTING),
    "illumos boots": (b"SunOS Release 5.11 Version omnios-r151046 64-bit\r\n", State.BOOTING),
    "OpenRC boots": (b"\r\n   OpenRC 0.48 is starting up Linux 6.6 (x86_64)\r\n", State.BOOTING),
    "dracut's quiet boot": (b"\r\nWelcome to Fedora Linux 40!\r\n", State.BOOTING),
    "U-Boot": (b"\r\nU-Boot 2023.01 (Jan 01 2023 - 00:00:00 +0000)\r\n", State.FIRMWARE),
    "OpenSBI": (b"\r\nOpenSBI v1.2\r\n", State.FIRMWARE),
    "systemd-boot": (b"\x1b[2J\x1b[1;1H   Arch\x1b[2;1HReboot Into Firmware Interface", State.BOOT_MENU),
    "isolinux": (b"\r\nISOLINUX 6.04 EDD Copyright (C) 1994-2015\r\nboot: ", State.BOOT_MENU),
    "OpenBSD's boot": (b"\r\n>> OpenBSD/amd64 BOOT 3.65\r\nboot> ", State.BOOT_MENU),
    "U-Boot's prompt": (b"\r\nHit any key to stop autoboot:  0 \r\n=> ", State.BOOT_MENU),
    "GRUB's prompt": (b"\r\ngrub rescue> ", State.BOOT_MENU),
    "Alpine's emergency": (
        b"\r\ninitramfs emergency recovery shell launched. Type 'exit'\r\n/ # ", State.EMERGENCY),
    "Arch's emergency": (
        b"\r\nYou are now being dropped into an emergency shell.\r\n[rootfs ~]# ", State.EMERGENCY),
    "NixOS' emergency": (
        b"\r\nAn error occurred in stage 1 of the boot process\r\n", State.EMERGENCY),
    "FreeBSD's single user": (
        b"\r\nEnter full pathname of shell or RETURN for /bin/sh: ", State.EMERGENCY),
    "LUKS in systemd": (LINUX + b"Please enter passphrase for disk Q (luks-1): (press TAB for no echo) ",
                        State.PASSPHRASE),
    "LUKS, status lines behind it": (
        LINUX + b"Please enter passphrase for disk Q:[  OK  ] Started x.\r\n[  OK  ] Reached y.\r\n",
        State.PASSPHRASE),
    "LUKS in mkinitcpio": (
        LINUX + b"A password is required to access the root volume:\r\nEnter passphrase for /dev/vda2: ",
        State.PASSPHRASE),
    "GELI": (b"\r\nGELI Passphrase for disk0p4: ", State.PASSPHRASE),
    "press any key": (LINUX + b"Press any key to continue...\r\n", State.KEY_WAIT),
    "hit return": (LINUX + b"Error. Hit RETURN to continue: ", State.KEY_WAIT),
    "fsck": (LINUX + b"/dev/vda1: |=====      / 41.2%", State.DISK_CHECK),
    "fsck by hand": (
        LINUX + b"/dev/vda1: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.\r\n", State.DISK_CHECK),
    "a kernel message behind the login": (
        b"\r\nvm1 login: [   12.345678] IPv6: eth0: link becomes ready\r\n", State.LOGIN),
    "torn by the kernel": (
        b"\r\nvm1 lo[   12.345678] IPv6: eth0: link becomes ready\r\ngin: ", State.LOGIN),
    "Kali": ("\r\n┌──(root㉿kali)-[~]\r\n└─# ".encode(), State.SHELL),
    "VyOS": (b"\r\n[edit]\r\nvyos@vyos# ", State.SHELL),
    "fish": (b"\r\nroot@web01 ~> ", State.SHELL),
    "a router": (b"\r\nsw1(config)#", State.SHELL),
    "another router": (b"\r\nrouter1>", State.SHELL),
    "reset at the login": (b"\r\nvm1 login: " + LINUX, State.BOOTING),
    "reset at a shell": (b"\r\nroot@vm1:~# " + LINUX, State.BOOTING),
    "cloud-init shows its keys behind the login": (
        b"\r\nvm1 login: -----BEGIN SSH HOST KEY KEYS-----\r\nssh-rsa AAAA root@vm1\r\n"
        b"-----END SSH HOST KEY KEYS-----\r\n", State.LOGIN),
    "a syslog line behind the login": (b"\r\nvm1 login: <14>Nov 1 00:00:00 ec2: \r\n", State.LOGIN),
    "a message to all behind the login": (
        b"\r\nWEB-01 login: \r\nBroadcast message from root@vm1:\r\n\r\nGood night!\r\n", State.LOGIN),
    "illumos logs in": (b"\r\nomnios console login: ", State.LOGIN),
    "RouterOS logs in": (b"\r\nMikroTik 7.1\r\nMikroTik Login: ", State.LOGIN),
    "bullets for a passphrase": (
        LINUX + "Please enter passphrase for disk vda3_crypt: \u2022\u2022".encode(), State.PASSPHRASE),
    "the PIN of a token": (LINUX + b"Please enter LUKS2 token PIN: ", State.PASSPHRASE),
    "fsck asks": (LINUX + b"Inode 12 extent tree could be narrower.  Fix<y>? ", State.DISK_CHECK),
    "Limine": (b"\x1b[2J\x1b[1;1HLimine 5.20230807.0\x1b[3;1HSelect entry:", State.BOOT_MENU),
    "isolinux' menu": (
        b"\x1b[2J\x1b[1;1H| Installer |\x1b[20;1HPress ENTER to boot or TAB to edit a menu entry",
        State.BOOT_MENU),
    "Petitboot": (b"\x1b[2J\x1b[1;1H Petitboot (v1.13)      IBM\x1b[5;1H  *  Linux", State.BOOT_MENU),
    "sysvinit boots": (b"[ ok ] Starting enhanced syslogd: rsyslogd.\r\n", State.BOOTING),
    "FreeBSD's rc": (b"Starting dhclient.\r\nStarting sendmail.\r\n", State.BOOTING),
    "cloud-init in a boot": (
        b"[   10.123456] cloud-init[400]: Cloud-init v. 22.4 running 'init'\r\n", State.BOOTING),
    "a title that CAN ends": (b"\r\n\x1b]0;title\x18vm1 login: ", State.LOGIN),
    "a picture that SUB ends": (b"\r\n\x1bPq" + b"x" * 5000 + b"\x1avm1 login: ", State.LOGIN),
    "a move that CAN ends": (b"\r\nvm1 lo\x1b[12\x18gin: ", State.LOGIN),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_other_guests(name: str):
    """The state is known, seen at once and byte by byte."""
    data, state = KINDS[name]
    detector = Detector("auto")
    watch(detector, data, range(1, len(data)), quiet=0.0)
    watch(detector, b"")

    assert (state, state) == (detect(data).state, detector.finding.state)


@pytest.mark.parametrize(
    ("state", "word"),
    [(State.PASSPHRASE, "passphrase"), (State.KEY_WAIT, "Enter"), (State.DISK_CHECK, "disk")],
)
def test_who_waits_is_told_for_what(state: State, word: str):
    """The advice names it."""
    assert word in hint(state, "linux")


SURVIVED = {
    "soft-lockup": "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [stress:999]",
    "rcu-stall": "rcu: INFO: rcu_sched self-detected stall on CPU",
    "out-of-memory": "Out of memory: Killed process 812 (mysqld) total-vm:1kB",
    "hung-task": "INFO: task jbd2/vda1-8:201 blocked for more than 120 seconds.",
    "oops": "BUG: unable to handle page fault for address: ffffffffc0000000",
    "machine-check": "mce: [Hardware Error]: Machine check: Processor context corrupt",
}


@pytest.mark.parametrize("what", SURVIVED)
def test_what_a_guest_survives_is_told_and_changes_nothing(what: str):
    """With the kernel's words; a log file that quotes them is none."""
    detector = Detector("linux")
    watch(detector, b"\r\nvm1 login: ")
    watch(detector, f"[  100.123456] {SURVIVED[what]}\r\n".encode())
    told = detector.take()

    assert [(what, SURVIVED[what][:120])] == [(one.notice, one.evidence) for one in told]
    assert State.LOGIN is detector.finding.state

    watch(detector, f"\r\nroot@vm1:~# cat x\r\n[  100.123456] {SURVIVED[what]}\r\n".encode())
    assert [] == detector.take()


@pytest.mark.parametrize("hidden", ["\u2028", "\u202e", "\u200b", "\ufe0f", "\U000e0041", "\x85"])
def test_evidence_has_no_invisible_characters(hidden: str):
    """Whatever the guest puts between its words."""
    found = detect(f"[    2.012345] Kernel panic - not syncing: a{hidden}b\r\n".encode())

    assert found.state in DEAD
    assert found.evidence in {"Kernel panic - not syncing: a b", "Kernel panic - not syncing: ab"}
