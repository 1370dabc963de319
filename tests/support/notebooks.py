"""Small nbgrader notebooks for the tests of grading: cells of each kind, and a submission made of answers.

`nbgrader_metadata` and the five kinds of cells are the only place in the tests that spells nbgrader's metadata.
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from utils.grading import CellVerdict, Graded, Job, Limits, grade

QUICK = Limits(cell_seconds=10.0, notebook_seconds=60.0, memory_mb=512)


def nbgrader_metadata(grade_id: str, points: float | None = None, **flags: bool) -> dict[str, Any]:
    """nbgrader's metadata of a cell; flags: grade, solution, locked, task."""
    settings: dict[str, Any] = {
        "schema_version": 3,
        "grade_id": grade_id,
        **{flag: flags.get(flag, False) for flag in ("grade", "solution", "locked", "task")},
    }
    if points is not None:
        settings["points"] = points
    return {"nbgrader": settings}


def _cell(new: Any, grade_id: str, source: str, points: float | None = None, **flags: bool) -> Any:
    return new(source, id=grade_id.replace("_", "-"), metadata=nbgrader_metadata(grade_id, points, **flags))


def given(grade_id: str, source: str) -> Any:
    """A locked cell that students receive."""
    return _cell(new_code_cell, grade_id, source, locked=True)


def answer(grade_id: str, source: str) -> Any:
    """A cell that students write."""
    return _cell(new_code_cell, grade_id, source, solution=True)


def check(grade_id: str, source: str, points: float = 1) -> Any:
    """A cell with tests."""
    return _cell(new_code_cell, grade_id, source, points, grade=True, locked=True)


def essay(grade_id: str, source: str, points: float = 1) -> Any:
    """A written answer that a person marks."""
    return _cell(new_markdown_cell, grade_id, source, points, grade=True, solution=True)


def task(grade_id: str, source: str, points: float = 1) -> Any:
    """A task that a person marks."""
    return _cell(new_markdown_cell, grade_id, source, points, locked=True, task=True)


def notebook(*cells: Any) -> Any:
    """A Python notebook."""
    kernel = {"name": "python3", "language": "python", "display_name": "Python 3"}
    return new_notebook(cells=[copy.deepcopy(cell) for cell in cells], metadata={"kernelspec": kernel})


def to_bytes(node: Any) -> bytes:
    """A notebook as a file."""
    return nbformat.writes(node).encode()


def with_answers(source: Any, answers: Mapping[str, str]) -> bytes:
    """The notebook as a student hands it in, with these sources in the cells of these names."""
    submission = copy.deepcopy(source)
    for cell in submission.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in answers:
            cell.source = answers[name]
    return to_bytes(submission)


def judged(solution: str, tests: str, student: str, *, setup: str = "import numpy as np", **keywords: Any) -> Graded:
    """Grade one exercise worth four points."""
    source = notebook(given("setup", setup), answer("exercise", solution), check("tests", tests, 4))
    keywords.setdefault("limits", QUICK)
    return grade(Job(with_answers(source, {"exercise": student}), to_bytes(source), **keywords))


def verdict(graded: Graded, grade_id: str = "tests") -> CellVerdict:
    """The verdict on one cell."""
    return next(cell for cell in graded.cells if cell.grade_id == grade_id)


def passes_in_the_judge(verdict: CellVerdict) -> bool:
    """Whether the judge gives full points, whatever the shadow says."""
    return verdict.points == verdict.max_score or verdict.message.startswith("The check passes with the values")


def shown(graded: Graded, grade_id: str) -> str:
    """All outputs of a cell of the notebook that is handed back, as text."""
    for cell in json.loads(graded.notebook)["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id:
            return json.dumps(cell.get("outputs", []))
    raise KeyError(grade_id)
