"""What an instructor reads and passes on: the table of a class, and CSV files for spreadsheets, Canvas and Moodle."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

COLUMNS = ("student", "assignment", "exercise", "score", "max_score", "status")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
TABLE_WIDTH = 160


@dataclass(frozen=True)
class Row:
    """A line of `grades.csv`, and what the judge said. Scores are those of the gradebook, manual ones included."""

    student: str
    assignment: str
    exercise: str
    score: float
    max_score: float
    status: str
    message: str = ""


@dataclass(frozen=True)
class Total:
    """A student's result in an assignment: the penalty for lateness is already taken off the score."""

    student: str
    assignment: str
    score: float
    penalty: float
    max_score: float


def grades_csv(rows: Iterable[Row]) -> str:
    """One line a student and exercise, in the order given."""
    lines = [
        (row.student, row.assignment, row.exercise, number(row.score), number(row.max_score), row.status)
        for row in rows
    ]
    return as_csv([COLUMNS, *lines])


def remarks_csv(remarks: Iterable[tuple[str, str, str]]) -> str:
    """Student, assignment and sentence; text that a spreadsheet would take for a formula is quoted."""
    return as_csv([("student", "assignment", "remark"), *(tuple(map(harmless, line)) for line in remarks)])


def canvas_csv(totals: Sequence[Total], people: Mapping[str, Mapping[str, str]]) -> str:
    """A gradebook import for Canvas: a column per assignment, its points in the second line, students by login.

    The user number that Canvas gave a student is taken from the gradebook (`nbgrader db student add --lms-user-id`).
    """
    assignments, best, scores = by_student(totals)
    lines: list[Sequence[str]] = [
        ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", *assignments),
        ("    Points Possible", "", "", "", "", *(number(best[name]) for name in assignments)),
    ]
    for student, own in scores.items():
        person = people.get(student, {})
        name = ", ".join(filter(None, (person.get("last_name"), person.get("first_name")))) or student
        results = (number(own[name]) if name in own else "" for name in assignments)
        lines.append((name, person.get("lms_user_id", ""), "", student, "", *results))
    return as_csv(lines)


def moodle_csv(totals: Sequence[Total], people: Mapping[str, Mapping[str, str]]) -> str:
    """A grade import for Moodle: identify users by "username", map each other column to its grade item."""
    assignments, _, scores = by_student(totals)
    lines: list[Sequence[str]] = [("username", "email", *assignments)]
    for student, own in scores.items():
        results = (number(own[name]) if name in own else "" for name in assignments)
        lines.append((student, people.get(student, {}).get("email", ""), *results))
    return as_csv(lines)


def table(rows: Sequence[Row], totals: Sequence[Total]) -> str:
    """Assignments one below the other; a line a student, a column an exercise, `?` where a person has to read."""
    blocks = []
    for assignment in dict.fromkeys(row.assignment for row in rows):
        of_student: dict[str, dict[str, Row]] = defaultdict(dict)
        best: dict[str, float] = {}
        for row in rows:
            if row.assignment == assignment:
                of_student[row.student][row.exercise] = row
                best[row.exercise] = row.max_score
        sums = {total.student: total for total in totals if total.assignment == assignment}
        lines = [(assignment, *best, "total")]
        lines.append(("points", *map(number, best.values()), number(sum(best.values()))))
        for student, own in of_student.items():
            marks = (mark(own[exercise]) if exercise in own else "" for exercise in best)
            lines.append((printable(student), *marks, number(sums[student].score) if student in sums else ""))
        legend = ""
        if not fits(lines):
            lines[0] = (assignment, *(f"({place})" for place, _ in enumerate(best, 1)), "total")
            legend = "\n" + ", ".join(f"({place}) {exercise}" for place, exercise in enumerate(best, 1))
        shown = lines if fits(lines) else [(line[0], line[-1]) for line in lines]
        blocks.append(aligned(shown) + (legend if shown is lines else ""))
    return "\n\n".join(blocks)


def mark(row: Row) -> str:
    """A score, `?` while nobody has read the answer, and `!` where something other than a wrong answer cost it."""
    if row.status == "needs manual":
        return "?"
    return number(row.score) + ("" if row.status == "graded" else "!")


def fits(lines: Sequence[Sequence[str]]) -> bool:
    """Whether a table is narrow enough for its exercises to be shown."""
    return sum(2 + max(map(len, column)) for column in zip(*lines, strict=True)) <= TABLE_WIDTH


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Columns of equal width, the first flush left, numbers flush right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def by_student(totals: Iterable[Total]) -> tuple[list[str], dict[str, float], dict[str, dict[str, float]]]:
    """Assignments in order, the points of each, and each student's scores."""
    best: dict[str, float] = {}
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for total in totals:
        best[total.assignment] = total.max_score
        scores[total.student][total.assignment] = total.score
    return sorted(best), best, dict(sorted(scores.items()))


def number(value: float) -> str:
    """At most ten significant digits, and no trailing zeros."""
    return f"{value:.10g}"


def printable(text: str) -> str:
    """Text of a stranger, without the control sequences that could drive a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def harmless(text: str) -> str:
    """Text of a stranger, which no spreadsheet takes for a formula."""
    text = printable(text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_csv(lines: Iterable[Sequence[str]]) -> str:
    """Comma-separated values with Unix line ends."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(lines)
    return file.getvalue()
