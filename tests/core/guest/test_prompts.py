"""How a console ends while it waits for somebody to type."""

import pytest

from com1d.core.guest.states import State
from core.guest.transcripts import detect


@pytest.mark.parametrize(
    ("end", "state"),
    [
        ("SAC>", State.SAC), ("SAC>ch -?", State.SAC),
        ("----Press <Enter> for more----\n", State.SAC),
        ("SAC> \n", None), (" SAC>", None), ("x SAC>", None), ("SAC", None),
        ("!SAC>", State.BUGCHECK), ("!SAC>d", State.BUGCHECK), ("!SAC>\n", None),
        ("C:\\>", State.CMD), ("d:\\a b\\c>dir", State.CMD), ("C:\\>\n", None), ("C:>", None),
        ("PS C:\\> ", State.POWERSHELL), ("PS C:\\Users\\ann> Get-Pro", State.POWERSHELL),
        ("Username:", None), ("Please enter login credentials.\nUsername: a", State.CMD_LOGIN),
        ("Domain  :", State.CMD_LOGIN), ("Domain  : x\nPassword: ***", State.CMD_LOGIN),
        ("Domain  : \x1b[3;11Hx\nPassword: ", State.CMD_LOGIN), ("Password: ", None),
        ("web01 login: ", State.LOGIN), ("web01 login: root", State.LOGIN),
        ("web01 login: root\nPassword: ", State.LOGIN), ("the last login: ", None),
        ("# ", State.SHELL), ("$", State.SHELL), ("~ # ", State.SHELL), ("/tmp # ", State.SHELL),
        ("sh-5.2# ", State.SHELL), ("bash-5.1$ ", State.SHELL), ("web01:~$ ", State.SHELL),
        ("root@web01:/var/log# ", State.SHELL), ("[ann@web01 ~]$ ", State.SHELL),
        ("(venv) ann@web01:~$ ", State.SHELL), ("ann@web01 ~ % ", State.SHELL),
        ("web01% ", State.SHELL),
        ("17%", None), ("it costs 5 $", None), ("# a comment", None), ("$ \n", None),
        ("(initramfs) ", State.EMERGENCY), ("dracut:/# ", State.EMERGENCY),
        ("Shell> ", State.FIRMWARE), ("FS0:\\EFI\\> ", State.FIRMWARE),
        ("SAC>\x1b[2J", None), ("SAC>   \x1b[2;1H    \x1b[1;5H", State.SAC), ("SAC>\r", None),
    ],
)  # fmt: skip
def test_the_end_of_the_output(end: str, state: State | None):
    """A prompt with or without something typed, as the last thing there is; and what is none."""
    found = detect(b"some text\r\n" + end.replace("\n", "\r\n").encode())

    assert (state or State.UNKNOWN) is found.state


@pytest.mark.parametrize(
    ("end", "shown"),
    [
        (b"SAC>k 12", "SAC>"),
        (b"C:\\> net user ann secret", "C:\\>"),
        (b"PS C:\\> secret", "PS C:\\>"),
        (b"web01 login: secret", "web01 login:"),
        (b"web01 login: secret\r\nPassword: ", "Password:"),
        (b"Domain  : secret", "Domain :"),
    ],
)
def test_the_evidence_has_nothing_of_what_was_typed(end: bytes, shown: str):
    """It goes into events and logs; people type passwords at the wrong prompt."""
    assert shown == detect(end).evidence
