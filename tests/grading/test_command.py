"""The command that grades a class: what it writes, what it keeps, what it says where something is not as it should be.

The course is the small one of tests/support/course.py, graded on one cluster that the tests share.
"""

import csv
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from distributed import LocalCluster
from nbgrader.api import Gradebook

from tests.support.course import ASSIGNMENT, AUTOGRADE, HIDDEN, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading.__main__ import main

USER_GUIDE = "docs/source/user_guide"


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two processes."""
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, memory_limit=None) as cluster:
        yield cluster.scheduler_address


def grade(folder: Path, *arguments: str) -> int:
    """Run the command in a folder."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        return main(list(arguments))
    finally:
        os.chdir(before)


def grades(folder: Path) -> dict[tuple[str, str], tuple[str, str]]:
    """Score and status by student and exercise."""
    with (folder / "grades.csv").open(newline="") as file:
        return {(row["student"], row["exercise"]): (row["score"], row["status"]) for row in csv.DictReader(file)}


def gradebook(folder: Path) -> Gradebook:
    """nbgrader's gradebook of a course, as nbgrader opens it."""
    return Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "small")


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory, scheduler: str) -> Path:
    """A class that was graded once. Tests that change it work on a copy."""
    folder = make_course(tmp_path_factory.mktemp("course"), AUTOGRADE)
    hand_in(folder, "ann", SOLUTIONS)
    hand_in(folder, "bob", {**SOLUTIONS, "double": "def double(x):\n    return 2 * abs(x)"})
    hand_in(folder, "cyd")
    hand_in(folder, "dan", SOLUTIONS, name="my_numbers")
    (folder / "submitted" / "eve" / ASSIGNMENT).mkdir(parents=True)
    hand_in(folder, "fay").write_text("dear teacher, my dog")
    hand_in(folder, "gus").unlink()
    solution = folder / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    (folder / "submitted" / "gus" / ASSIGNMENT / f"{PROBLEM}.ipynb").symlink_to(solution)
    assert grade(folder, "--scheduler", scheduler) == 0
    return folder


@pytest.fixture
def copy(graded: Path, tmp_path: Path) -> Path:
    """A copy of the graded class that a test may change."""
    return Path(shutil.copytree(graded, tmp_path / "course", symlinks=True))


def test_every_student_gets_a_row_for_every_exercise(graded: Path) -> None:
    scores = grades(graded)
    assert len(scores) == 7 * 4
    assert scores["ann", "test_double"] == ("2", "graded")
    assert scores["ann", "test_mean"] == ("3", "graded")
    assert scores["ann", "test_partial"] == ("1", "graded")
    assert scores["ann", "essay"] == ("0", "needs manual")
    assert scores["bob", "test_double"] == ("0", "graded")
    assert scores["bob", "test_mean"] == ("3", "graded")
    assert scores["cyd", "test_mean"] == ("0", "graded")
    for exercise in ("test_double", "test_mean", "test_partial", "essay"):
        assert scores["eve", exercise] == ("0", "missing")
        assert scores["fay", exercise] == ("0", "missing")


def test_columns_are_the_documented_ones(graded: Path) -> None:
    first = (graded / "grades.csv").read_text().splitlines()[0]
    assert first == "student,assignment,exercise,score,max_score,status"


def test_a_notebook_under_another_name_is_graded_and_remarked_on(graded: Path) -> None:
    assert grades(graded)["dan", "test_mean"] == ("3", "graded")
    assert 'dan,ps1,"numbers.ipynb is missing' in (graded / "remarks.csv").read_text()


def test_a_link_to_the_solution_is_not_followed(graded: Path) -> None:
    assert grades(graded)["gus", "test_mean"] == ("0", "missing")


def test_feedback_tells_what_failed_and_hides_hidden_tests(graded: Path) -> None:
    pages = sorted((graded / "feedback").glob("*/*/*.html"))
    assert [page.parts[-3] for page in pages] == ["ann", "bob", "cyd", "dan", "eve", "fay", "gus"]
    for page in pages:
        text = page.read_text()
        assert "double(-21)" not in text
        assert "HIDDEN TESTS" not in text
    bob = next(page for page in pages if page.parts[-3] == "bob").read_text()
    assert "negative numbers are numbers too" in bob
    eve = next(page for page in pages if page.parts[-3] == "eve").read_text()
    assert "was not handed in" in eve


