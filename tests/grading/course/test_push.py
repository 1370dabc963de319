"""Marks and pages for Canvas: what a plan says, what is sent once and never twice, and who is left out.

A local server answers as Canvas's API is documented: courses, assignments, submissions by pages, files of comments.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.support.course import ASSIGNMENT, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading import Job
from utils.grading.__main__ import parse
from utils.grading.course.batch import Batch
from utils.grading.course.course import Course
from utils.grading.course.gradebook import Writer
from utils.grading.course.push import CanvasPush, InCanvas, PushError, plan_push
from utils.grading.feedback.tables import Row, Total
from utils.grading.supervisor import grade

TOKEN = "7~a-secret-token"
SMALL_PAGES = 2  # submissions on each page that the server gives out


@dataclass
class Canvas:
    """The state of the stand-in: students by number, what was requested, and a request that fails."""

    users: Mapping[int, Mapping[str, str]]
    points: float = 10.0
    scores: dict[int, float] = field(default_factory=dict)
    files: dict[int, list[str]] = field(default_factory=dict)
    uploaded: dict[int, tuple[str, bytes]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    refused: str = "nothing"
    url: str = ""

    def submission(self, user: int) -> dict[str, Any]:
        """A submission as Canvas lists it."""
        attachments = [{"display_name": name} for name in self.files.get(user, [])]
        return {
            "user_id": user,
            "user": {"id": user, **self.users[user]},
            "assignment_id": 5,
            "entered_score": self.scores.get(user),
            "score": self.scores.get(user),
            "submission_comments": [{"attachments": attachments}] if attachments else [],
        }


class Handler(BaseHTTPRequestHandler):
    """Answers as the API is documented."""

    canvas: Canvas

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing in the terminal."""

    def answer(self, content: Any, headers: Sequence[tuple[str, str]] = (), status: int = 200) -> None:
        """Send JSON."""
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def handle_request(self) -> None:
        """One request of any kind."""
        canvas, (path, _, query) = self.canvas, self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        canvas.requests.append(f"{self.command} {path}")
        if path != "/upload" and self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self.answer({"errors": [{"message": "Invalid access token."}]}, [("WWW-Authenticate", "Bearer")], 401)
        elif re.search(canvas.refused, canvas.requests[-1]):
            self.answer({"errors": "no"}, status=500)
        elif path == "/api/v1/courses/1":
            self.answer({"id": 1, "name": "Small"})
        elif path == "/api/v1/courses/1/assignments/5":
            self.answer({"id": 5, "course_id": 1, "points_possible": canvas.points})
        elif path == "/api/v1/courses/1/assignments/5/submissions":
            page = int(parse_qs(query).get("page", ["1"])[0])
            users = sorted(canvas.users)
            shown = users[SMALL_PAGES * (page - 1) : SMALL_PAGES * page]
            more = SMALL_PAGES * page < len(users)
            link = [("Link", f'<{canvas.url}{path}?page={page + 1}>; rel="next"')] if more else []
            self.answer([canvas.submission(user) for user in shown], link)
        elif match := re.fullmatch(r"/api/v1/courses/1/assignments/5/submissions/(\d+)/comments/files", path):
            name = parse_qs(body.decode())["name"][0]
            canvas.uploaded[len(canvas.uploaded) + 1] = (name, b"")
            self.answer({"upload_url": f"{canvas.url}/upload", "upload_params": {"key": str(len(canvas.uploaded))}})
        elif path == "/upload":
            assert "Authorization" not in self.headers
            key = int(re.search(rb'name="key"\r\n\r\n(\d+)', body)[1])  # type: ignore[index]
            canvas.uploaded[key] = (canvas.uploaded[key][0], body)
            self.answer({"id": key, "url": "somewhere"})
        elif match := re.fullmatch(r"/api/v1/courses/1/assignments/5/submissions/(\d+)", path):
            user, values = int(match[1]), parse_qs(body.decode())
            for mark in values.get("submission[posted_grade]", []):
                canvas.scores[user] = float(mark)
            for number in values.get("comment[file_ids][]", []):
                canvas.files.setdefault(user, []).append(canvas.uploaded[int(number)][0])
            self.answer(canvas.submission(user))
        else:
            self.answer({"errors": "unknown"}, status=404)

    do_GET = do_POST = do_PUT = handle_request


