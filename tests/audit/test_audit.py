"""The audit's writer: what is promised is on the disk, and nothing is dropped in silence."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from com1d.audit import audit as module
from com1d.audit.audit import Audit
from com1d.audit.file import AuditFile
from com1d.errors import AuditUnavailable
from com1d.loop.clock import now
from com1d.telemetry import facts
from com1d.tools.audit_check import check
from disks import fill, small_disk
from house import PATIENCE


WHO = facts.Who("anna", 1000, 1000, 4242, "socat")


def began(session: int) -> facts.SessionBegan:
    return facts.SessionBegan(WHO, "web01", session, "active", "raw")


@asynccontextmanager
async def auditing(
    folder: Path, *, required: bool = True, file: AuditFile | None = None
) -> AsyncIterator[Audit]:
    audit = Audit(
        file or AuditFile(folder / "log", folder / "state"), now, print, required=required
    )
    task = asyncio.create_task(audit.run())
    try:
        yield audit
    finally:
        await audit.close()
        task.cancel()
        await asyncio.wait((task,))


def lines(folder: Path) -> list[dict]:
    path = folder / "log" / "audit.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def events(folder: Path) -> list[str]:
    return [line["event"] for line in lines(folder)]


def sessions(folder: Path) -> list[int]:
    return [line["session"] for line in lines(folder) if line["event"] == "session.began"]


def whole(folder: Path) -> bool:
    return [] == check(folder / "log", folder / "state")[1]


async def commit_all(audit: Audit, numbers: Iterable[int]) -> None:
    for session in numbers:
        await audit.commit(began(session))


async def until(condition) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.001)


async def test_a_commit_returns_when_the_line_is_on_the_disk(tmp_path):
    """After `commit` the line can be read, with every column that the audit promises."""
    async with auditing(tmp_path) as audit:
        await audit.commit(began(7))

        line = lines(tmp_path)[-1]
        assert ["audit.opened", "session.began"] == events(tmp_path)
        assert line["time"].endswith("Z")
        expected = {
            "console": "web01", "user": "anna", "uid": 1000, "gid": 1000, "pid": 4242,
            "command": "socat", "gateway": None, "session": 7, "outcome": "ok", "mode": "active",
        }  # fmt: skip
        assert expected == {key: line[key] for key in expected}
    assert whole(tmp_path)


async def test_order_is_that_of_noting_and_who_waits_goes_on_in_it(tmp_path):
    """Lines stand in the order in which things happened; attaches take effect in that order."""
    effects: list[int] = []

    async def attach(audit: Audit, session: int) -> None:
        await audit.commit(began(session))
        effects.append(session)

    async with auditing(tmp_path) as audit:
        await asyncio.gather(*(attach(audit, session) for session in range(1000)))

        assert [*range(1000)] == effects == sessions(tmp_path)
    assert whole(tmp_path)


async def test_the_next_daemon_goes_on(tmp_path):
    """Stopped and started, it is one chain, and each start is a line."""
    for session in (1, 2):
        async with auditing(tmp_path) as audit:
            audit.note(began(session))

    assert ["audit.opened", "session.began"] * 2 == events(tmp_path)
    assert 2 == lines(tmp_path)[2]["after"]
    assert whole(tmp_path)


async def test_a_full_disk_refuses_and_forgets_nothing(tmp_path, monkeypatch):
    """While nothing can be written attaches are refused at once; what happened is written later."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    with small_disk(tmp_path / "log"):
        async with auditing(tmp_path) as audit:
            await audit.commit(began(1))
            fill(tmp_path / "log" / "ballast")
            with pytest.raises(AuditUnavailable, match="No space left"):
                await commit_all(audit, range(2, 100))  # the last page has room for some
            with pytest.raises(AuditUnavailable, match="No space left"):
                audit.demand()
            audit.note(began(1000))
            assert 1000 not in sessions(tmp_path)

            (tmp_path / "log" / "ballast").unlink()
            await until(lambda: not audit.failing)
            audit.demand()
            await audit.commit(began(1001))

        assert whole(tmp_path)
        numbers = sessions(tmp_path)
        assert [*range(1, numbers[-3] + 1), 1000, 1001] == numbers
        assert (
            1 == events(tmp_path).count("audit.failed") == events(tmp_path).count("audit.recovered")
        )


