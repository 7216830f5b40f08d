"""The chain: what the daemon writes verifies, and whatever is done to it afterwards is found."""

import io
import json
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.access.audit import (
    GENESIS,
    REMOVED,
    Chain,
    Finding,
    Head,
    Verifier,
    behind,
    decode_head,
    parse,
)


fields = st.dictionaries(st.text("abcdef", min_size=1), st.integers() | st.text() | st.none())
histories = st.lists(fields, min_size=1, max_size=12)


def written(
    history: list[dict], head: Head | None = None, key: bytes = b""
) -> tuple[list[bytes], Head]:
    chain = Chain(head, key)
    return [chain.append(entry) for entry in history], chain.head


def verified(lines: list[bytes], head: Head | None, key: bytes = b"") -> list[Finding]:
    verifier = Verifier(head, "audit.jsonl", key)
    findings = []
    for number, raw in enumerate(lines, start=1):
        findings += verifier.take("audit.jsonl", number, raw)
    return findings + verifier.finish(head)


def split(data: bytes) -> list[bytes]:
    """Cut a file into lines as the verifier's shell does."""
    return io.BytesIO(data).readlines()


@given(histories, histories)
def test_a_chain_that_goes_on_after_a_restart_is_whole(before, after):
    """Whatever is written verifies, and each line is JSON with the fields that were given."""
    first, head = written(before)
    second, head = written(after, head)

    assert [] == verified(first + second, head)
    read = [json.loads(line) for line in first + second]
    assert [*range(1, len(read) + 1)] == [line["seq"] for line in read]
    assert before + after == [
        {key: value for key, value in line.items() if key not in ("seq", "prev", "hash")}
        for line in read
    ]


@given(histories, st.data())
def test_a_flipped_byte_is_found_where_it_is(history, data):
    """Any change of any byte is found, and the first finding is in that line."""
    lines, head = written(history)
    whole = b"".join(lines)
    place = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytes([whole[place] ^ data.draw(st.integers(1, 255))])

    findings = verified(split(whole[:place] + flipped + whole[place + 1 :]), head)

    line = whole[:place].count(b"\n") + 1
    assert findings
    assert line == findings[0].line


@given(histories, st.data())
def test_missing_lines_are_found(history, data):
    """Whichever lines are taken out, each gap is named with its numbers."""
    lines, head = written([*history, {}])
    gone = data.draw(st.sets(st.integers(1, len(lines)), min_size=1))
    left = [line for number, line in enumerate(lines, start=1) if number not in gone]

    findings = verified(left, head)

    named: set[int] = set()
    for finding in findings:
        assert finding.kind in ("missing", "truncated")
        first, last = [int(word) for word in finding.text.split() if word.isdigit()]
        named |= set(range(first, last + 1))
    assert gone == named


@given(histories, st.data())
def test_lines_in_another_order_are_found(history, data):
    """Any other order than that of writing is found."""
    lines, head = written([*history, {}])
    other = data.draw(st.permutations(lines))

    assert (lines == other) is (verified(other, head) == [])


@given(histories, st.data())
def test_an_added_line_is_found(history, data):
    """A line that was written later, with a hash of its own, does not fit anywhere."""
    lines, head = written([*history, {}])
    place = data.draw(st.integers(1, len(lines)))
    forged = Chain(Head(*data.draw(st.sampled_from([(place - 1, GENESIS), (place, "f" * 64)]))))

    assert verified([*lines[:place], forged.append({"forged": 1}), *lines[place:]], head)


@given(histories, st.data())
def test_another_history_is_found_by_the_kept_head(history, data):
    """A line that is replaced, with all hashes after it made anew, differs from the head."""
    lines, head = written(history)
    place = data.draw(st.integers(0, len(lines) - 1))
    chain = Chain(Head(place, parse(lines[place]).prev))
    other = [chain.append(entry) for entry in [{"forged": 1}, *history[place + 1 :]]]

    findings = verified(lines[:place] + other, head)

    assert ["replaced"] == [finding.kind for finding in findings]
    assert len(lines) == findings[0].line


def test_a_line_replaced_with_a_right_hash_is_found_by_the_next():
    """Where the attacker does not make the rest anew, the next line does not follow."""
    lines, head = written([{}] * 4)
    lines[1] = Chain(Head(1, parse(lines[1]).prev)).append({"forged": 1})

    findings = verified(lines, head)

    assert [("replaced", 3)] == [(finding.kind, finding.line) for finding in findings]
    assert "audit.jsonl:3: number 3 follows another line than the one before it" == str(findings[0])


def test_an_edited_line_is_one_finding():
    """An edit is told once, at its line, and what follows it is not suspected."""
    lines, head = written([{"user": "anna"}] * 5)
    lines[2] = lines[2].replace(b"anna", b"ben ")

    findings = verified(lines, head)

    assert [("edited", 3)] == [(finding.kind, finding.line) for finding in findings]


