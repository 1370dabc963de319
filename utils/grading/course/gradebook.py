"""The one writer: verdicts go into nbgrader's gradebook, autograded notebooks and feedback, from a single process.

A verdict is committed to the gradebook first; then the autograded notebook, which carries the verdict and the
fingerprint of what it was made from, is put in place by one rename. A run that is killed in between grades that
notebook again, and to the same marks, so nothing is lost and nothing counts twice.
"""

import hashlib
import json
import os
import re
import warnings
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateFeedback
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import capture_log, chdir, compute_checksum, is_solution, is_task, temp_attrs
from sqlalchemy.exc import SAWarning

from utils.grading.course.course import Course, Submission, is_plain
from utils.grading.feedback.tables import Row, Total
from utils.grading.job import CellVerdict, Graded, Job
from utils.grading.notebook.sanitise_html import harmless
from utils.store import write_atomic

RECORD = "judge"  # the key of the verdict in an autograded notebook's metadata
REMARKS = "remarks"  # the id of the cell that shows them
TIMESTAMP_BYTES = 200
PUNCTUATION, BACKSLASHED = re.compile(r"([!-/:-@\[-`{-~])"), r"\\\1"


@dataclass(frozen=True)
class Record:
    """What an autograded notebook says about how it came about."""

    fingerprint: str
    cells: tuple[CellVerdict, ...]
    remarks: tuple[str, ...]


class Writer:
    """nbgrader's gradebook and the folders beside it, open for writing until the ``with`` block ends."""

    def __init__(self, course: Course) -> None:
        self.course = course
        # nbgrader links new rows to each other before it adds them, which SQLAlchemy remarks on every time.
        warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
        self._gradebook = Gradebook(course.coursedir.db_url, course.coursedir.course_id)
        self._feedback = Feedback(coursedir=course.coursedir, parent=course.app, force=True)
        self._permissions = int(str(Autograde(coursedir=course.coursedir, parent=course.app).permissions), 8)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gradebook.close()

    def record(self, submission: Submission, problem: str, graded: Graded, fingerprint: str, job: Job) -> None:
        """Write one graded notebook: marks, comments and late penalty, then the autograded notebook and its files."""
        student, assignment = submission.student, submission.assignment
        late_by, remark = self._timestamp(submission)
        if remark:
            graded = replace(graded, remarks=(*graded.remarks, remark))
        self._gradebook.update_or_create_student(student)
        self._gradebook.update_or_create_submission(assignment, student, **late_by)
        notebook = nbformat.reads(graded.notebook.decode(), as_version=4)
        enter(self._gradebook, student, assignment, problem, graded.cells, notebook)
        self._gradebook.db.remove()
        resources = {
            "nbgrader": {
                "student": student,
                "assignment": assignment,
                "notebook": problem,
                "db_url": self.course.coursedir.db_url,
            }
        }
        AssignLatePenalties(parent=self.course.app).preprocess(nbformat.v4.new_notebook(), resources)
        folder = self.course.folder("autograded", student, assignment)
        for name, content in job.files.items():
            # A student's file may bear the name of a folder, or the other way round: it is then left out.
            with suppress(FileExistsError, NotADirectoryError, IsADirectoryError):
                write_atomic(folder / name, content, self._permissions)
        write_atomic(folder / f"{problem}.ipynb", with_record(graded, fingerprint, job.solution), self._permissions)

    def recorded(self, submission: Submission, problem: str) -> Record | None:
        """What is on record for a notebook, or None where folder and gradebook do not both hold the same marks."""
        path = self.course.folder("autograded", submission.student, submission.assignment) / f"{problem}.ipynb"
        record = read_record(path)
        if record is None:
            return None
        try:
            for cell in record.cells:
                grade = self._gradebook.find_grade(cell.grade_id, problem, submission.assignment, submission.student)
                if grade.auto_score != cell.points:
                    return None
        except MissingEntry:
            return None
        return record

    def rows(self, submission: Submission, problems: Iterable[str]) -> list[Row]:
        """The lines of a submission: problems in the given order, exercises in the notebook's."""
        names = list(problems)
        rows = []
        for problem in names:
            record = self.recorded(submission, problem)
            for cell in record.cells if record else ():
                grade = self._gradebook.find_grade(cell.grade_id, problem, submission.assignment, submission.student)
                status = cell.status
                if status == "needs manual" and grade.manual_score is not None:
                    status = "graded"
                rows.append(
                    Row(
                        submission.student,
                        submission.assignment,
                        cell.grade_id if len(names) == 1 else f"{problem}/{cell.grade_id}",
                        grade.score,
                        cell.max_score,
                        status,
                        cell.message,
                    )
                )
        self._gradebook.db.remove()
        return rows

    def feedback(self, submission: Submission, problems: Iterable[str]) -> str:
        """Render a submission's feedback with nbgrader; returns a sentence where that failed, else an empty one.

        Pages whose marks, comments and notebook have not changed since are left alone.
        """
        student, assignment = submission.student, submission.assignment
        folder = self.course.folder("feedback", student, assignment)
        digests = {folder / f"{problem}.html": self._feedback_digest(submission, problem) for problem in problems}
        if all(ends_with(page, digest) for page, digest in digests.items()):
            return ""
        settings = {"assignment_id": assignment, "student_id": student, "notebook_id": "*"}
        with temp_attrs(self.course.coursedir, **settings):
            outcome = capture_log(self._feedback)
        if not outcome["success"]:
            return f"The feedback of {student} could not be rendered: {outcome['error'].strip().splitlines()[-1]}"
        for page, digest in digests.items():
            if page.exists():
                with page.open("ab") as file:
                    file.write(digest)
        return ""

    def total(self, submission: Submission) -> Total | None:
        """A submission's result as nbgrader counts it, or None where nothing is on record."""
        try:
            found = self._gradebook.find_submission(submission.assignment, submission.student)
        except MissingEntry:
            return None
        penalty = float(found.late_submission_penalty or 0.0)
        result = Total(
            submission.student, submission.assignment, float(found.score) - penalty, penalty, float(found.max_score)
        )
        self._gradebook.db.remove()
        return result

    def people(self) -> dict[str, dict[str, str]]:
        """Names and addresses of the students by id, as far as the gradebook knows them."""
        fields = ("first_name", "last_name", "email", "lms_user_id")
        people = {
            student.id: {field: getattr(student, field) or "" for field in fields}
            for student in self._gradebook.students
        }
        self._gradebook.db.remove()
        return people

    def _timestamp(self, submission: Submission) -> tuple[dict[str, Any], str]:
        """When it was handed in, as nbgrader takes it from timestamp.txt, which a student may have written."""
        path = submission.folder / "timestamp.txt"
        if not is_plain(path):
            return {}, ""
        if path.stat().st_size <= TIMESTAMP_BYTES:
            with suppress(Exception):  # dateutil raises whatever its parts raise
                found = self.course.coursedir.get_existing_timestamp(str(submission.folder))
                return ({"timestamp": found} if found else {}), ""
        return {}, "timestamp.txt holds no date, so the work was taken as handed in on time."

    def _feedback_digest(self, submission: Submission, problem: str) -> bytes:
        """A last line for a page of feedback that changes whenever its content would."""
        student, assignment = submission.student, submission.assignment
        digest = hashlib.sha256()
        with suppress(OSError):
            digest.update((self.course.folder("autograded", student, assignment) / f"{problem}.ipynb").read_bytes())
        with suppress(MissingEntry):
            found = self._gradebook.find_submission_notebook(problem, assignment, student)
            marks = sorted((grade.name, grade.score, grade.max_score) for grade in found.grades)
            comments = sorted((comment.name, comment.comment or "") for comment in found.comments)
            digest.update(repr((marks, comments, found.late_submission_penalty)).encode())
        self._gradebook.db.remove()
        return f"\n<!-- {digest.hexdigest()} -->\n".encode()


