"""The report on a class: how the marks are spread, which checks to look at before publishing, and why points were lost.

The numbers are those of classical test theory, as `ctt` of R's package irtQ gives them: difficulty, item-rest
correlation, and Cronbach's α with and without each check.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from utils.grading.feedback.diagnosis import Mistakes
from utils.grading.feedback.exercises import number
from utils.grading.feedback.page_templates import environment, page_style
from utils.grading.feedback.tables import Row, Total, by_exercise

#: With fewer submissions, correlations between checks are too uncertain, and are left out.
FEWEST: Final = 10
_BINS: Final = 10
_UNDECIDED: Final = ("needs manual", "review")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


@dataclass(frozen=True)
class Reason:
    """A message that several students read; numbers in it may differ.

    Attributes:
        text: the most frequent wording.
        students: how many read it.
    """

    text: str
    students: int


@dataclass
class Item:
    """A check over all students for whom it is decided.

    Attributes:
        name: of the check.
        exercise: that it belongs to.
        points: what it is worth.
        students: for whom it is decided.
        waiting: for whom a person has to decide.
        difficulty: mean share of its points, 0 (nobody gets any) to 1; nan without students.
        rest_correlation: Pearson's correlation of its points with the points of the other checks; None where one of
            them does not vary, or with fewer than `FEWEST` students.
        alpha_without: Cronbach's α of the other checks; None where it is not defined.
        reasons: the messages of those who lost points, the most frequent first.
    """

    name: str
    exercise: str
    points: float
    students: int
    waiting: int
    difficulty: float
    rest_correlation: float | None = None
    alpha_without: float | None = None
    reasons: list[Reason] = field(default_factory=list)

    @property
    def flags(self) -> list[str]:
        """What to look at before the marks are published."""
        flags = []
        if self.students >= FEWEST and not self.waiting and self.difficulty in (0, 1):
            flags.append("nobody gets a point" if self.difficulty == 0 else "everybody gets all points")
        if self.waiting:
            flags.append(f"{self.waiting} of {self.students + self.waiting} wait for a person")
        if self.rest_correlation is not None and self.rest_correlation < 0:
            flags.append("students who fail it do better elsewhere: is the check right?")
        return flags


@dataclass(frozen=True)
class AssignmentReport:
    """The report on one assignment.

    Attributes:
        name: of the assignment.
        scores: the students' totals, ascending.
        max_score: points of the assignment.
        items: its checks, in order.
        alpha: Cronbach's α of all its checks; None where it is not defined.
        statuses: (status, number of checks), of those that were not simply graded.
        missing: students of the class who handed in nothing that could be read.
        mistakes: that answers have in common.
    """

    name: str
    scores: tuple[float, ...]
    max_score: float
    items: list[Item]
    alpha: float | None
    statuses: list[tuple[str, int]]
    missing: list[str]
    mistakes: Mistakes = field(default_factory=Mistakes)

    @property
    def histogram(self) -> list[tuple[str, int]]:
        """Ten equal ranges of points, and how many students are in each; the last includes full points and more."""
        most = self.max_score or 1
        counts, edges = np.histogram(np.clip(self.scores, 0, most), bins=_BINS, range=(0, most))
        names = [f"{number(low)} to {number(high)}" for low, high in pairwise(edges)]
        return list(zip(names, counts.tolist(), strict=True))

    @property
    def quartiles(self) -> tuple[float, float, float]:
        """The first quartile, the median and the third quartile of the students' points."""
        low, middle, high = np.quantile(self.scores, [0.25, 0.5, 0.75]).tolist()
        return low, middle, high


@dataclass(frozen=True)
class Request:
    """What a student asks, in a file beside the notebook.

    Attributes:
        student: who asks.
        assignment: about which.
        text: what was written; it may be anything.
    """

    student: str
    assignment: str
    text: str


def class_reports(
    rows: Sequence[Row],
    totals: Sequence[Total],
    students: Iterable[str] = (),
    mistakes: Mapping[str, Mistakes] | None = None,
) -> list[AssignmentReport]:
    """What there is to say about each assignment of a class.

    Args:
        rows: one per student and check.
        totals: one per student and assignment.
        students: everybody in the class, as far as known; others than those with rows count as missing.
        mistakes: by the name of the assignment.

    Example:
        >>> rows = [Row("ann", "ps1", "double", 2.0, 2.0, "graded"), Row("bob", "ps1", "double", 0.0, 2.0, "graded")]
        >>> (report,) = class_reports(rows, [Total("ann", "ps1", 2, 0, 2), Total("bob", "ps1", 0, 0, 2)], ["cyd"])
        >>> report.items[0].difficulty, report.missing
        (0.5, ['cyd'])
    """
    of_assignment: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_assignment[row.assignment].append(row)
    everybody = {*students, *(row.student for row in rows)}
    return [
        replace(
            _report(name, own, [total for total in totals if total.assignment == name], everybody),
            mistakes=(mistakes or {}).get(name, Mistakes()),
        )
        for name, own in of_assignment.items()
    ]


