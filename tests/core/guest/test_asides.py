"""What is printed into a prompt unasked."""

from com1d.core.guest.asides import FULL, KEPT, Tail, without_asides


ASIDE = "[   12.345678] usb 1-1: new device\n"


def test_the_question_is_left():
    """What the kernel and systemd say is taken out of a question's middle, and nothing else."""
    assert "Password: " == without_asides(f"Pass{ASIDE}word: [  OK  ] Reached target x.\n")
    assert "[1.5] mine\n" == without_asides("[1.5] mine\n")


def test_a_tail_without_asides_is_not_given():
    """Where nothing was taken out, the text itself has been looked at already."""
    tail = Tail()
    tail.add("login: ")
    assert tail.text() is None

    tail.add(ASIDE)
    assert "\n\nlogin: " == tail.text()


def test_a_question_survives_any_number_of_asides():
    """A kernel that talks for long does not push it out, and the tail stays bounded."""
    tail = Tail()
    tail.add("login: ")
    for _ in range(3 * FULL // len(ASIDE)):
        tail.add(ASIDE)
    shown = tail.text()

    assert shown is not None
    assert shown.endswith("login: ")
    assert len(shown) <= KEPT
