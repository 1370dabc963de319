"""The table of a class for a terminal, and CSV files for spreadsheets, Canvas and Moodle."""

import csv
import io
import re
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

COLUMNS = ("student", "assignment", "exercise", "score", "max_score", "status")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
# Logins and addresses, which an LMS must recognise: such text calls no function of a spreadsheet.
IDENTIFIER = re.compile(r"[\w.@+-]*")
TABLE_WIDTH = 80
NAME_WIDTH = 18


@dataclass(frozen=True)
class Row:
    """A row of `grades.csv`, the judge's message, and the fingerprint of its job.

    Scores are the gradebook's, manual ones included.
    """

    student: str
    assignment: str
    exercise: str
    score: float
    max_score: float
    status: str
    message: str = ""
    fingerprint: str = ""


@dataclass(frozen=True)
class Total:
    """A student's result in an assignment; the penalty for lateness is already subtracted from the score."""

    student: str
    assignment: str
    score: float
    penalty: float
    max_score: float


def grades_csv(rows: Iterable[Row]) -> str:
    """One row per student and exercise, in the order given.

    Example:
        >>> print(grades_csv([Row("ann", "ps1", "double", 2.0, 2.0, "graded")]), end="")
        student,assignment,exercise,score,max_score,status
        ann,ps1,double,2,2,graded
    """
    lines = [
        (
            escape_formula(row.student),
            row.assignment,
            escape_formula(row.exercise),
            number(row.score),
            number(row.max_score),
            row.status,
        )
        for row in rows
    ]
    return as_csv([COLUMNS, *lines])


def remarks_csv(remarks: Iterable[tuple[str, str, str]]) -> str:
    """One row per remark: student, assignment and sentence, none of which a spreadsheet takes for a formula."""
    return as_csv([("student", "assignment", "remark"), *(tuple(map(escape_formula, line)) for line in remarks)])


