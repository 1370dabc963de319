"""A small course for the tests of grading: one assignment, one notebook, four exercises, and what students hand in."""

from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from tests.support import notebooks as nb

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

# What lets nbgrader's own `autograde` and formgrader use the judge.
AUTOGRADE = """
c.Autograde.exporter_class = "utils.grading.nbgrader.SubmissionExporter"
c.Autograde.sanitize_preprocessors = ["utils.grading.nbgrader.GradeSubmission"]
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
    nbformat.write(notebook(SOLUTIONS, solved=True), source / f"{PROBLEM}.ipynb")
    return folder


def hand_in(folder: Path, student: str, answers: Mapping[str, str] | None = None, name: str = PROBLEM) -> Path:
    """Write what a student hands in, with a stub for each exercise without an answer; returns the notebook's path."""
    path = folder / "submitted" / student / ASSIGNMENT / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook({**STUBS, **(answers or {})}, solved=False), path)
    return path


def notebook(answers: Mapping[str, str], solved: bool) -> NotebookNode:
    """The notebook with these answers: the instructor's with nbgrader's delimiters (`solved`), or a student's."""
    cells = [new_markdown_cell("# Numbers", id="title")]
    for name in ("double", "mean"):
        source = answers[name]
        if solved:
            head, body = source.split("\n", 1)
            source = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        cells.append(nb.answer(name, source))
    for name, (visible, hidden) in TESTS.items():
        source = visible
        if hidden and solved:
            source += f"\n### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        cells.append(nb.check(name, source, POINTS[name]))
    cells.append(nb.essay("essay", answers["essay"], POINTS["essay"]))
    return nb.notebook(*cells)
