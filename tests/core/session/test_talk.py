"""What may be said at a console, and how often."""

import pytest

from com1d.core.session.talk import OFTEN_MAX, OFTEN_SECONDS, TEXT_MAX, Tempo, plain


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "hello"),
        (" two\r\nlines ", "two  lines"),
        ("\x1b[2Jü漢", "[2Jü漢"),
        ("x" * 300,) * 2,
    ],
)
def test_a_text_becomes_one_harmless_line(text: str, said: str):
    """Control characters would reach the terminals of others."""
    assert said == plain(text)


@pytest.mark.parametrize("text", ["", "\n\x1b", "x" * (TEXT_MAX + 1)])
def test_a_text_that_says_nothing_or_too_much(text: str):
    """The error says which."""
    with pytest.raises(ValueError, match=r"empty|301"):
        plain(text)


def test_the_tempo_is_over_a_sliding_window():
    """Ten at once, then one for each that is ten seconds old; a refusal counts for nothing."""
    tempo = Tempo()
    assert [True] * OFTEN_MAX == [tempo.admit(float(each) / 10) for each in range(OFTEN_MAX)]
    assert not tempo.admit(OFTEN_SECONDS - 0.01)
    assert tempo.admit(OFTEN_SECONDS)
    assert not tempo.admit(OFTEN_SECONDS + 0.05)
    assert tempo.admit(OFTEN_SECONDS + 0.1)
