"""A Command Prompt channel: login, line editing, commands."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.ports.demo.machine import Machine
from com1d.ports.demo.shell import CREDENTIAL_MAX, LINE_MAX, Shell


PROMPT = "C:\\Windows\\system32>"
LOGIN = b"Administrator\r\rsecret\r"


def typed(shell, data):
    """Type bytes; give what they print."""
    return "".join(shell.feed(byte, 5.0) for byte in data)


def new_shell():
    """Give a shell that waits for a login."""
    return Shell(Machine(0.0, datetime(2025, 11, 22, tzinfo=UTC)))


@pytest.fixture
def shell():
    """Give a shell at its prompt."""
    shell = new_shell()
    assert typed(shell, LOGIN).endswith(PROMPT)
    return shell


def test_login_to_the_byte():
    """The login asks for three things and shows an asterisk for each character of the password."""
    shell = new_shell()
    assert shell.greet() == "Please enter login credentials.\r\nUsername: "
    assert typed(shell, b"Administrator\r") == "Administrator\r\nDomain  : "
    assert typed(shell, b"\r") == "\r\nPassword: "
    assert typed(shell, b"pass\x08\x7fword") == "****\b \b\b \b****"
    assert typed(shell, b"\r") == (
        "\r\nMicrosoft Windows [Version 10.0.20348.2700]\r\n"
        "(c) Microsoft Corporation. All rights reserved.\r\n\r\n" + PROMPT
    )


@pytest.mark.parametrize("answers", [b"ann\r\r\r", b"\r\rsecret\r", b" \rcorp\rsecret\r"])
def test_login_refused(answers):
    """Without a password, or without a user, the login begins again."""
    shell = new_shell()
    assert typed(shell, answers).endswith(
        "\r\nThe user name or password is incorrect.\r\n\r\n"
        "Please enter login credentials.\r\nUsername: "
    )
    assert typed(shell, LOGIN).endswith(PROMPT)


@pytest.mark.parametrize(
    ("login", "user"),
    [(LOGIN, "demo01\\administrator"), (b"Ann\rCORP\rx\r", "corp\\ann")],
)
def test_user_is_who_logged_in(login, user):
    """The domain is the computer's own unless one is given."""
    shell = new_shell()
    typed(shell, login)
    assert typed(shell, b"whoami\r") == f"whoami\r\n{user}\r\n\r\n{PROMPT}"


@pytest.mark.parametrize(
    ("data", "output"),
    [
        pytest.param(b"echo hi\r", f"echo hi\r\nhi\r\n\r\n{PROMPT}", id="a command"),
        pytest.param(b"  ECHO  a b \r", f"  ECHO  a b \r\na b\r\n\r\n{PROMPT}", id="blanks, case"),
        pytest.param(b"\r", f"\r\n{PROMPT}", id="nothing"),
        pytest.param(
            b"sl -l\r",
            "sl -l\r\n'sl' is not recognized as an internal or external command,\r\n"
            f"operable program or batch file.\r\n\r\n{PROMPT}",
            id="no such command",
        ),
        pytest.param(b"cls\r", f"cls\r\n\x1b[2J\x1b[1;1H\r\n{PROMPT}", id="clear"),
        pytest.param(b"ab\x03", f"ab^C\r\n{PROMPT}", id="Ctrl+C drops the line"),
        pytest.param(b"a\x08\x08\x7f", "a\b \b", id="erase no further than the prompt"),
        pytest.param(b"a\nb\t\x00\xe4", "ab", id="LF is no Enter; no TAB, NUL or 8-bit character"),
        pytest.param(b"\x1b[A\x1b[3~\x1bOP\x1b[1;5Cx", "x", id="terminal keys are swallowed"),
        pytest.param(b"\x1bh\x1b-\x1b8\x1b\x13\x1b8x", "x", id="VT-UTF8 keys are swallowed"),
        pytest.param(b"\x1b\x1b[Ax", "x", id="ESC begins a sequence anew"),
        pytest.param(b"\x1b\r\x1b[1;\r", f"\r\n{PROMPT}" * 2, id="CR ends an open sequence"),
    ],
)
def test_prompt(shell, data, output):
    """The prompt takes lines as cmd.exe does."""
    assert typed(shell, data) == output


def test_ctrl_c_forgets_the_line(shell):
    """What Ctrl+C dropped does not come back with the next Enter."""
    typed(shell, b"echo no\x03")
    assert typed(shell, b"echo yes\r") == f"echo yes\r\nyes\r\n\r\n{PROMPT}"


def test_exit(shell):
    """`exit` ends the shell, and says so to whoever runs it."""
    assert (typed(shell, b"exit"), shell.ended) == ("exit", False)
    assert (typed(shell, b"\r"), shell.ended) == ("\r\n", True)


def test_input_is_bounded(shell):
    """Beyond its limit a line takes no more, without an echo, and still runs."""
    assert len(typed(shell, b"x" * (LINE_MAX + 100))) == LINE_MAX
    assert typed(shell, b"\r").endswith(PROMPT)
    fresh = new_shell()
    assert len(typed(fresh, b"x" * (CREDENTIAL_MAX + 1))) == CREDENTIAL_MAX


@given(st.binary(max_size=300))
def test_password_is_never_shown(password):
    """Whatever is typed as a password, only asterisks and their erasure come back."""
    shell = new_shell()
    typed(shell, b"ann\r\r")
    printed = typed(shell, password.replace(b"\r", b""))
    assert set(printed) <= set("*\b ")
