"""`python -m utils.grading [ASSIGNMENT]` grades a class, in any folder with an nbgrader_config.py."""

from __future__ import annotations

import argparse
import getpass
import math
import os
import re
import sys
import webbrowser
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tqdm import tqdm

from utils.grading.job import Limits

if TYPE_CHECKING:
    from distributed import Client

    from utils.grading.course.batch import Classroom, Piece
    from utils.grading.course.course import Course, Submission
    from utils.grading.job import Graded

DESCRIPTION = """\
Grade the submissions of a class.

Reads the course from nbgrader_config.py in the present folder, runs every submission in a sandbox and its tests in
another process, and writes nbgrader's gradebook, the autograded notebooks, the feedback pages and grades.csv.
Run it as often as you like: only new and changed work is graded again, and marks and comments given by hand stay."""

EPILOG = """\
examples:
  python -m utils.grading                            every assignment that has submissions
  python -m utils.grading ps1 --student 'b*'         the students of one assignment whose name starts with b
  python -m utils.grading ps1 --cell-seconds 10      a cell that takes longer gets an error, the rest is graded
  python -m utils.grading ps1 --canvas ps1.csv       and a file for the gradebook of Canvas
  python -m utils.grading --scheduler tcp://host:8786      on any Dask cluster (see `pydoc utils.dask_client`)

Limits and more can be set for good in nbgrader_config.py, as c.Judge.cell_seconds = 10. Any setting of nbgrader can be
given too, as --CourseDirectory.db_url=postgresql+psycopg2://..."""

THREADS = 8  # submissions that one process looks after

