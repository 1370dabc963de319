"""Check a course before a class does: its own solutions must get full points, and its blank release none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import nbformat

from utils.grading.course.course import Course
from utils.grading.job import CellVerdict, Job
from utils.grading.notebook.pipeline import prepare
from utils.grading.notebook.solution import parse_solution, released
from utils.grading.supervisor import grade


@dataclass(frozen=True)
class Finding:
    """A check that does not grade as it should.

    Attributes:
        place: assignment, notebook and check, joined by slashes; no check where the whole notebook cannot be read.
        sentence: what is wrong, and what to do.
        serious: whether the course should not be handed out like this.
    """

    place: str
    sentence: str
    serious: bool = True


def report(course: Course, settings: Job, assignments: Sequence[str]) -> bool:
    """Print what is wrong with the checks of some assignments; return whether they may be handed out as they are.

    The arguments and errors are those of `check_course`.
    """
    serious = False
    for finding in check_course(course, settings, assignments):
        print(f"{finding.place}: {finding.sentence}", flush=True)
        serious = serious or finding.serious
    if not serious:
        print(f"The solutions of {', '.join(assignments)} get full points, and the blank releases get none.")
    return not serious


def check_course(course: Course, settings: Job, assignments: Sequence[str]) -> Iterator[Finding]:
    """Grade the instructor's own notebooks and the blank release of each assignment, and yield what is wrong.

    Args:
        course: the course.
        settings: a job without notebooks and files.
        assignments: their names.

    Raises:
        CourseError: there is no such assignment, or nbgrader cannot read it.
        SandboxError: no sandbox can be created here.
    """
    for assignment in assignments:
        files = course.files(assignment)
        for name, solution in course.solutions(assignment).items():
            job = replace(settings, solution=solution, files=files)
            try:
                yield from _findings(f"{assignment}/{name}", job)
            except ValueError as error:
                yield Finding(f"{assignment}/{name}", str(error))


def _findings(place: str, job: Job) -> Iterator[Finding]:
    checks = [step.grade_id for step in prepare(job).points.values() if step.role == "check"]
    if not checks:
        return
    full = grade(replace(job, submission=job.solution))
    blank = grade(replace(job, submission=_blank(job)))
    empty = {cell.grade_id: cell for cell in blank.cells}
    for cell in full.cells:
        if cell.grade_id in checks:
            problems = _problems(cell, empty[cell.grade_id], job)
            yield from (Finding(f"{place}/{cell.grade_id}", *problem) for problem in problems)


def _blank(job: Job) -> bytes:
    notebook = released(parse_solution(job.solution), job.delimiters)
    return bytes(nbformat.writes(notebook).encode())


def _problems(full: CellVerdict, blank: CellVerdict, settings: Job) -> Iterator[tuple[str, bool]]:
    if full.grade_id in settings.forgeable:
        yield "it is judged in the student's process alone, as configured: a submission can forge its result.", False
    if full.status == "review":
        yield (
            f"your own solution waits for review. {full.message} Rewrite the check so that it works with plain data, "
            f'or add "{full.grade_id}" to c.GradeSubmission.forgeable, so that the student\'s process judges it alone.',
            True,
        )
    elif full.points is not None and full.points < full.max_score:
        yield f"your own solution gets {full.points:g} of {full.max_score:g} points. {full.message}".strip(), True
    if blank.status == "review":
        yield f"the blank release waits for review. {blank.message}", True
    elif blank.points:
        yield f"the blank release gets {blank.points:g} of {blank.max_score:g} points: make the check stricter.", True
