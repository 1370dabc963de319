"""Similar answers of a class, written as a page on request; `feedback/similar.py` compares them."""

from collections.abc import Sequence
from contextlib import suppress

import nbformat
from nbformat import NotebookNode

from utils.errors import WhichIsBetterError
from utils.grading import clerk
from utils.grading.course.course import Course
from utils.grading.course.own_work import bank_of
from utils.grading.feedback import similar
from utils.grading.job import Job
from utils.grading.notebook.solution import parse_solution, released
from utils.store import write_atomic

SECONDS = 600.0  # for the page of one assignment; a class of 300 takes seconds


class NotInstalled(WhichIsBetterError):
    """An optional package is missing; the message says which."""


def require() -> None:
    """Make sure that answers can be compared.

    Raises:
        NotInstalled: copydetect is missing.
    """
    if not similar.installed():
        raise NotInstalled("Comparing answers needs the package copydetect: install it with pip install copydetect.")


def write_similar(course: Course, settings: Job, assignments: Sequence[str]) -> None:
    """Write `similar-ASSIGNMENT.html` beside the tables, one for each assignment with at least two submissions.

    Args:
        course: whose submissions; they have been graded.
        settings: of the run, with the delimiters of the instructor's notebooks.
        assignments: their names.
    """
    for assignment in assignments:
        cells = _cells(course, settings, assignment)
        if len({student for cell in cells for student in cell.answers}) < 2:
            continue
        # Lexing what students wrote may take long.
        content = clerk.run(similar.page, assignment, cells, seconds=SECONDS)
        path = course.results / f"similar-{assignment}.html"
        write_atomic(path, content)
        print(f"Wrote {path}")


def _cells(course: Course, settings: Job, assignment: str) -> list[similar.Cell]:
    bank = bank_of(course.app)
    cells = []
    solutions = course.solutions(assignment)
    for problem, solution in solutions.items():
        source = parse_solution(solution)
        model = _sources(source)
        blank = _sources(released(source, settings.delimiters))
        answers: dict[str, dict[str, str]] = {name: {} for name in model}
        for submission in course.submissions(assignment):
            path = course.folder("autograded", submission.student, assignment) / f"{problem}.ipynb"
            with suppress(OSError, ValueError, KeyError, TypeError):
                for name, text in similar.answers_in(path.read_bytes()).items():
                    if name in answers and text.split() != blank[name].split():
                        answers[name][submission.student] = text
        for name, own in answers.items():
            right = [text for _, text in bank(assignment, problem, name)] if bank else []
            title = name if len(solutions) == 1 else f"{problem}/{name}"
            cells.append(similar.Cell(title, own, (model[name], blank[name], *right)))
    return cells


def _sources(notebook: NotebookNode) -> dict[str, str]:
    return similar.answers_in(nbformat.writes(notebook).encode())
