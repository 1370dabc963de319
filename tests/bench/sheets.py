"""Our own six sheets graded: seconds per submission on one core, against `nbgrader autograde` in the same run.

``python -m tests.bench sheets`` measures all; ``python -m tests.bench.sheets 01 04`` only some.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

import nbformat

from tests.answers.demo import Student, students
from tests.bench.grading import timed
from tests.support import ROOT

SUBMISSIONS = 4
CONFIGURATION = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.CourseDirectory.course_id = "sheets"
"""


def main(topics: tuple[str, ...] = ()) -> None:
    """Print one row per sheet."""
    processors = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(processors)})
    print(f"{SUBMISSIONS} right submissions of each sheet on one core, start included; seconds per submission")
    print(f"{'sheet':20} {'nbgrader':>9} {'ours':>9} {'ratio':>6}   {'ours, without start':>20} (wanted: at most 2)")
    try:
        for sheet in sorted(path.name for path in (ROOT / "solutions").iterdir()):
            if not topics or sheet.startswith(topics):
                measure(sheet)
    finally:
        os.sched_setaffinity(0, processors)


def measure(sheet: str) -> None:
    """Grade the same submissions with stock nbgrader and with ours, and print the row."""
    right = next(student for student in students() if (student.assignment, student.name) == (sheet, "all-right"))
    with tempfile.TemporaryDirectory() as folder:
        stock, ours = (course(Path(folder) / name, right, SUBMISSIONS) for name in ("stock", "ours"))
        single = course(Path(folder) / "single", right, 1)
        timed(stock, "nbgrader", "generate_assignment", sheet)
        theirs = timed(stock, "nbgrader", "autograde", sheet) / SUBMISSIONS
        command = ("utils.grading", sheet, "--workers", "1", "--no-feedback")
        whole = timed(ours, *command)
        each = (whole - timed(single, *command)) / (SUBMISSIONS - 1)
    mine = whole / SUBMISSIONS
    print(f"{sheet:20} {theirs:9.2f} {mine:9.2f} {theirs / mine:6.1f}   {each:20.2f}", flush=True)


def course(folder: Path, right: Student, number: int) -> Path:
    """A course of one sheet, in which `number` students have handed in the same right answers, executed."""
    source = folder / "source" / right.assignment
    shutil.copytree(ROOT / "solutions" / right.assignment, source)
    (folder / "nbgrader_config.py").write_text(CONFIGURATION.format(root=str(folder)))
    path = right.write(folder / "handed_in")
    notebook = nbformat.read(path, as_version=4)
    for place in range(number):
        copy = folder / "submitted" / f"student{place}" / right.assignment / path.name
        copy.parent.mkdir(parents=True)
        nbformat.write(notebook, copy)
    return folder


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
