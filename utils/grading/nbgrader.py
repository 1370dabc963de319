"""nbgrader's joint: named in `nbgrader_config.py`, it lets `nbgrader autograde` and formgrader grade through the judge.

    c.Autograde.exporter_class = "utils.grading.nbgrader.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = ["utils.grading.nbgrader.Judge"]
    c.Autograde.autograde_preprocessors = [
        "utils.grading.nbgrader.SaveVerdicts",
        "nbgrader.preprocessors.AssignLatePenalties",
    ]

Without these lines `python -m utils.grading` grades the course all the same, but nbgrader's own autograde, and the
button on the formgrader page, would run students' code in one process with the tests.

Settings are traits of `Judge`, for the command too: `c.Judge.cell_seconds = 30`.
"""

from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearSolutions,
    Execute,
    NbGraderPreprocessor,
)
from traitlets import Bool, Float, Integer, default

from utils.grading.course.batch import Piece, read, without_marks
from utils.grading.course.course import Course, Problem, Submission
from utils.grading.course.gradebook import RECORD, as_record, enter, with_record
from utils.grading.job import Delimiters, Job, Limits
from utils.grading.supervisor import grade

DEFAULTS = Limits()


class SubmissionExporter(NotebookExporter):
    """Reads whatever a student handed in; what is no notebook counts as an empty one, and the judge says so."""

    def from_file(self, file_stream: Any, resources: Any = None, **options: Any) -> Any:
        """As in nbconvert, but for files that are no notebooks."""
        try:
            return super().from_file(file_stream, resources=resources, **options)
        except Exception:
            empty = nbformat.v4.new_notebook()
            return self.from_notebook_node(empty, resources=resources, **options)  # type: ignore[no-untyped-call]


class Judge(NbGraderPreprocessor):  # type: ignore[misc]
    """Replaces a submitted notebook by its autograded version, the verdict in its metadata.

    Its traits are the settings of grading for the command and for nbgrader alike.
    """

    cell_seconds = Float(
        DEFAULTS.cell_seconds,
        help="Seconds for one cell; where nbgrader's own Execute.timeout is set, that is the default.",
    ).tag(config=True)
    notebook_seconds = Float(DEFAULTS.notebook_seconds, help="Seconds for a whole notebook.").tag(config=True)
    memory_mb = Integer(DEFAULTS.memory_mb, help="MiB that a student's processes may hold together.").tag(config=True)
    processes = Integer(DEFAULTS.processes, help="Processes and threads that a student may have.").tag(config=True)
    open_files = Integer(DEFAULTS.open_files, help="Open files of one process.").tag(config=True)
    disk_mb = Integer(DEFAULTS.disk_mb, help="MiB that a student's code may write.").tag(config=True)
    output_kb = Integer(DEFAULTS.output_kb, help="KiB of output kept for one cell.").tag(config=True)
    submission_mb = Integer(DEFAULTS.submission_mb, help="MiB of a submitted notebook.").tag(config=True)
    sandboxed = Bool(True, help="Run students' code in a sandbox; without it, only the judge stays apart.").tag(
        config=True
    )
    seed = Integer(0, help="What a student's random numbers start from.").tag(config=True)

    @default("cell_seconds")
    def _cell_seconds_default(self) -> float:
        named = any("timeout" in self.config[name] for name in ("Execute", "ExecutePreprocessor"))
        seconds = Execute(parent=self).timeout if named else None
        return float(seconds) if seconds and seconds > 0 else DEFAULTS.cell_seconds

    def settings(self) -> Job:
        """The settings as a job that still lacks its notebooks and files.

        Raises:
            ValueError: a limit is not positive.
        """
        limits = Limits(**{name: getattr(self, name) for name in vars(DEFAULTS)})
        solutions, tests, scheme = (kind(parent=self) for kind in (ClearSolutions, ClearHiddenTests, ClearMarkScheme))
        delimiters = Delimiters(
            begin_solution=solutions.begin_solution_delimeter,
            end_solution=solutions.end_solution_delimeter,
            begin_hidden=tests.begin_test_delimeter,
            end_hidden=tests.end_test_delimeter,
            begin_scheme=scheme.begin_mark_scheme_delimeter,
            end_scheme=scheme.end_mark_scheme_delimeter,
            code_stub=solutions.code_stub.get("python", Delimiters.code_stub),
            text_stub=solutions.text_stub,
        )
        return Job(limits=limits, sandboxed=self.sandboxed, seed=self.seed, delimiters=delimiters)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Grade the file that nbgrader is converting; what it made of it (``nb``) is not looked at."""
        about = resources["nbgrader"]
        converter = self.parent.parent
        course = Course(converter.parent, converter.coursedir)
        submission = Submission(
            about["student"], about["assignment"], course.folder("submitted", about["student"], about["assignment"])
        )
        problem = Problem(about["notebook"], course.solutions(about["assignment"])[about["notebook"]])
        piece = Piece(submission, problem, alone=False, files=course.files(about["assignment"]))
        work = read(course, self.settings(), piece)
        graded = without_marks(work.job, work.settled, work.remark) if work.settled else grade(work.job)
        return nbformat.reads(
            with_record(graded, work.fingerprint(), work.job.solution).decode(), as_version=4
        ), resources


class SaveVerdicts(NbGraderPreprocessor):  # type: ignore[misc]
    """Enters the verdict in an autograded notebook's metadata into nbgrader's gradebook."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """The notebook stays as it is."""
        about = resources["nbgrader"]
        with Gradebook(about["db_url"]) as gradebook:
            cells = as_record(nb.metadata[RECORD]).cells
            enter(gradebook, about["student"], about["assignment"], about["notebook"], cells, nb)
        return nb, resources
