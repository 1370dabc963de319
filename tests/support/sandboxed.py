"""One exercise for the tests of the sandbox, and what a student's cell shows of the place where it runs."""

from tests.support.notebooks import judged, shown

DOUBLE = "def f(x):\n    return 2 * x"
TESTS = "assert f(2) == 4"


def shown_by(code: str, **keywords: object) -> str:
    """What a student's cell shows that holds the right answer and this code."""
    return shown(judged(DOUBLE, TESTS, f"{DOUBLE}\n{code}", **keywords), "exercise")
