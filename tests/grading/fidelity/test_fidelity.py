"""Right answers keep the points that stock nbgrader gives them, and wrong answers gain none."""

from pathlib import Path

import pytest

from tests.attacks.course import dump, fill
from tests.attacks.stock import StockCourse
from tests.grading.fidelity.exercise import Kind, kinds
from utils.grading import Delimiters, Graded, Job, Limits, grade
from utils.grading.notebook.solution import parse_solution, released

LIMITS = Limits(cell_seconds=30.0)
# The default suite has a sample; the kinds that were written after the first were mended run with the slow tests.
KINDS = pytest.mark.parametrize(
    "kind",
    [
        pytest.param(kind, id=kind.name, marks=[pytest.mark.slow] if kind.name.startswith("fresh_") else [])
        for kind in kinds()
    ],
)


def sheets(kind: Kind) -> dict[str, bytes]:
    """The file that each student hands in."""
    handed_out = release(kind)
    return {student: fill(handed_out, answers) for student, answers in kind.students().items()}


def release(kind: Kind) -> bytes:
    """The notebook as students receive it."""
    return dump(released(parse_solution(kind.source), Delimiters()))


def graded(kind: Kind) -> dict[str, Graded]:
    """The result of every student."""
    return {name: grade(Job(sheet, kind.source, LIMITS, kind.files)) for name, sheet in sheets(kind).items()}


@KINDS
@pytest.mark.sample(12)
def test_right_answers_keep_their_point_and_wrong_ones_gain_none(kind: Kind) -> None:
    lost, gained = [], []
    for student, result in graded(kind).items():
        verdicts = {cell.grade_id: cell for cell in result.cells}
        for exercise in kind.exercises:
            verdict = verdicts[exercise.name]
            if kind.deserve(student, exercise):
                if verdict.points != 1 and not (exercise.review and verdict.status == "review"):
                    lost.append((student, exercise.name, verdict.status, verdict.message))
            elif verdict.points:
                gained.append((student, exercise.name))
    assert (lost, gained) == ([], [])


def test_the_corpus_is_large_and_few_right_answers_wait_for_a_person() -> None:
    exercises = [exercise for kind in kinds() for exercise in kind.exercises]
    right = [exercise for exercise in exercises for _ in exercise.right]
    assert len(right) >= 150
    assert sum(len(exercise.wrong) for exercise in exercises) >= 60
    assert sum(exercise.review for exercise in right) <= len(right) / 10


@pytest.mark.slow
@KINDS
def test_stock_nbgrader_gives_no_wrong_answer_of_the_corpus_a_point(kind: Kind, tmp_path: Path) -> None:
    """Right answers are not compared: stock nbgrader takes their points for a warning on the error stream."""
    course = StockCourse.make(tmp_path / "course", kind.source, kind.files, "toy", timeout=60)
    handed_in = sheets(kind)
    course.submit(handed_in)
    course.nbgrader("autograde", "toy", check=True)
    differences = [
        (student, exercise.name, marks.cells[exercise.name])
        for student in handed_in
        for marks in [course.marks(student)]
        for exercise in kind.exercises
        if marks.cells[exercise.name] == 1 and not kind.deserve(student, exercise)
    ]
    assert differences == []
