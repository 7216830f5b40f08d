"""Verbs under way: those that end with their permission, and those that end by themselves."""

import asyncio

import pytest

from com1d.access.peer import Caller
from com1d.api.works import Permission, Works
from com1d.core.access.policy import Peer, Verb
from com1d.errors import Forbidden


ANNA, BERT = (Caller(Peer(uid, uid, frozenset(), str(uid)), 1) for uid in (1, 2))


def only_bert(caller: Caller, _console: str, _verb: Verb) -> None:
    """Allow Bert everything and others nothing."""
    if caller is not BERT:
        raise Forbidden("your role was taken away")


def unexpected(request: str, error: Exception) -> None:
    """Fail for what nobody caused."""
    pytest.fail(f"{request}: {error}")


@pytest.mark.parametrize("verb", [Verb.KEYS, Verb.PASTE, Verb.SYSRQ, Verb.SAC])
async def test_a_verb_ends_when_its_caller_may_not_do_it_any_more(verb: Verb):
    """It is stopped where it is, and answered with the problem; those of others go on."""
    works, ended, go_on = Works(unexpected), [], asyncio.Event()

    async def work(name: str) -> str:
        try:
            await go_on.wait()
        except asyncio.CancelledError:
            ended.append(name)
            raise
        return name

    anna = asyncio.create_task(works.permitted(Permission(ANNA, "a", verb), work("anna")))
    bert = asyncio.create_task(works.permitted(Permission(BERT, "a", verb), work("bert")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    works.judge_again(only_bert)
    with pytest.raises(Forbidden, match="taken away"):
        await anna
    go_on.set()

    assert "bert" == await bert
    assert ["anna"] == ended


async def test_a_verb_ends_with_its_client():
    """A client that goes away is not answered, and its verb does not go on."""
    works = Works(unexpected)
    work = works.permitted(Permission(ANNA, "a", Verb.KEYS), asyncio.sleep(1000))
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    works.judge_again(only_bert)


async def test_what_is_decided_goes_on_without_its_client():
    """Its client's end does not end it, and the daemon waits for it."""
    works, done, go_on = Works(unexpected), [], asyncio.Event()

    async def work() -> None:
        await go_on.wait()
        done.append(True)

    task = asyncio.create_task(works.decided(work()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await works.close()

    assert [True] == done


@pytest.mark.parametrize(
    ("error", "told"), [(Forbidden("no"), []), (ValueError("a bug"), ["a bug"])]
)
async def test_what_fails_without_its_client_is_told_if_it_is_a_bug(error: Exception, told):
    """A problem was for the client alone; a bug is for whoever mends it."""
    heard: list[str] = []
    works = Works(lambda _, wrong: heard.append(str(wrong)))

    async def work() -> None:
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        raise error

    task = asyncio.create_task(works.decided(work()))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait((task,))
    await works.close()
    await asyncio.sleep(0)

    assert told == heard
