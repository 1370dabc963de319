"""How well mistakes are diagnosed: `python -m tests.answers.measure ASSIGNMENT [CELL ...]`.

It runs the bank's wrong answers and `variants.py` in this process, records transcripts as the judge does, and prints

- of the bank's answers, how many are recognised as themselves;
- of each answer, with all others as the bank, how many are taken for another mistake;
- of every third answer, with the first two of three as the bank, how many are taken for another mistake;
- of the variants, how many are recognised as the mistake that they are a variant of.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np

from tests.answers import runner
from tests.answers.bank import exercises
from tests.answers.variants import VARIANTS
from utils.grading.course.cells import Cell, cells, is_wrong
from utils.grading.course.transcripts import Result
from utils.grading.feedback.diagnosis import Mistake, recognise
from utils.grading.job import Call
from utils.grading.judge.transcript import Transcript

SECONDS = 10.0


class Recorder:
    """Functions of an answer that record what they return to a check, but not what they return to each other."""

    def __init__(self) -> None:
        self.transcript: Transcript | None = None
        self.inside = False

    def wrap(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, recorded under a name."""

        def recorded(*arguments: Any, **keywords: Any) -> Any:
            if self.inside or self.transcript is None:
                return function(*arguments, **keywords)
            self.inside = True
            try:
                value = function(*arguments, **keywords)
            except Exception as error:
                self.transcript.raised(name, error)
                raise
            finally:
                self.inside = False
            self.transcript.returned(name, value)
            return value

        return recorded


def run(notebook: Path, answers: Mapping[str, str], checks: set[str] | None = None) -> Result:
    """Points and transcripts of a notebook with some answers; of all checks, or of these."""
    recorder = Recorder()
    names: dict[str, Any] = {"__name__": "__main__"}
    points: dict[str, float | None] = {}
    transcripts: dict[str, tuple[Call, ...]] = {}
    ended: list[str] = []
    for cell in runner._cells(notebook):
        if cell.solution and cell.grade_id in answers:
            cell = runner._compiled(cell.grade_id, answers[cell.grade_id])
        if cell.grade and checks is not None and cell.grade_id not in checks:
            continue
        transcript = recorder.transcript = Transcript(b"measure") if cell.grade else None
        before, value, error = dict(names), None, None
        random.seed(1)
        np.random.seed(1)  # noqa: NPY002
        try:
            with runner._limited(SECONDS), contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(cell.body, names)
                value = eval(cell.last, names) if cell.last else None
        except runner.OutOfTime:
            ended.append(cell.grade_id)
        except Exception as raised:
            error = raised
        if transcript is not None:
            transcript.ended(error, f"<{cell.grade_id}>")
            transcripts[cell.grade_id] = transcript.calls
            points[cell.grade_id] = runner._points(value, cell.points) if error is None else 0.0
        for name, function in names.items() if cell.solution else ():
            if type(function) is FunctionType and before.get(name) is not function:
                names[name] = recorder.wrap(name, function)
    return Result("", points, tuple(ended), transcripts)


def recognised(cell: Cell, right: Result, result: Result, known: list[Mistake]) -> str:
    """The sentence on the mistake that an answer to a cell is taken for, or an empty text."""
    if not is_wrong(result, cell):
        return ""
    found = recognise(result.behaviour(cell.checks), right.behaviour(cell.checks), known)
    return "" if found is None else found.sentence


def main(assignment: str, *only: str) -> int:
    """Print the shares."""
    os.environ[runner.SEED_VARIABLE] = "11"
    bank = [answer for exercise in exercises() if exercise.assignment == assignment for answer in exercise.answers]
    paths = {exercise.assignment: exercise.path for exercise in exercises()}
    if assignment not in paths:
        sys.exit(f"There is no assignment {assignment}: choose among {', '.join(paths)}.")
    path = paths[assignment]
    right = run(path, {})
    counts: Counter[str] = Counter()
    for cell in cells(path.read_bytes(), right):
        if only and cell.name not in only:
            continue
        checks = set(cell.checks)
        results = {
            answer.name: (answer.sentence, run(path, {cell.name: answer.source}, checks))
            for answer in bank
            if answer.cell == cell.name and not answer.right
        }
        known = [Mistake(cell.name, text, result.behaviour(cell.checks)) for text, result in results.values()]
        first_two = [mistake for place, mistake in enumerate(known) if place % 3 != 2]
        for place, (name, (sentence, result)) in enumerate(results.items()):
            counts["bank"] += 1
            counts["bank, as themselves"] += recognised(cell, right, result, known) == sentence
            others = [mistake for mistake in known if mistake.sentence != sentence]
            if found := recognised(cell, right, result, others):
                counts["bank, each left out, taken for another"] += 1
                print(f"  {cell.name}, {name}: taken for “{found}”")
            if place % 3 == 2:
                counts["held out"] += 1
                counts["held out, taken for another"] += recognised(cell, right, result, first_two) not in (
                    "",
                    sentence,
                )
        for (place_of, name), source in VARIANTS.get(assignment, {}).items():
            if place_of != cell.name:
                continue
            found = recognised(cell, right, run(path, {cell.name: source}, checks), known)
            sentence = results[name.replace("_", "-")][0]
            kind = "silent" if not found else "right" if found == sentence else "wrong"
            counts["variants"] += 1
            counts[f"variants, {kind}"] += 1
    print(assignment)
    for name, count in sorted(counts.items()):
        whole = counts[name.partition(",")[0]]
        print(f"  {name}: {count}" + (f" of {whole} ({100 * count / whole:.0f} %)" if "," in name else ""))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
