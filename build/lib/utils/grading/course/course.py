"""A course as nbgrader's configuration describes it: its assignments, its students' submissions, its folders."""

import fnmatch
import logging
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.converters.base import BaseConverter
from nbgrader.converters.generate_source_with_tests import GenerateSourceWithTests
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    IncludeHeaderFooter,
    InstantiateTests,
)
from nbgrader.utils import capture_log, find_all_files, temp_attrs
from traitlets import List

from utils.errors import WhichIsBetterError
from utils.grading.course.files import (
    MAX_ENTRIES,
    OwnFiles,
    as_text,
    exists,
    own_files,
    read_plain,
    student_id,
    walk,
    without_conflicts,
)
from utils.grading.course.leftovers import delimiters, leftover
from utils.grading.job import Job, Limits, Status

NO_STUDENT = "."  # what nbgrader puts in a student's place where a folder belongs to no student
MEGABYTE = 1 << 20


class CourseError(WhichIsBetterError):
    """A course cannot be graded as it stands; the message says why."""


@dataclass(frozen=True)
class Problem:
    """A notebook of an assignment, with its answers and tests.

    Attributes:
        name: of the notebook.
        solution: the instructor's notebook.
        alone: the assignment has no other notebook.
        files: the instructor's data files by relative path.
    """

    name: str
    solution: bytes
    alone: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict, hash=False, compare=False, repr=False)


@dataclass(frozen=True)
class Submission:
    """The folder that a student handed in for an assignment."""

    student: str
    assignment: str
    folder: Path

    def notebook(self, name: str, alone: bool) -> tuple[Path | None, str]:
        """The file with the student's answers to problem ``name``, and a remark if it has another name or is missing.

        ``alone``: the assignment has no other problem, so a single notebook under another name is taken.

        Raises:
            OSError: the folder cannot be read.
        """
        expected = self.folder / f"{name}.ipynb"
        if is_plain(expected):
            return expected, ""
        with os.scandir(self.folder) as listing:
            entries = [entry for entry, _ in zip(listing, range(MAX_ENTRIES), strict=False)]
        others = [
            Path(entry.path)
            for entry in entries
            if entry.name.lower().endswith(".ipynb")
            and not entry.name.startswith(".")
            and entry.is_file(follow_symlinks=False)
        ]
        if alone and len(others) == 1:
            return others[0], f"{expected.name} is missing; {as_text(others[0].name)}, the only notebook, was graded."
        return None, f"{expected.name} was not handed in."


@dataclass(frozen=True)
class SubmittedNotebook:
    """One notebook of one submission: the unit of grading. Its file is read only when its turn comes."""

    submission: Submission
    problem: Problem

    def __str__(self) -> str:
        return f"{self.submission.student}-{self.submission.assignment}-{self.problem.name}"

    def locate(self, limits: Limits) -> tuple[Path | None, str, Status | None]:
        """The file, a remark on it, and the status of all its cells where there is nothing to run."""
        folder = self.submission.folder
        try:
            if folder.is_symlink():
                # It could lead to another student's work or to a solution.
                return None, f"The folder {as_text(folder.name)} is a link: replace it by the folder itself.", "review"
            path, remark = self.submission.notebook(self.problem.name, self.problem.alone)
            if path is None:
                return None, remark, "missing"
            status = path.stat()
        except OSError as error:
            return None, f"The folder cannot be read ({error.strerror}): change its permissions.", "review"
        name, size, most = as_text(path.name), status.st_size, limits.submission_mb
        if size > most * MEGABYTE:
            size_mb = size / MEGABYTE
            remark = f"{name} has {size_mb:.0f} MiB and was not read: at most {most} MiB are allowed."
            return None, remark, "crashed"
        return path, remark, None


def is_plain(path: Path) -> bool:
    """Whether this is a file and no link: a link could lead to a solution or to another student's work."""
    return path.is_file() and not path.is_symlink()


def _notebooks(folder: Path) -> list[Path]:
    """The instructor's notebooks in a folder, in alphabetical order; hidden files are an editor's."""
    if folder.name.startswith("."):
        return []
    return sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith(".") and path.is_file())


class Solutions(GenerateSourceWithTests):  # type: ignore[misc]
    """nbgrader's source notebooks as the judge runs them: with header and footer, and with generated tests."""

    preprocessors = List([IncludeHeaderFooter, InstantiateTests, ClearOutput, CheckCellMetadata])


