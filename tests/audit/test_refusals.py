"""Refusals that are repeated: the first is told, and then their number."""

import asyncio

import pytest

from com1d.audit.refusals import BURST, KINDS_OF_USER, MERGED, Refusals
from com1d.telemetry import facts
from house import PATIENCE


def who(uid: int, user: str = "", gateway: str | None = None) -> facts.Who:
    return facts.Who(user or f"uid {uid}", uid, uid, 1, "sh", gateway)


def verb(uid: int, outcome: str, name: str = "nmi") -> facts.VerbUsed:
    return facts.VerbUsed(who(uid), "web01", None, name, outcome)


def attach(uid: int, outcome: str) -> facts.AttachRefused:
    return facts.AttachRefused(who(uid), "web01", None, "active", "raw", outcome)


@pytest.mark.parametrize("refusal", [verb(1, code) for code in sorted(MERGED)])
async def test_a_flood_of_refusals_is_one_line_and_a_count(refusal):
    """The history is not pushed out, and nothing is lost: lines and count are all there were."""
    told: list[facts.Fact] = []
    refusals = Refusals(told.append)

    passed = [refusals.passes(refusal) for _ in range(1000)]
    refusals.close()

    assert [True] + [False] * 999 == passed
    assert [999] == [fact.count for fact in told if isinstance(fact, facts.RefusalsMerged)]


async def test_what_differs_is_told():
    """Another user, verb, outcome or way in has a line of its own; what was done has each."""
    told: list[facts.Fact] = []
    refusals = Refusals(told.append)
    different = [
        verb(1, "not-found"), verb(2, "not-found"), verb(1, "forbidden"),
        verb(1, "not-found", "reset"), attach(1, "not-found"),
    ]  # fmt: skip
    done = [verb(1, "ok"), verb(1, "ok"), attach(1, "busy"), attach(1, "busy")]

    assert all(refusals.passes(fact) for fact in different + done)
    refusals.close()


async def test_counts_follow_while_it_goes_on_and_then_it_begins_anew():
    """A count after each interval; after one without a refusal the next is told at once."""
    told: asyncio.Queue[facts.Fact] = asyncio.Queue()
    refusals = Refusals(told.put_nowait, seconds=0.01)
    async with asyncio.timeout(PATIENCE):
        for expected in (1, 2):
            while refusals.passes(verb(1, "forbidden")):
                pass
            for _ in range(expected - 1):
                assert not refusals.passes(verb(1, "forbidden"))
            fact = await told.get()
            assert isinstance(fact, facts.RefusalsMerged)
            assert expected == fact.count
        while not refusals.passes(verb(1, "forbidden")):
            await asyncio.sleep(0.03)
    refusals.close()


async def test_invented_users_of_a_gateway_cannot_make_it_grow():
    """Beyond the allowance, the refusals of a gateway's other users are counted together."""
    told: list[facts.Fact] = []
    refusals = Refusals(told.append)

    passed = [
        refusals.passes(facts.VerbUsed(who(7, f"u{n}", "web"), None, None, "list", "not-found"))
        for n in range(BURST * 3)
    ]
    refusals.close()

    assert BURST <= sum(passed) <= BURST + 1
    assert [BURST * 3 - sum(passed)] == [fact.fields()["count"] for fact in told]


async def test_invented_consoles_are_counted_together():
    """Each of the first has a line; a thousand names more are one line and a count."""
    told: list[facts.Fact] = []
    refusals = Refusals(told.append)

    passed = [
        refusals.passes(facts.AttachRefused(who(1), f"c{n}", None, "active", "raw", "not-found"))
        for n in range(1000)
    ]
    refusals.close()

    assert KINDS_OF_USER + 1 == sum(passed)
    assert [1000 - KINDS_OF_USER - 1] == [fact.fields()["count"] for fact in told]


async def test_all_refusals_together_have_an_allowance():
    """However many users and kinds there are: what is over it is one count, and nothing is lost."""
    told: list[facts.Fact] = []
    refusals = Refusals(told.append)
    kinds = [verb(uid, "not-found", f"v{n}") for uid in range(64) for n in range(KINDS_OF_USER)]

    passed = sum(map(refusals.passes, kinds))
    refusals.close()

    assert BURST <= passed <= BURST + 1
    counts = [fact.count for fact in told if isinstance(fact, facts.RefusalsMerged)]
    assert [len(kinds) - passed] == counts
