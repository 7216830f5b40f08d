"""The texts of a guest that has stopped: panics of several kernels, and Windows' bugcheck."""

from typing import Final

from com1d.core.guest.landmarks.landmark import BEHIND_PROMPT, STAMP, TIMED, landmark
from com1d.core.guest.states import LINUX, WINDOWS, State
from com1d.core.guest.text import LINE_END


_REASON: Final = r"(?P<shown>Kernel panic - not syncing: [^\n]{0,300})\n"

LINUX_PANIC: Final = (
    # With a stamp the line is the kernel's own. Documentation/admin-guide, kernel/panic.c.
    landmark(
        State.KERNEL_PANIC,
        "Kernel panic - not syncing: ",
        rf"{BEHIND_PROMPT}{TIMED}{_REASON}",
        LINUX,
        inside=True,
    ),
    # Without one (printk.time=0) it may be quoted, so what panic() prints next has to follow.
    landmark(
        State.KERNEL_PANIC,
        "Kernel panic - not syncing: ",
        rf"(?:(?:[\w.-]{{1,64}} )?login: [^\n]{{0,32}})?{_REASON}"
        r"(?:[^\n]{0,300}\n){0,3}?"
        r"(?:CPU: \d|Pid: \d|Call Trace:|Kernel Offset: |---\[ end Kernel panic|Rebooting in \d)",
        LINUX,
        inside=True,
    ),
    # The last line that a panic prints, should the first be out of sight by then.
    landmark(
        State.KERNEL_PANIC,
        "Kernel panic - not syncing: ",
        rf"{BEHIND_PROMPT}{TIMED}---\[ end "
        r"(?P<shown>Kernel panic - not syncing: [^\n]{0,300}?)(?: \]---)?\n",
        LINUX,
        inside=True,
        ends=True,
    ),
)

_PANIC: Final = r"(?P<shown>panic: [^\n]{1,300})\n"

UNIX_PANIC: Final = (
    # FreeBSD's panic() says on which CPU; kern_shutdown.c. Also with KDB, and with its prompt.
    landmark(
        State.KERNEL_PANIC,
        "panic: ",
        rf"{BEHIND_PROMPT}{_PANIC}(?:[^\n]{{0,300}}\n){{0,2}}?"
        r"(?:cpuid = \d|time = \d|KDB: (?:stack backtrace|enter): ?|Uptime: \d|Automatic reboot in )",
        LINUX,
        inside=True,
    ),
    # OpenBSD's, and NetBSD's, with or without a stamp.
    landmark(
        State.KERNEL_PANIC,
        "panic: ",
        rf"{BEHIND_PROMPT}(?:{STAMP})?{_PANIC}(?:[^\n]{{0,300}}\n){{0,2}}?"
        rf"(?:{STAMP})?(?:Stopped at {{1,12}}\w|cpu\d{{1,3}}: Begin traceback|Begin traceback"
        r"|Starting stack trace|fatal breakpoint trap|dumping to dev|syncing disks)",
        LINUX,
        inside=True,
    ),
    # illumos and Solaris: uts/common/os/panic.c.
    landmark(
        State.KERNEL_PANIC,
        "panic[cpu",
        rf"{BEHIND_PROMPT}(?P<shown>panic\[cpu\d{{1,4}}\]/thread=[0-9a-f]{{1,16}}: ?\n?[^\n]{{1,300}})\n",
        LINUX,
        inside=True,
    ),
    # What FreeBSD and OpenBSD print before they panic, or stop in ddb without a panic.
    landmark(
        State.KERNEL_PANIC, "Fatal trap ",
        rf"{BEHIND_PROMPT}(?P<shown>Fatal trap \d{{1,2}}: [^\n]{{1,120}} while in kernel mode)\n",
        LINUX, inside=True,
    ),
    landmark(
        State.KERNEL_PANIC, " trap, code=", r"(?P<shown>kernel: [a-z -]{1,40} trap, code=\w{1,8})\n",
        LINUX, inside=True,
    ),
    # Linux before 2.6; XNU; Haiku; ESXi; z/VM, of which the guest has loaded a disabled wait; U-Boot.
    landmark(State.KERNEL_PANIC, "Kernel panic: ",
             rf"{BEHIND_PROMPT}(?:<0>)?(?P<shown>Kernel panic: [^\n]{{1,200}})\n", LINUX, inside=True),
    landmark(State.KERNEL_PANIC, "panic(cpu ",
             r"(?P<shown>panic\(cpu \d{1,4} caller 0x[0-9a-f]{1,16}\): [^\n]{1,300})\n", LINUX),
    landmark(
        State.KERNEL_PANIC, "PANIC: ",
        r"(?P<shown>PANIC: [^\n]{1,300})\nWelcome to Kernel Debugging Land", LINUX,
    ),
    landmark(State.KERNEL_PANIC, " Exception ", r"(?P<shown>#[A-Z]{2} Exception \d{1,3} in world \d[^\n]{0,200})"
             rf"{LINE_END}", LINUX, inside=True),
    landmark(State.KERNEL_PANIC, "PSOD: ", r"(?P<shown>PSOD: [^\n]{1,200})\n", LINUX),
    landmark(
        State.KERNEL_PANIC, "disabled wait PSW ",
        r"(?:\d\d: )?HCPGIR450W (?P<shown>CP entered; disabled wait PSW [^\n]{1,60})\n", LINUX, inside=True,
    ),
    landmark(State.KERNEL_PANIC, "### ERROR ### Please RESET the board ###", guest=LINUX),
    landmark(
        State.KERNEL_PANIC, "Panic on CPU ", r"\(XEN\) (?:\[[^\]\n]{1,40}\] )?(?P<shown>Panic on CPU \d{1,4}:)\n",
        LINUX, inside=True,
    ),
)  # fmt: skip

BUGCHECK: Final = (
    # EMS: Cyclades ACS Command Reference, EMS chapter. It is no XML that a parser would take.
    landmark(
        State.BUGCHECK,
        '<PROPERTY NAME="STOPCODE"',
        r'<INSTANCE CLASSNAME="BLUESCREEN">\s{0,80}\n *'
        r'<PROPERTY NAME="STOPCODE"[^>\n]{0,80}>\s{0,80}'
        r'<VALUE>"?0x(?P<code>[0-9A-Fa-f]{1,16})"?</VALUE>',
        WINDOWS,
        lines_before=1,
    ),
    landmark(
        State.BUGCHECK,
        "*** STOP: 0x",
        r"\*\*\* STOP: 0x(?P<code>[0-9A-Fa-f]{8}) \(0x[0-9A-Fa-f]{8}[^\n]{0,100}\n",
        WINDOWS,
    ),
)

DEATHS: Final = (*LINUX_PANIC, *UNIX_PANIC, *BUGCHECK)
