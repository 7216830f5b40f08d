"""What becomes of a fact."""

import asyncio

from com1d.daemon.chronicle import Chronicle
from com1d.errors import NotFound
from com1d.telemetry import facts


SAID = "what the guest said"


def fail() -> None:
    raise ValueError(SAID)


async def test_a_bug_is_one_line_that_says_where(capsys):
    """The kind of error and the place, not its text, which may be a guest's."""
    chronicle, loop = Chronicle(), asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(chronicle.note_bug)
    try:
        loop.call_soon(fail)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    finally:
        loop.set_exception_handler(before)
        chronicle.close()

    (line,) = capsys.readouterr().err.splitlines()
    assert '"event": "bug.found"' in line
    assert '"error": "ValueError"' in line
    assert "test_chronicle.py:" in line
    assert SAID not in line
    assert 1 == chronicle.tally.facts["bug.found"]


async def test_repeated_refusals_are_counted_though_they_have_no_line(capsys):
    """The metrics have all of them; log and audit, the first and a number."""
    chronicle = Chronicle()
    who = facts.Who("anna", 1000, 1000, 4242, "curl")
    for _ in range(5):
        chronicle.record(facts.VerbUsed(who, "a", None, "show", NotFound.code))
    chronicle.close()

    assert 5 == chronicle.tally.refusals[NotFound.code]
    assert 2 == len(capsys.readouterr().err.splitlines())