class Course:
    """The course that nbgrader's application ``app`` was configured for; ``Course.here()`` for the current folder's."""

    def __init__(self, app: Any, coursedir: Any) -> None:
        self.app = app
        self.coursedir = coursedir
        # The files that were read last: a submission's notebooks share them.
        self._last: tuple[object, OwnFiles] | None = None

    @classmethod
    def here(cls, argv: Sequence[str] = ()) -> "Course":
        """The course of the current folder; ``argv`` holds options of nbgrader, as ``--CourseDirectory.db_url=...``.

        Raises:
            CourseError: the folder has no ``nbgrader_config.py``.
        """
        if not Path("nbgrader_config.py").exists():
            raise CourseError(
                f"{Path.cwd()} has no nbgrader_config.py: run this in the folder of a course "
                "(`nbgrader quickstart NAME` makes one)."
            )
        # nbgrader calls `alembic` by name to make a database, and the environment need not be activated.
        os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
        app = NbGrader()
        app.initialize(list(argv))
        app.log.handlers = [logging.NullHandler()]  # relevant errors are caught where they occur
        app.log.propagate = False
        return cls(app, app.coursedir)

    def folder(self, step: str, student: str, assignment: str) -> Path:
        """The folder of nbgrader's ``step``: source, release, submitted, autograded or feedback."""
        directory: str = getattr(self.coursedir, f"{step}_directory")
        return Path(self.coursedir.format_path(directory, student, assignment))

    @property
    def results(self) -> Path:
        """The folder of the tables, which also contains the folder of the submissions."""
        return Path(self.coursedir.root, self.coursedir.submitted_directory).parent

    # The instructor's side

    def assignments(self) -> list[str]:
        """The names of the assignments that have a source, in alphabetical order."""
        parent = self.folder("source", NO_STUDENT, "x").parent
        return sorted(path.name for path in parent.glob("*") if _notebooks(path))

    def names(self, assignment: str) -> list[str]:
        """The names of an assignment's notebooks, in alphabetical order."""
        return [path.stem for path in _notebooks(self.folder("source", NO_STUDENT, assignment))]

    def problems(self, assignment: str) -> tuple[Problem, ...]:
        """The notebooks of an assignment, in alphabetical order; their cells and points are written to the gradebook.

        Raises:
            CourseError: nbgrader cannot make the assignment, its cells changed after submissions were graded, or a file
                beside the notebooks contains solutions or hidden tests.
        """
        solutions = self.solutions(assignment)
        files = self.files(assignment)
        self._converted(GenerateAssignment, "release_directory", assignment)
        return tuple(Problem(name, solutions[name], len(solutions) == 1, files) for name in sorted(solutions))

    def solutions(self, assignment: str) -> dict[str, bytes]:
        """The instructor's notebooks by name, as the judge runs them.

        Raises:
            CourseError: there is no such assignment, or nbgrader cannot read it.
        """
        if assignment not in self.assignments():
            assignments = ", ".join(self.assignments()) or "none yet"
            raise CourseError(
                f"There is no assignment {assignment!r} in {self.folder('source', NO_STUDENT, '').resolve()}: "
                f"give one that exists ({assignments})."
            )
        return self._converted(Solutions, "source_with_tests_directory", assignment)

    def files(self, assignment: str) -> dict[str, bytes]:
        """The files that the instructor put beside the notebooks, by relative path.

        Raises:
            CourseError: one of them contains solutions or hidden tests.
        """
        source = self.folder("source", NO_STUDENT, assignment)
        names = find_all_files(str(source), self.coursedir.ignore)
        # nbgrader's pattern for notebooks would miss hidden ones, which JupyterLab leaves when it is interrupted.
        names = [name for name in names if not name.lower().endswith(".ipynb")]
        files = {Path(name).relative_to(source).as_posix(): Path(name).read_bytes() for name in sorted(names)}
        solutions = {path.stem: path.read_bytes() for path in _notebooks(source)}
        if name := leftover(files, solutions, delimiters(self.app)):
            raise CourseError(
                f"{source / name} contains solutions or hidden tests, and students' code can read every file beside "
                "the notebooks: move it out of the folder or delete it."
            )
        return files

    # The students' side

    def submissions(self, assignment: str, students: str = "*") -> list[Submission]:
        """The submissions of the students whose name matches the pattern ``students``, in alphabetical order."""
        root = Path(self.coursedir.root)
        parts = self.folder("submitted", "*", assignment).relative_to(root).parts
        place = parts.index("*")
        inside = Path(*parts[place + 1 :])
        excluded = self.coursedir.student_id_exclude.split(",")
        submissions = []
        for folder in sorted(root.joinpath(*parts[:place]).glob("*")):
            student = student_id(folder.name)
            if exists(folder / inside) and fnmatch.fnmatchcase(student, students) and student not in excluded:
                submissions.append(Submission(student, assignment, folder / inside))
        return sorted(submissions, key=lambda submission: submission.student)

    def own_work(self, assignment: str, student: str) -> Submission:
        """A self-learner's work, in the folder that the assignment was released to."""
        return Submission(student, assignment, self.folder("release", NO_STUDENT, assignment))

    def job(self, notebook: SubmittedNotebook, settings: Job) -> Job:
        """Everything that grading a submitted notebook needs; no more is read than the limits allow.

        ``settings``: a job without notebooks and files.
        """
        submission, problem = notebook.submission, notebook.problem
        path, remark, fixed_status = notebook.locate(settings.limits)
        content = b""
        if path is not None:
            try:
                if self._is_instructors(path):
                    path, fixed_status = None, "review"
                    remark = "The notebook is a second name of the instructor's own file: replace it by a copy."
                else:
                    content = read_plain(path, settings.limits.submission_mb * MEGABYTE)
            except OSError as error:
                remark = f"The notebook cannot be read ({error.strerror}): change its permissions."
                fixed_status = "review"
        own = OwnFiles() if fixed_status == "review" else self._own_files(submission, settings.limits)
        replaceable = set(own.contents) & set(self._exclude_overwriting(submission.assignment))
        given = {name: content for name, content in problem.files.items() if name not in replaceable}
        usable, conflicts = without_conflicts(own.contents, given)
        remarks = [remark, own.remark]
        if conflicts:
            names = ", ".join(repr(name) for name in sorted(conflicts)[:3])
            remarks.append(f"Not used, because the assignment has a file or folder of that name: {names}.")
        return replace(
            settings,
            submission=content,
            solution=problem.solution,
            files={**{name: own.contents[name] for name in own.contents if name in usable}, **given},
            own_files=frozenset(usable) - frozenset(given),
            remark=" ".join(filter(None, remarks)),
            fixed_status=fixed_status,
        )

    def _is_instructors(self, path: Path) -> bool:
        """Whether a file is a hard link to one in the folders of the instructor's notebooks."""
        status = path.stat()
        if status.st_nlink == 1:
            return False
        folders = [self.folder("source", NO_STUDENT, name) for name in self.assignments()]
        return any(
            os.path.samestat(status, (Path(parent) / name).lstat())
            for folder in folders
            for parent, _, names in os.walk(folder)
            for name in names
        )

    def _own_files(self, submission: Submission, limits: Limits) -> OwnFiles:
        """The submission's own files, read again only if something in the folder has changed."""
        most = limits.disk_mb * MEGABYTE // 2
        sizes = [
            (name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
            for name, status in walk(submission.folder, self.coursedir.ignore, {})
        ]
        state = (submission, most, sizes)
        if self._last is None or self._last[0] != state:
            self._last = (state, own_files(submission.folder, self.coursedir.ignore, most))
        return self._last[1]

    def _exclude_overwriting(self, assignment: str) -> list[str]:
        """The instructor's files that a student's file of the same name replaces, as in nbgrader."""
        files: dict[str, list[str]] = Autograde(coursedir=self.coursedir, parent=self.app).exclude_overwriting
        return files.get(assignment, [])

    def _converted(self, converter: type[BaseConverter], directory: str, assignment: str) -> dict[str, bytes]:
        """Run one of nbgrader's converters on the source, into a temporary folder."""
        with tempfile.TemporaryDirectory() as folder:
            settings = {"assignment_id": assignment, "notebook_id": "*", directory: folder}
            with temp_attrs(self.coursedir, **settings):
                outcome = capture_log(converter(coursedir=self.coursedir, parent=self.app))
                output = Path(self.coursedir.format_path(folder, NO_STUDENT, assignment))
                notebooks = {path.stem: path.read_bytes() for path in output.glob("*.ipynb")}
        if not outcome["success"]:
            raise CourseError(self._reason(assignment, outcome["error"] + outcome.get("log", "")))
        return notebooks

    @staticmethod
    def _reason(assignment: str, log: str) -> str:
        if "there are submissions associated with it" in log:
            return (
                f"{assignment} gained or lost graded cells after submissions were graded, and nbgrader's gradebook "
                f"cannot follow: restore the cells, or run `nbgrader db assignment remove {assignment} --force` and "
                "grade again."
            )
        last = next((line for line in reversed(log.splitlines()) if "Error" in line or "ERROR" in line), "")
        return f"nbgrader cannot read the source of {assignment}: {last.strip() or 'no reason given'}"
