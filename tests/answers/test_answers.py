"""Tests of the assignments' checks: they accept right answers, and catch plausible mistakes and mechanical errors.

`tests/grading/test_agreement_with_nbgrader.py` tests, on the whole bank, that the runner used here scores as nbgrader
and the judge do.
"""

import itertools
import os
from collections import Counter

import pytest

from tests.answers import report
from tests.answers.bank import Exercise, exercises
from tests.answers.demo import students
from tests.answers.mutants import mutants
from tests.answers.report import Row
from tests.answers.runner import Result, grade, reference

# Every run covers the first seed and every eighth mutant; the slow tests cover more seeds and all mutants. The weekly
# workflow sets this variable to 20, as anybody does who has changed an exercise.
SEEDS = int(os.environ.get("ANSWER_SEEDS", "8"))
each_part_of_the_seeds = pytest.mark.parametrize(
    "seeds",
    [
        pytest.param(range(1), id="first-seed"),
        pytest.param(range(1, SEEDS), id="other-seeds", marks=pytest.mark.slow),
    ],
)
a_sample_and_all_mutants = pytest.mark.parametrize(
    "stride", [pytest.param(8, id="sample"), pytest.param(1, id="all", marks=pytest.mark.slow)]
)

each_exercise = pytest.mark.parametrize(
    "exercise", exercises(), ids=lambda exercise: f"{exercise.assignment}-{exercise.title.replace(' ', '-')}"
)


def lost(results: dict[str, Result]) -> dict[str, str]:
    """The messages of the checks that did not give all points."""
    return {check: result.message for check, result in results.items() if result.points < result.maximum}


@each_exercise
def test_bank_has_enough_answers(exercise: Exercise) -> None:
    for cell in exercise.solutions:
        assert sum(answer.cell == cell for answer in exercise.of_kind("right")) >= 3
    assert len(exercise.of_kind("wrong")) >= 10
    names = [
        answer.name for other in exercises() if other.assignment == exercise.assignment for answer in other.answers
    ]
    assert len(names) == len(set(names))


@each_part_of_the_seeds
@each_exercise
@pytest.mark.sample(2)
def test_right_answers_get_full_marks(exercise: Exercise, seeds: range) -> None:
    """Each run has a right answer of the bank in every solution cell; the last runs repeat some of them."""
    by_cell = {
        cell: [answer for answer in exercise.of_kind("right") if answer.cell == cell] for cell in exercise.solutions
    }
    refused: dict[str, dict[str, str]] = {}
    for i, seed in itertools.product(range(max(map(len, by_cell.values()))), seeds):
        filled = {cell: answers[i % len(answers)] for cell, answers in by_cell.items()}
        complaints = lost(grade(exercise.path, {cell: a.source for cell, a in filled.items()}, exercise.checks, seed))
        if complaints:
            refused.update({a.name: complaints for a in filled.values()})
    total = len(exercise.of_kind("right"))
    report.add(exercise.assignment, exercise.title, Row(seeds=set(seeds), right=total, refused=set(refused)))
    assert not refused


@each_part_of_the_seeds
@each_exercise
def test_wrong_answers_lose_marks(exercise: Exercise, seeds: range) -> None:
    """They do so with every seed, so that no student is lucky."""
    accepted = [
        (answer.name, seed)
        for answer in exercise.of_kind("wrong")
        for seed in seeds
        if not lost(grade(exercise.path, {answer.cell: answer.source}, exercise.checks, seed, stop_at_loss=True))
    ]
    total, names = len(exercise.of_kind("wrong")), {name for name, _ in accepted}
    report.add(exercise.assignment, exercise.title, Row(seeds=set(seeds), wrong=total, accepted=names))
    assert not accepted


@a_sample_and_all_mutants
@each_exercise
def test_mutants_of_the_reference_are_caught(exercise: Exercise, stride: int) -> None:
    every = [(cell, mutant) for cell in exercise.solutions for mutant in mutants(reference(exercise.path, cell))]
    assert set(exercise.equivalent) <= {mutant.change for _, mutant in every}, "remove the ones that do not exist"
    sample = every[::stride]
    survivors = {
        mutant.change
        for cell, mutant in sample
        if not lost(grade(exercise.path, {cell: mutant.source}, exercise.checks, stop_at_loss=True))
    }
    listed = [mutant.change for _, mutant in sample if mutant.change in exercise.equivalent]
    assert set(listed) <= survivors, "remove the equivalent mutants that were caught"
    escaped = survivors - set(exercise.equivalent)
    graded, counted = len(sample) - len(listed), len(every) - len(exercise.equivalent)
    row = Row(mutants=graded, caught=graded - len(escaped), equivalent=len(exercise.equivalent))
    report.add(exercise.assignment, exercise.title, row)
    assert len(escaped) <= 0.05 * counted, escaped


@pytest.mark.slow
def test_demonstration_class_gets_the_marks_that_its_names_promise() -> None:
    whole_class = students()
    names = [(student.assignment, student.name) for student in whole_class]
    assert len(names) == len(set(names))
    assert min(Counter(assignment for assignment, _ in names).values()) >= 12
    wrong = {answer.name for exercise in exercises() for answer in exercise.of_kind("wrong")}
    for student in whole_class:
        group = [e for e in exercises() if (e.assignment, e.notebook) == (student.assignment, student.notebook)]
        complaints = lost(grade(group[0].path, student.sources, tuple(check for e in group for check in e.checks)))
        if student.name.startswith("all-right"):
            assert not complaints, student.name
        if student.name in wrong:
            assert complaints, student.name


def test_an_answer_that_never_ends_gets_nothing() -> None:
    exercise = exercises()[0]
    cell, check = exercise.solutions[0], exercise.checks[0]
    results = grade(exercise.path, {cell: f"def {cell}(*args):\n    while True:\n        pass"}, (check,), seconds=0.2)
    assert results[check].points == 0
    assert "0.2 s" in results[check].message


def test_the_runner_refuses_a_check_that_is_not_there() -> None:
    exercise = exercises()[0]
    with pytest.raises(LookupError, match="no-such-check"):
        grade(exercise.path, {}, ("no-such-check",))


def test_mutants_differ_in_one_place_each() -> None:
    changes = {
        mutant.change
        for mutant in mutants(
            "def f(a, b):\n    '''a < 1'''\n    if a < 1:\n        return g(a, b, axis=0)\n    return -a"
        )
    }
    assert changes == {
        "if a < 1: -> if a <= 1:",
        "if a < 1: -> if a >= 1:",
        "if a < 1: -> if a < 2:",
        "if a < 1: -> if a < 0:",
        "if a < 1: -> if b < 1:",
        "return g(a, b, axis=0) -> return g(b, a, axis=0)",
        "return g(a, b, axis=0) -> return g(b, b, axis=0)",
        "return g(a, b, axis=0) -> return g(a, a, axis=0)",
        "return g(a, b, axis=0) -> return g(a, b, axis=1)",
        "return g(a, b, axis=0) -> return g(a, b, axis=-1)",
        "return -a -> return a",
        "return -a -> return -b",
    }
