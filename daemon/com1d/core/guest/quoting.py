"""Quoting: tells the guest's own output from a text that a command shows, such as a log file.

The witnesses, in this order:

- A command stands behind a prompt, and its output follows. While a command that shows texts runs
  (`cat`, `dmesg`, a pager, `crash`, …), nothing that is printed is the guest's own. It runs, however
  slowly, until the same prompt is back.
- `tail -f` and its like run for ever, so a boot that follows is one.
- The kernel's clock never goes back in one life, and goes on with ours. A panic whose stamp fits the
  kernel's last words before the command is the kernel's own, whatever runs.

Only what ends in a line feed counts, so it does not matter how the output is cut.
"""

import re
from dataclasses import dataclass
from typing import Final

from com1d.core.carried import carried
from com1d.core.guest.text import CLEARED, ERASED, MOVED


_NAME: Final = r"[\w.-]{1,64}"
_PROMPT: Final = (
    r"(?:\([\w.:@/-]{1,40}\) |\[?\d\d:\d\d(?::\d\d)?\]? ){0,2}(?:"  # a virtual environment, the time
    rf"\[?(?P<who>{_NAME}@{_NAME})[^\n]{{0,200}}?[\])]?[#$%>\u276f\xbb\u03bb\u279c]"
    rf"|\[{_NAME} [^\n\]]{{1,200}}\][#$%]"
    r"|PS [A-Za-z]:\\[^>\n]{0,260}>|[A-Za-z]:\\[^>\n]{0,260}>"
    r"|(?P<tool>crash|\(gdb\)|\(crash\)|mysql|sqlite|MariaDB \[[^\]\n]{1,64}\]|\w{1,32}[=-](?=[#>])"
    r"|>>(?=>))[#>]?"
    r"|\(initramfs\)|[~/][^\n ]{0,100}(?:>| [\u276f\xbb\u03bb\u279c])"
    rf"|(?:{_NAME})?(?::[~/][^\n ]{{0,200}}|[~/][^\n ]{{0,200}} )?[#$%>]"
    r"|[^\x00-\xff](?: {1,2}[~/\w.-]{1,60}|[^\n]{0,80}?[#$%>\u276f\xbb\u03bb])"
    r") ?"
)
_COMMAND_LINE: Final = re.compile(
    rf"\n(?!\[ {{0,4}}\d{{1,10}}\.)(?:{_PROMPT}(?P<command>[^\n]{{0,400}})|(?:{_NAME} )?login: ?[^\n]{{0,64}})(?=\n)"
)
"""A whole line that begins with a prompt: a command, nothing, or what the kernel printed there."""

_STAMPED: Final = re.compile(r"(?:<\d{1,3}>)?\[ {0,4}\d{1,10}\.\d{3,7}\]")
_READERS: Final = re.compile(
    r"(?<![\w./-])(?:/usr)?(?:/s?bin/)?(?:cat|zcat|bzcat|xzcat|zstdcat|lz4cat|less|more|most|pg|zless|xzless|head|tail"
    r"|z?grep|egrep|fgrep|rg|ag|ack|sed|awk|gawk|cut|sort|uniq|tac|nl|tee|strings|hexdump|xxd|od|bat|batcat"
    r"|dmesg|journalctl|crash|vi|vim|nvim|view|nano|emacs|ed|mcview|man|history|git|diff|logread|lnav"
    r"|multitail|watch|coredumpctl|abrt|abrt-cli|makedumpfile|vmcore-dmesg|kdumpctl|sosreport|printf"
    r"|echo|curl|wget|docker|podman|kubectl|virsh|screen|tmux|ssh|minicom|com1|gdb|objdump|python3?"
    r"|perl|xargs|type|findstr|Get-Content|gc|sls|Select-String|wevtutil|Get-WinEvent|show|log|fold|column|pr"
    r"|systemctl (?:-\S{1,40} ){0,3}(?:status|cat))(?![\w/=-])"
    r"|(?:/var/(?:crash|log)|/sys/fs/pstore|vmcore|pstore|dmesg|\.log\b|syslog|kern\.log)",
)
"""Commands that show texts, and places where old kernel messages are."""
_FOLLOWERS: Final = re.compile(
    r"\btail\b[^\n|]* (?:-[a-z0-9]*[fF]|--follow)|\bjournalctl\b[^\n|]* (?:-[a-z0-9]*f\b|--follow)"
    r"|\bdmesg\b[^\n|]* (?:-[a-zA-Z]*[wW]|--follow)|\b(?:watch|multitail|less [^\n]*\+F|logread -f|tmux|screen)\b"
)
_PAGERS: Final = re.compile(
    r"(?<![\w./-])(?:less|zless|xzless|most|pg|man|journalctl|dmesg|vi|vim|nvim|view|nano|emacs|lnav|git"
    r"|systemctl|history)(?![\w/=-])"
)
"""Those that show the controls in a text as characters, and clear a screen once at a time."""
_ENDS_THE_LIFE: Final = re.compile(
    r"sysrq-trigger|\breboot\b|\bkexec\b|\bpoweroff\b|\bshutdown\b|\binit [06]\b"
)

