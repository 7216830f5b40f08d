"""When a terminal's answers go to the guest."""

from com1d.frontends.terminal.answers import QUESTION, AnswerGate


def test_answers_pass_in_a_live_stream():
    """A guest that asks the terminal gets its answer."""
    assert AnswerGate().admits(b"\x1b[1;1R")


def test_no_answer_passes_before_the_terminal_has_done_with_the_replay():
    """Answers to replayed queries are dropped, up to the answer to our own question and with it."""
    gate = AnswerGate()
    gate.close()

    assert not gate.admits(b"\x1b[1;1R")
    assert gate.ask() == QUESTION
    assert not gate.admits(b"\x1b[2;2R")
    assert not gate.admits(b"\x1b[0n")
    assert gate.admits(b"\x1b[3;3R")
    assert gate.admits(b"\x1b[0n")


def test_a_late_answer_to_our_own_question_is_still_ours():
    """After the patience ran out answers pass, but the one that is not the guest's never does."""
    gate = AnswerGate()
    gate.close()
    gate.ask()
    gate.open()

    assert not gate.closed
    assert gate.admits(b"\x1b[1;1R")
    assert not gate.admits(b"\x1b[0n")
