"""A course as nbgrader's configuration describes it: its assignments, its students' submissions, its folders."""

import fnmatch
import glob
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
from nbgrader.preprocessors import CheckCellMetadata, ClearOutput, IncludeHeaderFooter, InstantiateTests
from nbgrader.utils import capture_log, find_all_files, temp_attrs
from traitlets import List

from utils.errors import WhichIsBetterError
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
        """
        expected = self.folder / f"{name}.ipynb"
        if is_plain(expected):
            return expected, ""
        others = sorted(path for path in self.folder.glob("*.ipynb") if is_plain(path))
        if alone and len(others) == 1:
            return others[0], f"{expected.name} is missing; {others[0].name}, the only notebook, was graded."
        return None, f"{expected.name} was not handed in."

    def files(self, ignore: Sequence[str], max_bytes: int) -> dict[str, bytes]:
        """The student's other files by relative path, smallest first, up to ``max_bytes`` in total, without links."""
        paths = [Path(name) for name in find_all_files(str(self.folder), [*ignore, "*.ipynb"])]
        files: dict[str, bytes] = {}
        total = 0
        for path in sorted((path for path in paths if is_plain(path)), key=lambda path: (path.stat().st_size, path)):
            total += path.stat().st_size
            if total > max_bytes:
                break
            files[path.relative_to(self.folder).as_posix()] = path.read_bytes()
        return files


@dataclass(frozen=True)
class SubmittedNotebook:
    """One notebook of one submission: the unit of grading. Its file is read only when its turn comes."""

    submission: Submission
    problem: Problem

    def __str__(self) -> str:
        return f"{self.submission.student}-{self.submission.assignment}-{self.problem.name}"

    def locate(self, limits: Limits) -> tuple[Path | None, str, Status | None]:
        """The file, a remark on it, and the status of all its cells where there is nothing to run."""
        path, remark = self.submission.notebook(self.problem.name, self.problem.alone)
        if path is None:
            return None, remark, "missing"
        size, most = path.stat().st_size, limits.submission_mb
        if size > most * MEGABYTE:
            size_mb = size / MEGABYTE
            remark = f"{path.name} has {size_mb:.0f} MiB and was not read: at most {most} MiB are allowed."
            return None, remark, "crashed"
        return path, remark, None


def is_plain(path: Path) -> bool:
    """Whether this is a file and no link: a link could lead to a solution or to another student's work."""
    return path.is_file() and not path.is_symlink()


class Solutions(GenerateSourceWithTests):  # type: ignore[misc]
    """nbgrader's source notebooks as the judge runs them: with header and footer, and with generated tests."""

    preprocessors = List([IncludeHeaderFooter, InstantiateTests, ClearOutput, CheckCellMetadata])


class Course:
    """The course that nbgrader's application ``app`` was configured for; ``Course.here()`` for the current folder's."""

    def __init__(self, app: Any, coursedir: Any) -> None:
        self.app = app
        self.coursedir = coursedir

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
        app.log.handlers.clear()  # relevant errors are caught where they occur
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
        return sorted(path.name for path in parent.glob("*") if any(path.glob("*.ipynb")))

    def names(self, assignment: str) -> list[str]:
        """The names of an assignment's notebooks, in alphabetical order."""
        return sorted(path.stem for path in self.folder("source", NO_STUDENT, assignment).glob("*.ipynb"))

    def problems(self, assignment: str) -> tuple[Problem, ...]:
        """The notebooks of an assignment, in alphabetical order; their cells and points are written to the gradebook.

        Raises:
            CourseError: nbgrader cannot make the assignment, or its cells changed after submissions were graded.
        """
        solutions = self.solutions(assignment)
        self._converted(GenerateAssignment, "release_directory", assignment)
        files = self.files(assignment)
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
        """The files that the instructor put beside the notebooks, by relative path."""
        source = self.folder("source", NO_STUDENT, assignment)
        names = find_all_files(str(source), [*self.coursedir.ignore, "*.ipynb"])
        return {Path(name).relative_to(source).as_posix(): Path(name).read_bytes() for name in sorted(names)}

    # The students' side

    def submissions(self, assignment: str, students: str = "*") -> list[Submission]:
        """The submissions of the students whose name matches the pattern ``students``, in alphabetical order."""
        root = Path(self.coursedir.root)
        pattern = self.folder("submitted", "*", glob.escape(assignment)).relative_to(root)
        place = pattern.parts.index("*")
        excluded = self.coursedir.student_id_exclude.split(",")
        folders = {path.relative_to(root).parts[place]: path for path in root.glob(str(pattern)) if path.is_dir()}
        return [
            Submission(student, assignment, folders[student])
            for student in sorted(folders)
            if fnmatch.fnmatchcase(student, students) and student not in excluded
        ]

    def own_work(self, assignment: str, student: str) -> Submission:
        """A self-learner's work, in the folder that the assignment was released to."""
        return Submission(student, assignment, self.folder("release", NO_STUDENT, assignment))

    def job(self, notebook: SubmittedNotebook, settings: Job) -> Job:
        """Everything that grading a submitted notebook needs; no more is read than the limits allow.

        ``settings``: a job without notebooks and files.
        """
        submission, problem = notebook.submission, notebook.problem
        path, remark, fixed_status = notebook.locate(settings.limits)
        own_files = submission.files(self.coursedir.ignore, settings.limits.disk_mb * MEGABYTE // 2)
        replaceable = set(own_files) & set(self._exclude_overwriting(submission.assignment))
        given_files = {name: content for name, content in problem.files.items() if name not in replaceable}
        return replace(
            settings,
            submission=path.read_bytes() if path is not None else b"",
            solution=problem.solution,
            files={**own_files, **given_files},
            own_files=frozenset(own_files) - frozenset(given_files),
            remark=remark,
            fixed_status=fixed_status,
        )

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
