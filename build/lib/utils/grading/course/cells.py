"""The solution cells of an instructor's notebook, each with the checks that ask for what it defines."""

from collections.abc import Collection
from dataclasses import dataclass

import nbformat
from nbgrader.utils import is_grade, is_solution

from utils.grading.course.transcripts import Result
from utils.grading.notebook.names import bound_names
from utils.grading.notebook.solution import grade_id_of, parse_solution


@dataclass(frozen=True)
class Cell:
    """A solution cell of the instructor's notebook: its name, and the checks that ask for what it defines."""

    name: str
    checks: tuple[str, ...]
    points: tuple[float, ...]


def cells(solution: bytes, right: Result) -> list[Cell]:
    """The solution cells of an instructor's notebook, each with the checks that ask for what it defines.

    These are the checks that are named after the cell, as `mean-by_hand` after `mean`; else those that call what the
    cell defines.

    Args:
        solution: the instructor's notebook.
        right: the result of grading it.
    """
    notebook = parse_solution(solution)
    points = {
        grade_id_of(cell): float(cell.metadata.nbgrader.get("points", 0))
        for cell in notebook.cells
        if is_grade(cell) and not is_solution(cell) and cell.cell_type == "code"
    }
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or not is_solution(cell) or is_grade(cell):
            continue
        name, defined = grade_id_of(cell), set(bound_names(cell.source))
        called = {check: {call.name for call in right.transcripts.get(check, ())} - {"end", "..."} for check in points}
        checks = [check for check in points if check.partition("-")[0] == name] or [
            check for check in points if called[check] & defined
        ]
        if checks:
            found.append(Cell(name, tuple(checks), tuple(points[check] for check in checks)))
    return found


def is_wrong(result: Result, cell: Cell) -> bool:
    """Whether an answer lost points in the checks of a cell, and no limit ended one of them."""
    if set(result.ended) & set(cell.checks):
        return False
    return any(
        (result.points.get(check) or 0.0) < points - 1e-9 and result.points.get(check) is not None
        for check, points in zip(cell.checks, cell.points, strict=True)
    )


def with_checks(solution: bytes, checks: Collection[str]) -> bytes:
    """The instructor's notebook without its other checks, so that it is graded sooner.

    Args:
        solution: the instructor's notebook.
        checks: the names of those that stay.
    """
    notebook = parse_solution(solution)
    notebook.cells = [
        cell
        for cell in notebook.cells
        if cell.cell_type != "code" or not is_grade(cell) or is_solution(cell) or grade_id_of(cell) in checks
    ]
    return bytes(nbformat.writes(notebook).encode())
