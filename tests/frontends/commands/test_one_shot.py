"""The one-shot commands: what each asks the daemon, and what it makes of the answer."""

import io
import json

import pytest

from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE
from com1d.frontends.cli import main
from com1d.frontends.commands.paste import PASTE_BYTES
from frontends.double import answering, response


def ask(run_dir, *arguments, answer=b"{}", head=""):
    """Run `com1` in here against one answer; give its exit code and what it asked."""
    with answering(run_dir / "s", response(answer, head=head)) as heard:
        code = main(["--socket", str(run_dir / "s"), *arguments])
    start, _, body = heard[0].partition(b"\r\n\r\n")
    return code, start.split(b" HTTP/1.1", 1)[0].decode(), json.loads(body) if body else None


@pytest.mark.parametrize(
    ("arguments", "request_line", "body", "said"),
    [
        ("send nmi a", "POST /v1/consoles/a/nmi", None, "NMI sent to a"),
        ("send reset a", "POST /v1/consoles/a/reset", None, "a is being reset"),
        ("send restart a", "POST /v1/consoles/a/restart", None, "a is being restarted"),
        ("send break a", "POST /v1/consoles/a/break", None, "break sent to a"),
        (
            "send sysrq a REISUB",
            "POST /v1/consoles/a/sysrq",
            {"keys": "REISUB"},
            "SysRq REISUB sent to a",
        ),
        (
            "send keys a F8 Up",
            "POST /v1/consoles/a/keys",
            {"keys": ["F8", "Up"]},
            "F8 Up sent to a",
        ),
        (
            "send keys a Ctrl-Alt-Delete --keyboard",
            "POST /v1/consoles/a/keys",
            {"keys": ["Ctrl-Alt-Delete"], "on": "keyboard"},
            "Ctrl-Alt-Delete sent to the keyboard of a",
        ),
        (
            "disconnect a",
            "POST /v1/consoles/a/disconnect",
            None,
            "everybody is disconnected from a",
        ),
        ("enable a", "POST /v1/consoles/a/enable", None, "a is enabled"),
        ("disable a", "POST /v1/consoles/a/disable", None, "a is disabled"),
        ("enable", "POST /v1/enable", None, "this host is enabled"),
        ("disable", "POST /v1/disable", None, "this host is disabled"),
        ("send nmi a/b%", "POST /v1/consoles/a%2Fb%25/nmi", None, "NMI sent to a/b%"),
    ],
)
def test_actions(run_dir, capsys, arguments, request_line, body, said):
    """Each action is one POST, and one line says that it is done."""
    assert ask(run_dir, *arguments.split()) == (EX_OK, request_line, body)
    assert capsys.readouterr().out == f"{said}\n"


def test_actions_for_programs(run_dir, capsys):
    """With --json the daemon's answer is the output, wherever the option stands."""
    for arguments in (("--json", "disconnect", "a"), ("disconnect", "a", "--json")):
        ask(run_dir, *arguments, answer=b'{"disconnected": 2}')
        (run_dir / "s").unlink()

        assert json.loads(capsys.readouterr().out) == {"disconnected": 2}


def test_list(run_dir, capsys):
    """Consoles come as a table; none at all is said, but not on stdout."""
    ask(run_dir, "list", answer=b'{"consoles": [{"name": "a\\u001b", "connected": true}]}')
    assert capsys.readouterr().out.splitlines()[1].split()[:3] == ["a\\x1b", "-", "up"]
    (run_dir / "s").unlink()
    ask(run_dir, "list", answer=b'{"consoles": []}')
    nothing = capsys.readouterr()

    assert nothing.out == ""
    assert nothing.err == "There is no console that you may see.\n"


def test_a_list_of_one_set(run_dir):
    """The daemon is asked for no more than what is wanted."""
    asked = ask(run_dir, "list", "--set", "we b", answer=b'{"consoles": [{}]}')[1]

    assert asked == "GET /v1/consoles?set=we+b"


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (b"", 1, "com1: not-found: There is no instance 3 of web, or you may not see it. "),
        (b'{"name": "a"}, {"name": "b"}', 64, "com1: bad-request: a, b are all instance 3 of web"),
    ],
)
def test_an_instance_that_is_not_one_console(run_dir, capsys, answer, code, said):
    """None and several are errors, and say what to do."""
    given, asked, _ = ask(
        run_dir, "status", "web", "--instance", "3", answer=b'{"consoles": [%s]}' % answer
    )

    assert (code, "GET /v1/consoles?set=web&instance=3") == (given, asked)
    assert capsys.readouterr().err.startswith(said)


def test_status(run_dir, capsys):
    """One console comes as a sheet, or as the daemon's JSON."""
    assert ask(run_dir, "status", "a", answer=b'{"name": "a"}')[1] == "GET /v1/consoles/a"
    assert capsys.readouterr().out.startswith("name:    a\n")
    (run_dir / "s").unlink()
    ask(run_dir, "status", "a", "--json", answer=b'{"name": "a"}')
    assert json.loads(capsys.readouterr().out) == {"name": "a"}


@pytest.mark.parametrize(
    ("options", "answer", "code", "said"),
    [
        ([], {"sent": 5, "verified": 0}, EX_OK, "5 characters sent to a"),
        (
            ["--verify"],
            {"sent": 5, "verified": 5},
            EX_OK,
            "5 characters sent to a, 5 of them echoed by the guest",
        ),
        (
            ["--verify"],
            {"sent": 5, "verified": 3},
            EX_FAILURE,
            "5 characters sent to a, 3 of them echoed by the guest",
        ),
    ],
)
def test_paste(run_dir, capsys, tmp_path, options, answer, code, said):
    """A file is pasted as it is; what was to be verified and could not be is a failure."""
    (tmp_path / "text").write_text("Zoë\r\n")
    arguments = ["paste", "a", str(tmp_path / "text"), *options]
    body = {"text": "Zoë\r\n", "verify": bool(options)}

    done = ask(run_dir, *arguments, answer=json.dumps(answer).encode())
    assert done == (code, "POST /v1/consoles/a/paste", body)
    assert capsys.readouterr().out == f"{said}\n"


def test_paste_from_stdin(run_dir, monkeypatch):
    """Without a file the text comes from standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hostname\n")))
    _, _, body = ask(run_dir, "paste", "a", answer=b'{"sent": 9, "of": 9}')

    assert body == {"text": "hostname\n", "verify": False}


def test_a_paste_reaches_a_real_guest(daemon, guest):
    """The text from standard input arrives, with CR for its line ends."""
    done = daemon.run("paste", guest.name, input=b"hostname\n")

    guest.gets(b"hostname\r")
    assert (done.returncode, done.stdout) == (
        EX_OK,
        f"9 characters sent to {guest.name}\n".encode(),
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff", "is not UTF-8 at byte 0"),
        (b"x" * (PASTE_BYTES + 1), f"has more than {PASTE_BYTES} bytes"),
        (None, "No such file or directory"),
    ],
)
def test_what_cannot_be_pasted(capsys, tmp_path, content, why):
    """A text that is no text is refused before the daemon is asked."""
    if content is not None:
        (tmp_path / "text").write_bytes(content)
    code = main(["--socket", "/nowhere", "paste", "a", str(tmp_path / "text")])

    assert code == EX_USAGE
    assert why in capsys.readouterr().err
