"""`com1d check`, as an operator and as a script see it."""

import json
import os
import pty
import pwd
import re
import subprocess
import sys
from pathlib import Path

import pytest

from com1d.errors import EX_CONFIG, EX_OK
from com1d.tools.check import check


RIGHT = """
[daemon]
runtime_dir = "/r"
metrics = "[::1]:9521"
guest_group = "root"
[consoles.web01]
port = "pipe:/x"
[consoles.web02]
port = "pipe:/y"
[consoles.try]
port = "demo:"
[[roles]]
principal = "group:root"
role = "contributor"
scope = "web*"
[[roles]]
principal = "uid:0"
role = "owner"
scope = "*"
"""

WRONG = '[daemon]\nmetrcs = ""\n[consoles."a[b]"]\nport = "x\\u001b[31m"\n'

PORT = (
    "must be serial:/dev/ttyS0, pipe:/path, listen:/path, pty:/dev/pts/7, unix:/path, "
    "tcp:host:port, telnet:host:port, rfc2217:host:port, exec:/path or demo:"
)


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    """Take away what would make rich colour a pipe."""
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def nobody_has_the_port(monkeypatch) -> None:
    """Have the port of the metrics free, whatever runs on this host."""
    monkeypatch.setattr(
        "com1d.tools.obstacles._why_not_bound",
        lambda host, _port: "is none" if host == "192.0.2.1" else "",
    )


@pytest.fixture
def file(tmp_path: Path):
    return tmp_path / "com1d.toml"


def test_a_right_file_is_summed_up(file, capsys):
    """The summary tells what would run, aligned, and the exit code is 0."""
    file.write_text(RIGHT)
    expected = f"""\
{file}: ok
consoles  3 (pipe 2, demo 1)
roles     group:root  contributor  web*  2 consoles
          uid:0       owner        *     3 consoles
sockets   /r/com1d.sock
          /r/consoles/
guests    group root
state     /var/lib/com1d
logs      /var/log/com1d
metrics   http://[::1]:9521/metrics
"""

    assert EX_OK == check(file)
    assert (expected, "") == capsys.readouterr()


def test_an_empty_file_is_summed_up(file, capsys):
    """A host without consoles, roles and metrics is right, and says so."""
    file.write_text('daemon.metrics = ""\ndaemon.guest_group = "root"')

    assert EX_OK == check(file)
    assert [
        f"{file}: ok",
        "consoles  0",
        "roles     none given: root and the daemon's own user are owners, nobody else gets in",
        "sockets   /run/com1d/com1d.sock",
        "          /run/com1d/consoles/",
        "guests    group root",
        "state     /var/lib/com1d",
        "logs      /var/log/com1d",
        "metrics   off",
    ] == capsys.readouterr().out.splitlines()


def test_a_wrong_file_gets_a_line_for_each_problem(file, capsys):
    """Problems go to stderr, unwrapped and uninterpreted, then their number; the code is 78."""
    file.write_text(WRONG)
    expected = [
        f"{file}: daemon.metrcs: unknown key; did you mean metrics?",
        (
            f'{file}: consoles."a[b]": must have a name of 1 to 63 ASCII letters, digits, dots, '
            "underscores and hyphens that begins with a letter or a digit"
        ),
        f'{file}: consoles."a[b]".port = "x\\u001b[31m": {PORT}',
        "3 problems",
    ]

    assert EX_CONFIG == check(file)
    out, err = capsys.readouterr()
    assert ("", expected) == (out, err.splitlines())


def test_one_problem_is_counted_as_one(file, capsys):
    """The closing count is grammatical."""
    assert EX_CONFIG == check(file)
    assert [f"{file}: cannot be read: No such file or directory", "1 problem"] == (
        capsys.readouterr().err.splitlines()
    )


def test_a_path_cannot_talk_to_the_terminal(capsys):
    """Control characters in a path are shown, not sent."""
    check(Path("/nowhere/\x1b[31m\udcff"))

    assert capsys.readouterr().err.startswith("/nowhere/\\x1b[31m\\udcff: cannot be read")


def test_json_of_a_right_file(file, capsys):
    """A script gets the same facts as one object."""
    file.write_text(RIGHT)

    assert EX_OK == check(file, as_json=True)
    assert {
        "ok": True,
        "file": str(file),
        "consoles": 3,
        "ports": {"pipe": 2, "demo": 1},
        "roles": [
            {"principal": "group:root", "role": "contributor", "scope": "web*"}
            | {"consoles": 2, "known": True},
            {"principal": "uid:0", "role": "owner", "scope": "*", "consoles": 3, "known": True},
        ],
        "discover": {},
        "gateways": [],
        "hooks": [],
        "socket": "/r/com1d.sock",
        "guest_group": "root",
        "runtime_dir": "/r",
        "state_dir": "/var/lib/com1d",
        "log_dir": "/var/log/com1d",
        "log_key": None,
        "audit_key": None,
        "metrics": "http://[::1]:9521/metrics",
        "warnings": [],
    } == json.loads(capsys.readouterr().out)


def test_a_hook_without_its_program_is_named(file, capsys):
    """It is no mistake of the configuration's, but nothing would be run."""
    (file.parent / "plain").write_text("#!/bin/sh\n")
    file.write_text(
        '[[hooks]]\nstate = "bugcheck"\nrun = ["/bin/true", "x"]\nscope = "web*"\n'
        f'[[hooks]]\nstate = "sac"\nrun = ["{file.parent}/plain"]\n'
    )

    assert EX_OK == check(file)
    shown, warned = capsys.readouterr()
    assert "hooks     bugcheck  web*  /bin/true x\n" in shown
    missing = "there is no such program, or it may not be run"
    assert f"warning: {file}: hooks#2.run = " in warned
    assert warned.endswith(f": {missing}\n")
    check(file, as_json=True)
    hooks = json.loads(capsys.readouterr().out)["hooks"]
    assert {"state": "bugcheck", "run": ["/bin/true", "x"], "scope": "web*"} | {
        "executable": True
    } == hooks[0]
    assert hooks[1]["executable"] is False


