"""Grading inside nbgrader: classes for `nbgrader_config.py` that let `nbgrader autograde` and formgrader use the judge.

    c.Autograde.exporter_class = "utils.grading.nbgrader.SubmissionExporter"
    c.Autograde.sanitize_preprocessors = ["utils.grading.nbgrader.GradeSubmission"]
    c.Autograde.autograde_preprocessors = [
        "utils.grading.nbgrader.SaveVerdicts",
        "nbgrader.preprocessors.AssignLatePenalties",
    ]

`python -m utils.grading` grades a course without these lines too. nbgrader's own `autograde`, and the button on the
formgrader page, would then run students' code in one process with the tests.

The settings of grading are traits of `GradeSubmission`, for the command too: `c.GradeSubmission.cell_seconds = 30`.
"""

import math
from dataclasses import Field, fields
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.coursedir import CourseDirectory
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.preprocessors import Execute, NbGraderPreprocessor
from traitlets import Bool, Float, HasTraits, Integer, List, MetaHasTraits, Unicode, default

from utils.grading.course.course import Course, Problem, Submission, SubmittedNotebook
from utils.grading.course.diagnosis import Diagnosis
from utils.grading.course.files import copy_files, shown_files
from utils.grading.course.gradebook import as_record, save_verdicts, with_record
from utils.grading.course.leftovers import delimiters
from utils.grading.course.seed import seed_folder, stored_seed
from utils.grading.job import Job, Limits
from utils.grading.notebook.pipeline import RECORD_KEY
from utils.grading.supervisor import grade

LIMITS = {limit.name: limit for limit in fields(Limits)}


def _trait(limit: Field[Any]) -> Any:
    kind: Any = Float if limit.type is float else Integer
    return kind(limit.default, help=f"Limit: {limit.metadata['help']} ({limit.metadata['unit']}).").tag(config=True)


#: One configurable trait per limit, with the limit's default and help.
LimitTraits: Any = MetaHasTraits("LimitTraits", (HasTraits,), {name: _trait(limit) for name, limit in LIMITS.items()})


class SubmissionExporter(NotebookExporter):
    """Reads any submitted file; one that is not a notebook counts as an empty notebook, and the judge remarks on it."""

    def from_file(self, file_stream: Any, resources: Any = None, **options: Any) -> Any:
        """As in nbconvert, but also for files that are not notebooks."""
        try:
            return super().from_file(file_stream, resources=resources, **options)
        except Exception:
            empty = nbformat.v4.new_notebook()
            return self.from_notebook_node(empty, resources=resources, **options)  # type: ignore[no-untyped-call]