def test_the_report_on_the_class_counts_its_submissions(graded: Path) -> None:
    text = (graded / "report.html").read_text()
    assert "4 submissions, 10 points" in text
    assert "Nothing that could be read from: eve, fay, gus." in text
    assert "1 student: <span" in text
    assert HIDDEN not in text


def test_no_line_of_a_hidden_test_is_written_for_students(graded: Path) -> None:
    for path in [*(graded / "autograded").rglob("*"), *(graded / "feedback").rglob("*")]:
        if path.is_file():
            assert HIDDEN.encode() not in path.read_bytes(), path


def test_unchanged_work_keeps_its_marks(copy: Path, scheduler: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = (copy / "grades.csv").read_bytes()
    pages = {page: page.stat().st_mtime_ns for page in copy.glob("feedback/*/*/*.html")}
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler) == 0
    assert "7 of 7 notebooks have not changed" in capsys.readouterr().out
    assert (copy / "grades.csv").read_bytes() == before
    assert {page: page.stat().st_mtime_ns for page in copy.glob("feedback/*/*/*.html")} == pages


def test_only_changed_work_is_graded_again(copy: Path, scheduler: str, capsys: pytest.CaptureFixture[str]) -> None:
    hand_in(copy, "cyd", SOLUTIONS)
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler) == 0
    assert "6 of 7 notebooks have not changed" in capsys.readouterr().out
    assert grades(copy)["cyd", "test_mean"] == ("3", "graded")
    with (copy / "changes.csv").open(newline="") as file:
        changes = {(row["student"], row["exercise"]): (row["change"], row["why"]) for row in csv.DictReader(file)}
    assert changes == {
        ("cyd", name): (points, "the submission changed")
        for name, points in (("test_double", "2"), ("test_mean", "3"), ("test_partial", "1"))
    }


def test_changed_tests_are_applied_to_everybody(copy: Path, scheduler: str, capsys: pytest.CaptureFixture[str]) -> None:
    source = copy / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    source.write_text(source.read_text().replace(HIDDEN, "assert double(3) == 7"))
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler) == 0
    assert grades(copy)["ann", "test_double"] == ("0", "graded")
    printed = capsys.readouterr().out
    assert "This run changed the marks of 2 students: 0 gained points, 2 lost points." in printed
    assert "Why: the instructor's notebook or files changed." in printed
    assert "2 lost points. changes.csv lists them" in (copy / "report.html").read_text()


def test_a_run_that_changes_nothing_keeps_the_list_of_the_last_one_that_did(copy: Path, scheduler: str) -> None:
    (copy / "changes.csv").write_text("an earlier run\n")
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler) == 0
    assert (copy / "changes.csv").read_text() == "an earlier run\n"
    assert "changes.csv lists the marks that the run of" in (copy / "report.html").read_text()


def test_a_fault_in_the_list_of_changes_costs_no_mark(
    copy: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("a fault\x1b[2J")

    monkeypatch.setattr("utils.grading.feedback.regrade.changed_marks", fail)
    before = (copy / "grades.csv").read_bytes()
    (copy / "grades.csv").unlink()
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler) == 0
    assert (copy / "grades.csv").read_bytes() == before
    assert "Not done: the list of changed marks (RuntimeError: a fault [2J)." in capsys.readouterr().err


def test_grading_everything_again_gives_the_same_bytes(
    copy: Path, scheduler: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (copy / "grades.csv").read_bytes()
    notebooks = {path: path.read_bytes() for path in copy.glob("autograded/*/*/*.ipynb")}
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler, "--regrade") == 0
    assert (copy / "grades.csv").read_bytes() == before
    assert {path: path.read_bytes() for path in copy.glob("autograded/*/*/*.ipynb")} == notebooks
    assert "This run changed no mark." in capsys.readouterr().out


def test_one_student_alone_leaves_the_others_in_the_table(copy: Path, scheduler: str) -> None:
    before = (copy / "grades.csv").read_bytes()
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler, "--student", "an*", "--regrade") == 0
    assert (copy / "grades.csv").read_bytes() == before


def test_marks_and_comments_given_by_hand_survive(copy: Path, scheduler: str) -> None:
    with gradebook(copy) as book:
        book.find_grade("essay", PROBLEM, ASSIGNMENT, "ann").manual_score = 2.5
        book.find_comment("essay", PROBLEM, ASSIGNMENT, "ann").manual_comment = "A good thought."
        book.db.commit()
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler, "--regrade") == 0
    assert grades(copy)["ann", "essay"] == ("2.5", "graded")
    assert "A good thought." in (copy / "feedback" / "ann" / ASSIGNMENT / f"{PROBLEM}.html").read_text()
    with gradebook(copy) as book:
        assert book.find_grade("essay", PROBLEM, ASSIGNMENT, "ann").manual_score == 2.5


