"""The check of a course: what an instructor learns before a class does, and how a review is settled."""

import csv
from pathlib import Path

import nbformat
import pytest

from tests.support import notebooks as nb
from tests.support.course import ASSIGNMENT, PROBLEM, hand_in, make_course
from utils.grading.__main__ import main

# Nothing but a plain notebook can pass it: in the judge the function belongs to another process.
ONLY_IN_A_NOTEBOOK = "assert double(2) == 4\nassert double.__globals__ is globals()"
DOUBLE = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"


def course(folder: Path, *checks: tuple[str, str], configuration: str = "") -> Path:
    """A course whose one notebook has the exercise `double` and these checks, each worth two points."""
    make_course(folder, configuration)
    cells = [nb.answer("double", DOUBLE), *(nb.check(name, source, 2) for name, source in checks)]
    nbformat.write(
        nb.notebook(*cells, nb.essay("essay", "Because.")), folder / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    )
    return folder


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sound_course_is_found_sound(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course(here, ("good", "assert double(2) == 4"))
    assert main(["--check-course"]) == 0
    assert capsys.readouterr().out == "The solutions of ps1 get full points, and the blank releases get none.\n"
    assert not (here / "gradebook.db").exists()


def test_every_check_that_goes_wrong_is_named_with_its_reason(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course(here, ("inside", ONLY_IN_A_NOTEBOOK), ("false", "assert double(2) == 5"), ("free", "assert True"))
    assert main([ASSIGNMENT, "--check-course"]) == 1
    inside, false, free = capsys.readouterr().out.splitlines()
    assert inside.startswith(f"{ASSIGNMENT}/{PROBLEM}/inside: your own solution waits for review.")
    assert "c.GradeSubmission.forgeable" in inside
    assert false.startswith(f"{ASSIGNMENT}/{PROBLEM}/false: your own solution gets 0 of 2 points.")
    assert free.startswith(f"{ASSIGNMENT}/{PROBLEM}/free: the blank release gets 2 of 2 points")


def test_a_check_may_be_left_to_the_students_process_and_is_then_said_to_be_forgeable(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course(here, ("inside", ONLY_IN_A_NOTEBOOK), configuration='c.GradeSubmission.forgeable = ["inside"]\n')
    assert main(["--check-course"]) == 0
    assert "can forge its result" in capsys.readouterr().out
    hand_in(here, "ann", {"double": "def double(x):\n    return x + x"})
    hand_in(here, "bob", {"double": "def double(x):\n    return 3"})
    assert main(["--no-feedback", "--workers", "1"]) == 0
    assert {student: row["score"] for (student, _), row in rows(here).items() if row["exercise"] == "inside"} == {
        "ann": "2",
        "bob": "0",
    }


def rows(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    """The rows of grades.csv by student and exercise."""
    with (folder / "grades.csv").open(newline="") as file:
        return {(row["student"], row["exercise"]): row for row in csv.DictReader(file)}


def test_a_disagreement_waits_for_the_instructor_who_accepts_it_once_for_all(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course(here, ("inside", ONLY_IN_A_NOTEBOOK), ("good", "assert double(3) == 6"))
    for student in ("ann", "bob"):
        hand_in(here, student, {"double": "def double(x):\n    return x + x"})
    hand_in(here, "cyd", {"double": "def double(x):\n    return 3"})
    assert main(["--no-feedback", "--workers", "1"]) == 0
    out = capsys.readouterr().out
    assert "ann, ps1: inside: review. The check passes in the notebook, but not in the judge" in out
    assert rows(here)["ann", "inside"]["status"] == "review"
    assert rows(here)["cyd", "inside"]["score"] == "0"

    assert main(["--no-feedback", "--accept", "inside", "--student", "ann"]) == 0
    assert "Accepted inside of ann." in capsys.readouterr().out
    assert (rows(here)["ann", "inside"]["score"], rows(here)["ann", "inside"]["status"]) == ("2", "graded")
    assert rows(here)["bob", "inside"]["status"] == "review"

    assert main(["--no-feedback", "--accept", "inside"]) == 0
    assert "Accepted inside of bob." in capsys.readouterr().out
    assert rows(here)["cyd", "inside"]["score"] == "0"
    # The points stay when the class is graded again.
    assert main(["--no-feedback", "--regrade", "--workers", "1"]) == 0
    assert rows(here)["ann", "inside"]["score"] == "2"


def test_accepting_a_check_that_waits_nowhere_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    course(here, ("good", "assert double(3) == 6"))
    hand_in(here, "ann", {"double": "def double(x):\n    return x + x"})
    assert main(["--no-feedback", "--accept", "goood", "--workers", "1"]) == 0
    assert "waits for review nowhere" in capsys.readouterr().out


def test_a_notebook_that_cannot_be_released_is_named_and_the_others_are_checked(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course(here, ("false", "assert double(2) == 5"))
    path = here / "source" / "ps0" / "broken.ipynb"
    path.parent.mkdir()
    notebook = nb.notebook(nb.answer("double", DOUBLE), nb.check("good", "assert double(2) == 4", 2))
    notebook.cells.append(nbformat.v4.new_code_cell(DOUBLE))
    nbformat.write(notebook, path)
    assert main(["--check-course"]) == 1
    broken, false = capsys.readouterr().out.splitlines()
    assert broken.startswith(
        "ps0/broken: The instructor's notebook cannot be released, because nbgrader says: Solution"
    )
    assert false.startswith(f"{ASSIGNMENT}/{PROBLEM}/false: your own solution gets 0 of 2 points.")
