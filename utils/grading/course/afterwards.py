"""What a run does when every mark is recorded: it says what changed, and writes what travels.

Nothing here decides a mark, and no fault here costs one: `attempt` turns it into a sentence, and the run goes on.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import ParamSpec, TypeVar

from utils.grading.course.course import Course, Submission, is_plain
from utils.grading.course.files import read_plain
from utils.grading.course.gradebook import Marks
from utils.grading.feedback import bundle, regrade
from utils.grading.feedback.bundle import Download, Student
from utils.grading.feedback.regrade import Change
from utils.grading.feedback.tables import printable
from utils.store import write_atomic

P = ParamSpec("P")
T = TypeVar("T")


def attempt(what: str, default: T, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call a function; if it fails, print a sentence and return ``default``.

    Args:
        what: the subject of the sentence.
        default: the result in place of a failed call.
        function: what to call, with its arguments.

    Example:
        >>> attempt("the sum", 0, sum, [1, 2])
        3
    """
    try:
        return function(*args, **kwargs)
    except Exception as error:
        reason = printable(f"{type(error).__name__}: {error}")[:300]
        print(f"Not done: {what} ({reason}). All marks are recorded.", file=sys.stderr)
        return default


def write(path: Path, content: str) -> None:
    """Write a file, and print its path."""
    write_atomic(path, content)
    print(f"Wrote {path}")


def changed_marks(before: Marks, after: Marks) -> list[Change]:
    """The marks that differ after a run."""
    return regrade.changed_marks(before.rows, after.rows, before.totals, after.totals)


def print_changes(changes: list[Change], everything: bool) -> None:
    """Print who gains and who loses.

    Args:
        changes: of the run.
        everything: say also that nothing changed.
    """
    if changes or everything:
        print(regrade.summary(changes))
    if changes:
        print(regrade.table(changes))


def write_changes(changes: list[Change], everything: bool, path: Path) -> str:
    """Write the changes of a run; one that changed nothing keeps the file of the last one that did.

    Args:
        changes: of the run.
        everything: write also that nothing changed.
        path: of the CSV file.

    Returns:
        A sentence for the report on the class, or an empty text.
    """
    if changes or everything:
        write(path, regrade.changes_csv(changes))
        return regrade.summary(changes) + (f" {path.name} lists them, with the reasons." if changes else "")
    if path.exists():
        day = datetime.fromtimestamp(path.stat().st_mtime).strftime("%Y-%m-%d %H:%M")
        return f"{path.name} lists the marks that the run of {day} changed, with the reasons."
    return ""


def write_bundle(
    course: Course,
    people: Mapping[str, Mapping[str, str]],
    assignment: str,
    submissions: Sequence[Submission],
    download: Download,
) -> None:
    """Write the feedback on an assignment as a zip for the platform that a download comes from, and say how to use it.

    Args:
        course: whose feedback.
        people: names and numbers by student, as the gradebook knows them.
        assignment: of the download.
        submissions: to the assignment.
        download: what the platform gave out.
    """
    made = bundle.bundle(download, [_student(course, people, submission) for submission in submissions])
    path = course.results / f"feedback-{assignment}-{made.system}.zip"
    write_atomic(path, made.content)
    print(f"Wrote {path}")
    for sentence in made.sentences:
        print(printable(sentence))


def _student(course: Course, people: Mapping[str, Mapping[str, str]], submission: Submission) -> Student:
    person = people.get(submission.student, {})
    first, last = person.get("first_name", ""), person.get("last_name", "")
    digests = set()
    with suppress(OSError):
        for path in submission.folder.glob("*.ipynb"):
            with suppress(OSError):
                digests.add(bundle.digest_of(read_plain(path, bundle.MAX_NOTEBOOK)))
    folder = course.folder("feedback", submission.student, submission.assignment)
    names = (folder / f"{name}.html" for name in course.names(submission.assignment))
    return Student(
        submission.student,
        (f"{first} {last}", f"{last} {first}") if first and last else (),
        person.get("lms_user_id", ""),
        frozenset(digests),
        {page.name: page for page in names if is_plain(page)},
    )
