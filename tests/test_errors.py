"""The tree of errors."""

import pytest

from com1d.errors import PROBLEMS, Busy, ConfigError, ConfigProblem, Problem


def test_every_problem_is_in_the_table():
    """A client can turn every code back into its problem."""
    daemons = [kind for kind in Problem.__subclasses__() if kind.__module__ == Problem.__module__]
    assert {kind.code: kind for kind in daemons} == PROBLEMS


@pytest.mark.parametrize("kind", PROBLEMS.values(), ids=PROBLEMS)
def test_every_problem_speaks_to_people(kind: type[Problem]):
    """A title, a cause, and a remedy that says what to do; a status and an exit code that fit."""
    problem = kind("web01: details")

    assert 400 <= problem.status <= 599
    assert problem.exit_code
    assert all((problem.title, problem.cause, problem.remedy.endswith(".")))
    assert f"com1d: {kind.code}: web01: details. {kind.remedy}" == problem.as_line()
    assert "\n" not in problem.as_line()
    assert kind.code == problem.as_json()["code"]


def test_extra_members_travel_along():
    """What a problem knows besides its text is in the JSON."""
    assert "anna" == Busy(by="anna").as_json()["by"]


def test_config_error_keeps_every_problem():
    """All of them, one line each: file, key, value, expectation."""
    error = ConfigError(
        [ConfigProblem("a.toml", "consoles.x.baud", "17", "a standard rate"),
         ConfigProblem("a.toml", "", "", "cannot be read")]
    )  # fmt: skip

    assert "a.toml: consoles.x.baud = 17: a standard rate\na.toml: cannot be read" == str(error)