def test_a_mark_given_by_hand_reaches_table_and_feedback_without_grading(copy: Path, scheduler: str) -> None:
    with gradebook(copy) as book:
        book.find_grade("essay", PROBLEM, ASSIGNMENT, "ann").manual_score = 4
        book.db.commit()
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler) == 0
    assert grades(copy)["ann", "essay"] == ("4", "graded")
    assert "10 of 10 points" in (copy / "feedback" / "ann" / ASSIGNMENT / f"{PROBLEM}.html").read_text()


def test_a_late_submission_is_penalised_as_nbgrader_does(copy: Path, scheduler: str) -> None:
    with (copy / "nbgrader_config.py").open("a") as file:
        file.write("\nc.LateSubmissionPlugin.penalty_method = 'zero'\n")
    with gradebook(copy) as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate="2026-01-01 00:00:00 UTC")
    (copy / "submitted" / "ann" / ASSIGNMENT / "timestamp.txt").write_text("2026-01-02 00:00:00 UTC")
    (copy / "submitted" / "bob" / ASSIGNMENT / "timestamp.txt").write_text("yesterday, I swear")
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler, "--canvas", "canvas.csv") == 0
    with gradebook(copy) as book:
        assert book.find_submission(ASSIGNMENT, "ann").late_submission_penalty == 6
        assert not book.find_submission(ASSIGNMENT, "bob").late_submission_penalty
    lines = {line[3]: line for line in csv.reader((copy / "canvas.csv").open(newline=""))}
    assert lines["ann"][-1] == "0"
    assert "timestamp.txt contains no date" in (copy / "remarks.csv").read_text()


@pytest.mark.slow
def test_an_extension_moves_the_deadline_without_grading_again(
    copy: Path, scheduler: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with (copy / "nbgrader_config.py").open("a") as file:
        file.write("\nc.AssignLatePenalties.plugin_class = 'utils.grading.nbgrader.DeductPerDay'\n")
    with gradebook(copy) as book:
        book.update_or_create_assignment(ASSIGNMENT, duedate="2026-01-01 12:00:00 UTC")
    (copy / "submitted" / "ann" / ASSIGNMENT / "timestamp.txt").write_text("2026-01-02 18:00:00 UTC")
    page = copy / "feedback" / "ann" / ASSIGNMENT / f"{PROBLEM}.html"

    def run() -> tuple[float, str]:
        assert grade(copy, ASSIGNMENT, "--scheduler", scheduler) == 0
        with gradebook(copy) as book:
            return book.find_submission(ASSIGNMENT, "ann").late_submission_penalty, " ".join(page.read_text().split())

    penalty, text = run()
    assert penalty == pytest.approx(1.2)  # two days have begun: 20 % of 6 points
    assert "Your deadline was 1 January 2026, 12:00 UTC." in text
    assert "You handed in on 2 January 2026, 18:00 UTC, 1.2 days late." in text
    assert "<strong>1.2 points are subtracted because the work came late</strong>: it would have 6." in text

    (copy / "extensions.csv").write_text("student,assignment,extra_days,late_days\nann,ps1,1,0.5\nzoe,ps1,1,\n")
    capsys.readouterr()
    penalty, text = run()
    assert penalty == 0
    assert "2 January 2026, 24:00" not in text
    assert "Your deadline was 3 January 2026, 00:00 UTC, which is 1.5 days later than for the class" in text
    assert "on time." in text
    assert "subtracted" not in text
    printed = capsys.readouterr().out
    assert "7 of 7 notebooks have not changed" in printed
    assert "1 gained points, 0 lost points" in printed
    sentence = "extensions.csv, line 3 was not used: there is no student &#39;zoe&#39; among the submissions."
    assert sentence in (copy / "report.html").read_text()
    assert ("ann", "late penalty", "1.2") in {
        (row["student"], row["exercise"], row["change"])
        for row in csv.DictReader((copy / "changes.csv").open(newline=""))
    }

    (copy / "extensions.csv").write_text("student,assignment,extra_days\nann,ps1,0\n")
    assert run()[0] == pytest.approx(1.2)


def test_what_students_ask_is_in_the_report_as_text(
    copy: Path, scheduler: str, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = "Please look at <b>exercise 2</b>\x1b[2J again.\n<script>alert(1)</script> {{ 7 * 7 }}"
    (copy / "submitted" / "fay" / ASSIGNMENT / "request.md").write_text(asked)
    (copy / "submitted" / "gus" / ASSIGNMENT / "request.md").symlink_to("/etc/passwd")
    (copy / "submitted" / "eve" / ASSIGNMENT / "request.md").write_text("x" * 100_000)
    (copy / "submitted" / "bob" / ASSIGNMENT / "request.md").write_text(" \n")
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler, "--student", "[efg]*") == 0
    text = (copy / "report.html").read_text()
    assert "Please look at &lt;b&gt;exercise 2&lt;/b&gt; [2J again.\n&lt;script&gt;" in text
    assert "<script>" not in text
    assert "{{ 7 * 7 }}" in text
    assert "root:" not in text
    assert text.count("x" * 1000) == 16
    assert "report.html shows what 2 students asked: eve (ps1), fay (ps1)." in capsys.readouterr().out


def test_an_extension_without_a_deadline_costs_nobody_a_mark(
    copy: Path, scheduler: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (copy / "extensions.csv").write_text("student,assignment,extra_days\ncyd,ps1,1\n")
    hand_in(copy, "cyd", SOLUTIONS)
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler) == 0
    assert grades(copy)["cyd", "test_mean"] == ("3", "graded")
    assert "ps1 has no deadline, so that extensions do nothing" in capsys.readouterr().out


def test_tables_for_canvas_and_moodle(copy: Path, scheduler: str) -> None:
    with gradebook(copy) as book:
        book.update_or_create_student("ann", first_name="Ann", last_name="Ash", email="ann@example.org")
    files = ("--canvas", "canvas.csv", "--moodle", "moodle.csv")
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler, *files) == 0
    canvas = list(csv.reader((copy / "canvas.csv").open(newline="")))
    assert canvas[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ASSIGNMENT]
    assert canvas[1] == ["    Points Possible", "", "", "", "", "10"]
    assert canvas[2] == ["Ash, Ann", "", "", "ann", "", "6"]
    moodle = list(csv.reader((copy / "moodle.csv").open(newline="")))
    assert moodle[0] == ["username", "email", ASSIGNMENT]
    assert moodle[1] == ["ann", "ann@example.org", "6"]


