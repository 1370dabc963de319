"""A small course to attack: ten points, one exercise of each kind, hidden tests written the way instructors write them.

The hidden tests hold a marker, a text that occurs nowhere else: whoever can show it has read them.
"""

import io
from collections.abc import Mapping
from functools import cache
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearOutput,
    ClearSolutions,
    ComputeChecksums,
    LockCells,
)

from tests.support import notebooks as nb

MARKER = "hidden-271828182845-marker"
MARKER_PATTERN = "hidden-[0-9]{12}-marker"
"""Finds the marker without being it, so that a probe does not find its own source."""

FILES: Mapping[str, bytes] = {"numbers.csv": b"3\n1\n4\n1\n5\n9\n2\n6\n"}

SETUP = """import math

import numpy as np
import pytest
import torch"""

RIGHT: Mapping[str, str] = {
    "squares": """def sum_of_squares(n):
    return n * (n + 1) * (2 * n + 1) // 6""",
    "answer": "answer = 153846",
    "guess": "guess = 0.5073",
    "normalise": """def normalise(x):
    return (x - x.mean()) / x.std()""",
    "scale": """class Scale(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = torch.nn.Parameter(torch.tensor(float(factor)))

    def forward(self, x):
        return self.factor * x""",
    "safe_root": """def safe_root(x):
    if x < 0:
        raise ValueError(f"{x} is negative")
    return math.sqrt(x)""",
    "essay": "Because a judge who shares a room with the accused can be told what to say.",
}

# Everything that the tests name exists and is wrong, so that only the tests stand between an attack and the points.
WRONG: Mapping[str, str] = {
    "squares": "def sum_of_squares(n):\n    return None",
    "answer": "answer = None",
    "guess": "guess = None",
    "normalise": "def normalise(x):\n    return None",
    "scale": "class Scale(torch.nn.Module):\n    def __init__(self, factor):\n        super().__init__()\n"
    "    def forward(self, x):\n        return None",
    "safe_root": "def safe_root(x):\n    return None",
    "essay": "I would rather not say.",
}

TESTS: Mapping[str, tuple[float, str]] = {
    "squares": (
        2,
        """assert sum_of_squares(3) == 14, "1 + 4 + 9 is 14"
### BEGIN HIDDEN TESTS
marker = "MARKER"
for n, expected in [(0, 0), (1, 1), (10, 385), (24, 4900)]:
    assert sum_of_squares(n) == expected, f"the sum for n = {n} is wrong"
assert all(map(lambda n: sum_of_squares(n) == sum(k * k for k in range(n + 1)), range(30)))
### END HIDDEN TESTS""",
    ),
    "answer": (
        1,
        """assert answer % 10 == 6, "the number ends in 6"
### BEGIN HIDDEN TESTS
marker = "MARKER"
assert abs(answer - 153846) < 1e-9
### END HIDDEN TESTS""",
    ),
    "guess": (
        1,
        """assert guess is not None
### BEGIN HIDDEN TESTS
marker = "MARKER"
### END HIDDEN TESTS
1 - 10 * abs(guess - 0.5073)""",
    ),
    "normalise": (
        2,
        """assert abs(normalise(np.array([1.0, 3.0])) - np.array([-1.0, 1.0])).max() < 1e-9
points = 0.0
### BEGIN HIDDEN TESTS
marker = "MARKER"
x = np.array([1.0, 2.0, 4.0, 9.0])
points += 0.5 * bool(np.allclose(normalise(x), (x - x.mean()) / x.std()))
points += 0.5 * bool((normalise(x + 7) - (x - x.mean()) / x.std()).max() < 1e-9)
table = np.loadtxt("numbers.csv")
np.testing.assert_allclose(normalise(table), (table - table.mean()) / table.std())
points += 1.0
### END HIDDEN TESTS
points""",
    ),
    "scale": (
        2,
        """x = torch.arange(6.0).reshape(2, 3)
assert Scale(3.0)(x).allclose(3 * x)
### BEGIN HIDDEN TESTS
marker = "MARKER"
model = Scale(-2.0)
assert isinstance(model, torch.nn.Module)
assert (model(x) + 2 * x).abs().max() < 1e-6
assert Scale(0.5)(x).allclose(x / 2)
### END HIDDEN TESTS""",
    ),
    "safe_root": (
        1,
        """assert safe_root(9.0) == 3.0
with pytest.raises(ValueError):
    safe_root(-1.0)
### BEGIN HIDDEN TESTS
marker = "MARKER"
for value in (0.25, 2.0, 1e6):
    assert math.isclose(safe_root(value) ** 2, value)
with pytest.raises(ValueError, match="-4"):
    safe_root(-4)
### END HIDDEN TESTS""",
    ),
}
PROMPTS: Mapping[str, str] = {
    "squares": "Write `sum_of_squares(n)`, the sum of the squares from 1 to n.",
    "answer": "The smallest number ending in 6 that quadruples when that 6 moves to its front: set `answer`.",
    "guess": "How likely do two of 23 people share a birthday? Set `guess`.",
    "normalise": "Write `normalise(x)`: mean 0 and standard deviation 1.",
    "scale": "Write `Scale(factor)`, a module with one parameter that multiplies by it.",
    "safe_root": "Write `safe_root(x)`: the square root, and a `ValueError` that names a negative number.",
}
AUTOGRADED = 9.0
MANUAL = 1.0


