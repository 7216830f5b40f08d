"""The audit's files: what is written is there, and what goes wrong leaves them in order."""

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from com1d.audit import file as audit_file
from com1d.audit.file import AuditFile, earlier
from com1d.core.access.audit import REMOVED, Chain, Head
from com1d.tools.audit_check import check
from disks import fill, small_disk


@pytest.fixture
def places(tmp_path):
    return tmp_path / "log", tmp_path / "state"


def write(file: AuditFile, chain: Chain, *entries: dict) -> None:
    data = b"".join(chain.append(entry) for entry in entries)
    file.append(data, chain.head)


def found(places) -> audit_file.Opened:
    """Open once more, as the next daemon does."""
    file = AuditFile(*places)
    try:
        return file.open()
    finally:
        file.close()


def sound(places) -> bool:
    return [] == check(*places)[1]


def test_what_is_appended_is_there_after_a_restart(places):
    """Lines and head are on the disk, and the next daemon goes on behind them."""
    file, chain = AuditFile(*places), Chain()
    assert audit_file.Opened(Head(), 0, 0) == file.open()
    write(file, chain, {"a": 1}, {"b": 2})
    file.close()

    again = AuditFile(*places)

    assert audit_file.Opened(chain.head, 0, 0) == again.open()
    write(again, chain, {"c": 3})
    again.close()
    assert sound(places)
    lines = (places[0] / "audit.jsonl").read_text().splitlines()
    assert [1, 2, 3] == [json.loads(line)["seq"] for line in lines]


def test_nobody_else_may_read_them(places):
    """Files 0640 and directories 0750 under any umask, also where the file was laxer before."""
    before = os.umask(0)
    try:
        places[0].mkdir()
        (places[0] / "audit.jsonl").touch(0o666)
        file = AuditFile(*places)
        file.open()
        file.close()
    finally:
        os.umask(before)

    modes = [
        oct(stat.S_IMODE(path.stat().st_mode))
        for path in (places[0] / "audit.jsonl", places[1] / "audit.head", places[1])
    ]
    assert ["0o640", "0o640", "0o750"] == modes


def test_a_link_in_its_place_is_not_followed(places, tmp_path):
    """Whoever may put a link into the directory cannot have another file written to."""
    places[0].mkdir()
    (tmp_path / "victim").touch()
    (places[0] / "audit.jsonl").symlink_to(tmp_path / "victim")

    with pytest.raises(OSError, match="symbolic links") as refused:
        AuditFile(*places).open()

    assert errno.ELOOP == refused.value.errno


@pytest.mark.parametrize("name", ["audit.jsonl", "audit.head"])
def test_a_fifo_in_its_place_holds_nobody_up(places, name: str):
    """What is no regular file is refused at once."""
    folder = places[name == "audit.head"]
    folder.mkdir()
    os.mkfifo(folder / name)

    with pytest.raises(OSError, match="no regular file"):
        AuditFile(*places).open()


def test_half_a_line_of_a_killed_daemon_is_cut_off(places):
    """What the head does not count was promised to nobody; the bytes are told."""
    file, chain = AuditFile(*places), Chain()
    file.open()
    write(file, chain, {"a": 1})
    file.close()
    with (places[0] / "audit.jsonl").open("ab") as rest:
        rest.write(b'{"seq":2,"half')
    assert sound(places)

    opened = found(places)

    assert (14, 0, chain.head) == (opened.cut, opened.missing, opened.head)
    assert (places[0] / "audit.jsonl").read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("length", [1, 65535, 65536, 65537, 200_000])
def test_the_last_line_is_found_however_long_it_is(places, length: int):
    """A line may be longer than what is read at once, with and without its end."""
    file, chain = AuditFile(*places), Chain()
    file.open()
    write(file, chain, {"a": 1}, {"long": "x" * length})
    file.close()

    assert chain.head == found(places).head


def test_lines_that_were_cut_off_meanwhile_are_missed(places):
    """The chain goes on behind the kept head, so that the gap stays to be seen for ever."""
    file, chain = AuditFile(*places), Chain()
    file.open()
    write(file, chain, *[{"n": n} for n in range(5)])
    file.close()
    path = places[0] / "audit.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2]))

    again = AuditFile(*places)
    opened = again.open()
    assert (3, chain.head) == (opened.missing, opened.head)
    write(again, Chain(opened.head), {"later": 1})
    again.close()

    findings = check(*places)[1]
    assert ["missing"] == [finding.kind for finding in findings]
    assert "numbers 3 to 5 are missing" in findings[0].text


def test_without_its_files_the_chain_goes_on_behind_the_head(places):
    """Deleting everything but the head does not begin a new history."""
    file, chain = AuditFile(*places), Chain()
    file.open()
    write(file, chain, {}, {})
    file.close()
    (places[0] / "audit.jsonl").unlink()

    opened = found(places)

    assert (2, chain.head) == (opened.missing, opened.head)


def test_a_full_disk_leaves_the_file_as_it_was(places):
    """Half a batch is taken back, the head stays, and when there is room the same batch goes in."""
    with small_disk(places[0]):
        file, chain = AuditFile(*places), Chain()
        file.open()
        write(file, chain, {"a": 1})
        data = b"".join(chain.append({"text": "x" * 3000}) for _ in range(5))
        fill(places[0] / "ballast")
        before = (places[0] / "audit.jsonl").read_bytes()

        with pytest.raises(OSError, match="No space left"):
            file.append(data, chain.head)
        assert before == (places[0] / "audit.jsonl").read_bytes()
        assert sound(places)

        (places[0] / "ballast").unlink()
        file.append(data, chain.head)
        file.close()
        assert sound(places)
        assert chain.head.seq == check(*places)[0].last


