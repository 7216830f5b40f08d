"""`com1d audit verify`, as it is called."""

import json
import os

import pytest

from com1d.__main__ import run
from com1d.audit.file import AuditFile, earlier
from com1d.core.access.audit import Chain
from com1d.errors import EX_FAILURE
from com1d.tools import audit_check


@pytest.fixture
def config(run_dir):
    path = run_dir / "com1d.toml"
    path.write_text(f'[daemon]\nlog_dir = "{run_dir}/log"\nstate_dir = "{run_dir}/state"\n')
    return path


@pytest.fixture
def written(run_dir):
    """Write an audit of two files, and give the path of the newer one."""
    file, chain = AuditFile(run_dir / "log", run_dir / "state"), Chain()
    file.open()
    for user in ("anna", "ben", "carl"):
        file.append(chain.append({"user": user}), chain.head)
    assert file.rotate()
    for user in ("dora", "emil"):
        file.append(chain.append({"user": user}), chain.head)
    file.close()
    return file.path


def verify(config, *options: str) -> int:
    return run(["audit", "verify", "--config", str(config), *options])


def test_before_anything_is_written(config, capsys):
    """A host whose daemon never ran has nothing wrong with its audit."""
    assert 0 == verify(config)
    assert "nothing is written yet" in capsys.readouterr().out


def test_a_whole_audit(config, written, capsys):
    """One line says what was verified, over all files."""
    assert 0 == verify(config)
    assert f"{written}: whole: 5 lines, numbers 1 to 5\n" == capsys.readouterr().out


def test_files_that_change_while_they_are_opened(config, written, capsys, monkeypatch):
    """A daemon that deletes or puts aside a file meanwhile is let finish, and all is whole."""
    calls = []

    def changing(log_dir):
        found = earlier(log_dir)
        calls.append(found)
        match len(calls):
            case 1:  # it deletes one that was seen
                return [log_dir / "audit-000000000000.jsonl", *found]
            case 2:  # it puts the newest aside
                written.rename(log_dir / "audit-000000000004.jsonl")
                written.touch()
        return found

    monkeypatch.setattr(audit_check, "earlier", changing)

    assert 0 == verify(config)
    assert "whole: 5 lines, numbers 1 to 5" in capsys.readouterr().out
    assert 3 == len(calls)


def test_files_that_never_stand_still(config, written, capsys, monkeypatch):
    """Nobody waits for ever: what is wrong is said after some tries."""
    monkeypatch.setattr(audit_check, "earlier", lambda log_dir: [log_dir / "gone"])

    assert EX_FAILURE == verify(config)
    assert "change faster than they can be opened" in capsys.readouterr().err


def test_an_unfinished_line_is_told(config, written, capsys):
    """While the daemon writes, or after it was killed, the end may be half a line."""
    with written.open("ab") as file:
        file.write(b'{"seq":6')

    assert 0 == verify(config)
    assert "and 8 bytes of a line that com1d had not finished" in capsys.readouterr().out


def test_an_edited_line_in_an_earlier_file(config, written, capsys):
    """Exit 1, and one line that leads there."""
    earlier = written.with_name("audit-000000000001.jsonl")
    earlier.write_text(earlier.read_text().replace("ben", "eva"))

    assert 1 == verify(config)
    said = capsys.readouterr()
    assert f"{earlier}:2: number 2 was edited: its hash is that of another text" in said.err
    assert said.err.endswith("1 findings in 5 lines\n")
    assert "" == said.out


def test_a_missing_file(config, written, capsys):
    """Deleting a file is found, with the numbers that were in it."""
    written.with_name("audit-000000000001.jsonl").unlink()

    assert 1 == verify(config)
    assert f"{written}:1: numbers 1 to 3 are missing before this line" in capsys.readouterr().err


def test_for_a_program(config, written, capsys):
    """`--json` gives one object, whole or not."""
    assert 0 == verify(config, "--json")
    report = json.loads(capsys.readouterr().out)
    assert (True, 5, 1, 5, []) == tuple(
        report[key] for key in ("ok", "lines", "first", "last", "findings")
    )

    written.write_bytes(written.read_bytes()[:-1])
    assert 1 == verify(config, "--json")
    report = json.loads(capsys.readouterr().out)
    [finding] = report["findings"]
    assert (False, 1) == (report["ok"], report["found"])
    assert ("truncated", str(written), 2) == (finding["kind"], finding["file"], finding["line"])


def test_what_is_no_audit_at_all(config, written, capsys, monkeypatch):
    """A file of anything else, without a line in it, is judged in bounded pieces."""
    monkeypatch.setattr(audit_check, "LINE_BYTES", 1000)
    written.write_bytes(bytes(250_000))

    assert 1 == verify(config)
    said = capsys.readouterr().err.splitlines()
    assert audit_check.FINDINGS_SHOWN + 1 == len(said)
    assert "249 findings in 253 lines" == said[-1]


def test_who_may_not_read_it(config, written, capsys):
    """Another user is told so and learns nothing."""
    config.parent.chmod(0o755)
    config.chmod(0o644)
    os.setegid(54321)
    os.seteuid(54321)
    try:
        code = audit_check.verify(config)
    finally:
        os.seteuid(0)
        os.setegid(0)

    assert 77 == code
    assert "Permission denied" in capsys.readouterr().err


def test_a_wrong_configuration(config, capsys):
    """What cannot be understood is told as `com1d check` does."""
    config.write_text("[daemon]\nlog_dir = 7\n")

    assert 78 == verify(config)
    assert "daemon.log_dir" in capsys.readouterr().err


def test_an_audit_that_is_gone_with_its_head_is_found(config, run_dir, capsys):
    """Where other files of the daemon are there, lines were there, too."""
    (run_dir / "log" / "web01").mkdir(parents=True)

    assert EX_FAILURE == verify(config)
    assert f"no audit and no head, and yet com1d has written {run_dir}/log/web01" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("key", [b"k" * 32, b"o" * 32])
def test_a_sealed_audit_is_verified_with_its_key(config, run_dir, key: bytes):
    """It is whole under the key that it was written with, and forged under any other."""
    path = run_dir / "audit.key"
    path.touch(0o600)
    path.write_bytes(key)
    with config.open("a") as file:
        file.write(f'audit_key = "{path}"\n')
    file, chain = AuditFile(run_dir / "log", run_dir / "state"), Chain(None, b"k" * 32)
    file.key = b"k" * 32
    file.open()
    file.append(chain.append({"user": "anna"}), chain.head)
    file.close()

    assert (0 if key == file.key else EX_FAILURE) == verify(config)
