"""The released assignments: made from the solutions, solvable, unsolved, with no line that a class must not see."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from tests.answers.bank import ROOT, exercises
from tests.answers.demo import students
from tests.answers.runner import grade
from tests.answers.secrets import secret_lines

SOURCES = sorted((ROOT / "solutions").glob("*/*.ipynb"))
POINTS = 20

PATIENCE = "--Execute.timeout=300"  # seconds per cell, on a machine that is busy with other tests

each_assignment = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.parent.name)


def nbgrader(*arguments: str, cwd: Path = ROOT) -> str:
    """What one of nbgrader's commands printed; this environment's nbgrader, whatever PATH says."""
    command = [sys.executable, "-m", "nbgrader", *arguments]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=500)
    return done.stdout + done.stderr


def released(source: Path) -> Path:
    return ROOT / "assignments" / source.relative_to(ROOT / "solutions")


def test_there_are_assignments() -> None:
    assert SOURCES


@each_assignment
@pytest.mark.sample(3)
def test_release_is_what_the_solution_generates(source: Path, tmp_path: Path) -> None:
    folder = f"--CourseDirectory.release_directory={tmp_path}"
    printed = nbgrader("generate_assignment", source.parent.name, "--no-db", "--force", folder)
    made = tmp_path / source.parent.name
    assert sorted(path.name for path in made.iterdir()) == sorted(
        path.name for path in released(source).parent.iterdir()
    )
    for path in made.iterdir():
        assert path.read_bytes() == (released(source).parent / path.name).read_bytes(), printed


@each_assignment
def test_checks_give_everything_to_the_solution_and_nothing_to_the_stubs(source: Path) -> None:
    """In this process; below, nbgrader's own executor finds the same."""
    checks = tuple(c for e in exercises() if e.path == source for c in e.checks)
    assert checks
    solved, blank = (grade(path, {}, checks) for path in (source, released(source)))
    assert not {check: result.message for check, result in solved.items() if result.points < result.maximum}
    assert not {check: result.points for check, result in blank.items() if result.points > 0}


@pytest.mark.slow
@each_assignment
def test_solution_passes_its_checks(source: Path, tmp_path: Path) -> None:
    shutil.copy(source, tmp_path)
    assert "Success! Your notebook passes all the tests." in nbgrader("validate", PATIENCE, source.name, cwd=tmp_path)


@pytest.mark.slow
@each_assignment
def test_release_passes_no_check(source: Path, tmp_path: Path) -> None:
    shutil.copy(released(source), tmp_path)
    printed = nbgrader("validate", "--invert", PATIENCE, source.name, cwd=tmp_path)
    assert "Success! The notebook does not pass any tests." in printed


@pytest.mark.slow
@each_assignment
def test_answers_that_warn_pass_stock_nbgrader(source: Path, tmp_path: Path) -> None:
    """nbgrader gives nothing to a grade cell that writes to stderr, so the checks must keep warnings quiet."""
    for student in students():
        if student.assignment == source.parent.name and student.name == "all-right-in-other-words":
            path = student.write(tmp_path)
            notebook = nbformat.read(path, as_version=4)
            notebook.cells = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
            nbformat.write(notebook, path)
            assert "Success! Your notebook passes all the tests." in nbgrader(
                "validate", PATIENCE, path.name, cwd=path.parent
            )


@each_assignment
def test_release_has_no_secret_line(source: Path) -> None:
    secret = secret_lines(source)
    assert len(secret) > 50
    cells = nbformat.read(released(source), as_version=4).cells
    assert not secret & {line.strip() for cell in cells for line in cell.source.splitlines()}


@each_assignment
def test_points_add_up(source: Path) -> None:
    cells = nbformat.read(source, as_version=4).cells
    graded = [cell.metadata.nbgrader for cell in cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert sum(meta.points for meta in graded) == POINTS


@each_assignment
def test_notebooks_are_stored_without_outputs(source: Path) -> None:
    for path in (source, released(source)):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                assert cell.outputs == []
                assert cell.execution_count is None


def test_demonstration_class_is_made_from_the_release(tmp_path: Path) -> None:
    student = next(student for student in students() if student.name == "all-right")
    text = student.write(tmp_path).read_text(encoding="utf-8")
    assert "NotImplementedError" not in text
    assert "YOUR ANSWER HERE" not in text
    assert "HIDDEN TESTS" not in text
    blank = next(student for student in students() if student.name == "blank").write(tmp_path)
    assert blank == tmp_path / "blank" / student.assignment / f"{student.notebook}.ipynb"
    assert "NotImplementedError" in blank.read_text(encoding="utf-8")
