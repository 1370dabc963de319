"""The shadow scores checks as stock nbgrader does, and sends nothing but numbers."""

from typing import Any

import pytest

from tests.support import notebooks as nb
from utils.grading import Graded, Job, Limits, grade
from utils.grading.student.shadow import score_of

LIMITS = Limits(cell_seconds=3.0, notebook_seconds=30.0, memory_mb=512)


def graded(answer: str, check: str, solution: str = "def f(x):\n    return x", first: str = "") -> Graded:
    """The result of one answer to one check of two points."""
    source = nb.notebook(
        nb.given("setup", first or "import math"),
        nb.answer("f", f"### BEGIN SOLUTION\n{solution}\n### END SOLUTION"),
        nb.check("test", check, 2),
    )
    return grade(Job(nb.with_answers(source, {"f": answer}), nb.to_bytes(source), LIMITS))


def points(answer: str, check: str, **more: str) -> tuple[float | None, str]:
    """Points and status of that check."""
    verdict = graded(answer, check, **more).cells[0]
    return verdict.points, verdict.status


def result(text: str) -> dict[str, Any]:
    """The output of a last expression."""
    return {"output_type": "execute_result", "data": {"text/plain": text}}


@pytest.mark.parametrize(
    ("success", "outputs", "score"),
    [
        (True, [], 2),
        (False, [], 0),
        (True, [result("1.5")], 1.5),
        (True, [result("7")], 2),
        (True, [result("-1")], 0),
        (True, [result("nan")], 0),
        (True, [result("True")], 2),
        (True, [result("'well done'")], 2),
        (True, [{"output_type": "stream", "name": "stderr", "text": "a warning"}], 2),
    ],
)
def test_the_score_is_nbgraders(success: bool, outputs: list[dict[str, Any]], score: float) -> None:
    assert score_of(success, outputs, 2) == score


def test_an_answer_that_changes_its_argument_fails_where_the_check_forbids_it() -> None:
    check = "values = [2, 1]\nassert f(values) == [1, 2]\nassert values == [2, 1]"
    assert points("def f(x):\n    return sorted(x)", check, solution="def f(x):\n    return sorted(x)") == (2, "graded")
    assert points("def f(x):\n    x.sort()\n    return x", check, solution="def f(x):\n    return sorted(x)") == (
        0,
        "graded",
    )


def test_an_answer_that_uses_what_the_check_takes_away_fails() -> None:
    check = "kept = math.sqrt\nmath.sqrt = None\ntry:\n    assert f(9) == 3\nfinally:\n    math.sqrt = kept"
    right = "def f(x):\n    return x ** 0.5"
    assert points(right, check, solution=right)[0] == 2
    assert points("def f(x):\n    return math.sqrt(x)", check, solution=right)[0] == 0


def test_a_forged_shadow_gains_nothing_and_is_listed_for_review() -> None:
    forged = (
        "import gc\nfrom utils.grading.student.shadow import Shadow\n"
        "Shadow.run = lambda self, source, points, seconds: points\ndef f(x):\n    return None"
    )
    verdict = graded(forged, "assert f(1) == 1").cells[0]
    assert (verdict.points, verdict.status) == (None, "review")


@pytest.mark.parametrize(
    "message",
    ["'x' * 10**6", "'no json'", "'[]'", '\'["points", "test", "many"]\'', "'[' * 4000", "'{}'"],
)
def test_any_message_of_the_shadow_leaves_the_judges_points_in_review(message: str) -> None:
    forged = (
        f"from utils.grading.student.shadow import Shadow\nshadow_reply = Shadow.reply\n"
        f"Shadow.reply = lambda self, *parts: self.connection.send(({message}).encode())\ndef f(x):\n    return x"
    )
    assert points(forged, "assert f(1) == 1") == (None, "review")


@pytest.mark.slow
def test_a_shadow_that_hangs_is_stopped() -> None:
    hanging = (
        "import sys, time\ndef f(x):\n    while 'utils.grading.student.shadow' in sys.modules and shadow():\n"
        "        try:\n            time.sleep(1)\n        except BaseException:\n            pass\n    return x\n"
        "def shadow():\n    import inspect\n"
        "    return any(frame.function == 'run' and 'shadow' in frame.filename for frame in inspect.stack())"
    )
    assert points(hanging, "assert f(1) == 1") == (None, "review")


def test_what_the_shadow_reads_reaches_no_output() -> None:
    marker = "hidden-314159-marker"
    check = f"assert f(1) == 1\n### BEGIN HIDDEN TESTS\nmarker = '{marker}'\nassert f(2) == 2\n### END HIDDEN TESTS"
    reader = (
        "import gc, glob\ndef f(x):\n    text = ' '.join(o for o in gc.get_objects() if isinstance(o, str))\n"
        "    places = [o for o in gc.get_objects() if isinstance(o, dict) and 'In' in o]\n"
        "    text += repr([place.get('In') for place in places])\n    open('/tmp/loot.txt', 'w').write(text)\n"
        "    print(text)\n    raise ValueError(text[:500])"
    )
    result = graded(reader, check)
    assert marker.encode() not in result.notebook
    assert all(marker not in verdict.message for verdict in result.cells)
