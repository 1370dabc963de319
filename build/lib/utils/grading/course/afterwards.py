"""What a run does beside grading: extensions before it, and after it, what changed and what travels.

Nothing here decides a mark, and no fault here costs one: `attempt` turns it into a sentence, and the run goes on.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from utils.grading.course import extensions
from utils.grading.course.course import Course, Submission, is_plain
from utils.grading.course.files import read_plain
from utils.grading.course.gradebook import Marks, Writer
from utils.grading.feedback import bundle, regrade, tables
from utils.grading.feedback.bundle import Download, Student
from utils.grading.feedback.class_report import Request, class_page, class_reports
from utils.grading.feedback.diagnosis import Mistakes
from utils.grading.feedback.regrade import Change
from utils.grading.feedback.tables import printable
from utils.store import write_atomic

REQUEST: Final = "request.md"  # beside a notebook: what a student asks the instructor
REQUEST_BYTES: Final = 16 << 10  # that are shown

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
        print(f"Not done: {what} ({reason}). No mark is lost by that.", file=sys.stderr)
        return default


def write(path: Path, content: str) -> None:
    """Write a file, and print its path."""
    write_atomic(path, content)
    print(f"Wrote {path}")


def update_lateness(course: Course, writer: Writer, submissions: Sequence[Submission]) -> list[str]:
    """Read the file of extensions, and bring the late penalties of work that was graded before up to date.

    Returns:
        Sentences on what could not be used; they are printed too.
    """
    names = course.assignments()
    students = {submission.student for name in names for submission in course.submissions(name)}
    writer.extensions = extensions.read_extensions(course.results / extensions.FILE, students, names)
    sentences = [
        *writer.extensions.sentences,
        *extensions.apply(course.app, writer.gradebook, writer.extensions, submissions),
        *extensions.without_deadline(writer.gradebook, writer.extensions),
    ]
    for sentence in sentences:
        print(sentence)
    return sentences


def report_changes(writer: Writer, before: Marks, everything: bool) -> list[Change]:
    """The marks that the run changed, which are printed; ``everything``: also print that there are none."""
    after = writer.marks(before.graded, before.submissions)
    changes = regrade.changed_marks(before.rows, after.rows, before.totals, after.totals)
    if changes or everything:
        print(regrade.summary(changes))
    if changes:
        print(regrade.table(changes))
    return changes


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


def write_bundle(course: Course, writer: Writer, assignment: str, download: Download) -> None:
    """Write the feedback on an assignment as a zip for the platform that a download comes from, and say how to use it.

    Args:
        course: whose feedback.
        writer: of its gradebook, which knows names and numbers of students.
        assignment: of the download.
        download: what the platform gave out.
    """
    people = writer.people()
    students = [_student(course, people, submission) for submission in course.submissions(assignment)]
    made = bundle.bundle(download, students)
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


def write_tables(
    writer: Writer,
    submissions: Sequence[Submission],
    grades: Path | None = None,
    remarks: Path | None = None,
    canvas: Path | None = None,
    moodle: Path | None = None,
) -> None:
    """Write the tables of submissions for which there is a path."""
    totals, people = writer.totals(submissions), writer.people()
    if grades is not None:
        write(grades, tables.grades_csv(writer.rows(submissions)))
    if remarks is not None:
        write(remarks, tables.remarks_csv(writer.remarks(submissions)))
    if canvas is not None:
        write(canvas, tables.canvas_csv(totals, people))
    if moodle is not None:
        write(moodle, tables.moodle_csv(totals, people))


def write_report(
    writer: Writer,
    submissions: Sequence[Submission],
    mistakes: Mapping[str, Mistakes],
    path: Path,
    notes: Sequence[str],
) -> None:
    """Write the report on a class, if anything has been graded.

    Args:
        writer: of its gradebook.
        submissions: of the class.
        mistakes: by assignment.
        path: of the report.
        notes: sentences for its head.
    """
    rows = writer.rows(submissions)
    if rows:
        students = {*writer.people(), *(submission.student for submission in submissions)}
        asked = attempt("the list of requests", [], requests, submissions)
        if asked:
            names = ", ".join(f"{one.student} ({one.assignment})" for one in asked[:20])
            print(printable(f"{path.name} shows what {len(asked)} student{'s' * (len(asked) != 1)} asked: {names}."))
        write(path, class_page(class_reports(rows, writer.totals(submissions), students, mistakes), notes, asked))


def requests(submissions: Sequence[Submission]) -> list[Request]:
    """What students ask in a file beside their notebooks, without control characters; a long text is cut."""
    asked = []
    for submission in submissions:
        path = submission.folder / REQUEST
        # A link could lead to another student's work.
        if submission.folder.is_symlink():
            continue
        try:
            content = read_plain(path, REQUEST_BYTES, cut=True)
        except OSError:
            continue
        text = "\n".join(map(printable, content.decode("utf-8", "replace").splitlines())).strip()
        if text:
            more = " […]" if len(content) == REQUEST_BYTES else ""
            asked.append(Request(submission.student, submission.assignment, text + more))
    return asked


def look_at(writer: Writer, submissions: Sequence[Submission]) -> str:
    """A closing sentence on the submissions that a person has to look at, or an empty text."""
    names = {(row.student, row.assignment) for row in writer.rows(submissions) if row.status in ("crashed", "review")}
    names |= set(writer.faults)
    if not names:
        return ""
    listed = ", ".join(f"{student} ({assignment})" for student, assignment in sorted(names)[:20])
    more = f" and {len(names) - 20} more" if len(names) > 20 else ""
    return printable(f"Please look at {listed}{more}: remarks.csv says why.")
