"""How an exercise and its answers are written down, and how all of them are discovered."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import tests.answers
from tests.support import ROOT


@dataclass(frozen=True)
class Answer:
    """One possible content of one solution cell.

    Attributes:
        name: what the student did, in words joined by hyphens.
        right: whether the answer deserves full marks.
        cell: grade_id of the solution cell.
        sentence: the approach of a right answer, or the misconception behind a wrong one.
        source: the source of the cell.
    """

    name: str
    right: bool
    cell: str
    sentence: str
    source: str


@dataclass
class Exercise:
    """One autograded exercise of an assignment, with its answers.

    Attributes:
        assignment, notebook: the exercise is in `solutions/<assignment>/<notebook>.ipynb`.
        title: its name in the table.
        solutions: grade_ids of its solution cells; each defines one function or class of the same name.
        checks: grade_ids of its grade cells.
        equivalent: mutants of the reference solution that no test can catch: changed line -> reason.
        read: the section of a lecture that explains the exercise.
        answers: right and wrong, in the order of their definition.
    """

    assignment: str
    notebook: str
    title: str
    solutions: tuple[str, ...]
    checks: tuple[str, ...]
    equivalent: dict[str, str] = field(default_factory=dict)
    read: str = ""
    answers: list[Answer] = field(default_factory=list)

    def right(self, cell: str, body: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Add the decorated function as a right answer for the solution cell `cell`, or what stands in its `body`."""
        return self._add(cell, True, body)

    def wrong(self, cell: str, body: bool = False) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Add the decorated function as a wrong answer; students read its docstring, which states the misconception."""
        return self._add(cell, False, body)

    def of_kind(self, kind: Literal["right", "wrong"]) -> list[Answer]:
        """The right or the wrong answers, in the order of their definition."""
        return [answer for answer in self.answers if answer.right == (kind == "right")]

    @property
    def path(self) -> Path:
        """The instructor's notebook."""
        return ROOT / "solutions" / self.assignment / f"{self.notebook}.ipynb"

    def _add(self, cell: str, right: bool, body: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        if cell not in self.solutions:
            raise ValueError(f"{self.title!r} has the solution cells {self.solutions}, not {cell!r}: name one of them.")

        def add(function: Callable[..., Any]) -> Callable[..., Any]:
            sentence = inspect.getdoc(function)
            if not sentence:
                raise ValueError(
                    f"Answer {function.__name__!r} to {self.title!r} has no docstring: describe it in one."
                )
            name = function.__name__.strip("_").replace("_", "-")
            source = _body(function) if body else _as_cell(function, cell)
            self.answers.append(Answer(name, right, cell, sentence, source))
            return function

        return add


@cache
def exercises() -> tuple[Exercise, ...]:
    """Every exercise of every topic, in the order of the assignments and of the cells of their notebooks."""
    bank = [
        module.EXERCISE
        for package in pkgutil.iter_modules(tests.answers.__path__, "tests.answers.")
        if package.ispkg
        for module in _modules(package.name)
    ]
    return tuple(sorted(bank, key=lambda exercise: (exercise.assignment, _position(exercise))))


def right_answers(assignment: str, notebook: str, cell: str) -> list[tuple[str, str]]:
    """The right answers to a solution cell: what each does, and its source.

    `make grade ME=1` shows one of them to a learner who has solved the exercise (`OwnWork.right_answers`).
    """
    return [
        (answer.sentence, answer.source)
        for exercise in exercises()
        if (exercise.assignment, exercise.notebook) == (assignment, notebook)
        for answer in exercise.of_kind("right")
        if answer.cell == cell
    ]


def _modules(package: str) -> list[ModuleType]:
    path = importlib.import_module(package).__path__
    return [importlib.import_module(module.name) for module in pkgutil.iter_modules(path, f"{package}.")]


def _position(exercise: Exercise) -> int:
    text = exercise.path.read_text(encoding="utf-8")
    return text.index(f'"grade_id": "{exercise.solutions[0]}"')


def _as_cell(function: Callable[..., Any], name: str) -> str:
    """The source of a function or class without its decorators, under the name that the assignment requires."""
    source = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
    body = "\n".join(source.splitlines()[definition.lineno - 1 :])
    return re.sub(rf"\b{function.__name__}\b", name, body)


def _body(function: Callable[..., Any]) -> str:
    """What stands in a function below its docstring, for a cell with several definitions."""
    source = textwrap.dedent(inspect.getsource(function))
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef)
    return textwrap.dedent("\n".join(source.splitlines()[definition.body[0].end_lineno :])).strip("\n")