def test_the_feedback_travels_back_to_where_the_submissions_came_from(
    copy: Path, scheduler: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with gradebook(copy) as book:  # Dan's notebook is equal to Ann's, so that only names tell them apart
        book.update_or_create_student("ann", first_name="Ann", last_name="Ash")
    download = copy / "download.zip"
    with zipfile.ZipFile(download, "w") as archive:
        for number, student in enumerate(("ann", "bob"), 41):
            notebook = copy / "submitted" / student / ASSIGNMENT / f"{PROBLEM}.ipynb"
            archive.write(notebook, f"{student.title()} Ash_{number}_assignsubmission_file/{PROBLEM}.ipynb")
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler, "--return-to", "download.zip") == 0
    with zipfile.ZipFile(copy / f"feedback-{ASSIGNMENT}-moodle.zip") as made:
        pages = {name: made.read(name) for name in made.namelist()}
    assert pages == {
        f"{student.title()} Ash_{number}_assignfeedback_file_{PROBLEM}.html": (
            copy / "feedback" / student / ASSIGNMENT / f"{PROBLEM}.html"
        ).read_bytes()
        for number, student in enumerate(("ann", "bob"), 41)
    }
    assert HIDDEN.encode() not in b"".join(pages.values())
    assert "Not in it, because the download does not say without doubt" in capsys.readouterr().out


