"""The commands of `com1`, a table: arguments, help, completion and manual are made of it."""

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Final, NamedTuple

from com1d.frontends import options


class Command(NamedTuple):
    """One command: its words, its help, and how to take its arguments."""

    name: str
    help: str
    examples: tuple[str, ...]
    add: Callable[[ArgumentParser], None] | None = None
    run: str = ""
    """Module and function that do it, as text: only what is chosen is imported."""
    more: str = ""
    """What the help says beyond its first line."""
    commands: tuple["Command", ...] = ()
    """The commands of a group; a group has no `add` and no `run`."""
    speaks_json: bool = True
    """Whether `--json` means something to it; else it is refused."""
    brief: str = ""
    """What it does, in the few words that the overview of all commands has room for."""


_CONNECT: Final = """\
In a terminal, Ctrl-] opens a menu of what this console can do now: keys by name, break, NMI, reset,
history to scroll and search, messages to the others, notes for the log; ? there has a line on each,
q leaves, and Ctrl-] again is sent to the guest. After somebody else took over, Enter takes the
console back. Enter on what harms the machine at SAC> has to be pressed twice.

Without a terminal, standard input goes to the console and the console to standard output. Nobody is
preempted then unless you ask for it (--preempt). After the end of the input it leaves when the
guest has been silent for a second, or for --idle."""

_TOP: Final = """\
What needs somebody comes first. In the table, Enter connects to the console that is chosen, o
observes it, and the table comes back afterwards; s sorts by the next column, r the other way round,
/ filters, q leaves. Each word of a filter is to be in a console's name, set or state; set:web and
state:login look at that alone, and !word is what they must not have. LAG is how many bytes the
slowest client is behind; MARGIN for how long the guest goes on without com1d, and what share of
that was used lately."""

_KEYS: Final = """\
With --hold the keys are pressed three times a second, for a boot menu that looks for its key only
for a moment: reset the VM, then hold. It ends when the guest has got past its firmware, to the
menu or beyond; when somebody takes the console over; and with Ctrl-C, also in `com1 connect`."""

_LOG: Final = """\
It is kept on the disk while nobody is connected, and over restarts of com1d. Escape sequences are
taken out and control characters shown, unless --raw is given; what is missing is said where it is
missing. With --grep the exit code is 1 where nothing matches."""

_REPLAY: Final = """\
Pauses are as long as they were, but none is longer than --idle seconds. Space stops and goes on,
Right and Left go 10 s ahead and back, + and - change the speed, q leaves. With --cast nothing is
played: the boot is written as a file of asciinema (asciicast v2)."""

_SEND: Final = (
    Command("nmi", "send a non-maskable interrupt, which may crash the VM",
            ("send nmi web01",), options.add_name,
            "com1d.frontends.commands.act:run"),
    Command("reset", "reset the VM at once; unsaved data is lost",
            ("send reset web01",), options.add_name,
            "com1d.frontends.commands.act:run"),
    Command("restart", "ask the VM to restart in good order",
            ("send restart web01",), options.add_name,
            "com1d.frontends.commands.act:run"),
    Command("break", "send a serial break",
            ("send break web01",), options.add_name,
            "com1d.frontends.commands.act:run"),
    Command("sysrq", "send SysRq keys to a Linux guest",
            ("send sysrq web01 h", "send sysrq web01 REISUB"), options.add_sysrq,
            "com1d.frontends.commands.sysrq:run"),
    Command("keys", "send function and editing keys, encoded as the guest understands them",
            ("send keys web01 F8", "send keys web01 Down Enter",
             "send keys web01 F8 --hold",
             "send keys web01 Ctrl-Alt-Delete --keyboard"), options.add_keys,
            "com1d.frontends.commands.keys:run", _KEYS),
)  # fmt: skip

_SAC_MORE: Final = """\
It types for you, beginning wherever the guest is: at SAC>, at a preview or in a Command Prompt. No
user and no password is ever typed: `cmd` ends at the question for them. A line that is half typed
at SAC> is taken back. While somebody else holds the active session, the answer is 75."""

_SAC: Final = (
    Command("channels", "list the channels",
            ("sac channels web01", "sac channels web01 --json"), options.add_name,
            "com1d.frontends.commands.sac:run"),
    Command("cmd", "open a Command Prompt, up to the question for a user",
            ("sac cmd web01",), options.add_name,
            "com1d.frontends.commands.sac:run"),
    Command("next", "go to the preview of the next channel, as ESC TAB does",
            ("sac next web01",), options.add_name,
            "com1d.frontends.commands.sac:run"),
    Command("switch", "show a channel",
            ("sac switch web01 Cmd0001", "sac switch web01 SAC"), options.add_channel,
            "com1d.frontends.commands.sac:run"),
    Command("close", "close a channel, and what runs in it",
            ("sac close web01 Cmd0001",), options.add_channel,
            "com1d.frontends.commands.sac:run"),
)  # fmt: skip