def class_page(reports: Sequence[AssignmentReport], notes: Sequence[str] = (), requests: Sequence[Request] = ()) -> str:
    """The report as a page: one file that loads nothing and runs nothing.

    Args:
        reports: one per assignment.
        notes: sentences for its head.
        requests: of students; they are shown as plain text.
    """
    templates = environment()
    templates.filters["points"] = number
    template = templates.get_template("class_report/index.html.j2")
    style = page_style()
    return template.render(reports=reports, notes=notes, requests=requests, style=style, fewest=FEWEST)


def cronbach_alpha(scores: NDArray[np.float64]) -> float | None:
    """Cronbach's α of a table (n students, k checks): how far the checks agree on who is better, at most 1.

    Returns:
        None with fewer than two checks or students, or where all totals are equal.

    Example:
        >>> cronbach_alpha(np.array([[1.0, 1.0], [0.0, 0.0], [1.0, 1.0]]))
        1.0
    """
    n, k = scores.shape
    if n < 2 or k < 2:
        return None
    totals = scores.sum(axis=1)
    if _constant(totals):
        return None
    return float(k / (k - 1) * (1 - scores.var(axis=0, ddof=1).sum() / totals.var(ddof=1)))


def _report(name: str, rows: list[Row], totals: list[Total], everybody: set[str]) -> AssignmentReport:
    checks = list(dict.fromkeys(row.exercise for row in rows))
    exercise_of = by_exercise(checks)
    there = {row.student for row in rows if row.status != "missing"}
    # Who handed in nothing is named, and counts in no statistic.
    rows = [row for row in rows if row.student in there]
    of_check: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_check[row.exercise].append(row)
    items = [_item(check, exercise_of[check], of_check[check]) for check in checks if of_check[check]]
    # Correlations need the same students for each check: those for whom every check is decided that is for most.
    decided = [item for item in items if item.students > item.waiting]
    table = _table([of_check[item.name] for item in decided])
    alpha = None
    if len(table) >= FEWEST:
        alpha = cronbach_alpha(table)
        for place, item in enumerate(decided):
            others = np.delete(table, place, axis=1)
            item.rest_correlation = _correlation(table[:, place], others.sum(axis=1))
            item.alpha_without = cronbach_alpha(others)
    statuses = Counter(row.status for row in rows if row.status != "graded")
    return AssignmentReport(
        name,
        tuple(sorted(total.score for total in totals if total.student in there)),
        max((total.max_score for total in totals), default=0.0),
        items,
        alpha,
        statuses.most_common(),
        sorted(everybody - there),
    )


def _item(name: str, exercise: str, rows: list[Row]) -> Item:
    decided = [row for row in rows if row.status not in _UNDECIDED]
    points = max(row.max_score for row in rows)
    share = float(np.mean([row.score / row.max_score for row in decided if row.max_score])) if decided else float("nan")
    wordings: dict[str, Counter[str]] = defaultdict(Counter)
    for row in decided:
        if row.score < row.max_score and row.message:
            wordings[_NUMBER.sub("#", row.message)][row.message] += 1
    reasons = [Reason(counts.most_common(1)[0][0], counts.total()) for counts in wordings.values()]
    return Item(
        name,
        exercise,
        points,
        len(decided),
        len(rows) - len(decided),
        share,
        reasons=sorted(reasons, key=lambda one: -one.students),
    )


def _table(checks: Sequence[Sequence[Row]]) -> NDArray[np.float64]:
    """Points, one row per student who has all checks and one column per check."""
    scores: dict[str, list[float]] = defaultdict(list)
    for rows in checks:
        for row in rows:
            if row.status not in _UNDECIDED:
                scores[row.student].append(row.score)
    complete = [own for own in scores.values() if len(own) == len(checks)]
    return np.array(complete, dtype=float).reshape(len(complete), len(checks))


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float | None:
    if _constant(first) or _constant(second):
        return None
    return float(np.corrcoef(first, second)[0, 1])


def _constant(values: NDArray[np.float64]) -> bool:
    """Whether all values are equal, but for rounding."""
    return bool(np.ptp(values) <= 1e-9 * max(1.0, float(np.abs(values).max())))
