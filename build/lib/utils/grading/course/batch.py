"""Grade a class: find what is new or changed, have it graded, record it as it comes back, and report the results."""

from __future__ import annotations

import getpass
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from tqdm import tqdm

# The engine comes before nbgrader, because it prevents a slow import.
from utils.grading.course.engine import grade_all, graders  # isort: skip
from utils.grading.course.afterwards import (
    attempt,
    look_at,
    report_changes,
    update_lateness,
    write_bundle,
    write_changes,
    write_report,
    write_tables,
)
from utils.grading.course.course import Course, CourseError, Submission, SubmittedNotebook
from utils.grading.course.diagnosis import Diagnosis
from utils.grading.course.gradebook import Writer
from utils.grading.course.own_work import show, tell, test_seed
from utils.grading.course.push import CanvasPush
from utils.grading.course.similarity import require, write_similar
from utils.grading.course.workers import Workers
from utils.grading.feedback import tables
from utils.grading.feedback.bundle import read_download
from utils.grading.feedback.pages import FeedbackPages
from utils.grading.job import Graded, Job
from utils.grading.notebook.pipeline import prepare
from utils.grading.notebook.solution import has_points
from utils.grading.sandbox import landlock
from utils.grading.supervisor import grade

#: What a student reads where the grader failed; the error itself, which may quote a test, goes to the terminal.
FAILED = (
    "The grader itself failed on this notebook: its checks are left to the instructor, and the next run tries again."
)


def grade_class(
    course: Course,
    settings: Job,
    *,
    assignment: str | None = None,
    students: str = "*",
    own_work: bool = False,
    regrade: bool = False,
    accept: str | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    feedback: bool = True,
    csv: Path | None = None,
    canvas: Path | None = None,
    moodle: Path | None = None,
    return_to: Path | None = None,
    similar: bool = False,
    push: bool = False,
    send: bool = False,
) -> None:
    """Grade submissions with a progress bar, print the table, and write the gradebook, the notebooks and the tables.

    Args:
        course: where the submissions are.
        settings: a job without notebooks and files.
        assignment: its name; by default every assignment that has submissions.
        students: a pattern that the students' names match.
        own_work: grade a self-learner's own notebooks instead, with new inputs of the hidden tests; tell about each
            exercise in the terminal, remember the scores, and open the feedback in a browser.
        regrade: grade unchanged work too.
        accept: a check that gets full points in every submission in which it waits for review.
        workers: submissions to grade at a time; by default one per processor; ignored with ``scheduler``.
        scheduler: the address of a running Dask cluster, to be used instead of this machine.
        feedback: whether to render feedback pages.
        csv: path of the table of grades; by default `grades.csv` beside the submissions.
        canvas: path of a file for the gradebook import of Canvas.
        moodle: path of a file for the grade import of Moodle.
        return_to: the zip of submissions to ``assignment`` from Moodle or Canvas; a zip of feedback is written for it.
        similar: compare the answers, and write a page of similar ones for each assignment.
        push: print which marks and feedback pages Canvas does not have yet.
        send: with ``push``, send them.

    Raises:
        DownloadError: ``return_to`` is no such zip, which is said before anything is graded.
        NotInstalled: ``similar`` needs a package that is missing.
        PushError: ``push`` lacks a package, a setting or the token, which is said before anything is graded; or Canvas
            refuses, after everything was graded.
        CourseError: there are no submissions, or the course cannot be graded as it stands.
        ClusterLost: the scheduler ended; results recorded before are kept.
        SchedulerUnreachable: nothing answers at ``scheduler``.
        SandboxError: no sandbox can be created here.
        ValueError: an instructor's notebook cannot be read, or ``workers`` is below 1.
    """
    if return_to is not None and assignment is None:
        raise CourseError("A download holds the submissions to one assignment: name it, as in ps1 --return-to FILE.")
    if similar:
        require()
    canvas_push = CanvasPush(course) if push and not own_work else None
    download = read_download(return_to) if return_to is not None else None
    names = [assignment] if assignment else course.assignments()
    submissions = {name: _submissions(course, name, students, own_work) for name in names}
    everything = [submission for group in submissions.values() for submission in group]
    with Writer(course) as writer, test_seed() if own_work else nullcontext(0) as seed:
        batch = Batch(course, writer, settings)
        if settings.sandboxed and scheduler is None and not landlock.available():
            print(_NO_LANDLOCK)
        notebooks = [
            notebook
            for name, group in submissions.items()
            if group or assignment
            for notebook in batch.notebooks(name, group)
        ]
        if not notebooks and not everything:
            place = course.folder("submitted", "STUDENT", assignment or "ASSIGNMENT")
            raise CourseError(f"There are no submissions to grade: put them into {place}.")
        pages = FeedbackPages(course.app, course.coursedir, writer.gradebook) if feedback else None
        to_grade = notebooks if regrade else batch.unfinished(notebooks)
        before = writer.marks((notebook.submission for notebook in to_grade), everything)
        lateness = attempt("extensions and late penalties", [], update_lateness, course, writer, everything)
        pool, complete = partial(graders, workers, scheduler), False
        try:
            _grade(batch, notebooks, to_grade, pool, pages)
            if accept is not None:
                accepted = writer.accept(everything, accept)
                print(f"Accepted {accept} of {', '.join(accepted) or 'nobody: it waits for review nowhere'}.")
                _grade(batch, notebooks, batch.unfinished(notebooks), pool, pages)
            complete = True
        finally:
            if own_work:
                fresh = {(one.student, one.assignment) for one in before.graded}
                attempt("the account of your work", None, tell, course, writer, everything, fresh, settings, seed)
                write_tables(writer, everything, canvas=canvas, moodle=moodle)
            else:
                _print_table(writer, everything)
                changes = attempt("the list of changed marks", [], report_changes, writer, before, regrade)
                everybody = [submission for name in course.assignments() for submission in course.submissions(name)]
                grades, remarks = csv or course.results / "grades.csv", course.results / "remarks.csv"
                write_tables(writer, everybody, grades, remarks, canvas, moodle)
                changed = course.results / "changes.csv"
                notes = [attempt(changed.name, "", write_changes, changes, regrade, changed), *lateness]
            # After the marks, which nobody should wait for; not after an interruption.
            if complete:
                _diagnose(batch, notebooks, pool, pages)
            if not own_work:
                mistakes = {name: batch.diagnosis.transcripts.mistakes(name) for name in course.assignments()}
                write_report(writer, everybody, mistakes, course.results / "report.html", list(filter(None, notes)))
        if similar and not own_work:
            attempt("the page of similar answers", None, write_similar, course, settings, names)
        if download is not None and assignment is not None and not own_work:
            attempt("the zip of feedback", None, write_bundle, course, writer, assignment, download)
        if canvas_push is not None:
            canvas_push.run(writer, everything, send)
    if own_work:
        show(course, everything)
        return
    if sentence := look_at(writer, everything):
        print(sentence)


