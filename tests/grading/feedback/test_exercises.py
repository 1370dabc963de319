"""A graded notebook by exercises: where each begins, what it is worth, what was lost and why."""

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_output

from tests.support import notebooks as nb
from utils.grading.feedback.exercises import exercises, remarks, title


def scored(cell: Any, score: float | None, undecided: bool = False, comment: str = "") -> Any:
    """A cell with what nbgrader reads from the gradebook."""
    cell.metadata.nbgrader.update(score=score, undecided=undecided, comment=comment)
    return cell


def graded(*cells: Any, verdicts: list[dict[str, Any]] | None = None) -> NotebookNode:
    """A notebook after grading; without verdicts, nbgrader itself has graded it."""
    notebook = nb.notebook(*cells)
    if verdicts is not None:
        notebook.metadata["judge"] = {"cells": verdicts}
    return notebook


FIRST = new_markdown_cell("## Exercise 1 · Doubles\n\n```python\n## no heading\n```")
SECOND = new_markdown_cell("## Exercise 2 · Means ##\n\n### A hint\n\nDivide.")


def test_each_heading_of_the_dividing_level_begins_an_exercise() -> None:
    notebook = graded(
        new_markdown_cell("# Numbers"),
        FIRST,
        nb.answer("double", "def double(x): ..."),
        scored(nb.check("double-two", "assert double(2) == 4", 2), 2.0),
        SECOND,
        scored(nb.check("mean-one", "assert mean([1]) == 1", 3), 1.0),
        new_markdown_cell("## The end"),
    )
    parts = exercises(notebook)
    assert [(part.title, part.score, part.points) for part in parts] == [
        ("Exercise 1 · Doubles", 2, 2),
        ("Exercise 2 · Means", 1, 3),
    ]
    assert [len(part.cells) for part in parts] == [3, 2]
    assert title(notebook, "numbers") == "Numbers"


def test_a_notebook_without_headings_is_one_exercise() -> None:
    notebook = graded(scored(nb.check("test_double", "assert True", 2), 0.0))
    assert [(part.title, len(part.lost)) for part in exercises(notebook)] == [("test_double", 1)]
    assert title(notebook, "numbers") == "numbers"


def test_why_points_were_lost() -> None:
    """The judge's sentence, or the error of a notebook that nbgrader itself has run."""
    failed = scored(nb.check("double-two", "assert double(2) == 4", 2), 0.0)
    failed.outputs = [new_output("error", ename="AssertionError", evalue="twice two", traceback=[])]
    verdict = {"grade_id": "double-two", "status": "timed out", "message": "It took more than 10 s."}
    ((judged,),) = [part.lost for part in exercises(graded(FIRST, failed, verdicts=[verdict]))]
    assert (judged.status, judged.message) == ("timed out", "It took more than 10 s.")
    ((stock,),) = [part.lost for part in exercises(graded(FIRST, failed))]
    assert (stock.status, stock.message) == ("graded", "AssertionError: twice two")


def test_what_a_person_decides_is_not_lost_and_a_comment_is_found() -> None:
    essay = scored(nb.essay("answer", "Because.", 4), None, undecided=True, comment="A good thought.")
    (part,) = exercises(graded(FIRST, essay))
    assert (part.lost, len(part.undecided), part.score, part.points) == ([], 1, 0, 4)
    assert [cell.metadata.nbgrader.grade_id for cell in part.comments] == ["answer"]


def test_comments_remarks_and_a_students_own_headings() -> None:
    """A comment stays where there are no points; the remarks are found; a student's heading divides nothing."""
    about = new_markdown_cell("**About this file**\n\n- It was cut.", id="remarks")
    instructors = [nb.task("one", "## One"), nb.task("two", "## Two")]
    for cell in instructors:
        cell.metadata.nbgrader.update(task=False)
    written = scored(nb.answer("words", "mine"), None, comment="Good.")
    check = scored(nb.check("words-a", "assert True", 1), 1)
    notebook = graded(about, new_markdown_cell("# Notes"), instructors[0], written, instructors[1], check)
    parts = exercises(notebook)
    assert [(part.title, len(part.checks), len(part.comments)) for part in parts] == [("One", 0, 1), ("Two", 1, 0)]
    assert remarks(notebook) == about.source
    assert remarks(graded(check)) == ""
    assert title(graded(about, new_markdown_cell("# Numbers"), FIRST, SECOND), "numbers") == "Numbers"


def test_rounding_loses_no_point() -> None:
    (part,) = exercises(graded(FIRST, scored(nb.check("a", "assert True", 1), 1 - 1e-15)))
    assert part.lost == []


def test_the_answers_beside_a_lost_check_are_those_of_its_name() -> None:
    cells = [nb.answer("double", "1"), nb.answer("triple", "2")]
    right, wrong = (
        scored(nb.check(f"{name}-a", "assert True", 1), score) for name, score in (("double", 1), ("triple", 0))
    )
    (part,) = exercises(graded(FIRST, *cells, right, wrong))
    assert [cell.source for cell in part.answers] == ["2"]
    (part,) = exercises(graded(FIRST, *cells, scored(nb.check("tests", "assert True", 1), 0)))
    assert [cell.source for cell in part.answers] == ["1", "2"]
