"""The format of an exercise, and the notebook that the exercises of one kind form."""

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.grading import fidelity
from tests.support import notebooks as nb


@dataclass(frozen=True)
class Exercise:
    """A task in the form of three cells: given (if not empty), solution, check.

    Attributes:
        name: prefix of the cells' names; unique within its kind.
        check: the grade cell, worth one point; it may have hidden tests between nbgrader's delimiters.
        right: answers that stock nbgrader gives the point; the first one is the instructor's own.
        wrong: answers that stock nbgrader gives no point. "" is the blank answer.
        given: a locked cell before the answer.
        files: files beside the instructor's notebook.
        review: whether right answers wait for a person, because the judge cannot run the check.
    """

    name: str
    check: str
    right: Sequence[str]
    wrong: Sequence[str] = ()
    given: str = ""
    files: Mapping[str, str] = field(default_factory=dict)
    review: bool = False


@dataclass(frozen=True)
class Kind:
    """The exercises of one module as a notebook, and the answers of its students by cell."""

    name: str
    exercises: Sequence[Exercise]

    @property
    def source(self) -> bytes:
        """The instructor's notebook."""
        cells = []
        for exercise in self.exercises:
            if exercise.given:
                cells.append(nb.given(f"{exercise.name}_given", exercise.given))
            solution = f"### BEGIN SOLUTION\n{exercise.right[0]}\n### END SOLUTION"
            cells.append(nb.answer(f"{exercise.name}_answer", solution))
            cells.append(nb.check(exercise.name, exercise.check))
        return nb.to_bytes(nb.notebook(*cells))

    @property
    def files(self) -> dict[str, bytes]:
        """The files beside the notebook."""
        return {name: text.encode() for exercise in self.exercises for name, text in exercise.files.items()}

    def students(self) -> dict[str, dict[str, str]]:
        """The answers of each student by cell: student right-k has every exercise's k-th right answer, and so on.

        Where an exercise has fewer answers, the student has its first right one.
        """
        students: dict[str, dict[str, str]] = {}
        for group in ("right", "wrong"):
            for k in range(max((len(getattr(e, group)) for e in self.exercises), default=0)):
                students[f"{group}-{k}"] = {
                    f"{e.name}_answer": (getattr(e, group)[k : k + 1] or e.right[:1])[0] for e in self.exercises
                }
        return students

    def deserve(self, student: str, exercise: Exercise) -> bool:
        """Whether a student's answer to an exercise is a right one."""
        group, _, k = student.partition("-")
        return group == "right" or int(k) >= len(exercise.wrong)


def kinds() -> list[Kind]:
    """All kinds, in alphabetical order."""
    collected = []
    for module in pkgutil.iter_modules(fidelity.__path__):
        exercises = getattr(importlib.import_module(f"{fidelity.__name__}.{module.name}"), "EXERCISES", None)
        if exercises is not None:
            collected.append(Kind(module.name, exercises))
    return collected
