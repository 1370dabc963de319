"""Feedback pages: nbgrader renders them; pages whose content would not change are left alone.

They are rendered in a process with limits, because they show what students wrote.
"""

import glob
import hashlib
import logging
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import cloudpickle  # type: ignore[import-untyped]
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades
from nbgrader.utils import capture_log, chdir, temp_attrs

from utils.grading import clerk
from utils.grading.feedback.exporter import TEMPLATE, TEMPLATES, FeedbackExporter

RENDER_SECONDS = 120.0  # for the pages of one submission, which take less than a second


class FeedbackPages:
    """The feedback folder of a course.

    Args:
        app: nbgrader's application, which holds the configuration.
        coursedir: its description of the course's folders.
        gradebook: the course's gradebook; it is only read.
    """

    def __init__(self, app: Any, coursedir: Any, gradebook: Gradebook) -> None:
        self._coursedir = coursedir
        self._gradebook = gradebook
        self._settings = cloudpickle.dumps(app.config)
        self._template = app.config.HTMLExporter.get("template_name")

    def render(
        self,
        student: str,
        assignment: str,
        problems: Iterable[str],
        diagnoses: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    ) -> str:
        """Render a submission's pages where scores, comments, notebooks or diagnoses have changed.

        Args:
            student: whose pages.
            assignment: of the submission.
            problems: the names of its notebooks.
            diagnoses: by the name of the notebook, each with a "cell", a "sentence" on the mistake in it, and where to
                "read" on.

        Returns:
            A sentence on what failed, or an empty text.
        """
        folder = self._folder("feedback", student, assignment)
        diagnoses = {name: [dict(entry) for entry in entries] for name, entries in (diagnoses or {}).items() if entries}
        digests = {
            folder / f"{name}.html": self._digest(student, assignment, name, repr(diagnoses.get(name)))
            for name in problems
        }
        if all(ends_with(page, digest) for page, digest in digests.items()):
            return ""
        try:
            problem = clerk.run(
                render, self._settings, os.getcwd(), student, assignment, diagnoses, seconds=RENDER_SECONDS
            ).decode()
        except clerk.ClerkError as error:
            problem = str(error)
        if problem:
            return f"The feedback of {student} could not be rendered: {problem}"
        for page, digest in digests.items():
            if page.exists():
                with page.open("ab") as file:
                    file.write(digest)
        return ""

    def _folder(self, step: str, student: str, assignment: str) -> Path:
        directory: str = getattr(self._coursedir, f"{step}_directory")
        return Path(self._coursedir.format_path(directory, student, assignment))

    def _digest(self, student: str, assignment: str, problem: str, diagnoses: str) -> bytes:
        """A last line for a page, which changes whenever the page's content would."""
        digest = hashlib.sha256(_version() + repr((self._template, diagnoses)).encode())
        with suppress(OSError):
            digest.update((self._folder("autograded", student, assignment) / f"{problem}.ipynb").read_bytes())
        with suppress(MissingEntry):
            notebook = self._gradebook.find_submission_notebook(problem, assignment, student)
            scores = sorted((grade.name, grade.score, grade.max_score, undecided(grade)) for grade in notebook.grades)
            comments = sorted((comment.name, comment.comment or "") for comment in notebook.comments)
            lateness = lateness_of(notebook.assignment)
            digest.update(repr((scores, comments, notebook.late_submission_penalty, lateness)).encode())
        self._gradebook.db.remove()
        return f"\n<!-- {digest.hexdigest()} -->\n".encode()


def render(
    settings: bytes,
    root: str,
    student: str,
    assignment: str,
    diagnoses: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
) -> bytes:
    """Render the pages of a submission, in the process that `clerk` runs.

    Args:
        settings: the configuration of nbgrader's application, pickled.
        root: the folder of the course.
        student: whose pages.
        assignment: of the submission.
        diagnoses: as for `FeedbackPages.render`.

    Returns:
        The last line of an error, or nothing.
    """
    os.chdir(root)
    converter = _converter(settings, root)
    converter.diagnoses = diagnoses or {}
    with temp_attrs(converter.coursedir, assignment_id=assignment, student_id=student, notebook_id="*"):
        outcome = capture_log(converter)
    if outcome["success"]:
        return b""
    lines: list[str] = str(outcome["error"]).strip().splitlines()
    return lines[-1].encode()


@lru_cache(maxsize=2)
def _converter(settings: bytes, root: str) -> "_Converter":
    app = NbGrader()
    app.update_config(cloudpickle.loads(settings))
    app.log.handlers = [logging.NullHandler()]
    app.log.propagate = False
    return _Converter(coursedir=CourseDirectory(parent=app), parent=app, force=True)


def undecided(grade: Any) -> bool:
    """Whether a person still has to give the points of a grade in the gradebook."""
    return bool(grade.needs_manual_grade) and grade.manual_score is None


