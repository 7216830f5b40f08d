"""Quoting: tells the guest's own output from a text that a command shows, such as a log file.

The witnesses, in this order:

- A command stands behind a prompt, and its output follows. While a command that shows texts runs
  (`cat`, `dmesg`, a pager, `crash`, …), nothing that is printed is the guest's own. It runs, however
  slowly, until the same prompt is back.
- `tail -f` and its like run for ever, so a boot that follows is one, unless it is the first thing that
  they show: `dmesg -w` begins with this life's. A reset tears a line, or the firmware resets the
  terminal: then it is a boot whatever runs, and no life in it is faster than our clock.
- The kernel's clock never goes back in one life, and goes on with ours. A panic whose stamp fits the
  kernel's last words before the command is the kernel's own, whatever runs.

Only what ends in a line feed counts, so it does not matter how the output is cut.
"""

import re
from dataclasses import replace
from typing import Final

from com1d.core.carried import carried
from com1d.core.guest.text import CLEARED, ERASED, MOVED
from com1d.values import dataclass


_NAME: Final = r"[\w.-]{1,64}"
_PROMPT: Final = (
    r"(?:\([\w.:@/-]{1,40}\) |\[\d{1,4}\] |\[?\d\d:\d\d(?::\d\d)?\]? ){0,2}(?:"  # a virtual environment, the time
    rf"\[?(?P<who>{_NAME}@{_NAME})[^\n]{{0,200}}?[\])]?[#$%>\u276f\xbb\u03bb\u279c\u27a4\u25b6]"
    rf"|\[{_NAME}@{_NAME}:[^\]\n]{{1,120}}\](?= )|\[[\w.:~/-]{{1,80}}\][#$%>]"
    rf"|\[{_NAME} [^\n\]]{{1,200}}\][#$%]"
    r"|PS [A-Za-z]:\\[^>\n]{0,260}>|[A-Za-z]:\\[^>\n]{0,260}>"
    r"|(?P<tool>crash|\(gdb\)|\(crash\)|mysql|sqlite|MariaDB \[[^\]\n]{1,64}\]|\w{1,32}[=-](?=[#>])"
    r"|>>(?=>))[#>]?"
    r"|\(initramfs\)|[~/][^\n ]{0,100}(?:>| [\u276f\xbb\u03bb\u279c])"
    rf"|(?:{_NAME} ?)?(?::[~/][^\n ]{{0,200}}|[~/][^\n ]{{0,200}} )?[#$%>]"
    r"|(?P<glyph>[^\x00-\xff])(?: {1,2}[~/\w.-]{1,60}|[^\n]{0,80}?[#$%>\u276f\xbb\u03bb])"
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
    r"|[bx]z(?:less|more|e?grep)|zstdless|rev|fmt|pv|paste|expand|w3m|lynx|links|mail|mutt|jq|iconv|base64"
    r"|(?:gzip|gunzip|xz|unxz|zstd|unzstd|bzip2|bunzip2) [^\n]{0,40}-\w{0,8}c|openssl|tar -?\w{0,8}O\w{0,8}"
    r"|unzip -p|ar p|dd(?= (?![^\n]{0,200}\bof=))|logger"
    r"|systemd-cat|mysql|mariadb|psql|sqlite3|redis-cli|mongo(?:sh)?|guestfish|virt-(?:cat|log|tail)|qemu-[\w-]{2,24}"
    r"|nc|ncat|netcat|socat|telnet|cu|tip|picocom|microcom|ipmitool|conman|console"
    r"|xl|lxc|incus|machinectl|crictl|nerdctl|oc|debugfs|hd|joe|mcedit|tig"
    r"|systemctl (?:-\S{1,40} ){0,3}(?:status|cat))(?![\w/=-])"
    r"|(?:/var/(?:crash|log)|/dev/std(?:out|err)|/sys/fs/pstore|vmcore|pstore|dmesg|\.log\b|syslog|kern\.log)",
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
    end: int = 0
    """Where its line ends, in characters since the first."""
    began: float = 0.0
    """When the first words of a boot were seen in what it shows; 0 where there were none. They may be
    those of a reset that interrupted it."""


NOTHING: Final = Command()


_SIGNS: Final = (*"#$%>", "login:", "crash", "(gdb)", "(initramfs)", "mysql", "sqlite", "[root@")
"""Each prompt in ASCII has one of these in it. To look for them takes a tenth of the pattern's
time."""


def lines(text: str, begin: int) -> "list[re.Match[str]]":
    """Find the lines with a prompt in `text` from `begin` on, in their order."""
    if text.isascii() and all(text.find(sign, begin) < 0 for sign in _SIGNS):
        return []
    return list(_COMMAND_LINE.finditer(text, begin))


def follow(before: Command, line: "re.Match[str]", now: float, start: int) -> Command:
    """Give the command that runs after a line that begins with a prompt.

    The text in which the line is begins at `start`, in characters since the first.
    """
    who = line["who"] or ""
    if before.reads and not before.follows and before.who and before.who != who:
        return before  # a prompt in the text that is shown
    command = line[0].strip() if line["glyph"] else line["command"] or ""
    if not command.strip() or _STAMPED.match(command):
        return NOTHING
    ends = _ENDS_THE_LIFE.search(command) is not None
    reads = bool(line["tool"]) or (not ends and _READERS.search(command) is not None)
    pages = reads and _PAGERS.search(command) is not None
    follows = reads and _FOLLOWERS.search(command) is not None
    return Command(reads, pages, follows, who, fresh=not ends, at=now, end=start + line.end())


_RESET: Final = re.compile(
    rf"{CLEARED}\n(?:[{MOVED}{ERASED}]\n)*{CLEARED}\n(?:[{MOVED}{ERASED}]\n)*\Z"
)


AT_ONCE: Final = 1.0
"""Seconds in which a command shows the first of its text."""

PACE_SLACK: Final = 1.0
"""Seconds by which the kernel's clock may be ahead of ours since the first words of its boot: a look
is that late."""

_PACE_FROM: Final = 1.5
"""Seconds after which it is no accident that both clocks went on alike."""


def restarts(command: Command, match: "re.Match[str]", start: int, now: float) -> bool:
    """Tell whether the first words of a boot are no text that is shown.

    `start` is where the text begins in which they are, in characters since the first.
    """
    groups = match.groupdict()
    if groups.get("pager") or groups.get("torn"):
        return True
    text, begin = match.string, match.start()
    shown = text[max(0, command.end - start) : begin].strip(f" \n{CLEARED}{ERASED}{MOVED}")
    if not shown and now - command.at < AT_ONCE:
        return False
    return command.follows or _RESET.search(text, max(0, begin - 16), begin) is not None


def reborn(command: Command, now: float) -> Command:
    """Give what is known of a command that a boot has ended."""
    if command.began:
        return command
    return Command(began=now) if command.reads and not command.pages else NOTHING


def seems_reborn(command: Command, now: float) -> Command:
    """Note that words of a boot stand in what a command shows."""
    return command if command.began else replace(command, began=now)


def outruns(command: Command, stamp: str | None, now: float) -> bool:
    """Tell whether a stamp is too late for a life that began in what a command shows."""
    if not command.began or stamp is None:
        return False
    return float(stamp) > now - command.began + PACE_SLACK


def keeps_pace(command: Command, stamp: str | None, now: float) -> bool:
    """Tell whether a stamp is that of a life that began, by our clock, with those words."""
    since = now - command.began
    if not command.began or stamp is None or since < _PACE_FROM:
        return False
    return abs(float(stamp) - since) <= PACE_SLACK


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