@pytest.mark.parametrize(
    "raw",
    [
        b"\n",
        b"no JSON\n",
        b"[]\n",
        b'{"seq":1}\n',
        b"\xff\xfe\n",
        b"[" * 5000 + b"\n",
        b'{"seq":' + b"9" * 5000 + b',"prev":"","hash":"' + b"0" * 64 + b'"}\n',
        b'{"seq":true,"prev":"x","hash":"' + b"0" * 64 + b'"}\n',
        b'{"seq":2,"prev":7,"hash":"' + b"0" * 64 + b'"}\n',
        b'["seq",1,"prev","hash","' + b"0" * 64 + b'"]\n',
    ],
)
def test_what_is_no_line_is_found_and_steps_over(raw):
    """Rubbish between two lines is one finding, at its place."""
    lines, head = written([{}] * 3)

    findings = verified([lines[0], raw, *lines[1:]], head)

    assert [("edited", 2)] == [(finding.kind, finding.line) for finding in findings]


def test_the_end_may_be_unfinished():
    """Half a last line is what a crash leaves: no finding, unless the head says it was whole."""
    lines, head = written([{}] * 3)
    before = written([{}] * 2)[1]
    verifier = Verifier(before, "audit.jsonl")

    for number, raw in enumerate([*lines[:2], lines[2][:-5]], start=1):
        assert [] == verifier.take("audit.jsonl", number, raw)

    assert [] == verifier.finish(before)
    assert len(lines[2]) - 5 == verifier.unfinished
    assert ["truncated"] == [f.kind for f in verified([*lines[:2], lines[2][:-5]], head)]


def test_an_unfinished_line_in_the_middle_is_found():
    """Only the very last line may lack its end."""
    lines, head = written([{}] * 3)

    findings = verified([lines[0], lines[1][:-1], lines[2]], head)

    assert [("edited", 2)] == [(finding.kind, finding.line) for finding in findings]


def test_what_the_daemon_itself_removed_is_not_missing():
    """A beginning that the chain says was deleted is in order; one line more is not."""
    lines, head = written([{}, {}, {}, {"event": REMOVED, "through": 2}, {}])

    assert [] == verified(lines[2:], head)
    findings = verified(lines[3:], head)
    assert [("missing", 1)] == [(finding.kind, finding.line) for finding in findings]
    assert "numbers 3 to 3 are missing" in findings[0].text


def test_nothing_at_all():
    """No line and no head is a host on which nothing happened yet; with a head, all is gone."""
    assert [] == verified([], None)
    assert ["headless"] == [f.kind for f in verified(written([{}])[0], None)]
    gone = verified([], Head(7, "a" * 64))
    assert ["audit.jsonl:0: cut off: numbers 1 to 7 are missing after this line"] == [
        *map(str, gone)
    ]


@given(st.lists(st.binary(max_size=80)), st.none() | st.builds(Head, st.integers(0, 9)))
def test_no_file_is_too_strange(raw, head):
    """Any bytes are judged, and each line that nobody wrote is found."""
    lines = split(b"\n".join(raw))

    kinds = [finding.kind for finding in verified(lines, head)]

    assert sum(line.endswith(b"\n") for line in lines) == kinds.count("edited")


@given(st.integers(0, 10**18 - 1), st.binary())
def test_a_head_is_read_as_it_was_kept(seq, data):
    """A head survives, always has the same length, and a damaged one is none."""
    head = Head(seq, sha256(data).hexdigest())

    assert head == decode_head(head.encode())
    assert len(Head().encode()) == len(head.encode())
    assert decode_head(data) is None
    assert decode_head(head.encode()[:-1]) is None


KEY = bytes(range(32))


@given(histories, histories)
def test_a_chain_goes_on_with_a_key(before, after):
    """Lines from before there was a key stay in front of those that it seals, and all is whole."""
    first, head = written(before)
    second, head = written(after, head, KEY)

    assert [] == verified(first + second, head, KEY)


@given(histories, histories)
def test_what_is_added_without_the_key_is_found(history, more):
    """Also where the head was forged with it."""
    lines, head = written(history, None, KEY)
    forged, forged_head = written(more, head)

    findings = verified(lines + forged, forged_head, KEY)

    assert {"unsealed"} == {finding.kind for finding in findings}
    assert len(lines) + 1 == findings[0].line


@given(histories)
def test_a_whole_history_without_the_key_is_found(history):
    """A chain that is whole by itself, with its own head, does not end with the seal."""
    forged, head = written(history)

    assert ["unsealed"] == [finding.kind for finding in verified(forged, head, KEY)]


def test_a_line_behind_the_head_has_to_be_sealed():
    """What the daemon adds before it keeps the head is under its key; anybody can add another."""
    lines, head = written([{"a": 1}], None, KEY)
    sealed, _ = written([{"b": 1}], head, KEY)
    forged, _ = written([{"b": 1}], head)

    assert 1 == behind(head, [parse(line, KEY) for line in [*sealed, *lines]])
    assert behind(head, [parse(line, KEY) for line in [*forged, *lines]]) is None