@contextmanager
def serving(canvas: Canvas) -> Iterator[Canvas]:
    """A server with this state."""
    handler = type("Here", (Handler,), {"canvas": canvas})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        canvas.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        yield canvas
        server.shutdown()


@pytest.fixture
def canvas() -> Iterator[Canvas]:
    """Canvas with three students of the class and one who handed in nothing here."""
    users = {
        11: {"login_id": "Ann", "sis_user_id": "s1"},
        12: {"login_id": "other", "sis_user_id": "bob"},
        13: {"login_id": "cyd"},
        14: {"login_id": "dee"},
    }
    with serving(Canvas(users)) as state:
        yield state


@pytest.fixture
def push(
    canvas: Canvas, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Any]:
    """A graded class of ann, bob and cyd; call it to push, and read what was printed."""
    configuration = f"""
c.CanvasPush.url = "{canvas.url}"
c.CanvasPush.course_number = 1
c.CanvasPush.assignments = {{"{ASSIGNMENT}": 5}}
"""
    monkeypatch.chdir(make_course(tmp_path, configuration))
    monkeypatch.setenv("CANVAS_API_TOKEN", TOKEN)
    for student, answers in (("ann", SOLUTIONS), ("bob", {}), ("cyd", SOLUTIONS)):
        hand_in(tmp_path, student, answers)
        page = tmp_path / "feedback" / student / ASSIGNMENT / f"{PROBLEM}.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"feedback of {student}")
    course = Course.here()
    with Writer(course) as writer:
        batch = Batch(course, writer, Job(sandboxed=False))
        submissions = course.submissions(ASSIGNMENT)
        for notebook in batch.notebooks(ASSIGNMENT, submissions):
            job = batch.job(notebook)
            writer.record(notebook, grade(job), job, job.fingerprint())
            writer.gradebook.find_grade("essay", PROBLEM, ASSIGNMENT, notebook.submission.student).manual_score = 4
        writer.gradebook.db.commit()

        def run(send: bool) -> str:
            capsys.readouterr()
            CanvasPush(course).run(writer, submissions, send)
            return capsys.readouterr().out

        run.writer = writer  # type: ignore[attr-defined]
        yield run