def lateness_of(submission: SubmittedAssignment) -> list[str]:
    """What a student should know about the deadline, in sentences; none where there is no deadline.

    Args:
        submission: nbgrader's entry. Its times are in UTC.
    """
    due = submission.assignment.duedate
    if due is None:
        return []
    extension = submission.extension or timedelta()
    sentence = f"Your deadline was {_time(due + extension)}"
    if extension:
        sentence += f", which is {_span(extension.total_seconds())} later than for the class"
    if submission.timestamp is None:
        return [f"{sentence}. When you handed in is not recorded, so it counts as on time."]
    late = (submission.timestamp - due - extension).total_seconds()
    handed_in = f"You handed in on {_time(submission.timestamp)}"
    return [f"{sentence}.", f"{handed_in}, {f'{_span(late)} late' if late > 0 else 'on time'}."]


def _time(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def _span(seconds: float) -> str:
    """A length of time in the largest fitting unit, to one decimal.

    Example:
        >>> _span(86400), _span(1.5 * 86400), _span(3600 * 5), _span(60)
        ('1 day', '1.5 days', '5 hours', '1 minute')
    """
    units = (("day", 86400), ("hour", 3600), ("minute", 60))
    unit, length = next((one for one in units if seconds >= one[1]), units[-1])
    number = f"{max(seconds / length, 1):.1f}".removesuffix(".0")
    return f"{number} {unit}{'s' * (number != '1')}"


@cache
def _version() -> bytes:
    """Of the code and the templates that make a page."""
    digest = hashlib.sha256()
    for path in sorted(path for path in Path(__file__).parent.rglob("*") if path.suffix in (".py", ".j2", ".css")):
        digest.update(path.read_bytes())
    return digest.digest()


class _Grades(GetGrades):  # type: ignore[misc]
    """nbgrader's step that puts the gradebook's scores into the cells.

    It does not say which a person has to decide, nor what the deadline was.
    """

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        nb, resources = super().preprocess(nb, resources)
        with Gradebook(self.db_url) as gradebook:
            submission = gradebook.find_submission(self.assignment_id, self.student_id)
            resources["nbgrader"]["lateness"] = lateness_of(submission)
        return nb, resources

    def _get_score(self, cell: Any, resources: Any) -> None:
        super()._get_score(cell, resources)
        grade = self.gradebook.find_grade(
            cell.metadata.nbgrader.grade_id, self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata.nbgrader["undecided"] = undecided(grade)


class _Converter(GenerateFeedback):  # type: ignore[misc]
    """nbgrader's converter, which keeps its exporter: compiling its templates takes longer than filling them.

    It writes this package's page, unless the course's configuration chooses a template (`HTMLExporter.template_name`).
    """

    def __init__(self, coursedir: Any, **settings: Any) -> None:
        own_page = "template_name" not in settings["parent"].config.HTMLExporter
        super().__init__(coursedir=coursedir, **settings)
        self.diagnoses: Mapping[str, Sequence[Mapping[str, str]]] = {}
        if own_page:
            self.exporter_class = FeedbackExporter
            self.preprocessors = [_Grades]
            # nbgrader has set its own template for all exporters of HTML.
            self.config.FeedbackExporter.template_name = TEMPLATE
            self.config.FeedbackExporter.extra_template_basedirs = [str(TEMPLATES)]

    def start(self) -> None:
        """Convert what the course's configuration selects."""
        if not hasattr(self, "first_exporter"):
            super().start()
            self.first_exporter = self.exporter
            return
        self.init_notebooks()
        with chdir(self.coursedir.root):
            self.convert_notebooks()

    def init_single_notebook_resources(self, notebook_filename: str) -> Any:
        """What the template knows of a notebook: in nbgrader's own terms, and its diagnoses."""
        resources = super().init_single_notebook_resources(notebook_filename)
        resources["nbgrader"]["diagnoses"] = self.diagnoses.get(Path(notebook_filename).stem, [])
        return resources

    def init_notebooks(self) -> None:
        """Find the notebooks of a submission. nbgrader takes names for patterns, but a student may be called anything.

        Raises:
            FileNotFoundError: there are none.
        """
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        notebooks = sorted(glob.glob(f"{glob.escape(folder)}/*.ipynb"))
        if not notebooks:
            raise FileNotFoundError(f"{folder} has no notebooks")
        self.assignments = {folder: notebooks}
        self.notebooks: list[str] = []

    def init_assignment(self, assignment_id: str, student_id: str) -> None:
        """Copy the files beside the notebooks; nbgrader lists the folder once more for each of them."""
        source = Path(self._format_source(assignment_id, student_id))
        target = Path(self._format_dest(assignment_id, student_id))
        for parent, folders, names in os.walk(source):
            folders[:] = [name for name in folders if name not in self.coursedir.ignore]
            for name in names:
                if not name.endswith(".ipynb"):
                    path = target / Path(parent).relative_to(source) / name
                    path.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(Path(parent) / name, path)


def ends_with(path: Path, ending: bytes) -> bool:
    """Whether the file exists and its last bytes are ``ending``."""
    try:
        with path.open("rb") as file:
            file.seek(-len(ending), os.SEEK_END)
            return file.read() == ending
    except OSError:
        return False