def test_own_work_is_graded_where_it_was_handed_out(
    copy: Path, scheduler: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("USER", "learner")
    monkeypatch.setenv("LOGNAME", "learner")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    own = copy / "release" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    own.parent.mkdir(parents=True)
    shutil.copy(copy / "submitted" / "ann" / ASSIGNMENT / f"{PROBLEM}.ipynb", own)
    before = (copy / "grades.csv").read_bytes()
    assert grade(copy, "--me", "--scheduler", scheduler) == 0
    assert (copy / "own" / "feedback" / "learner" / ASSIGNMENT / f"{PROBLEM}.html").exists()
    assert (copy / "grades.csv").read_bytes() == before
    printed = capsys.readouterr().out
    assert "ps1/numbers: 6 of 10 points" in printed
    assert "graded by hand" in printed


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["ps9"], "There is no assignment 'ps9'"),
        ([ASSIGNMENT, "--student", "nobody"], "There are no submissions to grade"),
        ([ASSIGNMENT, "--return-to", "no.zip"], "no.zip cannot be read as a zip"),
        (["--return-to", "no.zip"], "name it, as in"),
        ([ASSIGNMENT, "--cell-seconds", "-1"], "a limit must be a positive number"),
        pytest.param(
            [ASSIGNMENT, "--regrade", "--scheduler", "tcp://127.0.0.1:9"],
            "No Dask scheduler answers",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    copy: Path, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grade(copy, *arguments) == 1
    assert sentence in capsys.readouterr().err


def test_outside_a_course_it_says_where_to_go(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert grade(tmp_path) == 1
    assert "has no nbgrader_config.py" in capsys.readouterr().err


def test_a_mistyped_option_is_an_error() -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--studnet", "ann"])
    assert stop.value.code == 2


def test_added_cells_after_grading_are_refused_with_the_way_out(
    copy: Path, scheduler: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = copy / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    notebook = nbformat.read(source, as_version=4)
    extra = nbformat.from_dict({**notebook.cells[3], "id": "more"})
    extra.metadata = {"nbgrader": {**notebook.cells[3].metadata.nbgrader, "grade_id": "test_more"}}
    notebook.cells.append(extra)
    nbformat.write(notebook, source)
    assert grade(copy, ASSIGNMENT, "--scheduler", scheduler) == 1
    assert "nbgrader db assignment remove ps1" in capsys.readouterr().err


@pytest.mark.slow
def test_nbgraders_own_autograde_gives_the_same_scores(graded: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(graded, tmp_path / "course", symlinks=True))
    for name in ("autograded", "feedback"):
        shutil.rmtree(folder / name)
    (folder / "gradebook.db").unlink()
    for student in ("dan", "eve"):  # nbgrader itself grades no student without the expected notebook
        shutil.rmtree(folder / "submitted" / student)
    nbgrader(folder, "generate_assignment", ASSIGNMENT)
    nbgrader(folder, "autograde", ASSIGNMENT)
    nbgrader(folder, "generate_feedback", ASSIGNMENT)
    expected = {key: value for key, value in grades(graded).items() if key[0] in ("ann", "bob", "cyd", "fay", "gus")}
    with gradebook(folder) as book:
        for (student, exercise), (score, status) in expected.items():
            grade = book.find_grade(exercise, PROBLEM, ASSIGNMENT, student)
            assert (str(int(grade.score)), grade.needs_manual_grade) == (score, status == "needs manual")
    assert "double(-21)" not in (folder / "feedback" / "bob" / ASSIGNMENT / f"{PROBLEM}.html").read_text()


@pytest.mark.slow
def test_what_nbgrader_graded_is_not_graded_again(graded: Path, tmp_path: Path, scheduler: str, capsys) -> None:  # type: ignore[no-untyped-def]
    folder = Path(shutil.copytree(graded, tmp_path / "course", symlinks=True))
    nbgrader(folder, "autograde", ASSIGNMENT, "--force", "--student=bob")
    assert grade(folder, ASSIGNMENT, "--scheduler", scheduler) == 0
    assert "7 of 7 notebooks have not changed" in capsys.readouterr().out


@pytest.mark.slow
def test_the_class_of_nbgraders_user_guide(tmp_path: Path, scheduler: str) -> None:
    import nbgrader as package

    guide = Path(package.__file__).parent / USER_GUIDE
    folder = tmp_path / "course101"
    shutil.copytree(guide / "source", folder / "source")
    shutil.copytree(guide / "submitted", folder / "submitted")
    # The configuration that `nbgrader quickstart course101` writes.
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.CourseDirectory.course_id = 'course101'\n"
        "c.IncludeHeaderFooter.header = 'source/header.ipynb'\n"
    )
    assert grade(folder, "ps1", "--scheduler", scheduler) == 0
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "course101") as book:
        scores = {name: book.find_submission("ps1", name).score for name in ("bitdiddle", "hacker")}
        assert book.find_assignment("ps1").max_score == 13
    assert scores == {"bitdiddle": 1.5, "hacker": 3.0}


def nbgrader(folder: Path, *arguments: str) -> None:
    """Run one of nbgrader's commands in a folder; it has to succeed."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
