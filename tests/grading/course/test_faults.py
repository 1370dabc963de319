"""The grader's own failures: tried again, then left to the instructor, and never a zero."""

import gc
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import notebooks as nb
from tests.support.course import ASSIGNMENT, ESSAY, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading import Job, clerk, grade
from utils.grading.course import gradebook
from utils.grading.course.batch import Batch
from utils.grading.course.course import Course, SubmittedNotebook
from utils.grading.course.engine import TRIALS, grade_all
from utils.grading.course.gradebook import Writer
from utils.grading.course.workers import Threads
from utils.grading.job import Graded

FAULTS = [
    SystemError("AST constructor recursion depth mismatch (before=48, after=42)"),
    RecursionError("maximum recursion depth exceeded"),
    MemoryError(),
    BrokenPipeError("Broken pipe"),
]
SOURCE = nb.notebook(
    nb.answer("double", "def double(x):\n    return 2 * x"),
    nb.check("test", "assert double(2) == 4", 2),
    nb.essay("why", "Because.", 3),
)
JOB = Job(nb.with_answers(SOURCE, {"why": "Twice is plus."}), nb.to_bytes(SOURCE), nb.QUICK)


def failing(
    monkeypatch: pytest.MonkeyPatch, fault: Exception, times: int, applies: Callable[[Job], bool] = lambda job: True
) -> None:
    """Let the next readings of submissions fail."""
    run, left = clerk.run, times

    def run_or_fail(function: Callable[..., bytes], *arguments: Any, seconds: float) -> bytes:
        nonlocal left
        if isinstance(arguments[0], Job) and arguments[0].submission and applies(arguments[0]) and left > 0:
            left -= 1
            raise fault
        return run(function, *arguments, seconds=seconds)

    monkeypatch.setattr(clerk, "run", run_or_fail)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_that_does_not_return_costs_nothing(monkeypatch: pytest.MonkeyPatch, fault: Exception) -> None:
    failing(monkeypatch, fault, 1)
    graded = grade(JOB)
    assert graded.final
    assert graded.score == 2
    assert graded.remarks == ()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_that_returns_leaves_every_check_to_the_instructor(
    monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    failing(monkeypatch, fault, 2)
    graded = grade(JOB)
    assert not graded.final
    assert [(cell.grade_id, cell.points, cell.status) for cell in graded.cells] == [
        ("test", None, "review"),
        ("why", None, "needs manual"),
    ]
    assert "The grader itself failed on this notebook" in graded.cells[0].message
    assert type(fault).__name__ in graded.remarks[0]
    assert "AST constructor" not in str(graded)
    assert b"Twice is plus." in graded.notebook


def test_a_judge_that_ends_by_itself_is_no_zero() -> None:
    source = nb.notebook(nb.answer("one", "x = 1"), nb.check("test", "import os\nos._exit(1)\nassert x == 1"))
    graded = grade(Job(nb.to_bytes(source), nb.to_bytes(source), nb.QUICK))
    assert [(cell.points, cell.status) for cell in graded.cells] == [(None, "review")]
    assert not graded.final


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Batch]:
    """A course in which three students handed in right answers, the second with a word that no other has."""
    monkeypatch.chdir(make_course(tmp_path))
    for student in ("ann", "bob", "cem"):
        hand_in(tmp_path, student, {**SOLUTIONS, "essay": f"{ESSAY} Says {student}."})
    course = Course.here()
    with Writer(course) as writer:
        yield Batch(course, writer, Job())


def graded_again(batch: Batch) -> list[SubmittedNotebook]:
    """Grade what is unfinished; the notebooks that are unfinished after that."""
    notebooks = batch.notebooks(ASSIGNMENT, batch.course.submissions(ASSIGNMENT))
    batch.grade(batch.unfinished(notebooks), lambda: Threads(2), lambda notebook: None)
    return batch.unfinished(notebooks)


