"""A graded notebook by exercises: what each was worth, what was lost, and why."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from nbformat import NotebookNode

_HEADING = re.compile(r"^(#{1,6})[ \t]+(.+?)[ \t#]*$", re.MULTILINE)
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_GRADED = "graded"
_REMARKS = "remarks"


@dataclass(frozen=True)
class Check:
    """A cell with points.

    Attributes:
        cell: the cell, with the gradebook's ``score`` and ``points`` in its metadata.
        status: what the judge said, such as "graded" or "timed out".
        message: the judge's sentence for the student, or an empty text.
    """

    cell: NotebookNode
    status: str = _GRADED
    message: str = ""

    @property
    def points(self) -> float:
        """What the check is worth."""
        return float(self.cell.metadata.nbgrader.points)

    @property
    def score(self) -> float:
        """What was reached, as far as it is known."""
        return float(self.cell.metadata.nbgrader.score or 0)

    @property
    def undecided(self) -> bool:
        """Whether a person still has to look."""
        return bool(self.cell.metadata.nbgrader.get("undecided", False))

    @property
    def lost(self) -> bool:
        """Whether points are missing that no person will decide about."""
        return not self.undecided and self.score < self.points - 1e-9

    @property
    def written(self) -> bool:
        """Whether the student's own text or code gets the points, not a test."""
        nbgrader = self.cell.metadata.nbgrader
        return bool(nbgrader.get("solution") or nbgrader.get("task"))


@dataclass
class Exercise:
    """The cells under one heading of the notebook.

    Attributes:
        title: the heading in Markdown, or the name of the first check.
        cells: all cells, in order, the one with the heading first.
        checks: those with points.
    """

    title: str
    cells: list[NotebookNode] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    @property
    def points(self) -> float:
        """What the exercise is worth."""
        return sum(check.points for check in self.checks)

    @property
    def score(self) -> float:
        """What was reached, as far as it is known."""
        return sum(check.score for check in self.checks)

    @property
    def lost(self) -> list[Check]:
        """The checks that cost points."""
        return [check for check in self.checks if check.lost]

    @property
    def undecided(self) -> list[Check]:
        """The checks that wait for a person."""
        return [check for check in self.checks if check.undecided]

    @property
    def answers(self) -> list[NotebookNode]:
        """The student's cells that tests look at: those that share the name of a check that cost points, else all.

        A written answer is a check of its own.
        """
        answers = [
            cell
            for cell in self.cells
            if cell.metadata.get("nbgrader", {}).get("solution") and not cell.metadata.nbgrader.get("grade")
        ]
        names = {check.cell.metadata.nbgrader.grade_id.partition("-")[0] for check in [*self.lost, *self.undecided]}
        return [cell for cell in answers if cell.metadata.nbgrader.grade_id in names] or answers

    @property
    def names(self) -> set[str]:
        """nbgrader's names of its cells."""
        return {cell.metadata.get("nbgrader", {}).get("grade_id", "") for cell in self.cells} - {""}

    @property
    def comments(self) -> list[NotebookNode]:
        """The cells that a person has commented on."""
        return [cell for cell in self.cells if cell.metadata.get("nbgrader", {}).get("comment")]


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """The parts of a graded notebook that have points or a comment, in order.

    A part begins at each heading of the level that divides the notebook: the highest that occurs twice in the
    instructor's cells, else the highest. Without headings, the notebook is one part.

    Args:
        notebook: autograded, with nbgrader's scores in the cells' metadata.
    """
    verdicts = {entry["grade_id"]: entry for entry in notebook.metadata.get("judge", {}).get("cells", [])}
    level = _level(notebook)
    parts = [Exercise("")]
    for cell in notebook.cells:
        heading = next((text for depth, text in _headings(cell) if depth == level), None)
        if heading is not None:
            parts.append(Exercise(heading))
        parts[-1].cells.append(cell)
        nbgrader = cell.metadata.get("nbgrader", {})
        if (nbgrader.get("grade") or nbgrader.get("task")) and nbgrader.get("points"):
            verdict = verdicts.get(nbgrader.grade_id, {})
            message = verdict.get("message") or ("" if verdict else _error(cell))
            parts[-1].checks.append(Check(cell, verdict.get("status", _GRADED), message))
            parts[-1].title = parts[-1].title or nbgrader.grade_id
        parts[-1].title = parts[-1].title or (nbgrader.get("grade_id", "") if nbgrader.get("comment") else "")
    return [part for part in parts if part.checks or part.comments]


def title(notebook: NotebookNode, default: str) -> str:
    """The notebook's first heading in Markdown, if its first cell has one above those of the exercises."""
    cells = [cell for cell in notebook.cells[:2] if cell.get("id") != _REMARKS]
    found = list(_headings(cells[0])) if cells else []
    return found[0][1] if found and found[0][0] < _level(notebook) else default


def remarks(notebook: NotebookNode) -> str:
    """What the grader says about the file, in Markdown: its first cell, if it has put one there."""
    return next((str(cell.source) for cell in notebook.cells[:1] if cell.get("id") == _REMARKS), "")


def number(value: float) -> str:
    """Points as a person writes them.

    Example:
        >>> number(2.0), number(0.125)
        ('2', '0.12')
    """
    return f"{round(value, 2) + 0.0:.2f}".rstrip("0").rstrip(".")


def _level(notebook: NotebookNode) -> int:
    # A student's own cells divide nothing, if the instructor's are marked.
    marked = [cell for cell in notebook.cells if "nbgrader" in cell.metadata and list(_headings(cell))]
    depths = [depth for cell in marked or notebook.cells for depth, _ in _headings(cell)]
    repeated = [depth for depth in depths if depths.count(depth) > 1]
    return min(repeated or depths, default=0)


def _headings(cell: NotebookNode) -> Iterator[tuple[int, str]]:
    nbgrader = cell.metadata.get("nbgrader", {})
    if cell.cell_type == "markdown" and not nbgrader.get("solution"):
        for marks, text in _HEADING.findall(_FENCE.sub("", cell.source)):
            yield len(marks), text


def _error(cell: NotebookNode) -> str:
    """What a cell that nbgrader itself has run ended with."""
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    return f"{errors[0].ename}: {errors[0].evalue}" if errors else ""
