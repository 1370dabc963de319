"""What a student may read about a check that failed."""

import pytest

from tests.support.notebooks import judged, verdict
from utils.grading.judge.clock import Interrupted
from utils.grading.judge.explain import explain
from utils.grading.judge.proxies import NotAllowed
from utils.grading.notebook.plan import Step

DOUBLE = "def f(x):\n    return 2 * x"
HIDDEN = """assert f(2) == 4, "two doubled is four"
### BEGIN HIDDEN TESTS
prime = 104729
assert f(prime) == 209458, "a large number is not doubled"
assert f(-prime) == -209458
np.testing.assert_allclose(f(np.array([prime])), [209458])
np.testing.assert_allclose(f(np.array([0.5, prime])), [1, 209458], err_msg="arrays are doubled element by element")
### END HIDDEN TESTS"""


WRONG = {
    "visible": ("def f(x):\n    return x ** 3", "two doubled is four"),
    "hidden": ("def f(x):\n    return 2 * x if abs(x) < 10 else x", "a large number is not doubled"),
    "hidden without a message": ("def f(x):\n    return 2 * abs(x)", "A hidden check failed."),
    "hidden in a library": (
        "def f(x):\n    return x if np.ndim(x) else 2 * x",
        "A hidden check failed (assert_allclose).",
    ),
    "hidden in a library, with a message": (
        "def f(x):\n    return x if np.size(x) > 1 else 2 * x",
        "arrays are doubled element by element",
    ),
    "raises": ("def f(x):\n    raise KeyError('x')", "Your code raised KeyError: 'x'"),
    "undefined": ("g = 1", "f is not defined: the cell that should define it is unanswered, or it failed."),
    "returns an object": ("def f(x):\n    return object()", "plain data"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_failed_check_says_what_its_author_said_and_nothing_hidden(name: str) -> None:
    student, message = WRONG[name]
    graded = judged(DOUBLE, HIDDEN, student)
    assert not verdict(graded).points
    assert message in verdict(graded).message
    handed_back = graded.notebook.decode() + verdict(graded).message
    for secret in ("104729", "209458", "prime", "HIDDEN"):
        assert secret not in handed_back


def test_an_error_of_a_hidden_check_is_named_without_its_text() -> None:
    tests = "### BEGIN HIDDEN TESTS\nsecret = {}\nsecret['the hidden key']\n### END HIDDEN TESTS"
    message = verdict(judged(DOUBLE, tests, DOUBLE)).message
    assert "KeyError" in message
    assert "hidden key" not in message


CHECK = Step("check", judge="assert f(2) == 4\nassert f(104729) == 209458", hidden=frozenset({2}))


def explained(error: Exception | Interrupted, line: int, step: Step = CHECK) -> str:
    """The explanation of an error that a line of the check raised."""
    code = compile("\n" * (line - 1) + "raise error", "<check t>", "exec")
    try:
        exec(code, {"error": error})
    except BaseException as raised:
        return explain(raised, step, {"<check t>": step}, {"g": "the cell failed."})
    raise AssertionError("nothing was raised")


def test_an_assertion_without_a_message_is_named_only_if_it_is_visible() -> None:
    assert explained(AssertionError(), 1).startswith("The check failed")
    assert explained(AssertionError(), 2) == "A hidden check failed."


def test_an_error_is_shown_only_if_its_line_is_visible() -> None:
    assert explained(KeyError("k"), 1) == "KeyError: 'k'"
    assert explained(KeyError("k"), 2) == "A hidden check could not be carried out (KeyError)."


def test_the_source_of_a_hidden_line_is_never_repeated() -> None:
    assert explained(AssertionError("assert f(104729) == 209458"), 1) == "A hidden check failed."


def test_what_stops_a_check_is_said_as_it_is() -> None:
    assert explained(Interrupted("timed out", "It took too long."), 2) == "It took too long."
    assert explained(NotAllowed("Return plain data."), 2) == "Return plain data."
    assert explained(NameError("name 'g' is not defined", name="g"), 2) == "g is not defined: the cell failed."


def test_an_explanation_is_short_text_without_control_characters() -> None:
    text = explained(ValueError("\x00" + "a" * 10_000), 1)
    assert len(text) <= 2000
    assert "\x00" not in text
