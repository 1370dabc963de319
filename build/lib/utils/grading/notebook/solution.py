"""The instructor's notebook: parsed, and as students receive it."""

import copy
import json
import math
from collections import Counter
from functools import lru_cache
from typing import Any

import nbformat
from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions
from nbgrader.utils import compute_checksum, is_grade, is_locked, is_solution, is_task

from utils.grading.job import Delimiters
from utils.grading.notebook.names import imported_modules


def parse_solution(solution: bytes) -> Any:
    """The instructor's notebook (an nbformat node), with identities that are the same on every call.

    Raises:
        ValueError: the bytes are no notebook.
    """
    try:
        notebook = nbformat.reads(solution.decode("utf-8"), as_version=4)
        ids = [cell.get("id") for cell in json.loads(solution).get("cells", [])]
    except Exception as error:
        raise ValueError(f"The instructor's notebook cannot be read ({error}): give a Jupyter notebook.") from error
    # Where the file has no identities, nbformat draws some at random, and a regrade would differ.
    for number, cell in enumerate(notebook.cells):
        if ids[number : number + 1] != [cell.get("id")]:
            cell["id"] = f"cell-{number}"
    return notebook


def has_points(solution: bytes) -> bool:
    """Whether any cell of the instructor's notebook carries points.

    Raises:
        ValueError: the bytes are no notebook.
    """
    return any(is_grade(cell) or is_task(cell) for cell in parse_solution(solution).cells)


def released(source: Any, delimiters: Delimiters) -> Any:
    """The instructor's notebook as students receive it: without solutions, hidden tests and outputs.

    Raises:
        ValueError: nbgrader's delimiters are unbalanced or are in the wrong kind of cell.
    """
    notebook = copy.deepcopy(source)
    # Other languages have stubs of their own, but the judge reads Python.
    notebook.metadata.setdefault("kernelspec", {})["language"] = "python"
    preprocessors = (
        ClearSolutions(
            begin_solution_delimeter=delimiters.begin_solution,
            end_solution_delimeter=delimiters.end_solution,
            code_stub={"python": delimiters.code_stub},
            text_stub=delimiters.text_stub,
        ),
        ClearHiddenTests(begin_test_delimeter=delimiters.begin_hidden, end_test_delimeter=delimiters.end_hidden),
        ClearMarkScheme(
            begin_mark_scheme_delimeter=delimiters.begin_scheme, end_mark_scheme_delimeter=delimiters.end_scheme
        ),
    )
    resources: dict[str, Any] = {}
    try:
        for preprocessor in preprocessors:
            notebook, resources = preprocessor.preprocess(notebook, resources)
    except RuntimeError as error:
        raise ValueError(f"The instructor's notebook cannot be released, because nbgrader says: {error}") from error
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        if grade_id_of(cell) and not is_task(cell):
            cell.metadata.nbgrader["checksum"] = compute_checksum(cell)
    return notebook


@lru_cache(maxsize=64)
def imports(solution: bytes) -> list[str]:
    """Modules that the instructor's notebook imports, in order, so that a fork server can import them beforehand.

    Raises:
        ValueError: the instructor's notebook cannot be read.
    """
    return imported_modules(cell.source for cell in parse_solution(solution).cells if cell.cell_type == "code")


def grade_id_of(cell: Any) -> str:
    """nbgrader's name of a cell that nbgrader manages, else an empty text."""
    settings = cell.metadata.get("nbgrader", {})
    managed = is_grade(cell) or is_solution(cell) or is_locked(cell) or is_task(cell)
    return str(settings.get("grade_id", "")) if managed else ""


def points_of(cell: Any) -> float:
    """The points that a cell is worth; 0 if the file gives no finite number."""
    points = float(cell.metadata.nbgrader.get("points", 0))
    return points if math.isfinite(points) else 0.0


def filled(solution: bytes, cell: str, source: str) -> bytes:
    """The instructor's notebook with another answer in one cell."""
    notebook = parse_solution(solution)
    for candidate in notebook.cells:
        if grade_id_of(candidate) == cell:
            candidate.source = source
    return bytes(nbformat.writes(notebook).encode())


def hidden_and_visible(solution: bytes, delimiters: Delimiters) -> tuple[str, str]:
    """The lines of an instructor's notebook that students do not receive, and all that they do."""
    source = parse_solution(solution)
    release = released(source, delimiters)
    visible = "\n".join(cell.source for cell in release.cells)
    lines = Counter(visible.splitlines())
    hidden = [line for cell in source.cells for line in cell.source.splitlines() if line not in lines]
    return "\n".join(hidden), visible
