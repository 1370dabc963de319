"""What a run changed: who gains, who loses, and the cause that is named."""

import csv
import io
from dataclasses import replace

import pytest

from utils.grading import Job, Limits
from utils.grading.feedback.regrade import LATENESS, PRINTED, Change, changed_marks, changes_csv, summary, table
from utils.grading.feedback.tables import Row, Total
from utils.grading.job import parts_of

JOB = Job(b"submission", b"tests", files={"data.csv": b"1", "mine.py": b"2"}, own_files=frozenset({"mine.py"}))


def row(job: Job, score: float, status: str = "graded") -> Row:
    """Ann's mark after grading a job."""
    return Row("ann", "ps1", "double", score, 2.0, status, fingerprint=job.fingerprint())


@pytest.mark.parametrize(
    ("changed", "part", "why"),
    [
        ({"submission": b"other"}, "submission", "the submission changed"),
        ({"files": {"data.csv": b"1", "mine.py": b"3"}}, "submission", "the submission changed"),
        ({"remark": "Renamed."}, "submission", "the submission changed"),
        ({"solution": b"other"}, "tests", "the instructor's notebook or files changed"),
        ({"files": {"data.csv": b"9", "mine.py": b"2"}}, "tests", "the instructor's notebook or files changed"),
        ({"limits": Limits(cell_seconds=1)}, "limits", "the limits changed"),
        ({"seed": 1}, "settings", "the settings of grading changed"),
    ],
)
def test_the_cause_is_the_part_of_the_job_that_differs(changed: dict[str, object], part: str, why: str) -> None:
    after = replace(JOB, **changed)  # type: ignore[arg-type]
    before, now = parts_of(JOB.fingerprint()), parts_of(after.fingerprint())
    assert [name for name in before if before[name] != now[name]] == [part]
    (change,) = changed_marks([row(JOB, 2)], [row(after, 0.5)])
    assert (change.before, change.after, change.difference, change.why) == (2, 0.5, -1.5, why)


def test_two_causes_are_both_named() -> None:
    after = replace(JOB, submission=b"other", limits=Limits(memory_mb=64))
    (change,) = changed_marks([row(JOB, 2)], [row(after, 0)])
    assert change.why == "the submission changed and the limits changed"


def test_a_mark_that_changes_without_a_cause_is_called_so() -> None:
    (change,) = changed_marks([row(JOB, 0, "timed out")], [row(JOB, 2)])
    assert "chance, time" in change.why
    assert "the status was “timed out”, now “graded”" in change.why


def test_an_unknown_past_is_no_cause() -> None:
    (change,) = changed_marks([replace(row(JOB, 2), fingerprint="f" * 64)], [row(JOB, 0)])
    assert change.why == "what it was graded with before is not recorded"


def test_what_stays_or_is_new_is_no_change() -> None:
    assert changed_marks([row(JOB, 2)], [row(replace(JOB, seed=1), 2)]) == []
    assert changed_marks([], [row(JOB, 2)]) == []


def test_a_penalty_that_changes_is_a_change() -> None:
    before, after = Total("ann", "ps1", 1, 1, 2), Total("ann", "ps1", 2, 0, 2)
    (change,) = changed_marks([], [], [before], [after])
    assert (change.exercise, change.difference) == (LATENESS, 1)
    assert changed_marks([], [], [], [after]) == []


def test_gains_and_losses_are_counted_by_student() -> None:
    changes = [
        Change("ann", "ps1", "a", 2, 0, "x"),
        Change("ann", "ps1", "b", 0, 1, "y"),
        Change("bob", "ps1", "a", 0, 2, "x"),
        Change("cyd", "ps1", "a", 0, 1, "x"),
        Change("cyd", "ps1", LATENESS, 0, -1, "z"),
    ]
    assert summary(changes) == "This run changed the marks of 3 students: 1 gained points, 1 lost points."
    lines = table(changes).splitlines()
    assert [line.split() for line in lines[1:4]] == [["ann", "ps1", "-1"], ["cyd", "ps1", "+0"], ["bob", "ps1", "+2"]]
    assert "Why: x;\n     y;\n     z." in table(changes)


def test_a_long_list_is_cut_in_the_terminal_and_whole_in_the_file() -> None:
    changes = [Change(f"s{i}", "ps1", "a", 1, 0, "x") for i in range(PRINTED + 3)]
    assert "… and 3 more" in table(changes)
    assert len(changes_csv(changes).splitlines()) == PRINTED + 4


def test_no_name_is_a_formula_or_a_control_sequence() -> None:
    change = Change("=1+1", "ps1", "@SUM(A1)", 1, 0, "x")
    (record,) = csv.DictReader(io.StringIO(changes_csv([change])))
    assert (record["student"], record["exercise"], record["change"]) == ("'=1+1", "'@SUM(A1)", "-1")
    assert "\x1b" not in table([replace(change, student="\x1b[2J")])
