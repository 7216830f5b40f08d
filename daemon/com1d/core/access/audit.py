"""The audit's chain: every line names the one before it, so that no edit goes unnoticed.

A line is one JSON object. It begins with its sequence number, and ends with `prev`, the hash of
the line before, and `hash`, the SHA-256 of all its own bytes up to there::

    {"seq":7,"time":"…","event":"session.began",…,"prev":"9f86…","hash":"60303…"}

The hash is of the bytes as they are in the file, so the spelling of JSON does not matter. The chain
alone cannot tell that its end was cut off: for that, the number and the hash of the last line are
kept elsewhere too, as the `Head`.

With a key, `hash` is the HMAC-SHA256 under that key instead. Lines without it may only stand before
all those with it: the first of these names the last one before it, and so vouches for them all.

Without one, whoever may write both the file and the head can write another history. Then the heads
that the journal has from every start, rotation and stop tell the difference.
"""

import hmac
import json
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final, NamedTuple

from com1d.values import dataclass


GENESIS: Final = "0" * 64
"""The hash that the first line names as its predecessor's."""

REMOVED: Final = "audit.removed"
"""The event by which the daemon says that it deletes its oldest file: `through` is the last
sequence number in it. Lines missing at the beginning without it are a finding."""

_SEAL: Final = re.compile(rb',"hash":"([0-9a-f]{64})"\}\n')
_SEAL_BYTES: Final = len(',"hash":""}\n') + len(GENESIS)
_HEAD: Final = re.compile(rb'\{"seq":([0-9]{1,18}),"hash":"([0-9a-f]{64})"\} *\n')
_HEAD_BYTES: Final = 128
"""Always the same length, so that a head is replaced by one write within one sector."""


class Head(NamedTuple):
    """The end of a chain: number and hash of its last line."""

    seq: int = 0
    digest: str = GENESIS

    def encode(self) -> bytes:
        """Give the head as it is kept."""
        text = f'{{"seq":{self.seq},"hash":"{self.digest}"}}'
        return text.ljust(_HEAD_BYTES - 1).encode() + b"\n"


def decode_head(data: bytes) -> Head | None:
    """Read a kept head; None where it is damaged."""
    match = _HEAD.fullmatch(data)
    return Head(int(match[1]), match[2].decode()) if match else None


class Chain:
    """Makes lines, each chained to the one before."""

    __slots__ = ("_key", "head")

    def __init__(self, head: Head | None = None, key: bytes = b"") -> None:
        """Go on after `head`; without one, begin. With `key`, seal the lines with it."""
        self.head = head or Head()
        self._key = key

    def append(self, fields: Mapping[str, Any]) -> bytes:
        """Make the next line; `fields` must not have the chain's own `seq`, `prev` and `hash`."""
        seq = self.head.seq + 1
        members = {"seq": seq, **fields, "prev": self.head.digest}
        signed = json.dumps(members, separators=(",", ":")).encode()[:-1]
        digest = _digest(signed, self._key)
        self.head = Head(seq, digest)
        return b'%s,"hash":"%s"}\n' % (signed, digest.encode())


class Line(NamedTuple):
    """The chain's own members of a line that was read back."""

    seq: int
    prev: str
    digest: str
    whole: bool
    """Whether the hash is that of the bytes, under the key or without one."""
    sealed: bool
    """Whether it is so under the key, where there is one."""
    removed: int
    """The last sequence number that was deleted according to this line; 0 for other events."""


def _digest(signed: bytes, key: bytes) -> str:
    return hmac.digest(key, signed, "sha256").hex() if key else sha256(signed).hexdigest()


def parse(raw: bytes, key: bytes = b"") -> Line | None:
    """Read a line with its newline; None where it is none of ours."""
    seal = _SEAL.fullmatch(raw[-_SEAL_BYTES:])
    try:
        members = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    if seal is None or not isinstance(members, dict):
        return None
    seq, prev, through = members.get("seq"), members.get("prev"), members.get("through")
    if type(seq) is not int or not isinstance(prev, str):
        return None
    removed = through if members.get("event") == REMOVED and type(through) is int else 0
    digest = seal[1].decode()
    sealed = hmac.compare_digest(_digest(raw[:-_SEAL_BYTES], key), digest)
    whole = sealed or _digest(raw[:-_SEAL_BYTES], b"") == digest
    return Line(seq, prev, digest, whole, sealed, removed)