_NO_LANDLOCK: Final = (
    "This kernel has no Landlock (Linux has it from 5.13 on): students' code runs in the sandbox as ever, but a check "
    "that opens or deletes a path which a student's function returns does so with your rights. Update the kernel, or "
    "switch Landlock on (lsm=landlock,... in its command line)."
)


class Batch:
    """Submitted notebooks of a course, graded by several workers and recorded by the one writer."""

    def __init__(self, course: Course, writer: Writer, settings: Job) -> None:
        self.course = course
        self.writer = writer
        self.settings = settings
        self.diagnosis = Diagnosis(course, settings)

    def notebooks(self, assignment: str, submissions: Sequence[Submission]) -> list[SubmittedNotebook]:
        """Every notebook that the submissions to an assignment should hold, except those without points.

        Notebooks without points are named in a sentence.

        Raises:
            CourseError: nbgrader cannot make the assignment.
            ValueError: the judge cannot read the instructor's notebook.
        """
        problems = self.course.problems(assignment)
        for problem in problems:
            prepare(replace(self.settings, solution=problem.solution))
        if pointless := [problem.name for problem in problems if not has_points(problem.solution)]:
            names = ", ".join(f"{assignment}/{name}.ipynb" for name in pointless)
            print(f"Not graded, because no cell has points (mark one with nbgrader if it should have): {names}.")
            problems = tuple(problem for problem in problems if problem.name not in pointless)
        return [SubmittedNotebook(submission, problem) for submission in submissions for problem in problems]

    def unfinished(self, notebooks: Iterable[SubmittedNotebook]) -> list[SubmittedNotebook]:
        """The notebooks without a recorded verdict, or whose verdict is for another file, tests or settings."""
        unfinished = []
        for notebook in notebooks:
            record = self.writer.recorded(notebook.submission, notebook.problem.name)
            # A folder that cannot be read is reported when its turn comes.
            with suppress(OSError):
                if record is not None and record.fingerprint == self.job(notebook).fingerprint():
                    continue
            unfinished.append(notebook)
        return unfinished

    def job(self, notebook: SubmittedNotebook) -> Job:
        """Everything that grading a submitted notebook needs."""
        return self.course.job(notebook, self.settings)

    def grade(
        self,
        notebooks: Sequence[SubmittedNotebook],
        workers: Callable[[], AbstractContextManager[Workers]],
        done: Callable[[SubmittedNotebook], None],
    ) -> None:
        """Grade notebooks and record each as it comes back; ``done`` is called after that.

        Workers are started only if there is something to run. A notebook on which the grader itself fails is recorded
        for review, and the next run grades it again.

        Raises:
            ClusterLost: the scheduler ended; results recorded before are kept.
        """
        to_run: list[SubmittedNotebook] = []
        for notebook in notebooks:
            _, _, fixed_status = notebook.locate(self.settings.limits)
            if fixed_status is None:
                to_run.append(notebook)
            else:
                job = self.job(notebook)
                self._record(notebook, grade(job), job, job.fingerprint())
                done(notebook)
        if not to_run:
            return
        in_flight: dict[SubmittedNotebook, Job] = {}

        def job_of(notebook: SubmittedNotebook) -> Job:
            in_flight[notebook] = self.job(notebook)
            return in_flight[notebook]

        with workers() as pool:
            for notebook, outcome in grade_all(pool, to_run, job_of):
                # Without a job, its files could not be read.
                job = in_flight.pop(notebook, replace(self.settings, solution=notebook.problem.solution))
                if isinstance(outcome, str):
                    tqdm.write(f"{notebook.submission.student}, {notebook.submission.assignment}: {outcome}")
                    # The student may not be the cause.
                    outcome = grade(replace(job, remark=FAILED, fixed_status="review"))
                # Without a fingerprint, the next run grades it again.
                self._record(notebook, outcome, job, job.fingerprint() if outcome.final else "")
                done(notebook)

    def _record(self, notebook: SubmittedNotebook, graded: Graded, job: Job, fingerprint: str) -> None:
        # The transcripts first: a record without them would not be graded again.
        self.diagnosis.keep(notebook, graded, fingerprint)
        self.writer.record(notebook, graded, job, fingerprint)

    def fingerprint(self, notebook: SubmittedNotebook) -> str:
        """The fingerprint of the recorded result, or an empty text."""
        record = self.writer.recorded(notebook.submission, notebook.problem.name)
        return record.fingerprint if record is not None else ""


