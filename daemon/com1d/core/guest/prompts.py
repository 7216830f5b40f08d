"""Prompts: how the output ends while the guest waits for input.

A prompt counts only as the last thing on the console, while the guest is silent. Only the last
line is tried, and a line or two before it.
"""

import re
from typing import Final

from com1d.core.guest.states import ANY, LINUX, WINDOWS, State
from com1d.core.guest.text import LINE_END
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Prompt:
    """How the console ends while it waits for somebody to type."""

    state: State
    pattern: re.Pattern[str]
    """Matched from the start of the line, which is the last one with text in it. A group `shown`
    is what the guest printed of it; the rest was typed by a user, and is not shown."""
    guest: str = ANY
    lines_before: int = 0
    """How many lines before the last the pattern begins."""
    ended: bool = False
    """Whether the last line may have been ended by a line feed."""
    after: frozenset[State] = frozenset()
    """States of which one it must be until then; none is any."""


def _prompt(
    state: State,
    pattern: str,
    guest: str = ANY,
    *,
    lines_before: int = 0,
    ended: bool = False,
    after: frozenset[State] = frozenset(),
) -> Prompt:
    return Prompt(state, re.compile(pattern), guest, lines_before, ended, after)


_ON_ITS_WAY: Final = frozenset(
    {State.FIRMWARE, State.BOOT_MENU, State.BOOTING, State.PASSPHRASE, State.DISK_CHECK}
)
_LOADING: Final = frozenset({State.FIRMWARE, State.BOOT_MENU})


_TYPED: Final = r"[^\n]{0,100}\Z"
"""Input typed behind a prompt: SAC takes 80 characters."""

_TYPED_LONG: Final = r"[^\n]{0,300}\Z"