class Feedback(GenerateFeedback):  # type: ignore[misc]
    """nbgrader's converter, which keeps its exporter: compiling its templates takes longer than filling them."""

    def start(self) -> None:
        """Convert what the course's configuration selects."""
        if not hasattr(self, "kept"):
            super().start()
            self.kept = self.exporter
            return
        self.init_notebooks()
        with chdir(self.coursedir.root):
            self.convert_notebooks()


def enter(
    gradebook: Gradebook,
    student: str,
    assignment: str,
    problem: str,
    cells: Iterable[CellVerdict],
    notebook: NotebookNode,
) -> None:
    """Enter a notebook's automatic scores and comments, in one transaction; scores and comments of people stay.

    As nbgrader does it: a cell whose score a person set before is listed for another look.
    """
    for verdict in cells:
        grade = gradebook.find_grade(verdict.grade_id, problem, assignment, student)
        grade.auto_score = verdict.points
        grade.needs_manual_grade = verdict.points is None or grade.manual_score is not None
    for cell in notebook.cells:
        if is_solution(cell) or is_task(cell):
            name = cell.metadata.nbgrader["grade_id"]
            with suppress(MissingEntry):
                source = gradebook.find_source_cell(name, problem, assignment)
                unchanged = source.checksum == compute_checksum(cell) and not is_task(cell)
                comment = gradebook.find_comment(name, problem, assignment, student)
                comment.auto_comment = "No response." if unchanged else None
    gradebook.db.commit()


def with_record(graded: Graded, fingerprint: str, solution: bytes) -> bytes:
    """The autograded notebook with its verdict inside, and nothing in it that could act in a page that shows it.

    How long it took is left out, so that a regrade is identical. ``solution`` is the instructor's notebook.
    """
    notebook = nbformat.reads(graded.notebook.decode(), as_version=4)
    harmless(notebook, solution)
    if graded.remarks:
        # Remarks quote what students wrote: escaped, so that it is text to whoever renders it.
        text = "\n".join(f"- {PUNCTUATION.sub(BACKSLASHED, remark)}" for remark in graded.remarks)
        cell = nbformat.v4.new_markdown_cell(f"**About this file**\n\n{text}", id=REMARKS)
        notebook.cells.insert(0, cell)
    notebook.metadata[RECORD] = {
        "fingerprint": fingerprint,
        "cells": [{**asdict(cell), "seconds": 0.0} for cell in graded.cells],
        "remarks": list(graded.remarks),
    }
    written: str = nbformat.writes(notebook)
    return written.encode() + b"\n"


def read_record(path: Path) -> Record | None:
    """The verdict inside an autograded notebook, or None where there is no such file or no verdict in it."""
    try:
        return as_record(json.loads(path.read_bytes())["metadata"][RECORD])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def as_record(stored: Mapping[str, Any]) -> Record:
    """The verdict in a notebook's metadata."""
    cells = tuple(CellVerdict(**cell) for cell in stored["cells"])
    return Record(stored["fingerprint"], cells, tuple(stored["remarks"]))


def ends_with(path: Path, ending: bytes) -> bool:
    """Whether the file is there and its last bytes are ``ending``."""
    try:
        with path.open("rb") as file:
            file.seek(-len(ending), os.SEEK_END)
            return file.read() == ending
    except OSError:
        return False
