"""The table of a class, and CSV files for spreadsheets, Canvas and Moodle."""

import csv
import io

import pytest

from utils.grading.feedback.tables import (
    TABLE_WIDTH,
    Row,
    Total,
    canvas_csv,
    escape_formula,
    grades_csv,
    legend,
    mark,
    moodle_csv,
    number,
    printable,
    remarks_csv,
    table,
)

ROWS = [
    Row("ann", "ps1", "double", 2.0, 2.0, "graded"),
    Row("ann", "ps1", "essay", 0.0, 4.0, "needs manual"),
    Row("bob", "ps1", "double", 0.5, 2.0, "timed out"),
    Row("bob", "ps1", "essay", 3.0, 4.0, "graded"),
]
TOTALS = [Total("bob", "ps1", 3.5, 0.0, 6.0), Total("ann", "ps1", 2.0, 1.0, 6.0), Total("ann", "ps2", 1.0, 0.0, 1.0)]


def lines(text: str) -> list[list[str]]:
    """The rows of a CSV file."""
    return list(csv.reader(io.StringIO(text)))


def test_grades() -> None:
    assert lines(grades_csv(ROWS))[1:] == [
        ["ann", "ps1", "double", "2", "2", "graded"],
        ["ann", "ps1", "essay", "0", "4", "needs manual"],
        ["bob", "ps1", "double", "0.5", "2", "timed out"],
        ["bob", "ps1", "essay", "3", "4", "graded"],
    ]


def test_the_table_of_a_class() -> None:
    assert table(ROWS, TOTALS).splitlines() == [
        "ps1     double  essay  total",
        "points       2      4      6",
        "ann          2      ?      2",
        "bob       0.5!      3    3.5",
    ]


def test_a_wide_table_numbers_its_exercises_and_a_wider_one_shows_totals() -> None:
    names = [f"exercise_{place:02}_" + "x" * 10 for place in range(12)]
    wide = table([Row("ann", "ps1", name, 1.0, 1.0, "graded") for name in names], []).splitlines()
    assert wide[0].split() == ["ps1", *(f"({place})" for place in range(1, 13)), "total"]
    assert "(12) exercise_11_" in wide[-1]
    many = [Row("ann", "ps1", str(place), 1.0, 1.0, "graded") for place in range(TABLE_WIDTH)]
    wider = table(many, [Total("ann", "ps1", 7.0, 0.0, TABLE_WIDTH)]).splitlines()
    assert wider == ["ps1     total", f"points {TABLE_WIDTH:6}", "ann         7"]


def test_the_checks_of_an_exercise_share_a_column() -> None:
    rows = [
        Row("ann", "ps1", "mse-by_hand", 0.5, 0.5, "graded"),
        Row("ann", "ps1", "mse-theory", 0.0, 1.0, "tampered"),
        Row("ann", "ps1", "answer", 0.0, 3.0, "needs manual"),
        Row("ann", "ps1", "psnr-by_hand", 0.5, 0.5, "graded"),
        Row("ann", "ps1", "psnr-theory", 0.0, 1.0, "review"),
    ]
    text = table(rows, [Total("ann", "ps1", 1.0, 0.0, 6.0)])
    assert [line.split() for line in text.splitlines()] == [
        ["ps1", "mse", "answer", "psnr", "total"],
        ["points", "1.5", "3", "1.5", "6"],
        ["ann", "0.5!", "?", "0.5?", "1"],
    ]
    assert legend(text) == "? a person decides; ! another status than graded: see grades.csv"
    assert legend(table([Row("o!", "ps1", "a", 1.0, 1.0, "graded")], [])) == ""


def test_a_table_of_eleven_exercises_and_long_names_fits_a_terminal() -> None:
    rows = [Row("x" * 60, "ps1", f"a_long_name_{i}-theory", 0.5, 1.5, "missing") for i in range(11)]
    lines = table(rows, [Total("x" * 60, "ps1", 5.5, 0.0, 16.5)]).splitlines()
    assert max(map(len, lines)) <= TABLE_WIDTH
    assert lines[2].split() == ["x" * 17 + "…", *["0.5!"] * 11, "5.5"]
    assert "(11) a_long_name_10" in lines[-1]


def test_every_assignment_has_a_table_of_its_own() -> None:
    rows = [*ROWS, Row("ann", "ps2", "mean", 1.0, 1.0, "graded")]
    assert [block.split()[0] for block in table(rows, TOTALS).split("\n\n")] == ["ps1", "ps2"]


@pytest.mark.parametrize(
    ("status", "text"), [("graded", "1"), ("needs manual", "?"), ("missing", "1!"), ("tampered", "1!")]
)
def test_marks(status: str, text: str) -> None:
    assert mark(Row("ann", "ps1", "double", 1.0, 2.0, status)) == text


def test_canvas() -> None:
    people = {"ann": {"first_name": "Ann", "last_name": "Ash", "lms_user_id": "17"}}
    assert lines(canvas_csv(TOTALS, people)) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ps1", "ps2"],
        ["    Points Possible", "", "", "", "", "6", "1"],
        ["Ash, Ann", "17", "", "ann", "", "2", "1"],
        ["bob", "", "", "bob", "", "3.5", ""],
    ]


def test_moodle() -> None:
    assert lines(moodle_csv(TOTALS, {"bob": {"email": "bob@example.org"}})) == [
        ["username", "email", "ps1", "ps2"],
        ["ann", "", "2", "1"],
        ["bob", "bob@example.org", "3.5", ""],
    ]


def test_untrusted_text_is_neither_a_formula_nor_a_control_sequence() -> None:
    assert lines(remarks_csv([("ann", "ps1", "=HYPERLINK(1)")]))[1] == ["ann", "ps1", "'=HYPERLINK(1)"]
    assert [escape_formula(text)[0] for text in ("=1", "+1", "-1", "@1")] == ["'"] * 4
    assert escape_formula("1=1") == "1=1"
    assert printable("a\x1b[2Jb\nc") == "a [2Jb c"


@pytest.mark.parametrize(("value", "text"), [(2.0, "2"), (0.1 + 0.2, "0.3"), (1 / 3, "0.3333333333"), (0.0, "0")])
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_names_are_no_formulas_and_logins_stay() -> None:
    rows = [Row("=HYPERLINK(1)", "ps1", "double", 1.0, 1.0, "graded"), Row("-ann", "ps1", "double", 1.0, 1.0, "graded")]
    assert [line[0] for line in lines(grades_csv(rows))[1:]] == ["'=HYPERLINK(1)", "'-ann"]
    dangerous = "=cmd|' /C calc'!A0"
    totals = [Total(name, "ps1", 1.0, 0.0, 1.0) for name in (dangerous, "-ann", "+49@x")]
    people = {"-ann": {"first_name": "=1+1", "last_name": "@SUM(A1)", "email": "=2\x1b[31m", "lms_user_id": "=3"}}
    canvas = {line[3]: line for line in lines(canvas_csv(totals, people))[2:]}
    assert list(canvas) == ["+49@x", "-ann", f"'{dangerous}"]
    assert canvas["-ann"][:2] == ["'@SUM(A1), =1+1", "'=3"]
    moodle = {line[0]: line for line in lines(moodle_csv(totals, people))[1:]}
    assert moodle["-ann"][1] == "'=2 [31m"
    assert f"'{dangerous}" in moodle
