"""How well mistakes are diagnosed: `python -m tests.answers.measure ASSIGNMENT [MINUTES]`.

It grades the bank's wrong answers to one assignment and `variants.py`, all with one seed, and prints three shares:

- of the bank's answers, how many are recognised as themselves;
- of every third one, with those third ones kept out of the bank, how many are taken for another mistake;
- of the variants, how many are recognised as the mistake that they are a variant of.

Only cells with variants are measured, if there are any. After the given minutes, it goes on with what it has.
"""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.answers.variants import VARIANTS
from tests.support import ROOT
from utils.grading import Job, grade, warm
from utils.grading.course.answers import read_answers
from utils.grading.course.diagnosis import Cell, cells, is_wrong
from utils.grading.course.transcripts import Result, result_of
from utils.grading.feedback.diagnosis import Mistake, recognise
from utils.grading.notebook.solution import filled, imports
from utils.processors import available_processors

SEED = 2026


def main(assignment: str, minutes: float = 60.0) -> int:
    """Print the shares."""
    (path,) = (ROOT / "solutions" / assignment).glob("*.ipynb")
    solution = path.read_bytes()
    files = {
        other.relative_to(path.parent).as_posix(): other.read_bytes()
        for other in path.parent.rglob("*")
        if other.is_file() and other.suffix not in (".ipynb", ".md")
    }
    variants = VARIANTS.get(assignment, {})
    measured = {cell for cell, _ in variants}
    bank = [
        answer
        for answer in read_answers(ROOT / "tests" / "answers")
        if answer.assignment == assignment and (answer.cell in measured or not measured)
    ]
    sources = {("", ""): solution}
    sources |= {(answer.cell, answer.name): filled(solution, answer.cell, answer.source) for answer in bank}
    rest = [*sources][1:]
    random.Random(0).shuffle(rest)
    others = {(cell, f"~{name}"): filled(solution, cell, source) for (cell, name), source in variants.items()}
    warm(imports(solution))
    end = time.monotonic() + 60 * minutes
    begin = time.monotonic()

    def run(name: tuple[str, str]) -> Result | None:
        if time.monotonic() > end:
            return None
        submission = {**sources, **others}[name]
        return result_of(grade(Job(submission, solution, files=files, seed=SEED)), "")

    names = [("", ""), *others, *rest]
    with ThreadPoolExecutor(available_processors()) as pool:
        results = {name: result for name, result in zip(names, pool.map(run, names), strict=True) if result}
    print(f"{assignment}: {len(results)} of {len(names)} notebooks in {time.monotonic() - begin:.0f} s")
    right = results[("", "")]
    counts: Counter[str] = Counter()
    for cell in cells(solution, right):
        own = [
            (answer.name, Mistake(cell.name, answer.sentence, results[answer.cell, answer.name].behaviour(cell.checks)))
            for answer in bank
            if answer.cell == cell.name and (answer.cell, answer.name) in results
        ]
        usable = [(name, mistake) for name, mistake in own if is_wrong(results[cell.name, name], cell)]
        for name, mistake in own:
            counts["bank"] += 1
            found = recognised(cell, right, results[cell.name, name], [other for _, other in usable])
            counts["bank, itself"] += found is not None and found.sentence == mistake.sentence
            counts["bank, another"] += found is not None and found.sentence != mistake.sentence
        kept = [other for place, (_, other) in enumerate(usable) if place % 3 != 2]
        for place, (name, mistake) in enumerate(usable):
            if place % 3 == 2:
                counts["held out"] += 1
                found = recognised(cell, right, results[cell.name, name], kept)
                if found is not None:
                    counts["held out, taken for another"] += 1
                    print(f"  {cell.name}, {name}: taken for “{found.sentence}”, but “{mistake.sentence}”")
        sentences = dict(own)
        for (_, name), result in results.items():
            if (cell.name, name) not in others or name[1:] not in sentences:
                continue
            counts["variants"] += 1
            found = recognised(cell, right, result, [other for _, other in usable])
            kind = "none" if found is None else "right" if found == sentences[name[1:]] else "wrong"
            counts[f"variants, {kind}"] += 1
            if kind != "right":
                print(f"  {cell.name}, {name}: {kind}" + (f" “{found.sentence}”" if found else ""))
    for name, count in sorted(counts.items()):
        whole = counts[name.partition(",")[0]]
        print(f"  {name}: {count}" + (f" of {whole} ({100 * count / whole:.0f} %)" if "," in name else ""))
    return 0


def recognised(cell: Cell, right: Result, result: Result, known: list[Mistake]) -> Mistake | None:
    """The mistake that an answer to a cell is taken for."""
    if not is_wrong(result, cell):
        return None
    return recognise(result.behaviour(cell.checks), right.behaviour(cell.checks), known)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *map(float, sys.argv[2:3])))
