"""Which VM it is: asked before a port opens, behind it where need be, and compared."""

import asyncio

import pytest

from com1d.control.attempt import HungUp
from com1d.errors import NotRunning, PortDown, Unsupported
from com1d.guest import identity
from com1d.guest.identity import Identity


FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"
PATIENCE = 30
"""Seconds before a test that waits for an event gives up."""


class Vm:
    """A VM whose hypervisor answers as it is told, and what the identity made of it."""

    def __init__(self, *answers, known=""):
        self.answers = list(answers)
        self.process: int | None = 1
        self.asked = 0
        self.learnt = []
        self.others = []
        self.identity = Identity(known, self, self.learnt.append, self.others.append)

    async def uuid(self):
        self.asked += 1
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, str):
            return answer
        if answer is None:
            await asyncio.Event().wait()
        raise answer

    def birth(self):
        return self.process

    async def opens(self):
        await self.identity.before()
        await self.identity.behind()


async def test_a_vm_is_asked_once_for_each_of_its_processes():
    """A line that ends and comes back does not bother the monitor of the VM that is still there."""
    vm = Vm(FIRST)
    for _ in range(3):
        await vm.opens()
    assert (1, [FIRST], FIRST) == (vm.asked, vm.learnt, vm.identity.uuid)
    vm.process = 2
    await vm.opens()
    assert (2, [FIRST]) == (vm.asked, vm.learnt)


@pytest.mark.parametrize("other", [SECOND, ""], ids=["another", "without a UUID"])
async def test_another_vm_is_not_opened(other):
    """Neither before nor behind: which of both tells, does not matter."""
    early, late = Vm(other, known=FIRST), Vm(NotRunning("off"), other, known=FIRST)
    with pytest.raises(PortDown, match="another VM is there now"):
        await early.identity.before()
    await late.identity.before()
    with pytest.raises(PortDown, match=FIRST):
        await late.identity.behind()
    assert ([other], [other], FIRST) == (early.others, late.others, late.identity.uuid)


async def test_a_vm_that_was_replaced_between_both_questions_is_asked_again():
    """The answer was of the process before."""
    vm = Vm(FIRST, SECOND, known=FIRST)
    await vm.identity.before()
    vm.process = 2
    with pytest.raises(PortDown):
        await vm.identity.behind()


@pytest.mark.parametrize("silence", [None, HungUp(), NotRunning("no monitor")])
async def test_a_monitor_that_is_silent_holds_nobody_up_for_long(silence, monkeypatch):
    """The line is open; what is not known is told as trouble, and asked again until it is."""
    monkeypatch.setattr(identity, "BEFORE_SECONDS", 0.01)
    monkeypatch.setattr(identity, "BEHIND_SECONDS", 0.01)
    monkeypatch.setattr(identity, "AGAIN_SECONDS", 0.001)
    vm = Vm(silence, silence, silence, SECOND, known=FIRST)
    await vm.opens()
    assert "which VM it is" in vm.identity.trouble
    async with asyncio.timeout(PATIENCE):
        while not vm.others:
            await asyncio.sleep(0.001)
    await vm.identity.close()
    assert [SECOND] == vm.others


async def test_nobody_is_let_in_while_it_is_in_doubt(monkeypatch):
    """And everybody when that takes too long: who restores a VM may have no monitor."""
    monkeypatch.setattr(identity, "BEHIND_SECONDS", 0.01)
    vm = Vm(NotRunning("off"), NotRunning("busy"), FIRST, known=FIRST)
    waiting = asyncio.create_task(vm.identity.settled())
    await asyncio.sleep(0)
    assert not waiting.done()
    await vm.identity.before()  # no VM: the console is the last one's
    await waiting
    await vm.identity.behind()
    monkeypatch.setattr(identity, "DOUBT_SECONDS", 0.01)
    again = asyncio.create_task(vm.identity.settled())
    await asyncio.sleep(0)
    assert not again.done()
    await again
    await vm.identity.close()


async def test_who_cannot_tell_is_not_asked_again():
    """Programs of `exec:` know verbs alone; QEMU before 0.14 knew no `query-uuid`."""
    vm = Vm(Unsupported("no such command"), known=FIRST)
    await vm.opens()
    vm.process = 2
    await vm.opens()
    assert (1, "", []) == (vm.asked, vm.identity.trouble, vm.others)


async def test_without_a_hypervisor_nobody_waits():
    """A real line is known by its name."""
    alone = Identity("", None, print, print)
    await alone.settled()
    await alone.before()
    await alone.behind()


async def test_another_process_behind_an_open_line_is_asked():
    """A FIFO may pass from one QEMU to the next without an end; the same one is left in peace."""
    vm = Vm(FIRST, SECOND)
    await vm.opens()
    await vm.identity.again()
    assert 1 == vm.asked
    vm.process = None  # its socket was removed, which says nothing
    await vm.identity.again()
    vm.process = 2
    with pytest.raises(PortDown):
        await vm.identity.again()
    assert (2, [SECOND]) == (vm.asked, vm.others)


async def test_a_line_that_was_taken_over_is_taken_for_the_vm_that_it_was():
    """The daemon before this one has asked; nobody is bothered until the process is another."""
    vm = Vm(SECOND, known=FIRST)
    await vm.identity.again()
    assert 0 == vm.asked
    vm.process = 2
    with pytest.raises(PortDown):
        await vm.identity.again()