PROMPTS: Final = (
    _prompt(State.BUGCHECK, rf"(?P<shown>!SAC>){_TYPED}", WINDOWS),
    _prompt(State.SAC, rf"(?P<shown>SAC>){_TYPED}", WINDOWS),
    _prompt(State.SAC, r"-+Press <Enter> for more-+\Z", WINDOWS, ended=True),
    _prompt(
        State.SAC_CHANNEL,
        rf"Press <esc><tab>0 to return to the SAC channel\.{LINE_END}"
        r"Use any other key to view this channel\.\Z",
        WINDOWS,
        lines_before=1,
        ended=True,
    ),
    _prompt(
        State.CMD_LOGIN,
        rf"Please enter login credentials\.{LINE_END}(?P<shown>Username:){_TYPED_LONG}",
        WINDOWS,
        lines_before=1,
    ),
    _prompt(State.CMD_LOGIN, rf"(?P<shown>Domain  :){_TYPED_LONG}", WINDOWS),
    *(
        # What is typed after a repaint stands on a line of its own.
        _prompt(
            State.CMD_LOGIN,
            rf"Domain  :(?:[^\n]{{0,300}}\n){{{lines}}}(?P<shown>Password:){_TYPED_LONG}",
            WINDOWS,
            lines_before=lines,
        )
        for lines in (1, 2)
    ),
    _prompt(State.POWERSHELL, rf"(?P<shown>PS [A-Za-z]:\\[^>\n]{{0,260}}>){_TYPED_LONG}", WINDOWS),
    _prompt(State.CMD, rf"(?P<shown>[A-Za-z]:\\[^>\n]{{0,260}}>){_TYPED_LONG}", WINDOWS),
    # db> of the BSDs, kdb of Linux and illumos, xmon
    _prompt(State.KERNEL_DEBUGGER, r"(?:d?db(?:\{\d{1,4}\})?>|\[\d{1,4}\](?:k|more)db>|kdb>|kmdb>"
            r"|\[\d{1,4}\]> |kdebug>|[0-9a-f]{1,3}:mon>)\Z", LINUX),
    _prompt(
        State.EMERGENCY,
        r"(?:\(initramfs\)|(?:dracut|switch_root|rescue|initqueue|mount|pre-\w{2,12})?:[^\n#]{0,80}#"
        r"|\[?rootfs[^\n]{0,40}#|mountroot>|rescue(?:shell)? [^\n]{0,40}#)\Z",
        LINUX,
    ),
    # sulogin in any language: its second line names the key that goes on
    _prompt(
        State.EMERGENCY,
        r"[^\n]{0,80}\([^\n]{0,80}(?:-D|\+D|\^D)\b[^\n]{0,80}\) ?[:\uff1a]\Z", LINUX,
    ),
    _prompt(State.EMERGENCY, r"root device(?: \(default [\w ]{1,20}\))?:\Z", LINUX),  # NetBSD, OpenBSD
    # Without a stamp, and nothing behind it: a boot's last words, and not a text about one.
    _prompt(
        State.KERNEL_PANIC, r"(?P<shown>(?:Kernel panic - not syncing|panic): [^\n]{1,300})\Z", LINUX,
        ended=True, after=_ON_ITS_WAY,
    ),
    *(
        _prompt(State.PASSPHRASE, pattern, LINUX)
        for pattern in (
            # systemd-ask-password, cryptsetup, initramfs-tools, mkinitcpio, dracut, GRUB
            (r"[^\n]{0,80}?(?:[Pp]lease e|[Ee])nter (?:the )?(?:LUKS )?(?:[Pp]assphrase|[Pp]assword|[Pp]in|PIN|recovery key)"
            r"[^\n]{0,20} (?:for|to unlock|of)[^\n]{0,200}[:!?](?: \([^\n)]{1,60}\))?(?: ?[*\u2022\u25cf]{0,64}| ?-)?\Z"),
            r"[^\n]{0,20}?Please unlock disk [^\n]{1,160}: ?[*\u2022\u25cf]{0,64}\Z",
            r"[^\n]{0,60}?[Ee]nter (?:[\w-]{1,16} ){0,3}(?:[Pp]assphrase|PIN):? ?[*\u2022\u25cf]{0,64}\Z",
            r"(?:Volume )?[Pp]assphrase(?: for [^\n]{1,120})?: ?[*\u2022\u25cf]{0,64}\Z",
            r"[^\n]{0,60}?[Pp]assphrase for [^\n]{1,160}[:?] ?[*\u2022\u25cf]{0,64}\Z",
            r"[^\n]{0,20}?GELI [Pp]assphrase[^\n]{0,120}: ?[*\u2022\u25cf]{0,64}\Z",
            r"Enter passphrase to unlock[^\n]{0,160}\Z",
            r"[^\n]{0,40}?[Rr]ecovery key[^\n]{0,120}: ?\Z",
            r"Key load error:[^\n]{0,80}\Z",
        )
    ),
    _prompt(State.PASSPHRASE, r"[^\n]{0,120}?[Rr]ecovery key[^\n]{0,160}\Z", WINDOWS, ended=True),
    _prompt(
        State.DISK_CHECK,
        r"[^\n]{0,120}?(?:(?:\.\.\.|complete|\|[=\- /\\|>]{1,100}) ?\d{1,3}(?:\.\d)?%"
        r"|[Ff]sck[^\n]{0,60} \d{1,3}(?:\.\d{1,2})?%[^\n]{0,40}|[Cc]hecking[^\n]{0,80}\d{1,3}(?:\.\d)?%[^\n]{0,40}"
        r"|\(Press Ctrl\+C to cancel all filesystem checks in progress\)"
        r"|[A-Z][^\n]{0,100}<y(?:es)?>\??|Fix\? ?(?:\[yn?\]|yes|no)?|drive \([A-Z]:\)[^\n]{0,20} \d{1,3}%[^\n]{0,20}|CLEAR\? \[yn\]|SALVAGE\? \[[Fyn]+\]|RECONNECT\? \[yn\])\Z",
    ),
    _prompt(
        State.DISK_CHECK,
        r"[^\n]{0,120}?(?:RUN fsck MANUALLY|[Rr]un fsck manually|fsck [^\n]{0,40}exited with status code [^\n]{1,10}"
        r"|UNEXPECTED INCONSISTENCY[^\n]{0,40}|To skip disk checking, press any key|[Cc]hecking file system on [A-Z]:|CHKDSK is verifying [^\n]{1,60})[^\n]{0,60}\Z",
        ended=True,
    ),
    _prompt(
        State.KEY_WAIT,
        r"[^\n]{0,120}?(?:[Pp]ress|[Hh]it|HIT|PRESS|[Ss]trike|[Tt]ype) (?:<?\[?(?:[Aa]ny key|ANY KEY|[Aa]nother key|ENTER|[Ee]nter|RETURN|[Rr]eturn"
        r"|[Ss]pace(?:bar)?)\]?>?)(?![^\n]{0,20}(?:for maintenance|for emergency|failsafe))[^\n]{0,80}\Z",
        ended=True,
    ),
    _prompt(State.LOGIN, r"(?P<shown>(?:[\w.-]{1,64} (?:(?:console|tty[\w./]{1,8}) )?)?[Ll]ogin:)(?: \S{0,32})?\Z", LINUX),
    # In one line with what others printed
    _prompt(
        State.LOGIN,
        r"[^\n]{0,300}?(?:Cloud-init v|cloud-init\[|\[ {0,4}\d{1,10}\.\d{3,7}\]|\[  OK  \])"
        r"[^\n]{0,300}?(?P<shown>[\w.-]{0,64} login:)\Z",
        LINUX,
    ),
    _prompt(
        State.LOGIN,
        r"(?:[\w.-]{1,64} )?login: \S{1,32} *\n(?P<shown>[Pp]assword(?: for [^\n:]{1,80})?:)\Z",
        LINUX,
        lines_before=1,
    ),
    # agetty in another language, behind the host's name; Cisco's
    _prompt(
        State.LOGIN,
        r"[\w.-]{1,64} (?P<shown>(?:Anmeldung|[Ii]dentifiant|[Uu]suario|inicio de sesi\xf3n|[Aa]ccesso"
        r"|\u043b\u043e\u0433\u0438\u043d|\u767b\u5f55|\u767b\u5165|\u30ed\u30b0\u30a4\u30f3|\ub85c\uadf8\uc778) ?[:\uff1a])(?: \S{0,32})?\Z", LINUX,
    ),
    _prompt(
        State.LOGIN, r"User Access Verification *\n *\n(?P<shown>Username:)(?: \S{0,32})?\Z", LINUX,
        lines_before=2,
    ),
    # a question about a password in any words, while the guest is on its way up
    _prompt(
        State.PASSPHRASE,
        r"[^\n]{0,120}?(?:[Pp]ass ?phrase|PASSPHRASE|[Pp]asswor[dt]|mot de passe|phrase secr\xe8te"
        r"|[Cc]ontrase\xf1a|[Ss]enha|[Pp]arola d|[Ww]achtwoord|[Hh]as\u0142o|[Hh]eslo|\u043f\u0430\u0440\u043e\u043b\u044c|\u5bc6\u7801|\u5bc6\u78bc"
        r"|\u30d1\u30b9\u30ef\u30fc\u30c9|\u30d1\u30b9\u30d5\u30ec\u30fc\u30ba)[^\n]{0,160}[:\uff1a?] ?[*\u2022\u25cf]{0,64}\Z",
        LINUX, after=_ON_ITS_WAY,
    ),
    # pfSense's and OPNsense's console menu
    _prompt(State.SHELL, r"Enter an option:[^\n]{0,8}\Z", LINUX),
    _prompt(State.BOOT_MENU, r"(?:boot>|boot:|grub(?: rescue)?>|OK|=>|U-Boot>|iPXE>|loader>|Boot Option|Which OS\?)(?: [^\n]{0,100})?\Z"),
    _prompt(State.FIRMWARE, r"(?:Shell|FS\d{1,2}:[^\n>]{0,80})>[^\n]{0,100}\Z"),
    _prompt(State.FIRMWARE, r"\d{1,2} > ?\Z"),
    # a loader's prompt with a name of its own: ZynqMP>, Marvell>>, barebox@board:/; and OpenBoot's
    _prompt(State.BOOT_MENU, r"(?:[A-Za-z][\w.-]{0,40}>{1,2}|barebox@[^\n]{1,80}:/[^\n ]{0,80}|\{\d{1,3}\} ok)\Z",
            after=_LOADING),
    # user@host:~$, [user@host ~]#, host#, host:/tmp#, sh-5.2#, / #, and the prompt alone
    _prompt(
        State.SHELL,
        r"(?!\d+%)(?:\([\w.-]{1,40}\) )?"
        r"(?:\[?[\w.-]{1,32}@[\w.-]{1,64}[: ][^\n]{0,200}[\])]?|[\w.-]{1,64}(?::[~/][^\n ]{0,200})?"
        r"|[~/][^\n ]{0,200} )?"
        r"[#$%]\Z",
        LINUX,
    ),
    # user@host# of VyOS and Junos, user@host> of fish and Junos, root@host ~>
    _prompt(State.SHELL, r"[\w.-]{1,32}@[\w.-]{1,64}(?:[: ]?[~/][^\n]{0,200})?[#$%>]\Z", LINUX),
    _prompt(State.SHELL, r"(?:~|/[^\n ]{0,100})>\Z", LINUX),
    _prompt(State.SHELL, r"\[[\w.-]{1,32}@[\w.-]{1,64}:[^\]\n]{1,120}\]\Z", LINUX),  # ESXi
    _prompt(State.SHELL, r"\[[\w.-]{1,32}@[^\]\n]{1,64}\] (?:/[^\n>]{0,60})?>\Z", LINUX),  # RouterOS
    # routers: host>, host(config)#
    _prompt(State.SHELL, r"[A-Za-z][\w.-]{0,40}\([\w-]{1,30}\)#\Z", LINUX),
    _prompt(State.SHELL, r"[A-Za-z][\w.-]{1,40}>\Z", LINUX),
    # the second line of Kali's, and of themes: a corner and #, or an arrow
    _prompt(State.SHELL, r"[\u2500-\u257f]{1,4} ?[#$%>\u276f\u279c\u03bb\xbb]\Z", LINUX),
    _prompt(State.SHELL, r"[\u279c\u276f\xbb\u03bb\u25b6](?: {1,2}[^\n]{1,80})?\Z", LINUX),
    _prompt(State.SHELL, r"[^\n]{1,120} [\u276f\u279c\xbb\u03bb]\Z", LINUX),
    # PowerShell where there is no drive
    _prompt(State.SHELL, r"PS (?:/|~)[^>\n]{0,260}>\Z", LINUX),
)  # fmt: skip
"""Tried in this order. Trailing blanks are not there any more when they are."""

LINES_BEFORE: Final = max(prompt.lines_before for prompt in PROMPTS)