def _submissions(course: Course, assignment: str, students: str, own_work: bool) -> list[Submission]:
    """The submissions to an assignment, or a self-learner's own work on it."""
    if not own_work:
        return course.submissions(assignment, students)
    own = course.own_work(assignment, getpass.getuser())
    return [own] if own.folder.is_dir() else []


def _grade(
    batch: Batch,
    notebooks: Sequence[SubmittedNotebook],
    unfinished: Sequence[SubmittedNotebook],
    workers: Callable[[], AbstractContextManager[Workers]],
    pages: FeedbackPages | None,
) -> None:
    """Grade the unfinished notebooks, with a progress bar, and render the feedback of each completed submission."""
    if len(unfinished) < len(notebooks):
        print(
            f"{len(notebooks) - len(unfinished)} of {len(notebooks)} notebooks have not changed and keep their marks."
        )
    left = Counter(notebook.submission for notebook in unfinished)

    def render(submission: Submission) -> None:
        if pages is None:
            return
        _render(batch, submission, notebooks, pages)

    with tqdm(total=len(unfinished), unit="notebook", disable=not unfinished) as progress:

        def done(notebook: SubmittedNotebook) -> None:
            left[notebook.submission] -= 1
            if not left[notebook.submission]:
                render(notebook.submission)
            progress.set_postfix_str(notebook.submission.student, refresh=False)
            progress.update()

        batch.grade(unfinished, workers, done)
    for submission in dict.fromkeys(notebook.submission for notebook in notebooks if notebook.submission not in left):
        render(submission)


def _diagnose(
    batch: Batch,
    notebooks: Sequence[SubmittedNotebook],
    pool: Callable[[], AbstractContextManager[Workers]],
    pages: FeedbackPages | None,
) -> None:
    """Recognise the mistakes of a class, and render the feedback that says so."""
    batch.diagnosis.of_classes(notebooks, batch.fingerprint, pool)
    if pages is not None:
        for submission in dict.fromkeys(notebook.submission for notebook in notebooks):
            _render(batch, submission, notebooks, pages)


def _render(batch: Batch, submission: Submission, notebooks: Sequence[SubmittedNotebook], pages: FeedbackPages) -> None:
    own = [notebook for notebook in notebooks if notebook.submission == submission]
    diagnoses = {
        notebook.problem.name: batch.diagnosis.diagnoses(notebook, batch.fingerprint(notebook)) for notebook in own
    }
    # A page that cannot be rendered does not stop the others.
    if problem := pages.render(submission.student, submission.assignment, list(diagnoses), diagnoses):
        print(problem, file=sys.stderr)


def _print_table(writer: Writer, submissions: Sequence[Submission]) -> None:
    """Print the table of some submissions and the remarks on them."""
    text = tables.table(writer.rows(submissions), writer.totals(submissions))
    print(text)
    if legend := tables.legend(text):
        print(legend)
    for student, assignment, sentence in writer.remarks(submissions):
        print(tables.printable(f"{student}, {assignment}: {sentence}"))
