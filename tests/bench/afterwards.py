"""What comes after the mark, as a share of grading: transcripts of the checks, and the report on a class of 300."""

import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.answers.demo import students
from tests.support import ROOT
from utils.grading.feedback.class_report import class_page, class_reports
from utils.grading.feedback.tables import Row, Total
from utils.grading.job import Job
from utils.grading.supervisor import grade

ROUNDS = 5
CLASS = 300


def main() -> None:
    """Print one row per sheet, then the report's."""
    print(f"a right submission of each sheet, median of {ROUNDS} in turns; seconds with and without transcripts")
    print(f"{'sheet':20} {'with':>7} {'without':>8} {'share':>7} (wanted: under 5 %)")
    seconds = [transcripts(path.name) for path in sorted((ROOT / "solutions").iterdir())]
    report(statistics.median(seconds))


def transcripts(sheet: str) -> float:
    """Grade the same submission with and without transcripts; the seconds with them."""
    right = next(student for student in students() if (student.assignment, student.name) == (sheet, "all-right"))
    folder = ROOT / "solutions" / sheet
    names = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".ipynb", ".md")]
    files = {str(path.relative_to(folder)): path.read_bytes() for path in names}
    with tempfile.TemporaryDirectory() as scratch:
        submission = right.write(Path(scratch)).read_bytes()
    job = Job(submission, (folder / f"{right.notebook}.ipynb").read_bytes(), files=files)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for number in range(2 * (ROUNDS + 1)):
        recorded = number % 2 == 0
        begin = time.perf_counter()
        graded = grade(replace(job, transcripts=recorded))
        if number > 1:  # the first two start the fork servers
            taken[recorded].append(time.perf_counter() - begin)
        if bool(graded.transcripts) != recorded or any(c.points not in (c.max_score, None) for c in graded.cells):
            raise RuntimeError(f"{sheet} was not graded as it should be: {graded.cells}")
    mine, without = statistics.median(taken[True]), statistics.median(taken[False])
    print(f"{sheet:20} {mine:7.3f} {without:8.3f} {100 * (mine / without - 1):6.1f} %", flush=True)
    return mine


def report(seconds: float) -> None:
    """Make the report on a class, and print its share of the seconds that grading the class takes."""
    rng = np.random.default_rng(0)
    rows, totals = [], []
    for number in range(CLASS):
        points = rng.integers(0, 2, size=20)
        rows += [Row(f"s{number}", "ps1", f"part{i // 4}-{i}", float(p), 1.0, "graded") for i, p in enumerate(points)]
        totals.append(Total(f"s{number}", "ps1", float(points.sum()), 0.0, 20.0))
    begin = time.perf_counter()
    page = class_page(class_reports(rows, totals, {total.student for total in totals}, {}))
    taken = time.perf_counter() - begin
    print(f"the report on {CLASS} submissions with 20 checks: {taken:.2f} s, {len(page) / 1e3:.0f} kB")
    print(f"  share of grading, at {seconds:.2f} s per submission   {100 * taken / (CLASS * seconds):.2f} %")


if __name__ == "__main__":
    main()
