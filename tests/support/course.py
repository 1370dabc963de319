"""A small course for the tests of grading: one assignment, one notebook, four exercises, and whoever hands in what."""

from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

ASSIGNMENT = "ps1"
PROBLEM = "numbers"
HIDDEN = "assert double(-21) == -42, 'negative numbers are numbers too'"
ESSAY = "Because zero is even."

SOLUTIONS = {
    "double": "def double(x):\n    return x + x",
    "mean": "def mean(values):\n    return sum(values) / len(values)",
    "essay": ESSAY,
}
STUBS = {
    "double": "def double(x):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "mean": "def mean(values):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
    "essay": "YOUR ANSWER HERE",
}
TESTS = {
    "test_double": ("assert double(2) == 4, 'twice two'", HIDDEN),
    "test_mean": ("assert mean([1, 3]) == 2, 'the middle of 1 and 3'", ""),
    "test_partial": ("score = 0.5 if double(1) == 2 else 0\nscore += 0.5 if mean([2]) == 2 else 0\nscore", ""),
}
POINTS = {"test_double": 2, "test_mean": 3, "test_partial": 1, "essay": 4}

CONFIGURATION = """
c = get_config()
c.CourseDirectory.course_id = "small"
"""

JOINT = """
c.Autograde.exporter_class = "utils.grading.nbgrader.SubmissionExporter"
c.Autograde.sanitize_preprocessors = ["utils.grading.nbgrader.Judge"]
c.Autograde.autograde_preprocessors = [
    "utils.grading.nbgrader.SaveVerdicts",
    "nbgrader.preprocessors.AssignLatePenalties",
]
"""


def make_course(folder: Path, configuration: str = "") -> Path:
    """Write a course's configuration and source into a folder; returns the folder."""
    source = folder / "source" / ASSIGNMENT
    source.mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text(CONFIGURATION + configuration)
    (source / "data.txt").write_text("17\n")
    write(source / f"{PROBLEM}.ipynb", notebook(SOLUTIONS, mine=False))
    return folder


def hand_in(folder: Path, student: str, answers: Mapping[str, str] | None = None, name: str = PROBLEM) -> Path:
    """Write what a student hands in: a stub for each exercise that `answers` leaves out; returns the notebook."""
    path = folder / "submitted" / student / ASSIGNMENT / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path, notebook({**STUBS, **(answers or {})}, mine=True))
    return path


def notebook(answers: Mapping[str, str], mine: bool) -> NotebookNode:
    """The notebook with these answers: a student's, or the instructor's with the marks that nbgrader cuts along."""
    cells = [new_markdown_cell("# Numbers", id="title")]
    for name in ("double", "mean"):
        source = answers[name]
        if not mine:
            head, body = source.split("\n", 1)
            source = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        cells.append(new_code_cell(source, id=name, metadata={"nbgrader": about(name, solution=True)}))
    for name, (visible, hidden) in TESTS.items():
        source = visible
        if hidden and not mine:
            source += f"\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        metadata = {"nbgrader": about(name, grade=True, points=POINTS[name])}
        cells.append(new_code_cell(source, id=name, metadata=metadata))
    metadata = {"nbgrader": about("essay", grade=True, solution=True, points=POINTS["essay"])}
    cells.append(new_markdown_cell(answers["essay"], id="essay", metadata=metadata))
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def about(name: str, grade: bool = False, solution: bool = False, points: float | None = None) -> dict[str, object]:
    """nbgrader's metadata of a cell."""
    found: dict[str, object] = {
        "grade": grade,
        "grade_id": name,
        "locked": grade and not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    if points is not None:
        found["points"] = points
    return found


def write(path: Path, content: NotebookNode) -> None:
    """Write a notebook."""
    nbformat.write(content, path)