def test_the_key_of_the_logs_is_looked_at(file, capsys, monkeypatch):
    """A key that cannot be used is a problem with its line; one that is fine is named."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    key = file.with_name("log.key")
    file.write_text(f'[daemon]\nlog_key = "{key}"\n')
    assert EX_CONFIG == check(file)
    missing = capsys.readouterr().err
    key.touch(0o600)
    key.write_bytes(bytes(31))
    key.chmod(0o600)
    assert EX_CONFIG == check(file)
    short = capsys.readouterr().err
    key.write_bytes(bytes(32))
    assert EX_OK == check(file)
    fine = capsys.readouterr().out
    file.write_text('[daemon]\nlog_key = "credential:com1d-log"\n')
    assert EX_OK == check(file)

    assert f"cannot be read: {key}: No such file or directory\n1 problem\n" in missing
    assert f"must be a key of exactly 32 bytes, and {key} has 31; make one with:" in short
    assert f"          encrypted with {key}\n" in fine
    expected = "encrypted with credential:com1d-log, which only systemd can give the daemon"
    assert expected in capsys.readouterr().out


def test_a_role_for_nobody_of_this_host_is_named(file, capsys):
    """It is no mistake where a gateway speaks for such names, but else it is for nobody."""
    role = '[[roles]]\nprincipal = "{}"\nrole = "reader"\nscope = "*"\n'
    names = ("user:no such user", "group:no such group", "user:root", "everyone")
    file.write_text("".join(map(role.format, names)))

    assert EX_OK == check(file)
    warned = [line for line in capsys.readouterr().err.splitlines() if "no such" in line]
    check(file, as_json=True)
    known = [one["known"] for one in json.loads(capsys.readouterr().out)["roles"]]
    user = pwd.getpwuid(os.geteuid()).pw_name
    file.write_text(file.read_text() + f'[[gateways]]\nuser = "{user}"\n')
    check(file)

    assert ["there is no such user on this host", "there is no such group on this host"] == [
        line.rpartition(": ")[2] for line in warned
    ]
    assert [False, False, True, True] == known
    assert "no such user on" not in capsys.readouterr().err


def test_what_this_host_has_against_it_is_a_problem_of_its_file(file, capsys):
    """What would keep the daemon from starting stands in the file that sets it, with the rest."""
    (file.parent / "conf.d").mkdir()
    more = file.parent / "conf.d" / "more.toml"
    file.write_text("[defaults]\nbaud = 1\n")
    more.write_text('[daemon]\nsocket_group = "no such group"\nmetrics = "192.0.2.1:9521"\n')

    assert EX_CONFIG == check(file)
    assert [
        f"{file}: defaults.baud",
        f'{more}: daemon.socket_group = "no such group"',
        f'{more}: daemon.metrics = "192.0.2.1:9521"',
        "3 problems",
    ] == [
        line.partition(" = 1")[0].partition(": is")[0].partition(": must")[0]
        for line in capsys.readouterr().err.splitlines()
    ]


def test_who_may_speak_for_others_is_named(file, capsys):
    """Gateways stand beside the roles, as configured."""
    file.write_text('[[gateways]]\nuser = "com1-web"\n[[gateways]]\nuid = 990\n')

    check(file)
    assert "gateways  com1-web\n          990\n" in capsys.readouterr().out
    check(file, as_json=True)
    assert ["com1-web", 990] == json.loads(capsys.readouterr().out)["gateways"]


def test_json_of_a_wrong_file(file, capsys):
    """A script gets every problem with its parts, on stdout, and the same exit code."""
    file.write_text(WRONG)

    assert EX_CONFIG == check(file, as_json=True)
    answer = json.loads(capsys.readouterr().out)
    assert (False, str(file), 3) == (answer["ok"], answer["file"], len(answer["problems"]))
    assert {
        "file": str(file),
        "key": 'consoles."a[b]".port',
        "value": '"x\\u001b[31m"',
        "expected": PORT,
    } == answer["problems"][-1]


def test_a_terminal_gets_folded_lines(capsys, monkeypatch, file):
    """They break between words, go on set in, and leave a path whole."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    file.write_text('[daemon]\nmax_clients = 0\nlog_dir = "relative"\n')

    assert EX_CONFIG == check(file)
    printed = re.sub(r"\x1b\[[\d;]*m", "", capsys.readouterr().err)
    assert str(file) in printed
    first, second, *_ = printed.splitlines()
    assert first.startswith(str(file))
    assert second.startswith("  ")


@pytest.mark.parametrize(("text", "coloured"), [(RIGHT, b"\x1b[1;32mok\x1b[0m"), ("x", b"\x1b[2m")])
def test_a_terminal_gets_colours(file, text, coloured):
    """On a real terminal, and only there, what matters stands out."""
    file.write_text(text)
    ours, theirs = pty.openpty()
    code = "import pathlib, sys, com1d.tools.check as it; it.check(pathlib.Path(sys.argv[1]))"
    environment = {**os.environ, "TERM": "xterm-256color"}
    with subprocess.Popen(
        [sys.executable, "-c", code, str(file)], stdout=theirs, stderr=theirs, env=environment
    ) as child:
        os.close(theirs)
        seen = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)

    assert child.returncode == 0
    assert coloured in seen


def _read(terminal):
    try:
        return os.read(terminal, 4096)
    except OSError:  # EIO: nobody holds the other end any more
        return b""