def canvas_csv(totals: Sequence[Total], people: Mapping[str, Mapping[str, str]]) -> str:
    """A gradebook import for Canvas: one column per assignment, its points in the second row, students by login.

    Names are for people and are escaped, so that no spreadsheet takes them for a formula. Canvas matches students by ID
    and login, which must stay as they are; one that could be a formula is no login, and is escaped too.
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
        number_in_canvas = as_identifier(person.get("lms_user_id", ""))
        lines.append((escape_formula(name), number_in_canvas, "", as_identifier(student), "", *results))
    return as_csv(lines)


def moodle_csv(totals: Sequence[Total], people: Mapping[str, Mapping[str, str]]) -> str:
    """A grade import for Moodle: identify users by "username", and map each other column to its grade item.

    Usernames and addresses must stay as they are; one that could be a formula is neither, and is escaped.
    """
    assignments, _, scores = by_student(totals)
    lines: list[Sequence[str]] = [("username", "email", *assignments)]
    for student, own in scores.items():
        results = (number(own[name]) if name in own else "" for name in assignments)
        address = as_identifier(people.get(student, {}).get("email", ""))
        lines.append((as_identifier(student), address, *results))
    return as_csv(lines)


def table(rows: Sequence[Row], totals: Sequence[Total]) -> str:
    """One table per assignment, with one row per student and one column per exercise, for 80 columns.

    The checks of an exercise, whose names agree up to the first hyphen, share a column. A wide table numbers its
    exercises; a wider one also cuts the students' names, and one that is still too wide shows only the totals.
    `legend` explains the marks.
    """
    blocks = []
    for assignment in dict.fromkeys(row.assignment for row in rows):
        own = [row for row in rows if row.assignment == assignment]
        exercise_of = by_exercise(row.exercise for row in own)
        of_student: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        best: dict[str, dict[str, float]] = defaultdict(dict)
        for row in own:
            of_student[row.student][exercise_of[row.exercise]].append(row)
            best[exercise_of[row.exercise]][row.exercise] = row.max_score
        points = [sum(checks.values()) for checks in best.values()]
        sums = {total.student: total for total in totals if total.assignment == assignment}
        lines = [(assignment, *best, "total"), ("points", *map(number, points), number(sum(points)))]
        for student, groups in of_student.items():
            marks = (mark(*groups[exercise]) if exercise in groups else "" for exercise in best)
            lines.append((printable(student), *marks, number(sums[student].score) if student in sums else ""))
        if fits(lines):
            blocks.append(aligned(lines))
            continue
        lines[0] = (assignment, *(f"({place})" for place, _ in enumerate(best, 1)), "total")
        if not fits(lines):
            lines = [(shortened(line[0], NAME_WIDTH), *line[1:]) for line in lines]
        gap = 2 if fits(lines) else 1
        if fits(lines, gap):
            entries = ", ".join(f"({place})\xa0{exercise}" for place, exercise in enumerate(best, 1))
            numbers = textwrap.fill(entries, TABLE_WIDTH, break_long_words=False, break_on_hyphens=False)
            blocks.append(aligned(lines, gap) + "\n" + numbers.replace("\xa0", " "))
        else:
            blocks.append(aligned([(line[0], line[-1]) for line in lines]))
    return "\n\n".join(blocks)


def legend(text: str) -> str:
    """One line that explains the marks in a table, or an empty text where it has none.

    Example:
        >>> legend("ann  0.5!  1")
        '! another status than graded: see grades.csv'
    """
    meanings = {"?": "? a person decides", "!": "! another status than graded: see grades.csv"}
    return "; ".join(meaning for sign, meaning in meanings.items() if re.search(rf"(^|[\s\d]){re.escape(sign)}", text))


def by_exercise(checks: Iterable[str]) -> dict[str, str]:
    """The exercise of each check: its name up to the first hyphen, unless all names begin alike.

    Example:
        >>> by_exercise(["mse-by_hand", "mse-theory", "answer"])
        {'mse-by_hand': 'mse', 'mse-theory': 'mse', 'answer': 'answer'}
        >>> by_exercise(["cell-1a", "cell-2b"])
        {'cell-1a': 'cell-1a', 'cell-2b': 'cell-2b'}
    """
    exercises = {check: check.partition("-")[0] or check for check in checks}
    return exercises if len(set(exercises.values())) > 1 else {check: check for check in exercises}


def mark(*checks: Row) -> str:
    """The score of an exercise; `!` says that a status is not "graded", `?` that a person has to decide.

    Example:
        >>> mark(Row("ann", "ps1", "double", 0.0, 2.0, "timed out"))
        '0!'
    """
    undecided = [row.status in ("needs manual", "review") for row in checks]
    special = any(row.status not in ("graded", "needs manual", "review") for row in checks)
    score = "" if all(undecided) else number(sum(row.score for row in checks))
    return score + "!" * special + "?" * any(undecided)


def fits(lines: Sequence[Sequence[str]], gap: int = 2) -> bool:
    """Whether a table is at most `TABLE_WIDTH` characters wide."""
    return sum(gap + max(map(len, column)) for column in zip(*lines, strict=True)) - gap <= TABLE_WIDTH


def aligned(lines: Sequence[Sequence[str]], gap: int = 2) -> str:
    """A table as text: the first column flush left, the others flush right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        (" " * gap)
        .join(
            cell.ljust(width) if place == 0 else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        .rstrip()
        for line in lines
    )


def shortened(text: str, width: int) -> str:
    """A text of at most ``width`` characters; a cut one ends with an ellipsis."""
    return text if len(text) <= width else text[: width - 1] + "…"


def by_student(totals: Iterable[Total]) -> tuple[list[str], dict[str, float], dict[str, dict[str, float]]]:
    """Assignments in order, the points of each, and each student's scores."""
    best: dict[str, float] = {}
    scores: dict[str, dict[str, float]] = defaultdict(dict)
    for total in totals:
        best[total.assignment] = total.max_score
        scores[total.student][total.assignment] = total.score
    return sorted(best), best, dict(sorted(scores.items()))


def number(value: float) -> str:
    """A number with at most ten significant digits, without trailing zeros."""
    return f"{value:.10g}"


def printable(text: str) -> str:
    """Untrusted text without the control sequences that could act on a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def escape_formula(text: str) -> str:
    """Untrusted text that no spreadsheet takes for a formula.

    Example:
        >>> escape_formula("=1+1")
        "'=1+1"
    """
    text = printable(text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def as_identifier(text: str) -> str:
    """A login or an address as it is, or escaped where it is neither but could be a formula.

    Example:
        >>> as_identifier("-ann@example.org"), as_identifier("=1+1"), as_identifier("-2+cmd|' /C calc'!A0")
        ('-ann@example.org', "'=1+1", "'-2+cmd|' /C calc'!A0")
    """
    return text if IDENTIFIER.fullmatch(text) else escape_formula(text)


def as_csv(lines: Iterable[Sequence[str]]) -> str:
    """Comma-separated values with Unix line endings."""
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows(lines)
    return file.getvalue()
