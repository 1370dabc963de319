"""Diagnosis of a whole class: what students and the instructor read, what nobody reads, and what it may not cost."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.course import ASSIGNMENT, HIDDEN, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading import Job, grade
from utils.grading.course import diagnosis
from utils.grading.course.batch import grade_class
from utils.grading.course.course import Course
from utils.grading.course.diagnosis import NAMES
from utils.grading.course.transcripts import FOLDER

SENTENCE = "Squares its argument, which is the same for one number only."
BANK = f'''
EXERCISE = Exercise(assignment="{ASSIGNMENT}", notebook="{PROBLEM}", read="means: The middle <i>of</i> two")


@EXERCISE.wrong("double")
def squares(x):
    """{SENTENCE}"""
    return x**2


@EXERCISE.wrong("mean")
def gives_a_hidden_number_away(values):
    """Multiplies by 7, where -42 is an output of a hidden test."""
    return 7 * len(values)
'''
SQUARES = {**SOLUTIONS, "double": "def double(x):\n    # in other words\n    return x * x"}
POSITIVE = {**SOLUTIONS, "double": "def double(x):\n    return 2 * abs(x)  # by cyd\n'</pre><script>alert(1)</script>'"}

Grade = Callable[[], Path]


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course with a bank of two wrong answers; nobody has handed in anything."""
    settings = 'c.Diagnosis.answers = "bank"\nc.Diagnosis.lectures = "https://example.org/course"\n'
    monkeypatch.chdir(make_course(tmp_path, settings))
    (tmp_path / "bank").mkdir()
    (tmp_path / "bank" / "numbers.py").write_text(BANK)
    return tmp_path


def graded(folder: Path, seed: int = 3) -> None:
    """Grade the class, as the command does."""
    grade_class(Course.here(), Job(seed=seed), workers=1)


def page(folder: Path, student: str) -> str:
    return (folder / "feedback" / student / ASSIGNMENT / f"{PROBLEM}.html").read_text()


def report(folder: Path) -> str:
    return (folder / "report.html").read_text()


def test_a_student_with_a_known_mistake_reads_which_one_it_is(course: Path) -> None:
    hand_in(course, "ann", SQUARES)
    hand_in(course, "bob", SOLUTIONS)
    hand_in(course, "cyd", POSITIVE)
    graded(course)
    assert SENTENCE in page(course, "ann")
    assert 'href="https://example.org/course/means.html#the-middle-i-of-i-two"' in page(course, "ann")
    assert "<i>of</i>" not in page(course, "ann")
    for other in ("bob", "cyd"):
        assert SENTENCE not in page(course, other)
        assert "A likely reason" not in page(course, other)
    assert SENTENCE in report(course)
    # Nothing is graded or rendered again.
    times = [path.stat().st_mtime_ns for path in sorted(course.rglob("feedback/*/*/*.html"))]
    graded(course)
    assert [path.stat().st_mtime_ns for path in sorted(course.rglob("feedback/*/*/*.html"))] == times
    assert SENTENCE in report(course)
    # A mended answer loses its diagnosis.
    hand_in(course, "ann", SOLUTIONS)
    graded(course)
    assert SENTENCE not in page(course, "ann") + report(course)


def test_answers_that_behave_alike_are_a_group_until_the_instructor_names_it(course: Path) -> None:
    for student in ("ann", "bob", "cyd"):
        hand_in(course, student, POSITIVE)
    hand_in(course, "dan", SQUARES)
    for blank in ("eve", "fay"):
        hand_in(course, blank)
    graded(course)
    text = report(course)
    assert "NotImplementedError" not in text.partition("Which mistakes")[2].partition("Why points")[0]
    (key,) = re.findall(r"3 of 4 wrong answers to double gave the same \(group (\w+)\)", text)
    assert "return 2 * abs(x)" in text
    assert "<script" not in text
    assert not any(student in text.partition("Which mistakes")[2] for student in ("ann", "bob", "cyd"))
    (course / NAMES).write_text(f'[groups]\n{key} = "Takes the <b>size</b> of a number for the number."\n')
    graded(course)
    for student in ("ann", "bob", "cyd"):
        assert "Takes the &lt;b&gt;size&lt;/b&gt; of a number for the number." in page(course, student)
    assert "gave the same (group" not in report(course)
    assert "Takes the" not in page(course, "dan")