COMMANDS: Final = (
    Command("list", "list the consoles that you may see",
            ("list", "list --watch", "list --set web", "list --json | jq -r '.consoles[].name'"),
            options.add_list,
            "com1d.frontends.commands.list:run",
            brief="consoles, and who is on"),
    Command("top", "show all consoles as they are now: rate, state, who is on, what is wrong",
            ("top", "top state:login !test", "top --once --sort rate", "top --once --json"),
            options.add_top, "com1d.frontends.commands.top:run", _TOP,
            brief="all of them, live"),
    Command("status", "show what is known about a console",
            ("status web01", "status web01 --json"), options.add_name,
            "com1d.frontends.commands.status:run",
            brief="what is known of one"),
    Command("connect", "connect to a console",
            ("connect web01", "connect web --instance 3", "connect web01 --observe",
             "connect web01 --replay boot",
             "printf 'uname -a\\r' | com1 connect web01 --idle 3"), options.add_connect,
            "com1d.frontends.commands.connect:run", _CONNECT, speaks_json=False,
            brief="take part in one"),
    Command("open", "print a link to a console in the browser, which signs you in, once",
            ("open web01", "open web01 --json"), options.add_open,
            "com1d.frontends.commands.open:run",
            brief="a link for the browser"),
    Command("log", "print a console's boot diagnostics log",
            ("log web01", "log web01 --boot -1 --tail 200", 'log web01 --since "10 min ago"',
             "log web01 --from 0 --grep 'panic|BUG:' --timestamps", "log web01 --follow",
             "log web01 --raw > web01.bytes"), options.add_log,
            "com1d.frontends.commands.log:run", _LOG,
            brief="what a guest printed"),
    Command("boots", "list the boots that a console's log knows",
            ("boots web01", "boots web01 --json"), options.add_name,
            "com1d.frontends.commands.boots:run",
            brief="the boots in a log"),
    Command("replay", "play a boot again, as it was painted",
            ("replay web01", "replay web01 --boot -1 --speed 8",
             "replay web01 --boot -1 --cast boot.cast"), options.add_replay,
            "com1d.frontends.commands.replay:run", _REPLAY, speaks_json=False,
            brief="a boot as it was painted"),
    Command("say", "say something to all who are on a console",
            ("say web01 'I take the disk out now'",), options.add_text,
            "com1d.frontends.commands.speak:run",
            brief="talk to all who are on"),
    Command("note", "write a note into a console's log, where the guest is now",
            ("note web01 'disk 3 replaced'",), options.add_text,
            "com1d.frontends.commands.speak:run",
            brief="write a note into a log"),
    Command("send", "send what no keyboard has: NMI, reset, restart, break, SysRq, keys",
            ("send nmi web01", "send sysrq web01 REISUB", "send keys web01 F8"), commands=_SEND,
            brief="NMI, reset, break, keys"),
    Command("sac", "list, open, show and close channels of Windows's SAC",
            ("sac channels web01", "sac cmd web01", "sac close web01 Cmd0001"), commands=_SAC,
            more=_SAC_MORE,
            brief="channels of Windows's SAC"),
    Command("paste", "paste a text, refused as a whole above paste_limit (2048 characters)",
            ("paste web01 setup.ps1 --verify", "paste web01 long.ps1 --slow",
             "echo hostname | com1 paste web01"), options.add_paste,
            "com1d.frontends.commands.paste:run",
            brief="have a text typed"),
    Command("enable", "enable a console, or all of this host",
            ("enable web01", "enable --all"), options.add_enable,
            "com1d.frontends.commands.switch:run",
            brief="open one to users again"),
    Command("disable", "disable a console, or all of this host",
            ("disable web01", "disable --all"), options.add_disable,
            "com1d.frontends.commands.switch:run",
            brief="close one to everybody"),
    Command("disconnect", "send everybody away from a console",
            ("disconnect web01",), options.add_name,
            "com1d.frontends.commands.act:run",
            brief="send everybody away"),
    Command("reload", "have com1d read its configuration again, and see what changed",
            ("reload", "reload --json"), options.add_nothing,
            "com1d.frontends.commands.reload:run",
            brief="read the configuration"),
    Command("demo", "try com1d without a VM: a private daemon with a guest, removed at the end",
            ("demo", "demo --guest linux", "demo --check"), options.add_demo,
            "com1d.frontends.commands.demo:run", speaks_json=False,
            brief="try it without a VM"),
    Command("completion", "print what completes commands, consoles and keys in your shell",
            ("completion bash > /etc/bash_completion.d/com1",
             "completion zsh > /usr/local/share/zsh/site-functions/_com1",
             "completion fish > ~/.config/fish/completions/com1.fish"), options.add_completion,
            "com1d.frontends.completing:run", speaks_json=False,
            brief="for bash, zsh and fish"),
)  # fmt: skip