def behind(head: Head, newest_first: Iterable[Line | None]) -> int | None:
    """Count the lines that follow a kept head; None where they follow another line, or not whole.

    The lines end with the one that the head names, or with the first one behind it.
    """
    follower: Line | None = None
    count = 0
    for line in newest_first:
        if line is None or not line.whole:
            return None
        if follower and (line.seq, line.digest) != (follower.seq - 1, follower.prev):
            return None
        if line.seq <= head.seq:
            return count if (line.seq, line.digest) == head else None
        if not line.sealed:
            return None
        follower, count = line, count + 1
    follows = follower and (follower.seq - 1, follower.prev) == head
    return count if follows or not count else None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with an audit, and where."""

    file: str
    line: int
    """Counted from 1 in its file."""
    kind: str
    """`edited`, `missing`, `moved`, `replaced`, `truncated`, `added`, `unsealed` or `headless`."""
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class Verifier:
    """Verifies the lines of all files, oldest first."""

    def __init__(self, head: Head | None, file: str, key: bytes = b"") -> None:
        """Compare with the kept `head`, None where there is none; `file` is where it points.

        With `key`, the lines are to be sealed from the first one that is.
        """
        self.count = 0
        """Lines that were read."""
        self.first = 0
        """The lowest sequence number; 0 before the first line."""
        self.unfinished = 0
        """Bytes of a last line without an end, as a crash leaves it."""
        self._key = key
        self._sealed = False
        """Whether the last line was."""
        self._head = head
        self._end = Head()
        self._loose = 0
        """Lines behind the chain's end that cannot be placed: edited ones, either in their place or
        added."""
        self._removed = 0
        self._place = self._began = (file, 0)

    @property
    def last(self) -> int:
        """The sequence number at the end; 0 before the first line."""
        return self._end.seq

    def take(self, file: str, number: int, raw: bytes) -> list[Finding]:
        """Judge the next line, `raw` with its newline."""
        findings = []
        if self.unfinished:  # an unfinished line can only be the last
            findings.append(self._loosened("this line has no end"))
            self.unfinished = 0
        self._place = (file, number)
        self.count += 1
        if not raw.endswith(b"\n"):
            self.unfinished = len(raw)
            return findings
        line = parse(raw, self._key)
        if line is None:
            findings.append(self._loosened("this is no line of an audit"))
        elif not line.whole:
            text = f"number {line.seq} was edited: its hash is that of another text"
            findings.append(self._loosened(text))
        else:
            findings += self._link(line)
        return findings

    def added(self, head: Head | None) -> int:
        """Count the lines behind `head`, as it is kept when all lines were taken."""
        return 0 if head is None else max(0, self._end.seq - head.seq)

    def finish(self, head: Head | None) -> list[Finding]:
        """Judge the beginning and the end, when all lines were taken and `head` is what is kept."""
        findings = []
        if self.first - 1 > self._removed:
            text = f"numbers {self._removed + 1} to {self.first - 1} are missing before this line"
            findings.append(Finding(*self._began, "missing", text))
        if self._key and self.count and not self._sealed:
            text = "it does not end with a line that is sealed with audit_key"
            findings.append(self._finding("unsealed", text))
        end = self._end.seq + self._loose
        if self._head is None and self.count:
            text = "no head is kept, so lines may be missing after this one"
            findings.append(self._finding("headless", text))
        elif added := self.added(head):
            text = f"{added} lines are behind the kept head: com1d was killed, or they were added"
            findings.append(self._finding("added", text))
        elif self._head is not None and self._head.seq > end:
            text = f"cut off: numbers {end + 1} to {self._head.seq} are missing after this line"
            findings.append(self._finding("truncated", text))
        return findings

    def _link(self, line: Line) -> list[Finding]:
        """Judge whether a line follows the one before, and go on from it."""
        if not self.first:
            self.first, self._began = line.seq, self._place
            self._end = Head(line.seq - 1, GENESIS if line.seq == 1 else line.prev)
        if line.seq <= self._end.seq:
            text = f"number {line.seq} stands after number {self._end.seq}"
            return [self._finding("moved", text)]
        findings = []
        if self._sealed and not line.sealed:
            text = f"number {line.seq} is not sealed with audit_key, as the one before it is"
            findings.append(self._finding("unsealed", text))
        self._sealed = line.sealed
        follows = self._end.seq + 1
        if line.seq > follows + self._loose:
            text = f"numbers {follows + self._loose} to {line.seq - 1} are missing before this line"
            findings.append(self._finding("missing", text))
        elif line.seq == follows and line.prev != self._end.digest:
            text = f"number {line.seq} follows another line than the one before it"
            findings.append(self._finding("replaced", text))
        self._removed = max(self._removed, line.removed)
        self._end, self._loose = Head(line.seq, line.digest), 0
        return findings + self._compare()

    def _compare(self) -> list[Finding]:
        """Compare the line that the kept head names."""
        if self._head is None or self._head.seq != self._end.seq or self._head == self._end:
            return []
        text = f"number {self._end.seq} is another line than the one that the kept head names"
        return [self._finding("replaced", text)]

    def _loosened(self, text: str) -> Finding:
        self._loose += 1
        return self._finding("edited", text)

    def _finding(self, kind: str, text: str) -> Finding:
        return Finding(*self._place, kind, text)