def test_a_sentence_that_gives_a_hidden_test_away_is_shown_to_nobody(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hand_in(course, "ann", {**SOLUTIONS, "mean": "def mean(values):\n    return len(values) * 7"})
    hand_in(course, "bob", POSITIVE)
    hand_in(course, "cyd", POSITIVE)
    graded(course)
    (key,) = re.findall(r"answers to double gave the same \(group (\w+)\)", report(course))
    (course / NAMES).write_text(f'[groups]\n{key} = "{HIDDEN}"\n')
    graded(course)
    told = capsys.readouterr().err
    assert "reveals “42” of a hidden test" in told
    for student in ("ann", "bob", "cyd"):
        assert "A likely reason" not in page(course, student)
        assert "-42" not in page(course, student)


def test_transcripts_reach_no_page_table_or_notebook(course: Path) -> None:
    hand_in(course, "ann", SQUARES)
    hand_in(course, "bob", POSITIVE)
    graded(course)
    folder = course / FOLDER
    files = [path for path in folder.rglob("*.json") if "transcripts" in path.read_text()]
    assert len(files) >= 4
    assert folder.stat().st_mode & 0o077 == 0
    hashes = {
        text
        for path in files
        for calls in json.loads(path.read_text())["transcripts"].values()
        for call in calls
        for text in call[1:3]
    }
    assert len(hashes) > 4
    others = [path for path in course.rglob("*") if path.is_file() and folder not in path.parents]
    for path in others:
        content = path.read_bytes()
        assert not any(text.encode() in content for text in hashes), path
    # Nor does the folder hold what a hidden test says, or who handed in what.
    kept = "".join(path.read_text() for path in folder.rglob("*.json")) + "".join(map(str, folder.rglob("*")))
    kept = kept.replace(str(course), "")
    assert "-42" not in kept
    assert "ann" not in kept


def test_an_answer_made_for_somebody_elses_diagnosis_reads_a_sentence_of_the_bank_and_no_more(course: Path) -> None:
    """What a student can choose is which sentence to read; it is fixed text of the instructor."""
    spy = "def double(x):\n    raise ValueError(f'{x} -> A likely reason') if x > 5 else None\n    return x**2"
    hand_in(course, "ann", {**SOLUTIONS, "double": spy.replace("raise", "assert x < 5, 'A likely reason'\n    #")})
    hand_in(course, "bob", {**SOLUTIONS, "double": f"def double(x):\n    return {SENTENCE!r}"})
    graded(course)
    assert page(course, "ann").count(SENTENCE) == 1
    assert 'class="diagnosis"' not in page(course, "bob")


@pytest.mark.parametrize("place", ["recognise", "cells"])
def test_a_crash_of_the_diagnosis_costs_no_mark_and_no_page(
    course: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    hand_in(course, "ann", SQUARES)

    def crash(*_: object) -> None:
        raise RuntimeError("a fault of the diagnosis")

    monkeypatch.setattr(diagnosis, place, crash)
    graded(course)
    assert "the marks are not affected" in capsys.readouterr().err
    assert "ann,ps1,test_mean,3,3,graded" in (course / "grades.csv").read_text()
    assert SENTENCE not in page(course, "ann")


def test_damaged_records_are_no_diagnosis(course: Path) -> None:
    hand_in(course, "ann", SQUARES)
    graded(course)
    marks = (course / "grades.csv").read_text()
    for path in (course / FOLDER).rglob("*.json"):
        path.write_text('{"transcripts": 3}')
    (course / NAMES).write_text("[groups\n")
    graded(course)
    assert (course / "grades.csv").read_text() == marks
    assert SENTENCE not in page(course, "ann")


ODD_ANSWERS = {
    "deep": "def double(x):\n    deep = []\n    for _ in range(500):\n        deep = [deep]\n    return deep",
    "large": "def double(x):\n    return [10**400] * 10000",
    "object": "class Odd:\n    def __eq__(self, other):\n        return True\ndef double(x):\n    return Odd()",
    "many": "def double(x):\n    return 2 * x if x < 1000 else {x: {x}}",
    "right": "def double(x):\n    return x + x",
}


@pytest.mark.parametrize("name", ODD_ANSWERS)
def test_marks_and_messages_are_the_same_with_and_without_transcripts(course: Path, name: str) -> None:
    path = hand_in(course, "ann", {**SOLUTIONS, "double": ODD_ANSWERS[name]})
    solution = (course / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb").read_bytes()
    on, off = (grade(Job(path.read_bytes(), solution, seed=3, transcripts=choice)) for choice in (True, False))
    assert [(cell.points, cell.status, cell.message) for cell in on.cells] == [
        (cell.points, cell.status, cell.message) for cell in off.cells
    ]
    assert on.notebook == off.notebook
    assert on.transcripts
    assert not off.transcripts
