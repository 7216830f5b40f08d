"""Lines of an audit that somebody has laid hands on."""

from hashlib import sha256

from com1d.core.access.audit import Chain, Head, Verifier, decode_head, parse


_CHAIN = Chain()
GENUINE = b"".join(
    _CHAIN.append({"time": "2026-11-22T09:30:00.000Z", "event": event, "user": "anna"})
    for event in ("audit.opened", "session.began", "session.ended")
)
HEAD = _CHAIN.head

SEAL = b"+"
"""A line that begins so gets the hash that it needs: a forger can compute one, a fuzzer cannot."""

SEEDS = (
    GENUINE,
    b"".join(GENUINE.splitlines(keepends=True)[::2]),
    GENUINE + b'{"seq":4,"event":"unfinished',
    GENUINE + b'+{"seq":4,"event":"audit.removed","through":2,"prev":"' + HEAD.digest.encode()
    + b'"\n',
    b'+{"seq":1,"prev":"' + b"0" * 64 + b'"\n+{"seq":3,"prev":""\n+{"seq":2,"prev":"x"\n',
    HEAD.encode(),
)  # fmt: skip


def target(data: bytes) -> None:
    """Expect a judgement in lines that print, and no edit that goes unnoticed."""
    head = decode_head(data)
    assert head is None or isinstance(head, Head)
    lines = [_sealed(line) for line in data.splitlines(keepends=True)]
    verifier, findings = Verifier(HEAD, "audit.jsonl"), []
    for number, line in enumerate(lines, start=1):
        assert parse(line) is None or line.endswith(b"\n")
        findings += verifier.take("audit.jsonl", number, line)
    findings += verifier.finish(HEAD)
    assert all(str(finding).isprintable() for finding in findings)
    if not findings and SEAL not in data[:1] and b"\n" + SEAL not in data:
        assert GENUINE == data[: data.rfind(b"\n") + 1]


def _sealed(line: bytes) -> bytes:
    if not line.startswith(SEAL):
        return line
    signed = line[1:].rstrip(b"\n")
    return b'%s,"hash":"%s"}\n' % (signed, sha256(signed).hexdigest().encode())
