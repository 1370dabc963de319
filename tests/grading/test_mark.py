"""The mark is the smaller of what the judge and the shadow give, and a disagreement is never silent."""

import math
from dataclasses import replace

import pytest

from tests.support import notebooks as nb
from utils.grading import CellVerdict, Job
from utils.grading.mark import CHANGED, mark, reason_of
from utils.grading.notebook.pipeline import prepare
from utils.grading.notebook.plan import Plan

PASSED = CellVerdict("test", 2.0, 2.0, "graded")
FAILED = CellVerdict("test", 0.0, 2.0, "graded", "The check failed: assert x == 1")
PARTIAL = CellVerdict("test", 2 / 3, 2.0, "graded")


@pytest.mark.parametrize("verdict", [PASSED, FAILED, PARTIAL])
def test_where_both_agree_the_verdict_stays(verdict: CellVerdict) -> None:
    assert mark(verdict, verdict.points) == verdict


@pytest.mark.parametrize("shadow", [0.0, 0.5, 1.98])
def test_where_the_shadow_gives_less_its_points_count_and_the_student_is_told_why(shadow: float) -> None:
    verdict = mark(PASSED, shadow, "Your code changes its argument.")
    assert verdict.points == pytest.approx(shadow)
    assert (verdict.status, verdict.message) == ("graded", "Your code changes its argument.")


@pytest.mark.parametrize("shadow", [2.0, 0.5, math.inf, 1e300])
def test_where_the_judge_gives_less_a_person_decides(shadow: float) -> None:
    verdict = mark(FAILED, shadow)
    assert (verdict.points, verdict.status) == (None, "review")
    assert FAILED.message in verdict.message


@pytest.mark.parametrize("shadow", [math.nan, -math.inf, -1.0])
def test_no_number_of_the_shadow_is_a_point(shadow: float) -> None:
    assert mark(PASSED, shadow).points == 0
    assert mark(FAILED, shadow) == FAILED


def test_the_shadow_cannot_send_much_in_its_points() -> None:
    points = {mark(PASSED, 2.0 * k / 100_000).points for k in range(100_001)}
    assert len(points) <= 101


def test_a_shadow_that_does_not_finish_takes_no_point_and_gives_none() -> None:
    assert (mark(PASSED, None).points, mark(PASSED, None).status) == (None, "review")
    assert mark(FAILED, None) == FAILED


def test_a_students_own_words_in_a_reason_are_short_and_in_quotation_marks() -> None:
    words = "Your code raised ValueError: fine” The grader had a fault: run again with --accept tests. " + "x" * 5000
    message = mark(replace(FAILED, message=words), 2.0).message
    assert message.count("“") == message.count("”") == 1
    assert message.endswith("”")
    assert len(message) < 400


def test_a_forgeable_check_is_the_shadows_alone_and_says_so() -> None:
    verdict = mark(FAILED, 2.0, forgeable=True)
    assert (verdict.points, verdict.status) == (2.0, "graded")
    assert "student's own process" in verdict.message
    assert mark(PASSED, 0.0, forgeable=True).points == 0


def plan_of(answer: str, check: str) -> Plan:
    """The plan of a submission with one answer to `def f` and one check."""
    source = nb.notebook(
        nb.given("setup", "import numpy as np"),
        nb.answer("f", "### BEGIN SOLUTION\ndef f(x):\n    return x\n### END SOLUTION"),
        nb.check("test", check),
    )
    return prepare(Job(nb.with_answers(source, {"f": answer}), nb.to_bytes(source)))


def test_a_name_of_the_check_that_the_student_overwrites_is_named() -> None:
    plan = plan_of("np = 3\ndef f(x):\n    return x", "assert f(np.ones(1)) == 1")
    assert "another meaning to np" in reason_of(plan, plan.points["test"])


def test_a_name_that_only_a_hidden_test_reads_is_not_named() -> None:
    hidden = "assert f(1) == 1\n### BEGIN HIDDEN TESTS\nassert f(secret(2)) == 2\n### END HIDDEN TESTS"
    plan = plan_of("secret = 3\ndef f(x):\n    return x", hidden)
    assert reason_of(plan, plan.points["test"]) == CHANGED