class GradeSubmission(LimitTraits, NbGraderPreprocessor):  # type: ignore[misc]
    """Replaces a submitted notebook by its autograded version, with the verdict in its metadata.

    Its traits are the settings of grading for the command and for nbgrader alike. Where a course sets nbgrader's own
    `Execute.timeout`, that is the default of `cell_seconds`.
    """

    sandboxed = Bool(True, help="Run students' code in a sandbox; without it, only the judge is protected.").tag(
        config=True
    )
    seed = Integer(
        None,
        allow_none=True,
        help="Seed of all random numbers that a submission and its checks draw (default: a secret of the course, "
        "drawn once and kept beside the gradebook in gradebook.seed).",
    ).tag(config=True)
    forgeable = List(
        Unicode(),
        help="Names of checks that only a plain notebook can run. The student's process judges them alone, and a "
        "submission that sets out to do so can forge their result.",
    ).tag(config=True)
    run_every_cell = Bool(
        False,
        help="Also run the cells that no check depends on, whose outputs are otherwise shown as handed in.",
    ).tag(config=True)

    @default("cell_seconds")
    def _cell_seconds_default(self) -> float:
        """nbgrader's own `Execute.timeout`, if the course sets it."""
        configured = any("timeout" in self.config[name] for name in ("Execute", "ExecutePreprocessor"))
        seconds = Execute(parent=self).timeout if configured else None
        return float(seconds) if seconds and seconds > 0 else Limits.cell_seconds

    def settings(self) -> Job:
        """The settings as a job without notebooks and files.

        Raises:
            ValueError: a limit is not positive, the file of the course's secret holds no number, or the configuration
                uses this class's former name.
        """
        if self.config.get("Judge"):
            names = ", ".join(f"c.Judge.{name}" for name in sorted(self.config["Judge"]))
            raise ValueError(
                f"The configuration sets {names}, but this section is called GradeSubmission now: rename it."
            )
        limits = Limits(**{name: getattr(self, name) for name in LIMITS})
        return Job(
            limits=limits,
            sandboxed=self.sandboxed,
            seed=self._seed(),
            delimiters=delimiters(self),
            run_every_cell=self.run_every_cell,
            forgeable=frozenset(self.forgeable),
        )

    def _seed(self) -> int:
        """The configured seed, or the secret of the course; without a course, 0."""
        if self.seed is not None:
            return int(self.seed)
        if self.parent is None:
            return 0
        course = CourseDirectory(parent=self)
        return stored_seed(seed_folder(course.db_url, course.root))

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Grade the file that nbgrader is converting; nbgrader's own reading of it (``nb``) is ignored."""
        names = resources["nbgrader"]
        student, assignment, problem = names["student"], names["assignment"], names["notebook"]
        converter = self.parent.parent
        course = Course(converter.parent, converter.coursedir)
        notebook = SubmittedNotebook(
            Submission(student, assignment, course.folder("submitted", student, assignment)),
            Problem(problem, course.solutions(assignment)[problem], files=course.files(assignment)),
        )
        job = course.job(notebook, self.settings())
        graded = grade(job)
        fingerprint = job.fingerprint() if graded.final else ""
        Diagnosis(course, self.settings()).keep(notebook, graded, fingerprint)
        autograded = with_record(graded, fingerprint, job.solution)
        # nbgrader has already copied everything that was handed in to where browsers reach it.
        keep = {f"{name}.ipynb" for name in course.names(assignment)}
        shown = shown_files(job.files, notebook.problem.files)
        copy_files(course.folder("autograded", student, assignment), shown, keep, 0o644)
        return nbformat.reads(autograded.decode(), as_version=4), resources


class DeductPerDay(LateSubmissionPlugin):  # type: ignore[misc]
    """A plugin for nbgrader's late penalties: each day after the deadline that has begun costs a share of the score.

    A course chooses it with ``c.AssignLatePenalties.plugin_class = "utils.grading.nbgrader.DeductPerDay"``.

    Example:
        >>> DeductPerDay(percent_per_day=10).late_submission_penalty("ann", 8.0, 3600)
        0.8
        >>> DeductPerDay(percent_per_day=40).late_submission_penalty("ann", 8.0, 5 * 86400)
        8.0
    """

    percent_per_day = Float(10.0, help="What each day that has begun costs, in percent of the score.").tag(config=True)
    most_percent = Float(100.0, help="The most that lateness costs, in percent of the score.").tag(config=True)

    def late_submission_penalty(self, student_id: str, score: float, total_seconds_late: float) -> float:
        """The points to subtract from the score of one notebook."""
        days = math.ceil(total_seconds_late / 86400)
        return score * min(self.percent_per_day * days, self.most_percent, 100.0) / 100.0


class SaveVerdicts(NbGraderPreprocessor):  # type: ignore[misc]
    """Saves the verdict in an autograded notebook's metadata to nbgrader's gradebook."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """The notebook stays as it is."""
        names = resources["nbgrader"]
        with Gradebook(names["db_url"]) as gradebook:
            cells = as_record(nb.metadata[RECORD_KEY]).cells
            save_verdicts(gradebook, names["student"], names["assignment"], names["notebook"], cells, nb)
        return nb, resources
