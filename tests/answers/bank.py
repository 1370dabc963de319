"""How an exercise and its answers are written down, and how all of them are found."""

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
    """What one student wrote into one solution cell.

    name: what the student did, in words joined by hyphens.
    right: whether it deserves full marks.
    cell: grade_id of the solution cell that it fills.
    sentence: how it goes about it or, if wrong, the misconception behind it.
    source: what stands in the cell.
    """

    name: str
    right: bool
    cell: str
    sentence: str
    source: str


@dataclass
class Exercise:
    """One autograded exercise of an assignment, with its answers.

    assignment, notebook: `solutions/<assignment>/<notebook>.ipynb` is where it stands.
    title: what the table calls it.
    solutions: grade_ids of its solution cells; each defines one function or class, which has the same name.
    checks: grade_ids of its grade cells.
    equivalent: mutants of the reference solution that no test can catch, as the changed line -> the reason.
    """

    assignment: str
    notebook: str
    title: str
    solutions: tuple[str, ...]
    checks: tuple[str, ...]
    equivalent: dict[str, str] = field(default_factory=dict)
    answers: list[Answer] = field(default_factory=list)

    def right(self, cell: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Enter the decorated function as a right answer for the solution cell `cell`."""
        return self._enter(cell, right=True)

    def wrong(self, cell: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Enter the decorated function as a wrong answer; its docstring states the misconception."""
        return self._enter(cell, right=False)

    def chosen(self, kind: Literal["right", "wrong"]) -> list[Answer]:
        """The answers of one kind, in the order in which they are written down."""
        return [answer for answer in self.answers if answer.right == (kind == "right")]

    @property
    def path(self) -> Path:
        """The instructor's notebook."""
        return ROOT / "solutions" / self.assignment / f"{self.notebook}.ipynb"

    def _enter(self, cell: str, right: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        if cell not in self.solutions:
            raise ValueError(f"{self.title!r} has the solution cells {self.solutions}, not {cell!r}: name one of them.")

        def enter(written: Callable[..., Any]) -> Callable[..., Any]:
            sentence = inspect.getdoc(written)
            if not sentence:
                raise ValueError(f"Answer {written.__name__!r} to {self.title!r} needs a docstring: say what it does.")
            name = written.__name__.strip("_").replace("_", "-")
            self.answers.append(Answer(name, right, cell, sentence, _as_cell(written, cell)))
            return written

        return enter


@cache
def exercises() -> tuple[Exercise, ...]:
    """Every exercise of every topic, in the order of the assignments and of their notebooks' cells."""
    found = [
        module.EXERCISE
        for package in pkgutil.iter_modules(tests.answers.__path__, "tests.answers.")
        if package.ispkg
        for module in _modules(package.name)
    ]
    return tuple(sorted(found, key=lambda exercise: (exercise.assignment, _position(exercise))))


def _modules(package: str) -> list[ModuleType]:
    path = importlib.import_module(package).__path__
    return [importlib.import_module(module.name) for module in pkgutil.iter_modules(path, f"{package}.")]


def _position(exercise: Exercise) -> int:
    text = exercise.path.read_text(encoding="utf-8")
    return text.index(f'"grade_id": "{exercise.solutions[0]}"')


def _as_cell(written: Callable[..., Any], name: str) -> str:
    """The source of a function or class without its decorators, under the name that the assignment asks for."""
    source = textwrap.dedent(inspect.getsource(written))
    definition = ast.parse(source).body[0]
    assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
    body = "\n".join(source.splitlines()[definition.lineno - 1 :])
    return re.sub(rf"\b{written.__name__}\b", name, body)
