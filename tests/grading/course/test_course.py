"""A course as nbgrader's configuration describes it, and what is read of a submission."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.course import ASSIGNMENT, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading import Job, Limits, grade
from utils.grading.course.course import Course, CourseError, Problem, Submission, SubmittedNotebook

SETTINGS = Job(limits=Limits(submission_mb=1, disk_mb=1))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a course, which is the current one."""
    monkeypatch.chdir(make_course(tmp_path))
    return tmp_path


def submitted(folder: Path, student: str, alone: bool = True) -> SubmittedNotebook:
    """The notebook of a student, with a solution that nobody reads."""
    submission = Submission(student, ASSIGNMENT, folder / "submitted" / student / ASSIGNMENT)
    return SubmittedNotebook(submission, Problem(PROBLEM, b"{}", alone, {"data.txt": b"17\n"}))


def test_assignments_names_and_files(folder: Path) -> None:
    course = Course.here()
    assert course.assignments() == [ASSIGNMENT]
    assert course.names(ASSIGNMENT) == [PROBLEM]
    assert course.files(ASSIGNMENT) == {"data.txt": b"17\n"}
    assert course.results == folder


def test_problems_are_the_instructors_notebooks_with_their_files(folder: Path) -> None:
    (problem,) = Course.here().problems(ASSIGNMENT)
    assert (problem.name, problem.alone) == (PROBLEM, True)
    assert b"BEGIN SOLUTION" in problem.solution
    assert problem.files == {"data.txt": b"17\n"}
    assert not (folder / "release").exists()


def test_unknown_assignments_and_folders_are_errors(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CourseError, match="give one that exists \\(ps1\\)"):
        Course.here().problems("ps9")
    monkeypatch.chdir(folder / "source")
    with pytest.raises(CourseError, match=r"has no nbgrader_config\.py"):
        Course.here()


def test_submissions_by_pattern(folder: Path) -> None:
    for student in ("bob", "ann", "abe"):
        hand_in(folder, student)
    course = Course.here()
    assert [submission.student for submission in course.submissions(ASSIGNMENT)] == ["abe", "ann", "bob"]
    assert [submission.student for submission in course.submissions(ASSIGNMENT, "a*")] == ["abe", "ann"]
    assert course.submissions("ps9") == []


def test_the_expected_file(folder: Path) -> None:
    path = hand_in(folder, "ann", SOLUTIONS)
    job = Course.here().job(submitted(folder, "ann"), SETTINGS)
    assert (job.submission, job.remark, job.fixed_status) == (path.read_bytes(), "", None)
    assert (job.solution, job.files, job.limits) == (b"{}", {"data.txt": b"17\n"}, SETTINGS.limits)


def test_another_name_is_accepted_if_there_is_no_other_problem(folder: Path) -> None:
    path = hand_in(folder, "dan", SOLUTIONS, name="mine")
    job = Course.here().job(submitted(folder, "dan"), SETTINGS)
    assert job.submission == path.read_bytes()
    assert "mine.ipynb, the only notebook, was graded" in job.remark
    job = Course.here().job(submitted(folder, "dan", alone=False), SETTINGS)
    assert (job.submission, job.fixed_status) == (b"", "missing")
    assert "was not handed in" in job.remark


