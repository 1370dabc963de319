"""What a learner is told about work of their own: each exercise, what it lost and why, progress, and model answers."""

import csv
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import nbformat
from nbformat import NotebookNode

from utils.grading.feedback.exercises import Exercise, exercises, number
from utils.grading.feedback.model_answers import Answer, page
from utils.grading.feedback.tables import as_csv, printable
from utils.grading.job import CellVerdict, Delimiters
from utils.store import write_atomic

COLUMNS: Final = ("time", "assignment", "notebook", "exercise", "score", "points", "test_seed")
MAX_PROGRESS: Final = 4 << 20  # bytes of the file of progress that are read
WIDTH: Final = 100
_SIGNS: Final = {"right": "+", "lost": "-", "waits": "?"}

#: The right answers to a solution cell, as (what it does, source): (assignment, notebook, cell) -> answers.
RightAnswers = Callable[[str, str, str], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Own:
    """A graded notebook of the learner's.

    Attributes:
        assignment: its name.
        notebook: its name.
        graded: as autograded, with scores in the metadata of the cells.
        solution: the instructor's notebook, or nothing where there is none.
        fresh: whether it was graded in this run.
    """

    assignment: str
    notebook: str
    graded: NotebookNode
    solution: bytes = b""
    fresh: bool = True

    @property
    def exercises(self) -> list[Exercise]:
        """Its parts that have points."""
        return [part for part in exercises(self.graded) if part.checks]


def with_scores(notebook: NotebookNode, cells: Iterable[CellVerdict]) -> NotebookNode:
    """A graded notebook with its verdicts where `exercises` expects them."""
    verdicts = {cell.grade_id: cell for cell in cells}
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if verdict := verdicts.get(nbgrader.get("grade_id", "")):
            nbgrader["score"] = verdict.points or 0.0
            nbgrader["undecided"] = verdict.points is None
            nbgrader["points"] = verdict.max_score
    notebook.metadata["judge"] = {
        "cells": [
            {"grade_id": cell.grade_id, "status": cell.status, "message": cell.message} for cell in verdicts.values()
        ]
    }
    return notebook


def account(own: Own, earlier: Mapping[str, float], points: bool = True) -> str:
    """What a learner reads in the terminal: each exercise, what it lost and why, and how it was the last time.

    Args:
        own: the graded notebook.
        earlier: scores of the last run by exercise.
        points: whether the checks are all there are, so that points mean something.
    """
    parts = own.exercises
    score, most = sum(part.score for part in parts), sum(part.points for part in parts)
    lines = [f"{own.assignment}/{own.notebook}" + (f": {number(score)} of {number(most)} points" if points else "")]
    for part in parts:
        sign = _SIGNS["lost" if part.lost else "waits" if part.undecided else "right"]
        title = printable(part.title.replace("*", ""))
        if points:
            before = earlier.get(part.title)
            was = f" (last time {number(before)})" if before is not None and before != part.score else ""
            lines.append(f"  {sign} {number(part.score):>4} of {number(part.points):<4} {title}{was}")
        else:
            lines.append(f"  {sign} {title}: {len(part.checks) - len(part.lost)} of {len(part.checks)} checks pass")
        reasons: dict[str, list[str]] = {}
        for check in part.lost:
            reason = check.message or (f"status: {check.status}" if check.status != "graded" else "no reason given")
            reasons.setdefault(reason, []).append(check.cell.metadata.nbgrader.grade_id)
        for reason, checks in reasons.items():
            text = printable(f"{', '.join(checks)}: {reason}")
            lines.append(textwrap.fill(text, WIDTH, initial_indent=" " * 8, subsequent_indent=" " * 10))
        if part.undecided:
            lines.append(" " * 8 + "graded by hand: compare your text with the questions of the exercise")
    return "\n".join(lines)


def remember(path: Path, everything: Sequence[Own], seed: int) -> dict[tuple[str, str], dict[str, float]]:
    """Add the results of this run to the file of progress.

    Args:
        path: of the file, a CSV.
        everything: the learner's notebooks; only those that were graded in this run are added.
        seed: of the hidden tests in this run.

    Returns:
        The scores before this run: by assignment and notebook, then by exercise.
    """
    lines = read_progress(path)
    earlier: dict[tuple[str, str], dict[str, float]] = {}
    for line in lines:
        earlier.setdefault((line[1], line[2]), {})[line[3]] = float(line[4])
    now = datetime.now().isoformat(sep=" ", timespec="seconds")
    new = [
        (now, own.assignment, own.notebook, part.title, number(part.score), number(part.points), str(seed))
        for own in everything
        if own.fresh
        for part in own.exercises
    ]
    if new:
        write_atomic(path, as_csv([COLUMNS, *lines, *new]))
    return earlier


def read_progress(path: Path) -> list[tuple[str, ...]]:
    """The lines of a file of progress that can be read; a line that somebody has spoilt is left out."""
    try:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            lines = [tuple(line) for line in csv.reader(file.read(MAX_PROGRESS).splitlines())]
    except (OSError, csv.Error):
        return []
    return [line for line in lines[1:] if len(line) == len(COLUMNS) and _is_number(line[4])]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def solved(own: Own) -> list[Exercise]:
    """The exercises whose tests all give full marks; a text beside them may still wait for a person."""
    return [
        part
        for part in own.exercises
        if not part.lost
        and all(check.written for check in part.undecided)
        and any(not check.written for check in part.checks)
    ]


def model_answers(own: Own, right_answers: RightAnswers | None, delimiters: Delimiters) -> str:
    """A page that shows, for each exercise with full marks, the instructor's answer and another one from the bank.

    Args:
        own: the graded notebook, with the instructor's.
        right_answers: of the bank, if the course has one.
        delimiters: of the instructor's notebook.

    Returns:
        The page; empty if no exercise has full marks.
    """
    sources = {}
    for cell in nbformat.reads(own.solution.decode(), as_version=4).cells if own.solution else ():
        if name := cell.metadata.get("nbgrader", {}).get("grade_id"):
            lines = cell.source.splitlines()
            marks = (delimiters.begin_solution, delimiters.end_solution)
            sources[name] = "\n".join(line for line in lines if not any(mark in line for mark in marks))
    shown = []
    for part in solved(own):
        for cell in part.cells:
            nbgrader = cell.metadata.get("nbgrader", {})
            name = nbgrader.get("grade_id", "")
            if cell.cell_type != "code" or not nbgrader.get("solution") or name not in sources:
                continue
            others = right_answers(own.assignment, own.notebook, name) if right_answers else ()
            known = {_essence(cell.source), _essence(sources[name])}
            second = next((pair for pair in others if _essence(pair[1]) not in known), None)
            shown.append(Answer(part.title, name, cell.source, sources[name], *(second or ("", ""))))
    return page(shown) if shown else ""


def _essence(source: str) -> str:
    """A source without what does not matter when two are compared."""
    return "".join(source.split())
