"""A class in which some hand in what nobody should: everybody else's marks are written, and nothing active is shown."""

import os
import socket
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest

from tests.support.course import ASSIGNMENT, PROBLEM, SOLUTIONS, hand_in, make_course
from utils.grading import Graded, Job, grade
from utils.grading.__main__ import main
from utils.grading.course.batch import Batch
from utils.grading.course.course import Course
from utils.grading.course.files import copy_files, shown_files
from utils.grading.course.gradebook import Writer
from utils.grading.feedback.pages import FeedbackPages

PAGE = b"<script>act()</script>"


def not_utf8(own: Path) -> None:
    """A file name in another encoding."""
    (own / os.fsdecode(b"caf\xe9.txt")).touch()


def long_name(own: Path) -> None:
    """A name as long as the file system allows."""
    (own / ("n" * 255)).touch()


def partial_folder(own: Path) -> None:
    """Folders where an unfinished notebook could be."""
    for name in (f".{PROBLEM}.ipynb.part", f".partial-{os.getpid()}"):
        (own / name).mkdir()
        (own / name / "file").touch()


def deep(own: Path) -> None:
    """Folders in folders in folders."""
    before = Path.cwd()
    os.chdir(own)
    for _ in range(1500):
        os.mkdir("a")
        os.chdir("a")
    os.chdir(before)


def many(own: Path) -> None:
    """Thousands of files."""
    for number in range(3000):
        (own / f"{number}.txt").touch()


def control_characters(own: Path) -> None:
    """Names that act on a terminal."""
    for name in ("a\nb", "\x1b]0;title\x07", "\x1b[2J"):
        (own / name).touch()


def not_files(own: Path) -> None:
    """A pipe, a socket and links."""
    os.mkfifo(own / "pipe")
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(own / "socket"))
    (own / "folder").symlink_to("/etc")
    (own / "passwords").symlink_to("/etc/passwd")
    os.mkfifo(own / "timestamp.txt")


def folder_for_file(own: Path) -> None:
    """A folder named like the instructor's file."""
    (own / "data.txt").mkdir()
    (own / "data.txt" / "x").touch()


def web_pages(own: Path) -> None:
    """Pages, and pictures that are pages."""
    for name in ("results.html", "plot.svg", "plot.png", "x.js", "sub/x.xhtml", "noextension", "x.HTM"):
        (own / name).parent.mkdir(exist_ok=True)
        (own / name).write_bytes(PAGE)


def slow_text(own: Path) -> None:
    """An answer that takes hours to render."""
    notebook = nbformat.read(own / f"{PROBLEM}.ipynb", as_version=4)
    notebook.cells[-1].source = r"\begin{a}" * 500_000
    nbformat.write(notebook, own / f"{PROBLEM}.ipynb")


