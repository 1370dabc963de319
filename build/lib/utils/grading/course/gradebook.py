"""The one writer: verdicts go into nbgrader's gradebook and the autograded notebooks from a single process.

A verdict is committed to the gradebook first. Then the autograded notebook, with the verdict and the fingerprint of
its job in its metadata, is put in place by one rename. After a run that is killed in between, the next run
grades that notebook again, with the same result.
"""

import errno
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, is_solution, is_task
from sqlalchemy.exc import OperationalError, SAWarning

from utils.grading import clerk
from utils.grading.course.course import Course, Submission, SubmittedNotebook, is_plain
from utils.grading.course.database import create_database
from utils.grading.course.extensions import Extensions
from utils.grading.course.files import as_text, copy_files, shown_files
from utils.grading.feedback.tables import Row, Total
from utils.grading.job import CellVerdict, Graded, Job
from utils.grading.notebook.pipeline import RECORD_KEY, publish
from utils.grading.supervisor import grade
from utils.store import write_atomic

PUBLISH_SECONDS = 30.0  # for the autograded notebook, which takes milliseconds
TIMESTAMP_BYTES = 200
GENERAL_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE, errno.ENOMEM)


@dataclass(frozen=True)
class Record:
    """The record in an autograded notebook: the verdict, and the fingerprint of the job that led to it."""

    fingerprint: str
    cells: tuple[CellVerdict, ...]
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Marks:
    """What the gradebook says at a moment: the rows of submissions that a run grades, and the totals of all."""

    graded: Sequence[Submission]
    submissions: Sequence[Submission]
    rows: Sequence[Row]
    totals: Sequence[Total]


