"""Cells that lost their nbgrader metadata: those that are unambiguous are recognised, and no others."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.support import notebooks as nb
from utils.grading import Job
from utils.grading.notebook.pipeline import prepare

SOURCE = nb.notebook(
    nb.given("setup", "import math"),
    nb.answer("area", "def area(r):\n    ### BEGIN SOLUTION\n    return math.pi * r**2\n    ### END SOLUTION"),
    nb.check("test_area", "assert area(0) == 0"),
    nb.essay("why", "### BEGIN SOLUTION\nBecause.\n### END SOLUTION", 3),
    nb.essay("how", "### BEGIN SOLUTION\nSo.\n### END SOLUTION", 2),
)
ANSWERS = {"area": "def area(r):\n    return 3.14 * r * r", "why": "Circles are round.", "how": "With a ruler."}
RELEASE = prepare(Job(nb.to_bytes(SOURCE), nb.to_bytes(SOURCE)))


def plan(change: Callable[[list[dict[str, Any]]], object]) -> Any:
    """The plan for a right submission after a change of its cells."""
    content = json.loads(nb.with_answers(SOURCE, ANSWERS))
    change(content["cells"])
    return prepare(Job(json.dumps(content).encode(), nb.to_bytes(SOURCE)))


def forget(cells: list[dict[str, Any]], *places: int) -> None:
    for place in places or range(len(cells)):
        cells[place]["metadata"] = {}


def answers(plan: Any) -> dict[str, tuple[bool, bool]]:
    return {name: (step.missing, step.answered) for name, step in plan.points.items() if step.role == "text"}


@pytest.mark.parametrize("places", [(3,), (4,), (3, 4), (1, 3), ()])
def test_a_written_answer_without_its_metadata_is_still_read(places: tuple[int, ...]) -> None:
    result = plan(lambda cells: forget(cells, *places))
    assert answers(result) == {"why": (False, True), "how": (False, True)}
    text = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell.source for cell in result.notebook.cells}
    assert {name: text[name] for name in ANSWERS} == ANSWERS
    assert any("recognised by their text and their place" in remark for remark in result.remarks)


def test_code_is_recognised_by_the_names_that_it_defines() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        own = {**cells[1], "source": "print('mine')"}
        cells.insert(1, own)
        forget(cells, 1, 2)

    result = plan(change)
    assert next(step.student for step in result.steps if step.grade_id == "area") == ANSWERS["area"]


def test_what_is_ambiguous_stays_the_students_own() -> None:
    def change(cells: list[dict[str, Any]]) -> None:
        cells[3]["source"] = "First thoughts."
        cells.insert(4, {**cells[3], "source": "More thoughts."})
        forget(cells, 3, 4, 5)

    assert answers(plan(change)) == {"why": (True, False), "how": (True, False)}


def test_a_submission_with_all_metadata_is_left_as_it_is() -> None:
    assert plan(lambda cells: None).remarks == []
