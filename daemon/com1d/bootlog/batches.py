"""How what was gathered from one console is cut for the process that writes it."""

from collections import deque
from collections.abc import Iterator, Sequence

from com1d.bootlog.account import Run
from com1d.bootlog.messages import Batch
from com1d.core.store.marks import Mark
from com1d.core.store.records import PIECE_BYTES


def batches_of(runs: Sequence[Run], end: int, marks: Sequence[Mark], now: float) -> list[Batch]:
    """Cut `runs`, the last of which goes to `end`, into batches with the marks of their offsets."""
    batches: list[Batch] = []
    waiting = deque(sorted(marks, key=lambda mark: mark.offset))
    for offset, parts in runs:
        begin = offset
        for data in _rows(parts):
            of_these = []
            while waiting and waiting[0].offset < begin + len(data):
                of_these.append(waiting.popleft())
            batches.append(Batch(begin, data, now, of_these))
            begin += len(data)
    if waiting:
        batches.append(Batch(end, b"", now, list(waiting)))
    return batches


def _rows(parts: Sequence[bytes]) -> Iterator[bytes]:
    """Put small parts together and cut large ones, to `PIECE_BYTES` at most."""
    if sum(map(len, parts)) <= PIECE_BYTES:  # as nearly always
        yield from [b"".join(parts)] if parts else []
        return
    row: list[bytes] = []
    size = 0
    for part in parts:
        if size + len(part) > PIECE_BYTES:
            if row:
                yield b"".join(row)
            row, size = [], 0
        if len(part) > PIECE_BYTES:
            for start in range(0, len(part), PIECE_BYTES):
                yield part[start : start + PIECE_BYTES]
        else:
            row.append(part)
            size += len(part)
    if row:
        yield b"".join(row)
