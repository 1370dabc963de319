"""What a learner is told about work of their own: exercises, progress, and model answers after full marks only."""

import csv
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.support.accessibility import assert_accessible
from tests.support.browser import chromium, needs_chromium
from tests.support.course import SOLUTIONS, TESTS, notebook
from utils.grading import CellVerdict, Delimiters
from utils.grading.feedback.learner import COLUMNS, Own, account, model_answers, read_progress, remember, with_scores

POINTS = {"test_double": 2.0, "test_mean": 3.0, "test_partial": 1.0, "essay": 4.0}
BANK = [
    ("Doubles.", SOLUTIONS["double"]),
    ("Multiplies.", "def double(x):\n    return 2 * x  # <b>&"),
]


def graded(scores: dict[str, float | None], messages: dict[str, str] | None = None) -> NotebookNode:
    """Ann's notebook, in which each cell with a test is an exercise of its own."""
    own = notebook({**SOLUTIONS, "double": "def double(x):\n    return x+x"}, solved=False)
    for place, cell in reversed(list(enumerate(own.cells))):
        if cell.metadata.get("nbgrader", {}).get("grade_id") in ("double", "mean", "essay"):
            title = nbformat.v4.new_markdown_cell(f"## On {cell.metadata.nbgrader.grade_id}")
            own.cells.insert(place, title)
    # The checks of `double` and `mean` follow their cells.
    by_name = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in own.cells}
    own.cells = [cell for cell in own.cells if cell.metadata.get("nbgrader", {}).get("grade_id") not in TESTS]
    for check, after in (("test_double", "double"), ("test_mean", "mean")):
        own.cells.insert(own.cells.index(by_name[after]) + 1, by_name[check])
    verdicts = [
        CellVerdict(name, scores[name], POINTS[name], "graded", (messages or {}).get(name, "")) for name in scores
    ]
    return with_scores(own, verdicts)


def own(double: float, mean: float, fresh: bool = True, **messages: str) -> Own:
    """Ann's work with these points."""
    solution = nbformat.writes(notebook(SOLUTIONS, solved=True)).encode()
    return Own(
        "ps1", "numbers", graded({"test_double": double, "test_mean": mean, "essay": None}, messages), solution, fresh
    )


def test_each_exercise_is_told_with_its_reasons() -> None:
    lines = account(own(2, 1, test_mean="too small\x1b[2J"), {"On double": 0.5, "On mean": 1}).splitlines()
    assert lines[0] == "ps1/numbers: 3 of 9 points"
    assert "+    2 of 2    On double (last time 0.5)" in lines[1]
    assert lines[2].strip().startswith("-    1 of 3    On mean")
    assert "last time" not in lines[2]
    assert lines[3].strip() == "test_mean: too small [2J"
    assert lines[4].strip().startswith("?")
    assert "graded by hand" in lines[5]


def test_without_hidden_tests_no_points_are_told() -> None:
    text = account(own(2, 0), {}, points=False)
    assert "points" not in text
    assert "+ On double: 1 of 1 checks pass" in text
    assert "- On mean: 0 of 1 checks pass" in text


def test_progress_grows_by_what_was_graded_and_returns_the_last_scores(tmp_path: Path) -> None:
    path = tmp_path / "class" / "progress.csv"
    assert remember(path, [own(0, 1)], 7) == {}
    earlier = remember(path, [own(2, 1, fresh=False)], 8)
    assert earlier["ps1", "numbers"] == {"On double": 0, "On mean": 1, "On essay": 0}
    assert len(read_progress(path)) == 3
    assert remember(path, [own(2, 1)], 9)["ps1", "numbers"]["On double"] == 0
    assert remember(path, [own(2, 3)], 10)["ps1", "numbers"]["On double"] == 2
    with path.open(newline="") as file:
        assert [line["test_seed"] for line in csv.DictReader(file)] == ["7"] * 3 + ["9"] * 3 + ["10"] * 3


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff\xfe", b"a,b\n1,2\n", ",".join(COLUMNS).encode()])
def test_a_spoilt_file_of_progress_stops_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "progress.csv"
    path.write_bytes(content)
    assert read_progress(path) == []
    assert remember(path, [own(2, 1)], 1) == {}
    assert len(read_progress(path)) == 3


def test_a_spoilt_line_of_progress_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "progress.csv"
    remember(path, [own(2, 1)], 1)
    path.write_text(path.read_text() + "x,ps1,numbers,On double,many,2,1\nshort\n")
    assert len(read_progress(path)) == 3


def bank(assignment: str, problem: str, cell: str) -> list[tuple[str, str]]:
    """Two right answers, of which one is the instructor's."""
    assert (assignment, problem) == ("ps1", "numbers")
    return BANK if cell == "double" else []


def test_model_answers_come_after_full_marks_only() -> None:
    assert model_answers(own(1.5, 0), bank, Delimiters()) == ""
    page = model_answers(own(2, 1), bank, Delimiters())
    assert "On double" in page
    assert "On mean" not in page
    assert "BEGIN SOLUTION" not in page
    assert "Another way. Multiplies." in page
    assert "Doubles." not in page  # the instructor's own, but for spaces the learner's too
    assert "&lt;b&gt;&amp;" in page
    assert "<b>" not in page
    assert "Another way" not in model_answers(own(2, 1), None, Delimiters())


def test_without_the_instructors_notebook_there_are_none() -> None:
    work = own(2, 3)
    assert model_answers(Own(work.assignment, work.notebook, work.graded), bank, Delimiters()) == ""


@needs_chromium
def test_the_page_of_model_answers_is_accessible(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text(model_answers(own(2, 3), bank, Delimiters()))
    with chromium() as browser:
        page = browser.new_page()
        page.goto(path.as_uri())
        assert_accessible(page)