class Writer:
    """nbgrader's gradebook and the folder of autograded notebooks, open until the ``with`` block ends."""

    def __init__(self, course: Course) -> None:
        self.course = course
        # nbgrader links new rows to each other before it adds them, about which SQLAlchemy warns every time.
        warnings.filterwarnings("ignore", category=SAWarning, module="nbgrader")
        create_database(course.coursedir.db_url)
        self.gradebook = Gradebook(course.coursedir.db_url, course.coursedir.course_id)
        self.faults: dict[tuple[str, str], str] = {}
        self.extensions = Extensions()
        clerk.start()
        self._permissions = int(str(Autograde(coursedir=course.coursedir, parent=course.app).permissions), 8)

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.gradebook.close()

    # Writing

    def record(self, notebook: SubmittedNotebook, graded: Graded, job: Job, fingerprint: str) -> None:
        """Write one graded notebook: scores, comments and late penalty, then the autograded notebook and its files.

        Args:
            notebook: whose it is.
            graded: the result.
            job: what was graded.
            fingerprint: the job's; empty for a result that the next run must not reuse.

        A result that cannot be written, because of what the student handed in, is replaced by cells to be reviewed. If
        that cannot be written either, the student is entered into ``faults``, and the others are still recorded.
        """
        blank = replace(job, submission=b"", files=notebook.problem.files)
        try:
            self._record(notebook, graded, job, fingerprint)
        except Exception as error:
            self._raise_if_general(error)
            sentence = f"The result could not be written ({type(error).__name__}: {error})."
            try:
                fault = grade(replace(blank, remark=as_text(sentence)[:500], fixed_status="review"))
                self._record(notebook, fault, blank, fingerprint="")
            except Exception as second:
                self._raise_if_general(second)
                self.faults[notebook.submission.student, notebook.submission.assignment] = sentence

    def _raise_if_general(self, error: Exception) -> None:
        """Raise an error again that no submission can have caused: a full disk, a gradebook that cannot be reached."""
        self.gradebook.db.rollback()
        self.gradebook.db.remove()
        if isinstance(error, OperationalError) or getattr(error, "errno", None) in GENERAL_ERRORS:
            raise error

    def _record(self, notebook: SubmittedNotebook, graded: Graded, job: Job, fingerprint: str) -> None:
        submission, problem = notebook.submission, notebook.problem.name
        student, assignment = submission.student, submission.assignment
        late_by, remark = self._timestamp(submission)
        if remark:
            graded = replace(graded, remarks=(*graded.remarks, remark))
        self.gradebook.update_or_create_student(student)
        extension = self.extensions.entry(self.gradebook, student, assignment)
        self.gradebook.update_or_create_submission(assignment, student, **late_by, **extension)
        # Not nbformat.reads, which validates: this notebook was made by `grade`, and may be large.
        autograded = nbformat.versions[4].reads(graded.notebook.decode())
        save_verdicts(self.gradebook, student, assignment, problem, graded.cells, autograded)
        self.gradebook.db.remove()
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
        names = {f"{name}.ipynb" for name in self.course.names(assignment)}
        copy_files(folder, shown_files(job.files, notebook.problem.files), names, self._permissions)
        write_atomic(folder / f"{problem}.ipynb", with_record(graded, fingerprint, job.solution), self._permissions)

    def _timestamp(self, submission: Submission) -> tuple[dict[str, Any], str]:
        """When it was handed in, as nbgrader reads it from timestamp.txt, which a student may have written."""
        path = submission.folder / "timestamp.txt"
        if not is_plain(path):
            return {}, ""
        if path.stat().st_size <= TIMESTAMP_BYTES:
            with suppress(Exception):  # dateutil raises errors of many types
                timestamp = self.course.coursedir.get_existing_timestamp(str(submission.folder))
                return ({"timestamp": timestamp} if timestamp else {}), ""
        return {}, "timestamp.txt contains no date; the work was counted as handed in on time."

    def accept(self, submissions: Iterable[Submission], check: str) -> list[str]:
        """Give full points, as nbgrader's manual grade, to the submissions in which a check waits for review.

        Args:
            submissions: to look at.
            check: name of the check; with several notebooks, NOTEBOOK/NAME names one of them.

        Returns:
            The students' names, in the order of the submissions.
        """
        students = []
        for submission in submissions:
            for problem in self.course.names(submission.assignment):
                record = self.recorded(submission, problem)
                for cell in record.cells if record else ():
                    if cell.status != "review" or check not in (cell.grade_id, f"{problem}/{cell.grade_id}"):
                        continue
                    grade = self.gradebook.find_grade(cell.grade_id, problem, submission.assignment, submission.student)
                    if grade.manual_score is None:
                        grade.manual_score, grade.needs_manual_grade = cell.max_score, False
                        students.append(submission.student)
            self.gradebook.db.commit()
            self.gradebook.db.remove()
        return students

    # Reading the records

    def recorded(self, submission: Submission, problem: str) -> Record | None:
        """The record of a notebook, or None where folder and gradebook do not both hold the same scores."""
        path = self.course.folder("autograded", submission.student, submission.assignment) / f"{problem}.ipynb"
        record = read_record(path)
        if record is None:
            return None
        try:
            for cell in record.cells:
                grade = self.gradebook.find_grade(cell.grade_id, problem, submission.assignment, submission.student)
                if grade.auto_score != cell.points:
                    return None
        except MissingEntry:
            return None
        return record

    def marks(self, graded: Iterable[Submission], submissions: Sequence[Submission]) -> Marks:
        """Rows of some submissions and totals of all, as far as they have been graded; each is taken once."""
        once = list(dict.fromkeys(graded))
        return Marks(once, submissions, self.rows(once), self.totals(submissions))

    def rows(self, submissions: Iterable[Submission]) -> list[Row]:
        """The rows of `grades.csv` for submissions, as far as they have been graded."""
        return [row for submission in submissions for row in self._rows(submission)]

    def _rows(self, submission: Submission) -> list[Row]:
        names = self.course.names(submission.assignment)
        rows = []
        for problem in names:
            record = self.recorded(submission, problem)
            if record is None:
                continue
            for cell in record.cells:
                grade = self.gradebook.find_grade(cell.grade_id, problem, submission.assignment, submission.student)
                status = cell.status
                if status in ("needs manual", "review") and grade.manual_score is not None:
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
                        record.fingerprint,
                    )
                )
        self.gradebook.db.remove()
        return rows

    def totals(self, submissions: Iterable[Submission]) -> list[Total]:
        """The results of the submissions that have been graded, with late penalties subtracted, as nbgrader counts."""
        totals = []
        for submission in submissions:
            with suppress(MissingEntry):
                entry = self.gradebook.find_submission(submission.assignment, submission.student)
                penalty = float(entry.late_submission_penalty or 0.0)
                score, max_score = float(entry.score) - penalty, float(entry.max_score)
                totals.append(Total(submission.student, submission.assignment, score, penalty, max_score))
                self.gradebook.db.remove()
        return totals

    def remarks(self, submissions: Iterable[Submission]) -> list[tuple[str, str, str]]:
        """The remarks on submissions: student, assignment, sentence."""
        remarks = []
        for submission in submissions:
            if fault := self.faults.get((submission.student, submission.assignment)):
                remarks.append((submission.student, submission.assignment, fault))
            for name in self.course.names(submission.assignment):
                record = self.recorded(submission, name)
                sentences = list(record.remarks) if record else []
                sentences += [
                    f"{cell.grade_id}: {cell.status}. {cell.message}".strip()
                    for cell in (record.cells if record else ())
                    if cell.status in ("timed out", "memory", "crashed", "review") and cell.message not in sentences
                ]
                remarks += [(submission.student, submission.assignment, sentence) for sentence in sentences]
        return remarks

    def people(self) -> dict[str, dict[str, str]]:
        """Names and addresses of the students by id, as far as the gradebook knows them."""
        fields = ("first_name", "last_name", "email", "lms_user_id")
        people = {
            student.id: {field: getattr(student, field) or "" for field in fields}
            for student in self.gradebook.students
        }
        self.gradebook.db.remove()
        return people


def save_verdicts(
    gradebook: Gradebook,
    student: str,
    assignment: str,
    problem: str,
    cells: Iterable[CellVerdict],
    notebook: NotebookNode,
) -> None:
    """Save a notebook's automatic scores and comments in one transaction; scores and comments of people stay.

    As in nbgrader, a cell with a manual score is flagged for review.
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
    """The autograded notebook as `publish` makes it, in a process with limits.

    Where that takes too long or fails, all texts of the student are plain text; where that fails too, only the
    verdicts remain.
    """
    for plain in (False, True):
        with suppress(clerk.ClerkError):
            return clerk.run(publish, graded, solution, fingerprint, plain, seconds=PUBLISH_SECONDS)
    remarks = (*graded.remarks, "The notebook could not be displayed; the submitted file is unchanged.")
    empty = nbformat.writes(nbformat.v4.new_notebook()).encode()
    return publish(replace(graded, notebook=empty, remarks=remarks), solution, fingerprint)


def read_record(path: Path) -> Record | None:
    """The verdict inside an autograded notebook, or None where there is no such file or no verdict in it."""
    try:
        return as_record(json.loads(path.read_bytes())["metadata"][RECORD_KEY])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def as_record(stored: Mapping[str, Any]) -> Record:
    """The verdict in a notebook's metadata."""
    cells = tuple(CellVerdict(**cell) for cell in stored["cells"])
    return Record(stored["fingerprint"], cells, tuple(stored["remarks"]))