def test_a_class_is_graded_but_for_the_notebook_on_which_the_grader_fails(
    batch: Batch, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, FAULTS[0], 10**6, lambda job: b"Says bob." in job.submission)
        assert [notebook.submission.student for notebook in graded_again(batch)] == ["bob"]
    submissions = batch.course.submissions(ASSIGNMENT)
    rows = {(row.student, row.exercise): row for row in batch.writer.rows(submissions)}
    assert {rows["bob", name].status for name in ("test_double", "test_mean", "test_partial")} == {"review"}
    grade_of_bob = batch.writer.gradebook.find_grade("test_mean", PROBLEM, ASSIGNMENT, "bob")
    assert grade_of_bob.auto_score is None
    assert grade_of_bob.needs_manual_grade
    batch.writer.gradebook.db.remove()
    assert rows["ann", "test_mean"].score == rows["cem", "test_mean"].score == 3
    assert [student for student, _, sentence in batch.writer.remarks(submissions)] == ["bob"]
    assert graded_again(batch) == [], "the next run grades it"
    rows = {(row.student, row.exercise): row for row in batch.writer.rows(submissions)}
    assert rows["bob", "test_mean"].score == 3


def test_a_result_that_cannot_be_recorded_hurts_nobody_else(batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
    with_record = gradebook.with_record

    def with_record_or_fail(graded: Graded, fingerprint: str, solution: bytes) -> bytes:
        if b"Says bob." in graded.notebook:
            raise RecursionError("maximum recursion depth exceeded")
        return with_record(graded, fingerprint, solution)

    monkeypatch.setattr(gradebook, "with_record", with_record_or_fail)
    assert [notebook.submission.student for notebook in graded_again(batch)] == ["bob"]
    submissions = batch.course.submissions(ASSIGNMENT)
    rows = {(row.student, row.exercise): row for row in batch.writer.rows(submissions)}
    assert rows["bob", "test_mean"].status == "review"
    assert rows["ann", "test_mean"].score == rows["cem", "test_mean"].score == 3
    assert batch.writer.faults == {}


def test_a_task_that_fails_once_is_tried_again_after_the_others() -> None:
    order: list[int] = []

    def task(job: Job) -> Graded:
        number = int(job.submission)
        order.append(number)
        if number == 1 and order.count(1) == 1:
            raise SystemError("no luck")
        if number == 2:
            raise OSError("never")
        return Graded((), job.submission)

    with Threads(1) as workers:
        outcomes = dict(grade_all(workers, range(5), lambda number: Job(str(number).encode()), task))
    assert outcomes == {
        **{number: Graded((), str(number).encode()) for number in (0, 1, 3, 4)},
        2: "Grading it failed with OSError: never",
    }
    assert order == [0, 1, 2, 3, 4, 1, *[2] * TRIALS]


def test_a_job_that_cannot_be_made_hurts_nobody_else() -> None:
    def make(number: int) -> Job:
        if number == 1:
            raise PermissionError("not yours")
        return Job(str(number).encode())

    with Threads(2) as workers:
        outcomes = dict(grade_all(workers, range(3), make, lambda job: Graded((), job.submission)))
    assert outcomes[1] == "Grading it failed with PermissionError: not yours"
    assert outcomes[0] == Graded((), b"0")
    assert outcomes[2] == Graded((), b"2")


@contextmanager
def collections_between_threads() -> Iterator[None]:
    """Collect garbage often, and let other threads run meanwhile, which makes CPython's fault gh-106905 frequent."""
    threshold = gc.get_threshold()

    def yield_to_others(phase: str, info: object) -> None:
        time.sleep(0)

    gc.callbacks.append(yield_to_others)
    gc.set_threshold(20, 5, 5)
    try:
        yield
    finally:
        gc.callbacks.remove(yield_to_others)
        gc.set_threshold(*threshold)


def many(count: int) -> None:
    """Grade right notebooks, each with an instructor's notebook of its own, in four threads."""

    def make(number: int) -> Job:
        body = "\n".join(f"    y = {'(' * 20}x{')' * 20} + {number + line}" for line in range(5))
        source = nb.notebook(
            nb.answer("shift", f"def shift(x):\n{body}\n    return y"),
            nb.check("test", f"assert shift(1) == {number + 5}"),
        )
        return Job(nb.to_bytes(source), nb.to_bytes(source), nb.QUICK)

    with Threads(4) as workers, collections_between_threads():
        outcomes = dict(grade_all(workers, range(count), make))
    assert len(outcomes) == count
    for number, outcome in outcomes.items():
        assert isinstance(outcome, Graded), (number, outcome)
        assert [(cell.points, cell.status) for cell in outcome.cells] == [(1, "graded")], number
        assert outcome.final
    assert threading.active_count() < 10


def test_four_threads_lose_no_notebook() -> None:
    many(16)


@pytest.mark.slow
def test_four_threads_lose_no_notebook_of_a_large_class() -> None:
    many(200)