@pytest.mark.filterwarnings("ignore:Canvas may respond unexpectedly")
class TestPush:
    def test_a_plan_only_reads(self, push: Any, canvas: Canvas) -> None:
        text = push(send=False)
        assert "nothing is sent without --send" in text
        assert "ann (user 11): mark - becomes 10, 1 new feedback page" in text
        assert "bob (user 12): mark - becomes 4, 1 new feedback page" in text
        assert {request.split()[0] for request in canvas.requests} == {"GET"}
        assert canvas.scores == {}

    def test_marks_and_pages_are_sent_once(self, push: Any, canvas: Canvas) -> None:
        assert "Sent to Canvas: 3 students" in push(send=True)
        assert canvas.scores == {11: 10.0, 12: 4.0, 13: 10.0}
        assert {user: len(names) for user, names in canvas.files.items()} == {11: 1, 12: 1, 13: 1}
        pages = [re.search(rb"feedback of \w+", content) for _, content in canvas.uploaded.values()]
        assert [page[0] for page in pages if page] == [b"feedback of ann", b"feedback of bob", b"feedback of cyd"]
        canvas.requests.clear()
        assert "3 without a change" in push(send=True)
        assert {request.split()[0] for request in canvas.requests} == {"GET"}

    def test_a_push_that_was_interrupted_goes_on(self, push: Any, canvas: Canvas) -> None:
        canvas.refused = "PUT .*/12"
        with pytest.raises(PushError, match=r"after 1 student .*the same command sends the rest") as caught:
            push(send=True)
        assert TOKEN not in str(caught.value)
        assert canvas.scores == {11: 10.0}
        canvas.refused = "nothing"
        push(send=True)
        assert canvas.scores == {11: 10.0, 12: 4.0, 13: 10.0}

    def test_who_waits_for_a_person_gets_nothing(self, push: Any, canvas: Canvas) -> None:
        push.writer.gradebook.find_grade("essay", PROBLEM, ASSIGNMENT, "ann").manual_score = None
        push.writer.gradebook.db.commit()
        assert "a person still has to decide: ann." in push(send=True)
        assert set(canvas.scores) == {12, 13}

    def test_other_points_in_canvas_stop_the_assignment(self, push: Any, canvas: Canvas) -> None:
        canvas.points = 100.0
        assert "Canvas counts 100 points for this assignment, the course 10: nothing is sent" in push(send=True)
        assert canvas.scores == {}

    def test_a_wrong_token_is_said_without_showing_it(
        self, push: Any, canvas: Canvas, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CANVAS_API_TOKEN", "7~another-token")
        with pytest.raises(PushError, match="Invalid access token") as caught:
            push(send=True)
        assert "another-token" not in str(caught.value)


def plan(
    students: Sequence[str], there: Sequence[InCanvas], people: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[dict[str, int], tuple[str, ...]]:
    """Who would get a mark of 1 at which number, and the sentences."""
    totals = [Total(student, "ps1", 1.0, 0.0, 2.0) for student in students]
    made = plan_push(totals, [], people or {}, {}, there, None)
    return {entry.student: entry.there.user for entry in made.entries}, made.sentences


def test_the_number_in_the_gradebook_decides_before_any_login() -> None:
    there = [InCanvas(1, frozenset({"ann"})), InCanvas(2, frozenset({"eve"}))]
    assert plan(["ann"], there, {"ann": {"lms_user_id": "2"}}) == ({"ann": 2}, ())
    entries, sentences = plan(["ann"], there, {"ann": {"lms_user_id": "3"}})
    assert entries == {}
    assert "who they are: ann" in sentences[0]


@pytest.mark.parametrize(
    ("students", "there"),
    [
        (["ann"], [InCanvas(1, frozenset({"ann"})), InCanvas(2, frozenset({"ann"}))]),  # a login and another's SIS ID
        (["ann", "Ann"], [InCanvas(1, frozenset({"ann"}))]),
        (["ann", "s1"], [InCanvas(1, frozenset({"ann", "s1"}))]),
        (["ann"], []),
    ],
)
def test_a_mark_in_doubt_reaches_nobody(students: list[str], there: list[InCanvas]) -> None:
    entries, sentences = plan(students, there)
    assert entries == {}
    assert all(student in sentences[0] for student in students)


def test_a_check_in_review_keeps_the_mark_back() -> None:
    row = Row("ann", "ps1", "test_double", 0.0, 2.0, "review")
    made = plan_push([Total("ann", "ps1", 1.0, 0.0, 2.0)], [row], {}, {}, [InCanvas(1, frozenset({"ann"}))], 2.0)
    assert made.entries == ()
    assert made.sentences == ("Left out, because a person still has to decide: ann.",)


@pytest.mark.parametrize(
    ("configuration", "token", "sentence"),
    [
        ("", TOKEN, r"add lines as c\.CanvasPush\.url = .*; c\.CanvasPush\.course_number = .*; c\.CanvasPush\.assign"),
        ('c.CanvasPush.url = "http://canvas.example.edu"', TOKEN, "give an address with https"),
        ('c.CanvasPush.url = "https://canvas.example.edu"', "", "The environment variable CANVAS_API_TOKEN is not set"),
    ],
)
def test_what_is_missing_is_said_before_anything_is_graded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, configuration: str, token: str, sentence: str
) -> None:
    rest = 'c.CanvasPush.course_number = 1\nc.CanvasPush.assignments = {"ps1": 5}\n' if configuration else ""
    monkeypatch.chdir(make_course(tmp_path, f"\n{configuration}\n{rest}"))
    monkeypatch.setenv("CANVAS_API_TOKEN", token)
    with pytest.raises(PushError, match=sentence):
        CanvasPush(Course.here())


def test_send_alone_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["ps1", "--send"])
    assert "add --push canvas" in capsys.readouterr().err
