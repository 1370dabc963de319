"""Grade a class: find what is new or changed, have it graded, write it down, and say what came out."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace

from distributed import Client

from utils.grading.course.course import Course, Problem, Submission
from utils.grading.course.engine import Failure, grade_all
from utils.grading.course.gradebook import Writer
from utils.grading.feedback.tables import Row, Total
from utils.grading.job import Graded, Job, Status
from utils.grading.supervisor import grade

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Piece:
    """One notebook of one submission, the unit of work; ``files`` are the instructor's."""

    submission: Submission
    problem: Problem
    alone: bool
    files: dict[str, bytes] = field(hash=False, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.submission.student}-{self.submission.assignment}-{self.problem.name}"


class Classroom:
    """A course, the one writer of its gradebook, and a job that holds the settings of all of them."""

    def __init__(self, course: Course, writer: Writer, settings: Job) -> None:
        self.course = course
        self.writer = writer
        self.settings = settings

    def pieces(self, assignment: str, submissions: Sequence[Submission]) -> list[Piece]:
        """Every notebook that the submissions to an assignment should hold.

        Raises:
            CourseError: nbgrader cannot make the assignment.
            ValueError: the judge cannot read the instructor's notebook.
        """
        problems = self.course.problems(assignment)
        files = self.course.files(assignment)
        for problem in problems:
            without_marks(replace(self.settings, solution=problem.solution), "missing", "")
        return [
            Piece(submission, problem, len(problems) == 1, files) for submission in submissions for problem in problems
        ]

    def unfinished(self, pieces: Iterable[Piece]) -> list[Piece]:
        """The pieces without a verdict on record, or with one on another notebook, by other tests or other rules."""
        found = []
        for piece in pieces:
            record = self.writer.recorded(piece.submission, piece.problem.name)
            if record is None or record.fingerprint != self.read(piece).fingerprint():
                found.append(piece)
        return found

    def read(self, piece: Piece) -> Work:
        """What the student handed in for a piece, ready to be graded."""
        return read(self.course, self.settings, piece)

    def grade(
        self,
        pieces: Sequence[Piece],
        cluster: Callable[[], AbstractContextManager[Client]],
        done: Callable[[Piece, Graded], None],
    ) -> None:
        """Grade pieces on a cluster and write each down as it comes back; ``done`` is called after that.

        Raises:
            ClusterLost: the scheduler went away; what is written down stands.
        """
        ready: list[Piece] = []
        for piece in pieces:
            work = self.read(piece)
            if work.settled is None:
                ready.append(piece)
            else:
                self._write(piece, work, without_marks(work.job, work.settled, work.remark), done)
        if not ready:
            return
        in_flight: dict[Piece, Work] = {}

        def job_of(piece: Piece) -> Job:
            in_flight[piece] = self.read(piece)
            return in_flight[piece].job

        with cluster() as client:
            for piece, outcome in grade_all(client, ready, job_of):
                work = in_flight.pop(piece)
                if isinstance(outcome, Failure):
                    # Not the student's doing, perhaps: without a fingerprint, the next run tries it again.
                    graded = without_marks(work.job, "crashed", outcome.message)
                    self._write(piece, work, graded, done, fingerprint="")
                elif work.remark:
                    self._write(piece, work, replace(outcome, remarks=(work.remark, *outcome.remarks)), done)
                else:
                    self._write(piece, work, outcome, done)

    def rows(self, submissions: Iterable[Submission]) -> list[Row]:
        """The lines of `grades.csv` for submissions, as far as they have been graded."""
        return [
            row
            for submission in submissions
            for row in self.writer.rows(submission, self.course.names(submission.assignment))
        ]

    def totals(self, submissions: Iterable[Submission]) -> list[Total]:
        """The results of submissions that have been graded, late penalties taken off."""
        return [total for submission in submissions if (total := self.writer.total(submission))]

    def remarks(self, submissions: Iterable[Submission]) -> list[tuple[str, str, str]]:
        """What there is to say on submissions: student, assignment, sentence."""
        found = []
        for submission in submissions:
            for name in self.course.names(submission.assignment):
                record = self.writer.recorded(submission, name)
                sentences = list(record.remarks) if record else []
                sentences += [
                    f"{cell.grade_id}: {cell.status}. {cell.message}".strip()
                    for cell in (record.cells if record else ())
                    if cell.status in ("timed out", "memory", "crashed") and cell.message not in sentences
                ]
                found += [(submission.student, submission.assignment, sentence) for sentence in sentences]
        return found

    def _write(
        self,
        piece: Piece,
        work: Work,
        graded: Graded,
        done: Callable[[Piece, Graded], None],
        fingerprint: str | None = None,
    ) -> None:
        digest = work.fingerprint() if fingerprint is None else fingerprint
        self.writer.record(piece.submission, piece.problem.name, graded, digest, work.job)
        done(piece, graded)


@dataclass(frozen=True)
class Work:
    """A job, a remark on the file it came from, and the status that settles it where there is nothing to grade."""

    job: Job
    remark: str = ""
    settled: Status | None = None

    def fingerprint(self) -> str:
        """64 hexadecimal digits that change with whatever could change the verdict or its remark."""
        return hashlib.sha256(repr((self.job.fingerprint(), self.remark, self.settled)).encode()).hexdigest()


def read(course: Course, settings: Job, piece: Piece) -> Work:
    """What the student handed in for a piece, ready to be graded; never more than the limits allow."""
    most = settings.limits.submission_mb
    path, remark = piece.submission.notebook(piece.problem.name, piece.alone)
    notebook = b""
    settled: Status | None = None
    if path is None:
        settled = "missing"
    elif path.stat().st_size > most * MEGABYTE:
        settled = "crashed"
        size = path.stat().st_size / MEGABYTE
        remark = f"{path.name} has {size:.0f} MB and was not read, because {most} MB are the most there may be."
    else:
        notebook = path.read_bytes()
    own = piece.submission.files(course.coursedir.ignore, settings.limits.disk_mb * MEGABYTE // 2)
    giving_way = set(own) & set(course.exclude_overwriting(piece.submission.assignment))
    files = {**own, **{name: content for name, content in piece.files.items() if name not in giving_way}}
    job = replace(settings, submission=notebook, solution=piece.problem.solution, files=files)
    return Work(job, remark, settled)


def without_marks(job: Job, status: Status, reason: str) -> Graded:
    """The verdict on a notebook that could not be graded: nothing for any cell, and the reason.

    Raises:
        ValueError: the instructor's notebook cannot be read.
    """
    blank = grade(replace(job, submission=b"", files={}))
    cells = tuple(replace(cell, points=0.0, status=status, message=reason) for cell in blank.cells)
    return replace(blank, cells=cells, remarks=(reason,))
