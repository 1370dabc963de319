"""Runs the cells of an assignment with given answers in this process, and scores them as nbgrader does.

No kernel is started, so that thousands of runs take a minute. A run executes the cells that nbgrader locks or replaces:
locked code cells, solution cells, and the requested grade cells.
"""

from __future__ import annotations

import ast
import contextlib
import io
import os
import signal
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import nbformat

SEED_VARIABLE = "TEST_SEED"
"""The environment variable from which the hidden tests of every assignment take the seed of their random inputs."""


@dataclass(frozen=True)
class Result:
    """The outcome of one grade cell: points, the maximum, and the message of a failed check (or an empty string)."""

    points: float
    maximum: float
    message: str


class OutOfTime(BaseException):
    """Not an Exception, so that an answer cannot catch it."""


@dataclass(frozen=True)
class _Cell:
    grade_id: str
    solution: bool
    grade: bool
    points: float
    body: CodeType
    last: CodeType | None


def grade(
    notebook: Path,
    answers: Mapping[str, str],
    checks: tuple[str, ...],
    seed: int = 0,
    stop_at_loss: bool = False,
    seconds: float = 10,
) -> dict[str, Result]:
    """Grade one set of answers.

    Args:
        notebook: the instructor's notebook, which provides all other cells.
        answers: grade_id of a solution cell -> its source; the other solution cells keep the reference solution.
        checks: grade_ids of the grade cells to run, in any order.
        seed: of the hidden tests' random inputs.
        stop_at_loss: only determine whether points are lost: skip the checks before the first answer, which do not
            depend on it, and those after the first loss.
        seconds: processor time that a cell may take.

    Raises:
        LookupError: if the notebook does not have all of the checks.
    """
    results: dict[str, Result] = {}
    remaining = set(checks)
    answered = False
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with _seed(seed), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        for cell in _cells(notebook):
            if cell.solution and cell.grade_id in answers:
                cell, answered = _compiled(cell.grade_id, answers[cell.grade_id]), True
            if cell.grade:
                if cell.grade_id not in remaining:
                    continue
                remaining.remove(cell.grade_id)
                if stop_at_loss and not answered:
                    continue
            value, message = _run(cell, namespace, seconds)
            if cell.grade:
                points = _points(value, cell.points) if message == "" else 0.0
                results[cell.grade_id] = Result(points, cell.points, message)
                if not remaining or (stop_at_loss and points < cell.points):
                    return results
    if remaining:
        raise LookupError(f"{notebook.name} has no grade cells {sorted(remaining)}: give grade_ids that it has.")
    return results


def reference(notebook: Path, cell: str) -> str:
    """The source of one solution cell of the instructor's notebook."""
    for candidate in _read(notebook).cells:
        if candidate.metadata.get("nbgrader", {}).get("grade_id") == cell:
            return str(candidate.source)
    raise LookupError(f"{notebook.name} has no cell {cell!r}: give a grade_id that it has.")


@cache
def _read(notebook: Path) -> nbformat.NotebookNode:
    content: nbformat.NotebookNode = nbformat.read(notebook, as_version=4)
    return content


@cache
def _cells(notebook: Path) -> tuple[_Cell, ...]:
    cells = []
    for cell in _read(notebook).cells:
        meta = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and (meta.get("locked") or meta.get("grade") or meta.get("solution")):
            cells.append(
                _compiled(
                    meta["grade_id"], cell.source, bool(meta["solution"]), bool(meta["grade"]), meta.get("points", 0)
                )
            )
    return tuple(cells)


@cache
def _compiled(grade_id: str, source: str, solution: bool = True, grade: bool = False, points: float = 0) -> _Cell:
    tree = ast.parse(source)
    last = None
    if grade and tree.body and isinstance(tree.body[-1], ast.Expr):
        expression = tree.body.pop()
        assert isinstance(expression, ast.Expr)
        last = compile(ast.Expression(expression.value), f"<{grade_id}>", "eval")
    return _Cell(grade_id, solution, grade, float(points), compile(tree, f"<{grade_id}>", "exec"), last)


def _run(cell: _Cell, namespace: dict[str, Any], seconds: float) -> tuple[Any, str]:
    try:
        with _limited(seconds):
            exec(cell.body, namespace)
            return (eval(cell.last, namespace) if cell.last else None), ""
    except OutOfTime:
        return None, f"took more than {seconds:g} s of processor time"
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"


def _points(value: Any, maximum: float) -> float:
    """As in nbgrader: a grade cell that ends with a number gives that number of points; any other gives all points."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(min(max(value, 0), maximum))
    return maximum


@contextlib.contextmanager
def _seed(seed: int) -> Iterator[None]:
    before = os.environ.get(SEED_VARIABLE)
    os.environ[SEED_VARIABLE] = str(seed)
    try:
        yield
    finally:
        if before is None:
            del os.environ[SEED_VARIABLE]
        else:
            os.environ[SEED_VARIABLE] = before


@contextlib.contextmanager
def _limited(seconds: float) -> Iterator[None]:
    """Stop a mutant that never ends. The timer counts processor time; pytest-timeout uses the timer of elapsed time."""

    def stop(signum: int, frame: FrameType | None) -> None:
        raise OutOfTime

    before: Callable[[int, FrameType | None], Any] | int | None = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
