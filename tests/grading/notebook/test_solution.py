"""The instructor's notebook: parsed, and as students receive it."""

import copy
import json

import pytest
from nbgrader.utils import compute_checksum

from tests.grading.notebook.example import RELEASE, SOLVED, SOURCE, STUB
from tests.support import notebooks as nb
from utils.grading import Delimiters, Job
from utils.grading.notebook.pipeline import prepare
from utils.grading.notebook.solution import imports, parse_solution, points_of, released


def test_released_cells_carry_nbgraders_checksum() -> None:
    cell = next(cell for cell in RELEASE.cells if cell.metadata.nbgrader.grade_id == "double")
    assert cell.source == STUB
    assert cell.metadata.nbgrader.checksum == compute_checksum(cell)


def test_the_instructors_faults_are_the_instructors() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        prepare(Job(b"{}", b"not a notebook"))
    unbalanced = nb.notebook(nb.answer("a", "### BEGIN SOLUTION\nx = 1"), nb.check("t", "x"))
    with pytest.raises(ValueError, match="end solution"):
        prepare(Job(b"{}", nb.to_bytes(unbalanced)))


def test_imports_of_the_instructors_notebook() -> None:
    assert imports(SOLVED) == ["math", "numpy.linalg"]


def test_cells_without_an_identity_get_the_same_one_every_time() -> None:
    content = json.loads(SOLVED)
    for cell in content["cells"]:
        del cell["id"]
    ids = [[cell.id for cell in parse_solution(json.dumps(content).encode()).cells] for _ in range(2)]
    assert ids[0] == ids[1] == [f"cell-{number}" for number in range(len(content["cells"]))]


def test_a_release_holds_no_solution_and_leaves_the_source_alone() -> None:
    source = copy.deepcopy(SOURCE)
    text = nb.to_bytes(released(source, Delimiters())).decode()
    for secret in ("return 2 * x", "double(21)", "One point each", "It doubles"):
        assert secret not in text
    assert source == SOURCE


def test_points_are_finite() -> None:
    assert points_of(nb.check("a", "", 2)) == 2.0
    assert points_of(nb.check("a", "", float("nan"))) == 0.0