@cache
def source() -> bytes:
    """The instructor's notebook: answers between nbgrader's delimiters, hidden tests, ten points."""
    cells = [new_markdown_cell("# A small course", id="title"), nb.given("setup", SETUP)]
    for name, (points, test) in TESTS.items():
        cells.append(new_markdown_cell(PROMPTS[name], id=f"prompt-{name.replace('_', '-')}"))
        cells.append(nb.answer(name, f"### BEGIN SOLUTION\n{RIGHT[name]}\n### END SOLUTION"))
        cells.append(nb.check(f"test_{name}", test.replace("MARKER", MARKER), points))
    cells.append(new_markdown_cell("Why does a judge need a room of its own?", id="question"))
    cells.append(nb.essay("essay", RIGHT["essay"], MANUAL))
    notebook = new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})
    return dump(notebook)


KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


@cache
def release() -> bytes:
    """What a student gets, made by nbgrader's own steps."""
    notebook = load(source())
    resources: dict[str, Any] = {}
    for step in (LockCells, ClearSolutions, ClearOutput, ClearHiddenTests, ComputeChecksums):
        notebook, resources = step().preprocess(notebook, resources)
    return dump(notebook)


def load(notebook: bytes) -> Any:
    """A notebook to change."""
    return nbformat.read(io.BytesIO(notebook), as_version=4)


def dump(notebook: Any) -> bytes:
    """The bytes of a notebook; nothing is validated, because an attacker does not either."""
    return nbformat.versions[4].writes(notebook).encode()


def cell(notebook: Any, grade_id: str) -> Any:
    """The first cell with nbgrader's name `grade_id`."""
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id)


def fill(notebook: bytes, answers: Mapping[str, str], first: str = "") -> bytes:
    """The notebook with `answers` in its solution cells, and with `first` in a new cell after the imports."""
    filled = load(notebook)
    for grade_id, answer in answers.items():
        cell(filled, grade_id).source = answer
    if first:
        place = next(n for n, c in enumerate(filled.cells) if c.get("id") == "setup")
        filled.cells.insert(place + 1, new_code_cell(first, id="first"))
    return dump(filled)


def wrong(notebook: bytes, first: str = "", **answers: str) -> bytes:
    """Wrong answers to everything but `answers`, and a cell `first` that runs before all of them."""
    return fill(notebook, {**WRONG, **answers}, first)


def right(notebook: bytes, first: str = "", **answers: str) -> bytes:
    """Right answers to everything but `answers`, and a cell `first` that runs before all of them."""
    return fill(notebook, {**RIGHT, **answers}, first)