LIMITS = {
    "cell_seconds": (float, "SECONDS", "time for one cell"),
    "notebook_seconds": (float, "SECONDS", "time for a whole notebook"),
    "memory_mb": (int, "MB", "memory of all processes of a student together"),
    "processes": (int, "N", "processes and threads of a student"),
    "open_files": (int, "N", "open files of a process"),
    "disk_mb": (int, "MB", "what a student's code may write"),
    "output_kb": (int, "KB", "output kept for a cell"),
    "submission_mb": (int, "MB", "size of a submitted notebook"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Grade, print the table, write the files; returns 0 done, 1 nothing done, 2 usage, 130 stopped."""
    options, settings = parse(argv)
    # Imported late, so that --help answers at once and a mistyped option costs no wait; the engine before nbgrader,
    # because it keeps a slow import out.
    import utils.grading.course.engine as engine
    from utils.dask_client import SchedulerUnreachable
    from utils.grading.course.course import CourseError
    from utils.grading.sandbox.walls import SandboxError

    try:
        return run(options, settings)
    except (CourseError, SchedulerUnreachable, engine.ClusterLost, SandboxError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. What was graded is recorded; run the same command again for the rest.", file=sys.stderr)
        return 130


def parse(argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """The command's own options, and the settings meant for nbgrader (``--Class.name=value``)."""
    parser = argparse.ArgumentParser(
        prog="python -m utils.grading",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("assignment", nargs="?", metavar="ASSIGNMENT", help="default: all that have submissions")
    what = parser.add_argument_group("what to grade")
    what.add_argument("--student", default="*", metavar="NAME", help="one student, or a pattern such as 'a*'")
    what.add_argument("--regrade", action="store_true", help="grade everything again, unchanged work too")
    what.add_argument(
        "--me", action="store_true", help="grade your own work, in the folder of the handed-out notebooks"
    )
    where = parser.add_argument_group("where it runs")
    where.add_argument("--workers", type=int, metavar="N", help="submissions at a time (default: one a processor)")
    where.add_argument("--scheduler", metavar="ADDRESS", help="a running Dask cluster, as tcp://host:8786")
    where.add_argument(
        "--unsandboxed", action="store_true", help="run students' code with your own rights (only if you trust it)"
    )
    limits = parser.add_argument_group("limits for each submission")
    for name, (kind, metavar, text) in LIMITS.items():
        default = getattr(Limits, name)
        option = f"--{name.replace('_', '-')}"
        limits.add_argument(option, type=kind, metavar=metavar, help=f"{text} (default: {default:g})")
    out = parser.add_argument_group("what comes out")
    out.add_argument("--csv", type=Path, metavar="PATH", help="default: grades.csv beside the submissions")
    out.add_argument("--canvas", type=Path, metavar="PATH", help="totals for the gradebook import of Canvas")
    out.add_argument("--moodle", type=Path, metavar="PATH", help="totals for the grade import of Moodle")
    out.add_argument("--no-feedback", action="store_true", help="write no feedback pages")
    options, rest = parser.parse_known_args(argv)
    unknown = [word for word in rest if not re.match(r"--[A-Z]\w*\.\w+=", word)]
    if unknown:
        parser.error(f"unrecognized arguments: {' '.join(unknown)}")
    return options, rest


def run(options: argparse.Namespace, settings: Sequence[str]) -> int:
    """Do what the options say."""
    from utils.grading.course.batch import Classroom
    from utils.grading.course.course import Course
    from utils.grading.course.gradebook import Writer
    from utils.grading.nbgrader import Judge

    course = Course.here(settings)
    judge = Judge(parent=course.app)
    for name in LIMITS:
        if getattr(options, name) is not None:
            setattr(judge, name, getattr(options, name))
    if options.unsandboxed:
        judge.sandboxed = False
    names = [options.assignment] if options.assignment else course.assignments()
    chosen = {name: submissions(course, name, options) for name in names}
    with Writer(course) as writer:
        classroom = Classroom(course, writer, judge.settings())
        pieces = [
            piece
            for name, handed_in in chosen.items()
            if handed_in or options.assignment
            for piece in classroom.pieces(name, handed_in)
        ]
        if not pieces:
            place = course.folder("submitted", "STUDENT", options.assignment or "ASSIGNMENT")
            print(f"There are no submissions to grade: put them into {place}.", file=sys.stderr)
            return 1
        try:
            grade(classroom, pieces, options)
        finally:
            report(classroom, [submission for handed_in in chosen.values() for submission in handed_in], options)
    if options.me:
        show(course, [submission for handed_in in chosen.values() for submission in handed_in])
    return 0


def submissions(course: Course, assignment: str, options: argparse.Namespace) -> list[Submission]:
    """What was handed in for an assignment, or a self-learner's own work on it."""
    if not options.me:
        return course.submissions(assignment, options.student)
    own = course.own_work(assignment, getpass.getuser())
    return [own] if own.folder.is_dir() else []


def grade(classroom: Classroom, pieces: Sequence[Piece], options: argparse.Namespace) -> None:
    """Grade what is unfinished, with a progress bar, and render the feedback of each submission when it is complete."""
    unfinished = list(pieces) if options.regrade else classroom.unfinished(pieces)
    if len(unfinished) < len(pieces):
        print(f"{len(pieces) - len(unfinished)} of {len(pieces)} notebooks have not changed and keep their marks.")
    left = Counter(piece.submission for piece in unfinished)
    with tqdm(total=len(unfinished), unit="notebook", disable=not unfinished) as progress:

        def done(piece: Piece, graded: Graded) -> None:
            left[piece.submission] -= 1
            if not left[piece.submission] and not options.no_feedback:
                feedback(classroom, piece.submission)
            progress.set_postfix_str(piece.submission.student, refresh=False)
            progress.update()

        classroom.grade(unfinished, partial(cluster, options), done)
    if not options.no_feedback:
        for submission in dict.fromkeys(piece.submission for piece in pieces if piece.submission not in left):
            feedback(classroom, submission)


@contextmanager
def cluster(options: argparse.Namespace) -> Iterator[Client]:
    """A client of the cluster that was asked for; says where its dashboard is, and whether anybody works there."""
    from utils.dask_client import available_processors, connect, dashboard

    count = available_processors() if options.workers is None else options.workers
    # Threads of one process share one pair of warm processes, so that the course's libraries are imported once.
    processes = math.ceil(count / THREADS)
    with connect(processes, options.scheduler, threads=math.ceil(count / max(processes, 1))) as client:
        if address := dashboard(client):
            tqdm.write(f"Dashboard: {address}")
        if not client.nthreads():
            tqdm.write(f"The cluster at {options.scheduler} has no workers yet; waiting for the first.")
        yield client


def feedback(classroom: Classroom, submission: Submission) -> None:
    """Render a submission's feedback; a page that fails is no reason to stop."""
    problem = classroom.writer.feedback(submission, classroom.course.names(submission.assignment))
    if problem:
        print(problem, file=sys.stderr)


def report(classroom: Classroom, chosen: Sequence[Submission], options: argparse.Namespace) -> None:
    """Print the table of what was chosen, and write the CSV files of the whole class."""
    from utils.grading.feedback import tables
    from utils.store import write_atomic

    course = classroom.course
    print(tables.table(classroom.rows(chosen), classroom.totals(chosen)))
    remarks = classroom.remarks(chosen)
    for student, assignment, sentence in remarks:
        print(tables.printable(f"{student}, {assignment}: {sentence}"))
    everybody = chosen if options.me else [s for name in course.assignments() for s in course.submissions(name)]
    folder = course.results
    files = {
        None if options.me else options.csv or folder / "grades.csv": tables.grades_csv(classroom.rows(everybody)),
        None if options.me else folder / "remarks.csv": tables.remarks_csv(classroom.remarks(everybody)),
    }
    totals, people = classroom.totals(everybody), classroom.writer.people()
    files[options.canvas] = tables.canvas_csv(totals, people)
    files[options.moodle] = tables.moodle_csv(totals, people)
    for path, content in files.items():
        if path is not None:
            write_atomic(path, content)
            print(f"Wrote {path}")


def show(course: Course, chosen: Sequence[Submission]) -> None:
    """Open a self-learner's feedback in the browser, where there is a screen, and say where it is."""
    for submission in chosen:
        for page in sorted(course.folder("feedback", submission.student, submission.assignment).glob("*.html")):
            print(f"Feedback: {page}")
            if sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
                webbrowser.open(page.as_uri())


if __name__ == "__main__":
    raise SystemExit(main())
