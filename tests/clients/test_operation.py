"""What a text frame asks for, small, long, nested and broken."""

import contextlib
import json
from pathlib import Path
from time import thread_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.clients.operation import MEMBERS_MAX, SMALL_BYTES, read_operation
from com1d.errors import BadRequest
from loop.holding import too_long


LONGEST = 2 << 20
LONG = "x" * SMALL_BYTES


@given(st.text(), st.booleans(), st.booleans())
def test_a_long_paste_is_read_as_a_short_one(text, verify, ascii_only):
    """Whatever its text has, and however the client spells it, its members are the same."""
    operation = {"op": "paste", "text": text + LONG, "verify": verify}

    assert operation == read_operation(json.dumps(operation, ensure_ascii=ascii_only).encode())


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[1, 2]",
        '"text"',
        '{"op": "paste"',
        "[" * (SMALL_BYTES - 1),
        "[" * (SMALL_BYTES + 1),
        f'{{"op": ["{LONG}"]}}',
        f'{{"op": {{"text": "{LONG}"}}}}',
        f'{{"op": "paste", "text": "{LONG}"',
        f'{{"op": "paste", "text": "{LONG}',
        f'{{"op": "paste", "text": "{LONG}"}} more',
        f',"op": "paste", "text": "{LONG}"}}',
        f'{{"op": "paste"{{"text": "{LONG}"}}',
        f'{{"op": {"9" * SMALL_BYTES}}}',
        json.dumps({f"m{number}": LONG for number in range(MEMBERS_MAX + 1)}),
    ],
)
def test_what_is_no_object_or_long_and_not_flat_is_refused(message):
    """A reason is given, and nothing else of it is looked at."""
    with pytest.raises(BadRequest, match="a text frame holds one JSON object"):
        read_operation(message.encode())


def test_bytes_that_are_no_text_are_refused():
    """A text frame is UTF-8, which nobody has checked before."""
    with pytest.raises(BadRequest):
        read_operation(b'{"op": "\xff"}')


def worst() -> dict[str, bytes]:
    """Give the longest messages, each of what is slowest to read in another way."""
    small, long = SMALL_BYTES - 10, LONGEST - 40
    head = b'{"op":"paste","text":"'
    return {
        "small lists": b'{"op":[' + b"[]," * (small // 3) + b"[]]}",
        "small strings": b'{"op":["' + b'","' * (small // 3) + b'"]}',
        "lists": b'{"op":[' + b"[]," * (long // 3) + b"[]]}",
        "deep": b"[" * long,
        "members": b"{" + b'"m":"",' * (long // 7) + b'"m":""}',
        "escapes": head + b"\\n" * (long // 2) + b'"}',
        "pairs": head + b"\\ud83d\\ude00" * (long // 12) + b'"}',
        "letters": head + "é".encode() * (long // 2) + b'"}',
        "blanks": b"{" + b" " * long + b"}",
        "digits": b'{"op":' + b"9" * long + b"}",
    }


async def reading(_folder: Path) -> dict[str, float]:
    """Read each of the worst; give the seconds of processor time."""
    taken = {}
    for name, message in worst().items():
        began = thread_time()
        with contextlib.suppress(BadRequest):
            read_operation(message)
        taken[name] = thread_time() - began
    return taken


async def test_no_message_holds_the_loop(run_dir):
    """The longest message of each kind is read, or refused, within what the loop may be held."""
    assert {} == await too_long(reading, run_dir)