async def test_a_disk_that_never_worked(tmp_path, monkeypatch):
    """A directory that cannot be made refuses attaches; once it can, all is written."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    (tmp_path / "log").write_text("no directory")
    async with auditing(tmp_path) as audit:
        with pytest.raises(AuditUnavailable):
            await audit.commit(began(1))

        (tmp_path / "log").unlink()
        await until(lambda: not audit.failing)
        await audit.commit(began(2))
    assert [1, 2] == sessions(tmp_path)
    assert whole(tmp_path)


async def test_what_is_not_required_does_not_wait(tmp_path):
    """With `audit_required = false` a disk that takes nothing lets everybody in."""
    (tmp_path / "log").write_text("no directory")
    async with auditing(tmp_path, required=False) as audit:
        await audit.commit(began(1))
        await until(lambda: audit.failing)

        audit.demand()
        await audit.commit(began(2))


async def test_more_than_can_wait_is_counted(tmp_path, monkeypatch):
    """What the queue has no room for becomes one line with its exact number, in its place."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    monkeypatch.setattr(module, "QUEUE_LINES", 10)
    (tmp_path / "log").write_text("no directory")
    async with auditing(tmp_path) as audit:
        audit.note(began(0))
        await until(lambda: audit.failing)
        for session in range(1, 101):  # eight fit, after the first and the failure's own
            audit.note(began(session))
        with pytest.raises(AuditUnavailable, match="too much waits"):
            await audit.commit(began(101))

        (tmp_path / "log").unlink()
        await until(lambda: not audit.failing)
        await audit.commit(began(102))

    [gap] = [line for line in lines(tmp_path) if line["event"] == "audit.missed"]
    assert [*range(9), 102] == sessions(tmp_path)
    assert 93 == gap["missed"]
    assert gap["since"] <= gap["until"]
    assert whole(tmp_path)


class StuckFile(AuditFile):
    """A disk that answers when it likes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / "log", folder / "state")
        self.answer = threading.Event()

    def append(self, *arguments) -> None:
        self.answer.wait(PATIENCE)
        super().append(*arguments)


async def test_a_disk_that_does_not_answer(tmp_path, monkeypatch):
    """Nobody waits for ever: the attach is refused, those after it at once, until it answers."""
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.01)
    file = StuckFile(tmp_path)
    async with auditing(tmp_path, file=file) as audit:
        with pytest.raises(AuditUnavailable, match="did not answer"):
            await audit.commit(began(1))
        with pytest.raises(AuditUnavailable, match="did not answer"):
            audit.demand()

        file.answer.set()
        await until(lambda: not audit.failing)
        monkeypatch.setattr(module, "WAIT_SECONDS", PATIENCE)
        await audit.commit(began(2))
    assert [1, 2] == sessions(tmp_path)


async def test_the_end_does_not_wait_for_a_stuck_disk(tmp_path, capsys):
    """The daemon stops in time, and the journal has how many lines were lost."""
    file = StuckFile(tmp_path)
    async with auditing(tmp_path, file=file) as audit:
        for session in range(5):
            audit.note(began(session))
        await until(lambda: audit._batch)
    file.answer.set()

    said = capsys.readouterr()
    assert "AuditGap(" in said.out


async def test_files_are_put_aside_and_removed(tmp_path, monkeypatch):
    """Rotation goes on for ever within its bound, and at any time the rest is whole."""
    monkeypatch.setattr("com1d.audit.file.FILE_BYTES", 2000)
    monkeypatch.setattr("com1d.audit.file.EARLIER_FILES", 3)
    async with auditing(tmp_path) as audit:
        for session in range(100):
            await audit.commit(began(session))
            assert whole(tmp_path)
    files = sorted((tmp_path / "log").glob("audit-*.jsonl"))
    assert 3 == len(files)
    removed = [
        line
        for file in [*files, tmp_path / "log" / "audit.jsonl"]
        for line in map(json.loads, file.read_text().splitlines())
        if line["event"] == "audit.removed"
    ]
    assert json.loads(files[0].read_text().splitlines()[0])["seq"] - 1 == removed[-1]["through"]
