"""Marks and feedback pages sent to Canvas through its API, with the optional package canvasapi.

By default nothing is sent: the plan is printed, for which Canvas is only read. What Canvas has already is not sent
again, so that a push that was interrupted goes on when it is repeated. A student is known by Canvas's number of the
user (the gradebook's ``lms_user_id``), else by login or SIS ID; who is not known without doubt gets nothing, and is
named.

Canvas's documentation describes the API under *Submissions* (list, grade or comment on a submission) and *Submission
Comments* (upload a file).
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from traitlets import Dict, Int, Unicode
from traitlets.config import Configurable

from utils.errors import WhichIsBetterError
from utils.grading.course.course import Course, Submission, is_plain
from utils.grading.course.gradebook import Writer
from utils.grading.feedback.tables import Row, Total, number, printable

TOKEN: Final = "CANVAS_API_TOKEN"  # the environment variable; a file of the course is no place for a secret
_OPEN: Final = ("needs manual", "review")  # a person has to decide


class PushError(WhichIsBetterError):
    """Marks cannot be sent; the message says what is missing."""


@dataclass(frozen=True)
class InCanvas:
    """A student's submission as Canvas lists it.

    Attributes:
        user: Canvas's number of the user.
        keys: login and SIS ID, as far as Canvas shows them.
        score: the mark there, or None.
        files: names of the files in comments.
    """

    user: int
    keys: frozenset[str] = frozenset()
    score: float | None = None
    files: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entry:
    """What a student would get.

    Attributes:
        student: the course's name.
        there: the submission in Canvas.
        score: the mark to send, or None where Canvas has it.
        pages: feedback pages that Canvas does not have yet, by the name they get there.
    """

    student: str
    there: InCanvas
    score: float | None
    pages: Mapping[str, Path]


@dataclass(frozen=True)
class Plan:
    """What a push would send for an assignment.

    Attributes:
        entries: students for whom something would change.
        unchanged: how many are in Canvas as they should be.
        sentences: who is left out, and why.
    """

    entries: tuple[Entry, ...]
    unchanged: int
    sentences: tuple[str, ...]


class CanvasPush(Configurable):
    """Where marks go, set in `nbgrader_config.py`.

    Args:
        course: whose marks.

    Raises:
        PushError: the package, the token or a setting is missing.
    """

    url = Unicode("", help="Address of Canvas, as https://canvas.example.edu.").tag(config=True)
    course_number = Int(0, help="Number of the course in Canvas, as in its address /courses/1234.").tag(config=True)
    assignments = Dict(
        help="Canvas's number of each assignment, by our name; those that are missing are not sent.",
        key_trait=Unicode(),
        value_trait=Int(),
    ).tag(config=True)

    def __init__(self, course: Course) -> None:
        super().__init__(parent=course.app)
        self.course = course
        if find_spec("canvasapi") is None:
            raise PushError(
                "Sending marks to Canvas needs the package canvasapi: install it with pip install canvasapi."
            )
        examples = {"url": '"https://canvas.example.edu"', "course_number": "1234", "assignments": '{"ps1": 5678}'}
        if missing := [f"c.CanvasPush.{name} = {line}" for name, line in examples.items() if not getattr(self, name)]:
            raise PushError(f"nbgrader_config.py does not say where the marks go: add lines as {'; '.join(missing)}.")
        address = urlsplit(self.url)
        if address.scheme != "https" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise PushError(
                f"c.CanvasPush.url is {self.url}: give an address with https, so that nobody reads the token."
            )
        self._token = os.environ.get(TOKEN, "")
        if not self._token:
            raise PushError(
                f"The environment variable {TOKEN} is not set: make a token in Canvas (Account, Settings, New access "
                "token) and set the variable for this command only."
            )

    def run(self, writer: Writer, submissions: Sequence[Submission], send: bool) -> None:
        """Print what Canvas would get of each assignment, and with ``send`` send it.

        Args:
            writer: of the gradebook.
            submissions: those that were graded.
            send: send it; otherwise Canvas is only read.

        Raises:
            PushError: Canvas refuses, or does not answer; what was sent before stays.
        """
        from canvasapi import Canvas
        from canvasapi.exceptions import CanvasException

        sent = 0
        try:
            canvas = Canvas(self.url, self._token)
            for name in dict.fromkeys(submission.assignment for submission in submissions):
                if name not in self.assignments:
                    print(f"Not sent: {name}, which has no number in c.CanvasPush.assignments.")
                    continue
                own = [submission for submission in submissions if submission.assignment == name]
                place = canvas.get_course(self.course_number).get_assignment(self.assignments[name])
                listed = place.get_submissions(include=["user", "submission_comments"])
                there = {one.user_id: one for one in listed}
                plan = plan_push(
                    writer.totals(own),
                    writer.rows(own),
                    writer.people(),
                    {submission.student: _pages(self.course, submission) for submission in own},
                    [_in_canvas(one) for one in there.values()],
                    getattr(place, "points_possible", None),
                )
                print(described(name, plan, send))
                for entry in plan.entries if send else ():
                    _send(there[entry.there.user], entry)
                    sent += 1
        except (CanvasException, OSError, ValueError, KeyError, AttributeError) as error:
            reason = printable(f"{type(error).__name__}: {error}").replace(self._token, "…")[:300]
            raise PushError(
                f"Canvas stopped the push after {sent} student{'s' * (sent != 1)} ({reason}). What was sent stays; "
                "the same command sends the rest."
            ) from error
        if sent:
            print(
                f"Sent to Canvas: {sent} student{'s' * (sent != 1)}. They see it when Canvas's posting policy shows it."
            )


def plan_push(
    totals: Sequence[Total],
    rows: Sequence[Row],
    people: Mapping[str, Mapping[str, str]],
    pages: Mapping[str, Mapping[str, Path]],
    there: Sequence[InCanvas],
    points: float | None,
) -> Plan:
    """Compare an assignment's marks with what Canvas has.

    Args:
        totals: of the students.
        rows: of the same students; one with a check that a person has to decide is left out.
        people: of the gradebook, by student, with ``lms_user_id``.
        pages: feedback pages by student, and by the name that they get in Canvas.
        there: the submissions in Canvas.
        points: what Canvas counts for the assignment, or None if it does not say.

    Example:
        >>> total = Total("ann", "ps1", 3.0, 0.0, 4.0)
        >>> there = InCanvas(7, frozenset({"ann"}), score=2.0)
        >>> [(one.student, one.there.user, one.score) for one in plan_push([total], [], {}, {}, [there], 4.0).entries]
        [('ann', 7, 3.0)]
    """
    sentences = []
    wrong = sorted({total.max_score for total in totals if points is not None and abs(total.max_score - points) > 1e-9})
    if wrong:
        sentences.append(
            f"Canvas counts {number(points or 0.0)} points for this assignment, the course {number(wrong[0])}: "
            "nothing is sent until both agree."
        )
        return Plan((), 0, tuple(sentences))
    undecided = {row.student for row in rows if row.status in _OPEN}
    if waiting := [total.student for total in totals if total.student in undecided]:
        sentences.append(f"Left out, because a person still has to decide: {_listed(waiting)}.")
    candidates = [(total, _places(total.student, people, there)) for total in totals if total.student not in undecided]
    claims = Counter(place.user for _, places in candidates for place in places)
    entries, unknown, unchanged = [], [], 0
    for total, places in candidates:
        if len(places) != 1 or claims[places[0].user] != 1:
            unknown.append(total.student)
            continue
        place = places[0]
        score = None if place.score is not None and abs(place.score - total.score) < 0.005 else total.score
        new = {name: path for name, path in pages.get(total.student, {}).items() if name not in place.files}
        if score is None and not new:
            unchanged += 1
        else:
            entries.append(Entry(total.student, place, score, new))
    if unknown:
        sentences.append(
            f"Left out, because Canvas does not say without doubt who they are: {_listed(unknown)}. Give Canvas's "
            "number of the user with nbgrader db student add NAME --lms-user-id=NUMBER."
        )
    return Plan(tuple(entries), unchanged, tuple(sentences))


def described(assignment: str, plan: Plan, send: bool) -> str:
    """The plan for an assignment as text for a terminal."""
    lines = [f"{assignment} in Canvas" + ("" if send else " (a plan: nothing is sent without --send)") + ":"]
    for entry in plan.entries:
        before = "-" if entry.there.score is None else number(entry.there.score)
        mark = f"mark {before} becomes {number(entry.score)}" if entry.score is not None else "mark stays"
        page = f", {len(entry.pages)} new feedback page{'s' * (len(entry.pages) != 1)}" if entry.pages else ""
        lines.append(f"  {printable(entry.student)} (user {entry.there.user}): {mark}{page}")
    lines.append(f"  {plan.unchanged} without a change")
    return "\n".join([*lines, *(f"  {printable(sentence)}" for sentence in plan.sentences)])


def _places(student: str, people: Mapping[str, Mapping[str, str]], there: Sequence[InCanvas]) -> list[InCanvas]:
    """What may be a student's in Canvas: by number if the gradebook has one, else by login or SIS ID."""
    own = people.get(student, {}).get("lms_user_id", "")
    if own:
        return [place for place in there if str(place.user) == own]
    return [place for place in there if student.casefold() in place.keys]


