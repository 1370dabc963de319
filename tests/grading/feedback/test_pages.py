"""Feedback pages: rendered when something has changed, and left alone otherwise."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.course import ASSIGNMENT, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading import Job, grade
from utils.grading.course.course import Course, SubmittedNotebook
from utils.grading.course.gradebook import Writer
from utils.grading.feedback.pages import FeedbackPages, ends_with


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Writer]:
    """The gradebook of a course in which ann's work has been graded without running it."""
    monkeypatch.chdir(make_course(tmp_path))
    hand_in(tmp_path, "ann", SOLUTIONS)
    course = Course.here()
    (problem,) = course.problems(ASSIGNMENT)
    (submission,) = course.submissions(ASSIGNMENT)
    notebook = SubmittedNotebook(submission, problem)
    job = course.job(notebook, Job(remark="It was not run.", fixed_status="crashed"))
    with Writer(course) as writer:
        writer.record(notebook, grade(Job(b"", job.solution)), job, job.fingerprint())
        yield writer


def test_pages_are_rendered_once_and_again_after_a_change(writer: Writer) -> None:
    pages = FeedbackPages(writer.course.app, writer.course.coursedir, writer.gradebook)
    page = writer.course.folder("feedback", "ann", ASSIGNMENT) / f"{PROBLEM}.html"
    assert pages.render("ann", ASSIGNMENT, [PROBLEM]) == ""
    first = page.stat().st_mtime_ns
    assert pages.render("ann", ASSIGNMENT, [PROBLEM]) == ""
    assert page.stat().st_mtime_ns == first
    writer.gradebook.find_comment("essay", PROBLEM, ASSIGNMENT, "ann").manual_comment = "A good thought."
    writer.gradebook.db.commit()
    assert pages.render("ann", ASSIGNMENT, [PROBLEM]) == ""
    assert page.stat().st_mtime_ns > first
    assert "A good thought." in page.read_text()


def test_a_page_that_fails_is_a_sentence(writer: Writer) -> None:
    autograded = writer.course.folder("autograded", "ann", ASSIGNMENT) / f"{PROBLEM}.ipynb"
    autograded.unlink()  # nbgrader writes it without the permission to change it
    autograded.write_text("{")
    pages = FeedbackPages(writer.course.app, writer.course.coursedir, writer.gradebook)
    assert "The feedback of ann could not be rendered" in pages.render("ann", ASSIGNMENT, [PROBLEM])


def test_the_end_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    assert not ends_with(path, b"end")
    path.write_bytes(b"nd")
    assert not ends_with(path, b"end")
    path.write_bytes(b"the end")
    assert ends_with(path, b"end")
