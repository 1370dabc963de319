"""Who may hand in later: one CSV of the instructor, beside the tables of grades, applied through nbgrader's gradebook.

``extensions.csv`` has the columns ``student,assignment`` and one or both of ``extra_days`` (granted to the student) and
``late_days`` (days of an allowance that the student spends). The student's deadline is the assignment's and both kinds
of days; they may be fractions. Where the file exists, it is the whole truth: an extension that is not in it is taken
back. nbgrader's own commands and its formgrader page see the same extensions.

nbgrader's plugin for late submissions (`AssignLatePenalties.plugin_class`) decides what is subtracted after that.
"""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import OperationalError

from utils.grading.course.course import Submission
from utils.grading.feedback.tables import escape_formula, printable

FILE: Final = "extensions.csv"
MAX_BYTES: Final = 4 << 20
MAX_DAYS: Final = 3650.0
_DAYS: Final = ("extra_days", "late_days")
_NEEDED: Final = {"student", "assignment"}
_EXAMPLE: Final = "student,assignment,extra_days,late_days"


@dataclass(frozen=True)
class Extensions:
    """The extensions of a course.

    Attributes:
        days: by student and assignment; both kinds of days together.
        sentences: on lines that were not used.
        complete: whether the file was read, so that what is not in it is no extension.
    """

    days: Mapping[tuple[str, str], float] = field(default_factory=dict)
    sentences: tuple[str, ...] = ()
    complete: bool = False

    def of(self, student: str, assignment: str) -> timedelta | None:
        """How much later a student may hand in, or None for no extension."""
        days = self.days.get((student, assignment), 0.0)
        return timedelta(days=days) if days > 0 else None

    def entry(self, gradebook: Gradebook, student: str, assignment: str) -> dict[str, timedelta | None]:
        """What nbgrader's entry of a submission has to say; nothing, if the file was not read."""
        if not self.complete:
            return {}
        # nbgrader cannot add an extension to a deadline that is not there.
        due = gradebook.find_assignment(assignment).duedate
        return {"extension": self.of(student, assignment) if due else None}


def read_extensions(path: Path, students: Collection[str], assignments: Collection[str]) -> Extensions:
    """Read the file, if there is one; a line that cannot be used is named, and the others count.

    Args:
        path: of the CSV file.
        students: of the class. Names as `grades.csv` writes them are understood too.
        assignments: of the course.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES >> 20} MiB")
        # Spreadsheets write a byte order mark, and semicolons where the comma is a decimal sign.
        text = content.decode("utf-8-sig")
        header = text.partition("\n")[0]
        lines = csv.DictReader(io.StringIO(text, newline=""), delimiter=";" if ";" in header else ",")
        columns = [(name or "").strip().lower() for name in lines.fieldnames or ()]
        if _NEEDED - set(columns) or not set(_DAYS) & set(columns):
            raise ValueError(f"its first line must be {_EXAMPLE}, where one of the last two columns may be missing")
        lines.fieldnames = columns
        rows = list(lines)
    except FileNotFoundError:
        return Extensions()
    except (OSError, ValueError, csv.Error) as error:
        return Extensions(
            sentences=(_sentence(f"{path.name} was not used, and extensions stay as they are: {error}."),)
        )
    names = {escape_formula(student): student for student in students} | {student: student for student in students}
    days: dict[tuple[str, str], float] = defaultdict(float)
    sentences = []
    for number, row in enumerate(rows, 2):
        student, assignment = ((row[name] or "").strip() for name in ("student", "assignment"))
        try:
            if student not in names:
                raise ValueError(f"there is no student {student!r} among the submissions")
            if assignment not in assignments:
                raise ValueError(f"there is no assignment {assignment!r}")
            more = sum(_number(row.get(name)) for name in _DAYS)
            days[names[student], assignment] += more
        except ValueError as error:
            sentences.append(_sentence(f"{path.name}, line {number} was not used: {error}."))
    return Extensions(dict(days), tuple(sentences), complete=True)


def apply(app: Any, gradebook: Gradebook, extensions: Extensions, submissions: Iterable[Submission]) -> list[str]:
    """Bring extensions and late penalties of work that was graded before up to date, as nbgrader counts them.

    Args:
        app: nbgrader's application, which names the plugin for late submissions.
        gradebook: of the course; it is changed.
        extensions: of the course.
        submissions: those that were never graded are left out.

    Returns:
        A sentence per submission for which that failed; it keeps its penalty.
    """
    sentences = []
    step = AssignLatePenalties(parent=app)
    step.init_plugin()
    for submission in submissions:
        student, assignment = submission.student, submission.assignment
        try:
            entry = gradebook.find_submission(assignment, student)
            for name, value in extensions.entry(gradebook, student, assignment).items():
                setattr(entry, name, value)
            late = entry.total_seconds_late
            for notebook in entry.notebooks:
                penalty = step.plugin_inst.late_submission_penalty(student, notebook.score, late) if late else None
                within = None if penalty is None else step._check_late_penalty(notebook, penalty)
                if (notebook.late_submission_penalty or 0) != (within or 0):
                    notebook.late_submission_penalty = within
            gradebook.db.commit()
        except MissingEntry:
            pass
        except OperationalError:
            raise
        except Exception as error:
            gradebook.db.rollback()
            sentences.append(_sentence(f"The late penalty of {student} in {assignment} stays as it was ({error})."))
        gradebook.db.remove()
    return sentences


def without_deadline(gradebook: Gradebook, extensions: Extensions) -> list[str]:
    """A sentence per assignment that has extensions and no deadline."""
    sentences = []
    for assignment in sorted({assignment for _, assignment in extensions.days}):
        with suppress(MissingEntry):
            if gradebook.find_assignment(assignment).duedate is None:
                sentences.append(
                    f"{assignment} has no deadline, so that extensions do nothing: set it with "
                    f'nbgrader db assignment add {assignment} --duedate="2027-01-31 23:59 UTC".'
                )
    gradebook.db.remove()
    return sentences


def _number(text: str | None) -> float:
    """Days, 0 for an empty field.

    Raises:
        ValueError: it is no number of days.
    """
    text = (text or "").strip().replace(",", ".")
    try:
        days = float(text or 0)
    except ValueError:
        days = math.nan
    if not 0 <= days <= MAX_DAYS:
        raise ValueError(f"{text!r} is no number of days (0 to {MAX_DAYS:g})")
    return days


def _sentence(text: str) -> str:
    return printable(text)[:300]
