"""The file of extensions: what is read, what is named, and that no line of it stops the others."""

from datetime import timedelta
from pathlib import Path

import pytest

from utils.grading.course.extensions import MAX_BYTES, Extensions, read_extensions

STUDENTS = ("ann", "bob", "=1+1", "Müller [2nd]")


def read(tmp_path: Path, content: str | bytes) -> Extensions:
    """The extensions in a file with this content."""
    path = tmp_path / "extensions.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_extensions(path, STUDENTS, ("ps1", "ps2"))


def test_both_kinds_of_days_count_and_lines_add_up(tmp_path: Path) -> None:
    lines = "student,assignment,extra_days,late_days\nann,ps1,1,2\nann,ps1,0.5,\nbob,ps2,,\n"
    extensions = read(tmp_path, lines)
    assert extensions.sentences == ()
    assert extensions.of("ann", "ps1") == timedelta(days=3.5)
    assert extensions.of("bob", "ps2") is None
    assert extensions.of("ann", "ps2") is None


@pytest.mark.parametrize(
    "content",
    [
        "student,assignment,extra_days\nann,ps1,1.5\n",
        "late_days,Student, Assignment \n1.5,ann,ps1\n",
        b"\xef\xbb\xbfstudent;assignment;extra_days\r\nann;ps1;1,5\r\n",
    ],
)
def test_spreadsheets_write_it_in_several_ways(tmp_path: Path, content: str | bytes) -> None:
    assert read(tmp_path, content).of("ann", "ps1") == timedelta(days=1.5)


def test_names_as_the_table_of_grades_writes_them_are_understood(tmp_path: Path) -> None:
    extensions = read(tmp_path, "student,assignment,extra_days\n'=1+1,ps1,1\nMüller [2nd],ps1,2\n")
    assert extensions.of("=1+1", "ps1") == timedelta(days=1)
    assert extensions.of("Müller [2nd]", "ps1") == timedelta(days=2)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("zoe,ps1,1", "there is no student 'zoe'"),
        ("ann,ps9,1", "there is no assignment 'ps9'"),
        ("ann,ps1,-1", "'-1' is no number of days"),
        ("ann,ps1,nan", "'nan' is no number of days"),
        ("ann,ps1,1e9", "'1e9' is no number of days"),
        ("ann,ps1,two", "'two' is no number of days"),
        ("ann", "there is no assignment ''"),
        ("\x1b[2J,ps1,1", "there is no student"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_and_the_others_count(tmp_path: Path, line: str, reason: str) -> None:
    extensions = read(tmp_path, f"student,assignment,extra_days\n{line}\nbob,ps1,1\n")
    (sentence,) = extensions.sentences
    assert sentence.startswith("extensions.csv, line 2 was not used: ")
    assert reason in sentence
    assert sentence.isprintable()
    assert extensions.days == {("bob", "ps1"): 1}


@pytest.mark.parametrize(
    "content", ["", "name,days\nann,1\n", "student,assignment\nann,ps1\n", b"\xff\xfe\x00", b"x" * (MAX_BYTES + 1)]
)
def test_another_file_changes_nothing(tmp_path: Path, content: str | bytes) -> None:
    extensions = read(tmp_path, content)
    assert not extensions.complete
    assert "extensions stay as they are" in extensions.sentences[0]


def test_without_a_file_nobody_is_told_anything(tmp_path: Path) -> None:
    assert read_extensions(tmp_path / "extensions.csv", STUDENTS, ("ps1",)) == Extensions()
