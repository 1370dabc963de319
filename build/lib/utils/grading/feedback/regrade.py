"""What a run changed: whose marks differ from those before it, by how much, and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from utils.grading.feedback.tables import Row, Total, aligned, as_csv, escape_formula, number, printable, shortened
from utils.grading.job import parts_of

COLUMNS: Final = ("student", "assignment", "exercise", "before", "after", "change", "why")
LATENESS: Final = "late penalty"
PRINTED: Final = 20  # students in the terminal; the file has all
_NAME_WIDTH: Final = 24
_WHY: Final = {
    "submission": "the submission changed",
    "tests": "the instructor's notebook or files changed",
    "limits": "the limits changed",
    "settings": "the settings of grading changed",
    "code": "the grading code, Python or a library changed",
}
_UNEXPLAINED: Final = "nothing that is recorded changed: the check may depend on chance, time or the machine's load"
_UNKNOWN: Final = "what it was graded with before is not recorded"


@dataclass(frozen=True)
class Change:
    """A mark that differs from the one before the run.

    Attributes:
        student: whose it is.
        assignment: of the submission.
        exercise: the check, or `LATENESS` for points that are subtracted.
        before: the points before the run.
        after: the points now.
        why: a clause on the cause.
    """

    student: str
    assignment: str
    exercise: str
    before: float
    after: float
    why: str

    @property
    def difference(self) -> float:
        """The points gained, negative for points lost."""
        return self.after - self.before


def changed_marks(
    before: Iterable[Row], after: Iterable[Row], totals_before: Iterable[Total] = (), totals_after: Iterable[Total] = ()
) -> list[Change]:
    """The marks that a run changed; what was graded for the first time is no change.

    Args:
        before: the rows that there were before the run.
        after: the rows now.
        totals_before: the totals before the run; of these, only the penalties for lateness count.
        totals_after: the totals now.

    Example:
        >>> old = Row("ann", "ps1", "double", 2.0, 2.0, "graded", fingerprint="tests=1 limits=5")
        >>> new = Row("ann", "ps1", "double", 0.0, 2.0, "graded", fingerprint="tests=2 limits=5")
        >>> [(change.difference, change.why) for change in changed_marks([old], [new])]
        [(-2.0, "the instructor's notebook or files changed")]
    """
    earlier = {(row.student, row.assignment, row.exercise): row for row in before}
    changes = []
    for row in after:
        old = earlier.get((row.student, row.assignment, row.exercise))
        if old is not None and _differ(old.score, row.score):
            changes.append(Change(row.student, row.assignment, row.exercise, old.score, row.score, _why(old, row)))
    penalties = {(total.student, total.assignment): total.penalty for total in totals_before}
    for total in totals_after:
        penalty = penalties.get((total.student, total.assignment))
        if penalty is not None and _differ(penalty, total.penalty):
            why = "the deadline, an extension, the time of handing in or the marks changed"
            changes.append(Change(total.student, total.assignment, LATENESS, -penalty, -total.penalty, why))
    return changes


def changes_csv(changes: Iterable[Change]) -> str:
    """One row per mark that changed; no text in it is taken for a formula."""
    lines = [
        (
            escape_formula(change.student),
            change.assignment,
            escape_formula(change.exercise),
            number(change.before),
            number(change.after),
            number(change.difference),
            change.why,
        )
        for change in changes
    ]
    return as_csv([COLUMNS, *lines])


def summary(changes: Sequence[Change]) -> str:
    """How many students gain and lose, in one sentence.

    Example:
        >>> summary([Change("ann", "ps1", "double", 0, 2, ""), Change("bob", "ps1", "double", 2, 1, "")])
        'This run changed the marks of 2 students: 1 gained points, 1 lost points.'
        >>> summary([])
        'This run changed no mark.'
    """
    if not changes:
        return "This run changed no mark."
    sums = _by_submission(changes)
    students = {student for student, _ in sums}
    gained = {student for (student, _), points in sums.items() if points > 0}
    lost = {student for (student, _), points in sums.items() if points < 0}
    return (
        f"This run changed the marks of {len(students)} student{'s' * (len(students) != 1)}: "
        f"{len(gained)} gained points, {len(lost)} lost points."
    )


def table(changes: Sequence[Change]) -> str:
    """Who gains and who loses, the largest losses first, with the causes below each assignment's name."""
    if not changes:
        return ""
    sums = _by_submission(changes)
    lines: list[Sequence[str]] = [("student", "assignment", "change")]
    ordered = sorted(sums.items(), key=lambda item: item[1])
    for (student, assignment), points in ordered[:PRINTED]:
        lines.append(
            (shortened(printable(student), _NAME_WIDTH), shortened(assignment, _NAME_WIDTH), f"{points:+.10g}")
        )
    more = f"\n… and {len(ordered) - PRINTED} more" if len(ordered) > PRINTED else ""
    causes = dict.fromkeys(change.why for change in changes)
    return aligned(lines) + more + "\nWhy: " + ";\n     ".join(causes) + "."


def _by_submission(changes: Iterable[Change]) -> dict[tuple[str, str], float]:
    sums: dict[tuple[str, str], float] = {}
    for change in changes:
        key = (change.student, change.assignment)
        sums[key] = sums.get(key, 0.0) + change.difference
    return sums


def _why(old: Row, new: Row) -> str:
    before, after = parts_of(old.fingerprint), parts_of(new.fingerprint)
    if not (before and after):
        clause = _UNKNOWN
    else:
        clause = " and ".join(text for part, text in _WHY.items() if before.get(part) != after.get(part))
    clause = clause or _UNEXPLAINED
    return clause if old.status == new.status else f"{clause} (the status was “{old.status}”, now “{new.status}”)"


def _differ(first: float, second: float) -> bool:
    return abs(first - second) > 1e-9
