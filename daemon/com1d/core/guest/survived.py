"""The texts of what a guest survives: each is told as a notice, and changes no state.

The words are those of kernel/watchdog.c, kernel/rcu/tree_stall.h, mm/oom_kill.c, kernel/hung_task.c
and arch/x86/kernel/dumpstack.c. Each has to stand behind the kernel's stamp, so that a syslog line
or a file that quotes one does not count.
"""

from typing import Final

from com1d.core.guest.landmark import BEHIND_PROMPT, STAMP, Landmark, landmark
from com1d.core.guest.states import LINUX


def _survived(notice: str, needle: str, before: str = "", after: str = r"[^\n]{0,300}") -> Landmark:
    said = rf"{BEHIND_PROMPT}{STAMP}(?P<shown>{before}{needle}{after})\n"
    plain = needle.replace("\\", "")
    return landmark(None, plain, said, LINUX, inside=True, notice=notice)


SURVIVED: Final = (
    _survived("soft-lockup", "BUG: soft lockup", r"(?:watchdog: )?"),
    _survived("hard-lockup", "hard LOCKUP", r"(?:NMI watchdog: |watchdog: )?Watchdog detected "),
    _survived("rcu-stall", "self-detected stall", r"(?:rcu: )?(?:INFO: )?rcu[^\n]{0,40} "),
    _survived("rcu-stall", "detected stalls on", r"(?:rcu: )?(?:INFO: )?rcu[^\n]{0,40} "),
    _survived("rcu-stall", "detected expedited stalls", r"(?:rcu: )?(?:INFO: )?rcu[^\n]{0,40} "),
    _survived("out-of-memory", "ut of memory: ", r"(?:Memory cgroup o|O)"),
    _survived("hung-task", " blocked for more than ", r"(?:INFO: )?task [^\n]{1,80}"),
    _survived("oops", "BUG: unable to handle "),
    _survived("oops", "BUG: kernel NULL pointer dereference"),
    _survived("oops", "Unable to handle kernel "),
    _survived("oops", "general protection fault", after=r"[:,][^\n]{0,300}"),
    _survived("oops", "kernel BUG at "),
    _survived("oops", "Internal error: Oops"),
    _survived("machine-check", r"\[Hardware Error\]", r"(?:mce: |EDAC[^\n]{0,60} |\{\d{1,6}\})?"),
    _survived("machine-check", "Machine check events logged", r"(?:mce: )?(?:\[Hardware Error\]: )?"),
    _survived("read-only", "Remounting filesystem read-only", r"EXT4-fs \([^\n)]{1,40}\): "),
    _survived("disk-error", "I/O error, dev ", r"(?:blk_update_request: |Buffer )?(?:critical medium error, )?"),
)  # fmt: skip
"""One occurrence may be told by several lines; who hears of them counts them."""
