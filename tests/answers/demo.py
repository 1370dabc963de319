"""A demonstration class: `python -m tests.answers.demo DEST` writes DEST/<student>/<assignment>/<notebook>.ipynb.

It writes one assignment, the first or the one that is named, and nothing into a folder with other people's work.

The name of each student tells what he or she did: everything right, everything right in another style, nothing, the
first exercise only, or one plausible mistake from the answer bank with everything else right.
"""

from __future__ import annotations

import itertools
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from tests.answers.bank import ROOT, Answer, Exercise, exercises
from tests.answers.runner import reference

CLASS_SIZE = 16
MARKER = ".demonstration"  # in a folder that this module has filled


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
    # The first mistake of each exercise, then the second of each, and so on.
    rounds = itertools.zip_longest(*(exercise.of_kind("wrong") for exercise in group))
    mistakes = [answer for answers in rounds for answer in answers if answer is not None]
    for answer in mistakes[: CLASS_SIZE - 4]:
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
    """Write the class of one assignment, and say what was written and how to see the others."""
    whole_class = students()
    assignments = list(dict.fromkeys(student.assignment for student in whole_class))
    if len(arguments) not in (1, 2):
        print("Give the folder for the demonstration class: python -m tests.answers.demo class/submitted")
        return 2
    folder = Path(arguments[0])
    assignment = arguments[1] if len(arguments) > 1 else assignments[0]
    is_own = (folder / MARKER).exists()
    if not is_own and folder.exists() and any(folder.iterdir()):
        return 0
    if assignment not in assignments:
        print(f"There is no assignment {assignment!r}: give one that exists ({', '.join(assignments)}).")
        return 2
    others = {path.name for path in folder.glob("*/")} - {student.name for student in whole_class}
    if is_own and (others or any(folder.glob(f"*/{assignment}"))):
        return 0
    paths = [student.write(folder) for student in whole_class if student.assignment == assignment]
    (folder / MARKER).touch()
    print(f"Grading a demonstration class of {len(paths)} students, made from the answer bank: {assignment}.")
    print("Your own class goes into class/submitted/STUDENT/ASSIGNMENT/, after you have deleted the folder class/.")
    print("Other assignments: make grade ASSIGNMENT=name, where name is one of")
    print(
        textwrap.fill(
            ", ".join(name for name in assignments if name != assignment),
            78,
            initial_indent="  ",
            subsequent_indent="  ",
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
