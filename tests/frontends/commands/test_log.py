"""`com1 log` and `com1 boots`: what each asks the daemon, and what it makes of the answer."""

import json
import re

import pytest

from com1d.errors import EX_FAILURE, EX_OK, EX_UNAVAILABLE, EX_USAGE
from com1d.frontends.cli import main
from com1d.frontends.session.link import ClientError
from com1d.frontends.session.log_pieces import objects
from com1d.frontends.words.clock import local
from frontends.double import answering, response
from frontends.log_answers import AT, answer


GAP = {"offset": 5, "mark": "gap", "facts": {"bytes": 90, "reason": "No space left\x1b[2J"}}
LOG = answer((0, b"a\r\n\x1b[1m"), (7, b"bb\r\nc"), (12, b"c\r\n\x07"), end=16)


def ask(run_dir, *arguments, body=LOG, start=0):
    """Run `com1` in here against one answer; give its exit code and what it asked."""
    whole = response(body, head=f"Com1-Start: {start}\r\n")
    with answering(run_dir / "s", whole) as heard:
        code = main(["--socket", str(run_dir / "s"), *arguments])
    return code, heard[0].split(b" ", 2)[1].decode()


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ([], ""),
        (["--boot", "-1", "--tail", "200"], "boot=-1&tail=300&"),
        (["--from", "7", "--bytes", "5"], "from=7&bytes=5&"),
        (["--since", "2026-01-01T00:00:00Z"], "since=2026-01-01T00%3A00%3A00.000Z&"),
        (["--since", "2026-01-01 02:00+02:00"], "since=2026-01-01T00%3A00%3A00.000Z&"),
    ],
)
def test_what_is_asked(run_dir, capfd, options: list[str], query: str):
    """Each option is a parameter, and times become RFC 3339."""
    assert (EX_OK, f"/v1/consoles/a/log?{query}times=true") == ask(run_dir, "log", "a", *options)
    capfd.readouterr()


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], "a\n[com1: 1 bytes were deleted here to make room]\nbb\ncc\n"),
        (
            ["--timestamps"],
            (
                f"{AT.format(0)} a\n[com1: 1 bytes were deleted here to make room]\n"
                f"{AT.format(1)} bb\n{AT.format(2)} cc\n"
            ),
        ),
        (["--grep", "^[ac]"], "a\ncc\n"),
        (["--grep", "b", "--timestamps"], f"{AT.format(1)} bb\n"),
        (["--raw"], "a\r\n\x1b[1mbb\r\ncc\r\n\x07"),
    ],
)
def test_how_it_is_shown(run_dir, capfdbinary, options: list[str], shown: str):
    """As text that is safe to print, with times, by lines, or as the guest's bytes."""
    body = LOG.replace(b'{"offset": 7', b'{"offset": 8').replace(b'{"offset": 12', b'{"offset": 13')

    assert EX_OK == ask(run_dir, "log", "a", *options, body=body)[0]
    assert shown.encode() == capfdbinary.readouterr().out


def test_lines_for_programs(run_dir, capfd):
    """With --json each line is an object with its time and offset; what is said is one, too."""
    ask(
        run_dir,
        "--json",
        "log",
        "a",
        body=answer((0, b"one\r\ntw"), {**GAP, "offset": 7}, (97, b"o\n"), end=99),
    )
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    assert [
        {"at": AT.format(0), "offset": 0, "text": "one"},
        {"at": AT.format(0), "offset": 5, "text": "tw"},
        {"note": "90 bytes are missing here: No space left\x1b[2J"},
        {"at": AT.format(2), "offset": 97, "text": "o"},
    ] == lines


def test_what_is_missing_is_said(run_dir, capfd):
    """A gap stands where it is, with its reason; it cannot talk to the terminal."""
    ask(run_dir, "log", "a", body=answer((0, b"login"), GAP, (95, b": "), end=97))

    assert (
        "login\n[com1: 90 bytes are missing here: No space left\\x1b[2J]\n:\n"
        == capfd.readouterr().out
    )


@pytest.mark.parametrize("option", [["--raw"], ["--grep", "."]])
def test_what_is_missing_is_said_elsewhere(run_dir, capfd, option: list[str]):
    """Where the output is the guest's alone, stderr has it."""
    ask(run_dir, "log", "a", *option, body=answer((4, b"x\n"), end=6))

    assert ("x\n", "com1: 4 bytes were deleted here to make room\n") == capfd.readouterr()


def test_nothing_found(run_dir, capfd):
    """As with grep, finding nothing is told by the exit code."""
    assert EX_FAILURE == ask(run_dir, "log", "a", "--grep", "panic")[0]
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize(
    "body",
    [b"", LOG[:-20], LOG.replace(b'{"end": 16}\n', b""), b"hello\n", b"7\n"],
)
def test_an_answer_that_is_no_whole_log(run_dir, capfd, body: bytes):
    """What broke off, or is something else, is an error and not a short log."""
    assert EX_UNAVAILABLE == ask(run_dir, "log", "a", body=body)[0]
    assert re.search("breaks off|is no log", capfd.readouterr().err)


def test_an_answer_without_lines_is_held_in_bounded_memory():
    """What is no answer of a com1d is given up, however long it goes on."""
    with pytest.raises(ClientError, match="is no log"):
        list(objects(b"x" * 65536 for _ in range(1000)))


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--since", "tomorrow"], "--since: 'tomorrow' is no time; say \"10 min ago\""),
        (["--boot", "1"], "'1' is not 0, -1, -2 and so on"),
        (["--grep", "("], "'(' is no regular expression"),
        (["--tail", "-5"], "'-5' is not a number"),
        (["--tail", "x"], "'x' is not a number"),
        (["--boot", "-1", "--follow"], "An earlier boot goes on no more"),
    ],
)
def test_what_cannot_be_asked(capsys, options: list[str], why: str):
    """Wrong usage is 64 and says what is right, before the daemon is asked."""
    code: int | str | None
    try:
        code = main(["--socket", "/nowhere", "log", "a", *options])
    except SystemExit as left:
        code = left.code

    assert EX_USAGE == code
    assert why in capsys.readouterr().err


BOOTS = {
    "boots": [
        {"boot": -1, "offset": 0, "started": AT.format(1), "cause": "firmware\x1b", "bytes": 512},
        {"boot": 0, "offset": 512, "started": AT.format(2), "cause": "reset", "bytes": 9},
    ]
}


def test_boots_as_a_table(run_dir, capfd):
    """The oldest first, so that the newest stands above the prompt."""
    assert (EX_OK, "/v1/consoles/a/boots") == ask(
        run_dir, "boots", "a", body=json.dumps(BOOTS).encode()
    )
    head, first, second = capfd.readouterr().out.splitlines()
    assert ["BOOT", "STARTED", "CAUSE", "BYTES", "OFFSET"] == head.split()
    started = local(BOOTS["boots"][0]["started"])
    assert ["-1", *started.split(), "firmware\\x1b", "512", "0"] == first.split()
    assert ["reset", "9", "512"] == second.split()[-3:]


def test_boots_for_programs(run_dir, capfd):
    """With --json it is the daemon's answer; an empty one is said to people only."""
    ask(run_dir, "boots", "a", "--json", body=json.dumps(BOOTS).encode())
    assert BOOTS == json.loads(capfd.readouterr().out)
    (run_dir / "s").unlink()
    ask(run_dir, "boots", "a", body=b'{"boots": []}')
    assert ("", "Nothing was printed yet.\n") == capfd.readouterr()