def test_a_link_and_a_large_file_are_not_read(folder: Path) -> None:
    path = hand_in(folder, "gus")
    path.unlink()
    path.symlink_to(folder / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb")
    assert Course.here().job(submitted(folder, "gus"), SETTINGS).fixed_status == "missing"
    hand_in(folder, "max").write_bytes(b" " * (2**20 + 1))
    job = Course.here().job(submitted(folder, "max"), SETTINGS)
    assert (job.submission, job.fixed_status) == (b"", "crashed")
    assert "at most 1 MiB are allowed" in job.remark


def test_a_students_files_give_way_to_the_instructors_unless_the_course_says_otherwise(folder: Path) -> None:
    hand_in(folder, "ann")
    own = folder / "submitted" / "ann" / ASSIGNMENT
    (own / "data.txt").write_bytes(b"18\n")
    (own / "notes.txt").write_bytes(b"mine")
    (own / "large.bin").write_bytes(b"0" * 2**20)
    (own / "link.txt").symlink_to(folder / "nbgrader_config.py")
    assert Course.here().job(submitted(folder, "ann"), SETTINGS).files == {"data.txt": b"17\n", "notes.txt": b"mine"}
    course = Course.here()
    course.app.config.Autograde.exclude_overwriting = {ASSIGNMENT: ["data.txt"]}
    assert course.job(submitted(folder, "ann"), SETTINGS).files["data.txt"] == b"18\n"


@pytest.mark.parametrize(
    "name", [b"caf\xe9", "M\u00fcller [2nd]".encode(), b"*", b"%41", b"a\nb", b"-rf", b"n" * 255, b"{0}"]
)
def test_a_folder_of_any_name_is_a_student(folder: Path, name: bytes) -> None:
    hand_in(folder, "ann")
    place = folder / "submitted" / os.fsdecode(name) / ASSIGNMENT
    place.mkdir(parents=True)
    submissions = Course.here().submissions(ASSIGNMENT)
    assert len(submissions) == 2
    (student,) = {submission.student for submission in submissions} - {"ann"}
    assert student.isprintable()
    assert len(student) <= 128
    if name.isascii() and len(name) < 128 and b"\n" not in name:
        assert student == name.decode()


def test_links_to_folders_and_second_names_of_files_are_for_review(folder: Path) -> None:
    path = hand_in(folder, "ann", SOLUTIONS)
    (folder / "submitted" / "bob").mkdir()
    (folder / "submitted" / "bob" / ASSIGNMENT).symlink_to(path.parent)
    (folder / "submitted" / "cyd" / ASSIGNMENT).mkdir(parents=True)
    (folder / "submitted" / "cyd" / ASSIGNMENT / f"{PROBLEM}.ipynb").hardlink_to(
        folder / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    )
    for student, remark in (("bob", "ps1 is a link"), ("cyd", "a second name of the instructor")):
        job = Course.here().job(submitted(folder, student), SETTINGS)
        assert (job.submission, job.fixed_status) == (b"", "review")
        assert remark in job.remark
        assert {cell.points for cell in grade(replace(job, solution=source(folder))).cells} == {None}


def test_a_second_name_for_anothers_notebook_costs_the_other_nothing(folder: Path) -> None:
    path = hand_in(folder, "ann", SOLUTIONS)
    hand_in(folder, "bob").unlink()
    (folder / "submitted" / "bob" / ASSIGNMENT / f"{PROBLEM}.ipynb").hardlink_to(path)
    job = Course.here().job(submitted(folder, "ann"), SETTINGS)
    assert (job.submission, job.fixed_status) == (path.read_bytes(), None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_what_cannot_be_read_is_for_review(folder: Path) -> None:
    hand_in(folder, "ann", SOLUTIONS).chmod(0o000)
    job = Course.here().job(submitted(folder, "ann"), SETTINGS)
    assert (job.fixed_status, job.remark) == (
        "review",
        "The notebook cannot be read (Permission denied): change its permissions.",
    )
    hand_in(folder, "bob")
    place = folder / "submitted" / "bob"
    for closed in (place / ASSIGNMENT, place):
        closed.chmod(0o000)
        try:
            assert [each.student for each in Course.here().submissions(ASSIGNMENT)] == ["ann", "bob"]
            assert Course.here().job(submitted(folder, "bob"), SETTINGS).fixed_status == "review"
        finally:
            closed.chmod(0o700)


def test_the_instructors_folder_wins_over_a_file_of_that_name(folder: Path) -> None:
    hand_in(folder, "ann")
    own = folder / "submitted" / "ann" / ASSIGNMENT
    (own / "data.txt").mkdir()
    (own / "data.txt" / "mine.csv").touch()
    job = Course.here().job(submitted(folder, "ann"), SETTINGS)
    assert job.files == {"data.txt": b"17\n"}
    assert "Not used, because the assignment has a file or folder of that name: 'data.txt/mine.csv'" in job.remark
    assert job.fixed_status is None


def test_an_editors_copy_beside_the_notebook_is_refused_and_its_hidden_file_is_no_notebook(folder: Path) -> None:
    place = folder / "source" / ASSIGNMENT
    (place / f".~{PROBLEM}.ipynb").write_bytes(source(folder))
    (place / ".ipynb_checkpoints").mkdir()
    (place / ".ipynb_checkpoints" / f"{PROBLEM}-checkpoint.ipynb").write_bytes(source(folder))
    course = Course.here()
    assert (course.assignments(), course.names(ASSIGNMENT)) == ([ASSIGNMENT], [PROBLEM])
    assert course.files(ASSIGNMENT) == {"data.txt": b"17\n"}
    (place / f"{PROBLEM}.py").write_text("# %%\n### BEGIN HIDDEN TESTS\nassert double(-21) == -42\n")
    with pytest.raises(CourseError, match=rf"{PROBLEM}\.py contains solutions or hidden tests"):
        course.problems(ASSIGNMENT)


def source(folder: Path) -> bytes:
    """The instructor's notebook."""
    return (folder / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb").read_bytes()
