"""A demonstration class: `python -m tests.answers.demo DEST` writes DEST/<student>/<assignment>/<notebook>.ipynb.

The name of each student tells what he or she did: everything right, everything right in another style, nothing, the
first exercise only, or one plausible mistake from the answer bank with everything else right.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from tests.answers.bank import ROOT, Answer, Exercise, exercises
from tests.answers.runner import reference

MISTAKES_PER_EXERCISE = 3


@dataclass(frozen=True)
class Student:
    """One submission: sources by grade_id of the cells that were filled in; the others are as released."""

    name: str
    assignment: str
    notebook: str
    sources: dict[str, str] = field(default_factory=dict)

    def write(self, destination: Path) -> Path:
        """Fill in the released notebook, save it, and return its path."""
        notebook = nbformat.read(ROOT / "assignments" / self.assignment / f"{self.notebook}.ipynb", as_version=4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id in self.sources:
                cell.source = self.sources[grade_id]
        path = destination / self.name / self.assignment / f"{self.notebook}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path


def students() -> list[Student]:
    """The whole class, for all assignments in the bank. Each name occurs at most once per assignment."""
    by_notebook: dict[tuple[str, str], list[Exercise]] = {}
    for exercise in exercises():
        by_notebook.setdefault((exercise.assignment, exercise.notebook), []).append(exercise)
    return [student for group in by_notebook.values() for student in _class_of(group)]


def _class_of(group: list[Exercise]) -> Iterator[Student]:
    first = group[0]

    def student(name: str, sources: dict[str, str]) -> Student:
        return Student(name, first.assignment, first.notebook, sources)

    right = _written_answers(first) | _solved(group, 0)
    yield student("all-right", right)
    yield student("all-right-in-other-words", right | _solved(group, 1))
    yield student("blank", {})
    yield student("first-exercise-only", _solved(group[:1], 0))
    for exercise in group:
        for answer in exercise.of_kind("wrong")[:MISTAKES_PER_EXERCISE]:
            yield student(answer.name, right | {answer.cell: answer.source})


def _solved(group: list[Exercise], choice: int) -> dict[str, str]:
    """A right answer per solution cell: the one at position ``choice`` in the bank, or the last if there are fewer."""
    sources = {}
    for exercise in group:
        for cell in exercise.solutions:
            candidates: list[Answer] = [answer for answer in exercise.of_kind("right") if answer.cell == cell]
            sources[cell] = candidates[min(choice, len(candidates) - 1)].source
    return sources


def _written_answers(exercise: Exercise) -> dict[str, str]:
    """The model answers in prose, which a person grades."""
    notebook = nbformat.read(exercise.path, as_version=4)
    delimiters = re.compile(r"^.*(BEGIN|END) SOLUTION.*\n?", re.MULTILINE)
    return {
        meta["grade_id"]: delimiters.sub("", reference(exercise.path, meta["grade_id"]))
        for cell in notebook.cells
        if cell.cell_type == "markdown" and (meta := cell.metadata.get("nbgrader", {})).get("solution")
    }


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("Give the folder for the demonstration class: python -m tests.answers.demo class/submitted")
        return 2
    paths = [student.write(Path(arguments[0])) for student in students()]
    print(f"{len(paths)} demonstration submissions in {arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