def test_a_file_that_was_taken_away_is_made_anew(places):
    """Who moves or deletes the file does not make the daemon write where nobody looks."""
    file, chain = AuditFile(*places), Chain()
    file.open()
    write(file, chain, {"a": 1})
    (places[0] / "audit.jsonl").rename(places[0] / "elsewhere")

    write(file, chain, {"b": 2})
    file.close()

    assert [2] == [
        json.loads(line)["seq"] for line in (places[0] / "audit.jsonl").read_text().splitlines()
    ]


def test_the_chain_goes_on_across_files(places, monkeypatch):
    """A full file is put aside under its first number; too many files are named, then deleted."""
    monkeypatch.setattr(audit_file, "FILE_BYTES", 400)
    monkeypatch.setattr(audit_file, "EARLIER_FILES", 2)
    file, chain = AuditFile(*places), Chain()
    file.open()
    removed: list[Path] = []
    while len(removed) < 3:
        write(file, chain, {"n": chain.head.seq})
        if file.full:
            assert file.rotate()
            paths, through = file.too_many()
            if paths:
                write(file, chain, {"event": REMOVED, "through": through})
                file.remove(paths)
                removed += paths
        assert sound(places)
    file.close()

    assert 2 == len(earlier(places[0]))
    assert chain.head == found(places).head
    earlier(places[0])[0].unlink()
    assert not sound(places)


def test_a_new_file_goes_on_behind_the_one_before(places, monkeypatch):
    """Stopped right after a rotation, the daemon finds the end in the file that was put aside."""
    monkeypatch.setattr(audit_file, "FILE_BYTES", 1)
    file, chain = AuditFile(*places), Chain()
    file.open()
    write(file, chain, {"n": 1})
    assert file.rotate()
    file.close()

    assert chain.head == found(places).head
    assert sound(places)


def test_a_name_that_is_taken_is_not_overwritten(places):
    """A copy under the name that the file would get stays; the file only grows on."""
    file, chain = AuditFile(*places), Chain()
    file.open()
    write(file, chain, {"n": 1})
    (places[0] / "audit-000000000001.jsonl").write_text("a copy")

    assert not file.rotate()

    write(file, chain, {"n": 2})
    file.close()
    assert "a copy" == (places[0] / "audit-000000000001.jsonl").read_text()


def forged(lines: list[bytes], *, begin: Head = Head(), **changed: str) -> bytes:  # noqa: B008
    """Chain the lines anew, whole, with other members."""
    chain, own = Chain(begin), ("seq", "prev", "hash")
    return b"".join(
        chain.append({k: v for k, v in json.loads(line).items() if k not in own} | changed)
        for line in lines
    )


def history(places, count: int = 6) -> tuple[Path, list[bytes], Head]:
    """Write lines as a daemon does that is then stopped."""
    file, chain = AuditFile(*places), Chain()
    file.open()
    write(file, chain, *[{"user": "root", "n": n} for n in range(count)])
    file.close()
    path = places[0] / "audit.jsonl"
    return path, path.read_bytes().splitlines(keepends=True), chain.head


FORGERIES = {
    "all edited": lambda lines: forged(lines, user="other"),
    "the last edited": lambda lines: b"".join(lines[:-1]) + lines[-1].replace(b"root", b"toor"),
    "two swapped": lambda lines: forged([*lines[:2], lines[3], lines[2], *lines[4:]]),
    "edited and extended": lambda lines: forged([*lines, *lines], user="other"),
    "one doubled": lambda lines: forged([*lines, lines[-1]], begin=Head(1, "0" * 64)),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_chain_is_put_aside_and_the_true_one_goes_on(places, forgery):
    """The next start compares with the kept head, and leaves a gap that stays to be seen."""
    path, lines, head = history(places)
    path.write_bytes(forgery(lines))

    opened = found(places)

    assert (head, 0, 0) == (opened.head, opened.missing, opened.added)
    assert "audit.jsonl.forged-1" == opened.forged
    assert forgery(lines) == (places[0] / opened.forged).read_bytes()
    assert not sound(places)


def test_a_forged_file_that_was_put_aside_before_is_found_too(places, monkeypatch):
    """Also where the newest file is empty and the head names the end of the one before."""
    path, lines, head = history(places)
    path.rename(aside := path.with_name("audit-000000000001.jsonl"))
    aside.write_bytes(forged(lines, user="other"))

    opened = found(places)

    assert (head, f"{aside.name}.forged-1") == (opened.head, opened.forged)


@pytest.mark.parametrize("count", [1, 3, 100, 101, 5000])
def test_lines_behind_the_head_are_one_batch_at_most(places, count: int):
    """As many as a killed daemon can have written are accepted and counted, and no more."""
    path, lines, head = history(places)
    chain = Chain(head)
    path.write_bytes(b"".join(lines) + b"".join(chain.append({"n": n}) for n in range(count)))

    assert ["added"] == [finding.kind for finding in check(*places)[1]]
    opened = found(places)

    if count <= 100:
        assert (chain.head, count, "") == (opened.head, opened.added, opened.forged)
    else:
        assert (head, 0, "audit.jsonl.forged-1") == (opened.head, opened.added, opened.forged)