HOSTILE: dict[str, Callable[[Path], None]] = {
    function.__name__: function
    for function in (
        not_utf8,
        long_name,
        partial_folder,
        deep,
        many,
        control_characters,
        not_files,
        folder_for_file,
        web_pages,
        slow_text,
    )
}
NAMES = (b"M\xc3\xbcller [2nd]", b"*", b"[x]", b"%41", b"a\nb", b"caf\xe9", b"-rf", b"n" * 255, b"=1+1", b"'; drop")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a course, which is the current one."""
    monkeypatch.chdir(make_course(tmp_path))
    return tmp_path


def record_all() -> tuple[Writer, dict[str, Path]]:
    """Read, record and render every submission, without running any; the pages by student."""
    course = Course.here()
    with Writer(course) as writer:
        batch = Batch(course, writer, Job())
        pages = FeedbackPages(course.app, course.coursedir, writer.gradebook)
        rendered = {}
        for notebook in batch.notebooks(ASSIGNMENT, course.submissions(ASSIGNMENT)):
            job = batch.job(notebook)
            job.fingerprint()
            # What the judge would hand back, without its verdict.
            content = job.submission or job.solution
            graded = replace(grade(replace(job, fixed_status="missing", files={})), notebook=content)
            writer.record(notebook, graded, job, job.fingerprint())
            student = notebook.submission.student
            assert pages.render(student, ASSIGNMENT, [PROBLEM]) == ""
            rendered[student] = course.folder("feedback", student, ASSIGNMENT) / f"{PROBLEM}.html"
        assert {row.student for row in writer.rows(course.submissions(ASSIGNMENT))} == set(rendered)
        assert all(sentence.isprintable() for _, _, sentence in writer.remarks(course.submissions(ASSIGNMENT)))
    return writer, rendered


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.sample(3)
def test_nothing_in_a_folder_stops_the_class(folder: Path, kind: str) -> None:
    for student in ("ann", "eve", "zoe"):
        hand_in(folder, student, SOLUTIONS)
    own = folder / "submitted" / "eve" / ASSIGNMENT
    HOSTILE[kind](own)
    try:
        writer, pages = record_all()
    finally:
        # pytest's own clean-up cannot remove folders that are nested a thousand deep.
        subprocess.run(["rm", "-rf", own / "a"], check=True)
    assert writer.faults == {}
    assert set(pages) == {"ann", "eve", "zoe"}
    assert all(page.exists() for page in pages.values())
    for step in ("autograded", "feedback"):
        for path in (folder / step).rglob("*"):
            assert path.suffix == ".html" or path.is_dir() or PAGE not in path.read_bytes()
        shown = [path.name for path in (folder / step / "eve" / ASSIGNMENT).rglob("*") if path.is_file()]
        assert "data.txt" in shown
        assert len(shown) <= 250


def test_the_others_are_graded_and_the_run_ends(folder: Path) -> None:
    for student in ("ann", "eve", "zoe"):
        hand_in(folder, student, SOLUTIONS)
    for kind, spoil in HOSTILE.items():
        if kind != "deep":  # see below: pytest cannot remove it
            spoil(folder / "submitted" / "eve" / ASSIGNMENT)
    assert main([ASSIGNMENT, "--workers", "2"]) == 0
    course = Course.here()
    with Writer(course) as writer:
        rows = writer.rows(course.submissions(ASSIGNMENT))
    checks = {student: [row for row in rows if row.student == student] for student in ("ann", "eve", "zoe")}
    for student in ("ann", "zoe"):
        assert {row.status for row in checks[student]} == {"graded", "needs manual"}
        assert all(row.score == row.max_score for row in checks[student] if row.status == "graded")
    assert len(checks["eve"]) == len(checks["ann"])


def test_students_of_any_name_get_a_row_and_a_page(folder: Path) -> None:
    hand_in(folder, "ann", SOLUTIONS)
    content = (folder / "submitted" / "ann" / ASSIGNMENT / f"{PROBLEM}.ipynb").read_bytes()
    for name in NAMES:
        place = folder / "submitted" / os.fsdecode(name) / ASSIGNMENT
        place.mkdir(parents=True)
        (place / f"{PROBLEM}.ipynb").write_bytes(content)
    writer, pages = record_all()
    assert writer.faults == {}
    assert len(pages) == len(NAMES) + 1
    assert all(page.exists() for page in pages.values())


def test_what_cannot_be_written_is_for_review_and_the_next_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for student in ("ann", "bob", "cyd"):
        hand_in(folder, student, SOLUTIONS)
    course = Course.here()
    with Writer(course) as writer:
        batch = Batch(course, writer, Job())
        for notebook in batch.notebooks(ASSIGNMENT, course.submissions(ASSIGNMENT)):
            job = batch.job(notebook)
            graded = grade(replace(job, fixed_status="missing"))
            if notebook.submission.student == "bob":
                graded = Graded(graded.cells, b"no notebook")
            writer.record(notebook, graded, job, job.fingerprint())
        statuses = {row.student: row.status for row in writer.rows(course.submissions(ASSIGNMENT))}
        assert statuses == {"ann": "missing", "bob": "review", "cyd": "missing"}
        remarks = {student: sentence for student, _, sentence in writer.remarks(course.submissions(ASSIGNMENT))}
        assert "could not be written" in remarks["bob"]


def test_a_full_disk_is_not_blamed_on_a_student(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(folder, "ann", SOLUTIONS)
    course = Course.here()
    with Writer(course) as writer:
        batch = Batch(course, writer, Job())
        (notebook,) = batch.notebooks(ASSIGNMENT, course.submissions(ASSIGNMENT))
        job = batch.job(notebook)

        def full(*arguments: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr("utils.grading.course.gradebook.write_atomic", full)
        with pytest.raises(OSError, match="No space left"):
            writer.record(notebook, grade(replace(job, fixed_status="missing")), job, "")


def test_active_files_of_an_earlier_run_are_removed(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    for name in ("results.html", "sub/old.svg", "p1.ipynb"):
        (tmp_path / name).touch()
    copy_files(tmp_path, {"sub": b"a file now", "data.csv": b"1"}, {"p1.ipynb"}, 0o644)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data.csv", "p1.ipynb", "sub"]
    assert (tmp_path / "sub").read_bytes() == b"a file now"


def test_the_instructors_pages_are_shown_and_a_students_replacement_is_not() -> None:
    given = {"figure.svg": b"<svg/>", "page.html": b"<p>"}
    files = {"figure.svg": b"<svg/>", "page.html": PAGE, "mine.csv": b"1", "mine.svg": b"<svg/>"}
    assert set(shown_files(files, given)) == {"figure.svg", "mine.csv"}