def _in_canvas(submission: Any) -> InCanvas:
    user = getattr(submission, "user", None) or {}
    keys = {str(user[key]).casefold() for key in ("login_id", "sis_user_id") if user.get(key)}
    score = getattr(submission, "entered_score", None)  # before what Canvas itself subtracts for lateness
    score = getattr(submission, "score", None) if score is None else score
    comments = getattr(submission, "submission_comments", None) or []
    files = {str(file.get("display_name")) for one in comments for file in one.get("attachments") or []}
    return InCanvas(int(submission.user_id), frozenset(keys), score, frozenset(files))


def _pages(course: Course, submission: Submission) -> dict[str, Path]:
    """A student's feedback pages by a name that says their content, by which they are found again in Canvas."""
    folder = course.folder("feedback", submission.student, submission.assignment)
    pages = {}
    for name in course.names(submission.assignment):
        path = folder / f"{name}.html"
        if is_plain(path):
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
            pages[f"feedback-{re.sub(r'[^A-Za-z0-9_-]', '-', name)}-{digest}.html"] = path
    return pages


def _send(submission: Any, entry: Entry) -> None:
    """The pages first: a mark that is in Canvas says that everything was sent."""
    with tempfile.TemporaryDirectory() as folder:
        for name, path in entry.pages.items():
            copy = Path(folder) / name
            copy.write_bytes(path.read_bytes())
            complete, answer = submission.upload_comment(copy)
            if not complete:
                raise ValueError(f"the page of {entry.student} was not taken: {answer}")
    if entry.score is not None:
        submission.edit(submission={"posted_grade": number(entry.score)})


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")