CLOCK_FROM: Final = 30.0
CLOCK_SLACK: Final = 2.0
"""Seconds by which a stamp may differ from the kernel's clock. A look is late by about as much;
stamps in an old file are that near only by accident. The clock counts when it has run for a
while."""


@carried()
@dataclass(frozen=True, slots=True)
class Command:
    """The command that runs at the guest's prompt, by its echo."""

    reads: bool = False
    """Whether it shows texts, so that its output is no evidence."""
    pages: bool = False
    """Whether it lets no control of the text through to the terminal."""
    follows: bool = False
    """Whether it does so for ever."""
    who: str = ""
    """Whose prompt it was typed at."""
    fresh: bool = False
    """Whether a command of any kind was typed, of which the life goes on."""
    at: float = 0.0
    """When that was seen."""


NOTHING: Final = Command()


_SIGNS: Final = (*"#$%>", "login:", "crash", "(gdb)", "(initramfs)", "mysql", "sqlite")
"""Each prompt in ASCII has one of these in it. To look for them takes a tenth of the pattern's
time."""


def lines(text: str, begin: int) -> "list[re.Match[str]]":
    """Find the lines with a prompt in `text` from `begin` on, in their order."""
    if text.isascii() and all(text.find(sign, begin) < 0 for sign in _SIGNS):
        return []
    return list(_COMMAND_LINE.finditer(text, begin))


def follow(before: Command, line: "re.Match[str]", now: float) -> Command:
    """Give the command that runs after a line that begins with a prompt."""
    who = line["who"] or ""
    if before.reads and not before.follows and before.who and before.who != who:
        return before  # a prompt in the text that is shown
    command = line["command"] or ""
    if not command.strip() or _STAMPED.match(command):
        return NOTHING
    ends = _ENDS_THE_LIFE.search(command) is not None
    reads = bool(line["tool"]) or (not ends and _READERS.search(command) is not None)
    pages = reads and _PAGERS.search(command) is not None
    follows = reads and _FOLLOWERS.search(command) is not None
    return Command(reads, pages, follows, who, fresh=not ends, at=now)


_RESET: Final = re.compile(
    rf"{CLEARED}\n(?:[{MOVED}{ERASED}]\n)*{CLEARED}\n(?:[{MOVED}{ERASED}]\n)*\Z"
)


def restarts(command: Command, text: str, start: int, match: "re.Match[str]") -> bool:
    """Tell whether the first words of a boot, which begin at `start`, are no text that is shown.

    A firmware resets the terminal, which no pager does; a kernel prints behind a pager's question.
    """
    if match.groupdict().get("pager"):
        return True
    return command.pages and _RESET.search(text, max(0, start - 16), start) is not None


@carried()
class KernelClock:
    """The kernel's last time stamp, and when it was seen."""

    __slots__ = ("_at", "_stamp")

    _LAST: Final = re.compile(r"\n\[ {0,4}(\d{1,10}\.\d{3,7})\]")

    def __init__(self) -> None:
        self._stamp = self._at = 0.0

    def see(self, text: str, now: float, since: float) -> None:
        """Take the last stamp of a text that is the kernel's own, unless `rules_out` does."""
        place = text.rfind("\n[")
        found = self._LAST.match(text, place) if place >= 0 else None
        if found is None or self.rules_out(found[1], now, since):
            return
        if float(found[1]) != self._stamp:
            self._stamp, self._at = float(found[1]), now

    def rules_out(self, stamp: str | None, now: float, since: float) -> bool:
        """Tell whether a stamp can be of no life: it is past in the one that was there `since`.

        Another life cannot have begun before that, nor run faster than our clock.
        """
        if stamp is None or self._stamp < CLOCK_FROM:
            return False
        is_past = float(stamp) < self._stamp - CLOCK_SLACK
        return is_past and float(stamp) > now - max(since, self._at) + CLOCK_SLACK

    def agrees(self, stamp: str | None, now: float) -> bool:
        """Tell whether a stamp agrees with the kernel's clock now."""
        if stamp is None or self._stamp < CLOCK_FROM:
            return False
        return abs(float(stamp) - self._stamp - (now - self._at)) <= CLOCK_SLACK
