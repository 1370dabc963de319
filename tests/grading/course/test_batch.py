"""A batch of submitted notebooks: what is unfinished, what is checked first, what is recorded without running."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import nbformat
import pytest

from tests.support import notebooks as nb
from tests.support.course import ASSIGNMENT, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading import Job
from utils.grading.course.batch import Batch, grade_class
from utils.grading.course.course import Course, CourseError, SubmittedNotebook
from utils.grading.course.gradebook import Writer
from utils.grading.course.workers import Workers
from utils.grading.sandbox import landlock


@pytest.fixture
def batch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Batch]:
    """A course in which bob handed in a folder without a notebook."""
    monkeypatch.chdir(make_course(tmp_path))
    hand_in(tmp_path, "bob", SOLUTIONS).unlink()
    course = Course.here()
    with Writer(course) as writer:
        yield Batch(course, writer, Job())


def no_cluster() -> AbstractContextManager[Workers]:
    """For notebooks that need none."""
    raise AssertionError("a cluster was started")


def notebooks(batch: Batch) -> list[SubmittedNotebook]:
    """All submitted notebooks of the course."""
    return batch.notebooks(ASSIGNMENT, batch.course.submissions(ASSIGNMENT))


def test_a_missing_notebook_is_recorded_without_a_cluster(batch: Batch) -> None:
    finished: list[str] = []
    batch.grade(notebooks(batch), no_cluster, lambda notebook: finished.append(str(notebook)))
    assert finished == [f"bob-{ASSIGNMENT}-{PROBLEM}"]
    submissions = batch.course.submissions(ASSIGNMENT)
    assert {row.status for row in batch.writer.rows(submissions)} == {"missing"}
    assert batch.writer.remarks(submissions) == [("bob", ASSIGNMENT, f"{PROBLEM}.ipynb was not handed in.")]
    assert [total.score for total in batch.writer.totals(submissions)] == [0]


def test_what_is_recorded_is_finished_until_something_changes(batch: Batch, tmp_path: Path) -> None:
    assert batch.unfinished(notebooks(batch)) == notebooks(batch)
    batch.grade(notebooks(batch), no_cluster, lambda notebook: None)
    assert batch.unfinished(notebooks(batch)) == []
    assert Batch(batch.course, batch.writer, Job(seed=1)).unfinished(notebooks(batch)) == notebooks(batch)
    hand_in(tmp_path, "bob")
    assert batch.unfinished(notebooks(batch)) == notebooks(batch)


def test_a_solution_that_the_judge_cannot_read_stops_the_batch_at_once(batch: Batch, tmp_path: Path) -> None:
    path = tmp_path / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    check = next(cell for cell in notebook.cells if cell.metadata.get("nbgrader", {}).get("grade_id") == "test_mean")
    check.source = "### BEGIN HIDDEN TESTS"
    nbformat.write(notebook, path)
    with pytest.raises(CourseError, match="nbgrader cannot read the source of ps1"):
        notebooks(batch)


def test_a_notebook_without_points_is_named_and_stops_no_other(
    batch: Batch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = notebooks(batch)
    path = tmp_path / "source" / ASSIGNMENT / "read_me_first.ipynb"
    nbformat.write(nb.notebook(nb.given("welcome", "print('Welcome')")), path)
    assert [notebook.problem.name for notebook in notebooks(batch)] == [notebook.problem.name for notebook in before]
    assert f"no cell has points (mark one with nbgrader if it should have): {ASSIGNMENT}/read_me_first.ipynb" in (
        capsys.readouterr().out
    )
    batch.grade(notebooks(batch), no_cluster, lambda notebook: None)
    assert len(batch.writer.rows([notebook.submission for notebook in before])) > 0


def test_a_course_without_submissions_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(make_course(tmp_path))
    with pytest.raises(CourseError, match="There are no submissions to grade"):
        grade_class(Course.here(), Job())


@pytest.mark.parametrize(
    ("available", "sandboxed", "told"), [(False, True, True), (False, False, False), (True, True, False)]
)
def test_a_kernel_without_landlock_is_named_once(
    available: bool,
    sandboxed: bool,
    told: bool,
    batch: Batch,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Bob's missing notebook needs no sandbox, so that the sentence is all that differs."""
    monkeypatch.setattr(landlock, "available", lambda: available)
    grade_class(batch.course, Job(sandboxed=sandboxed), feedback=False)
    assert capsys.readouterr().out.count("This kernel has no Landlock") == told
