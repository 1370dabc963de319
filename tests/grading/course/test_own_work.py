"""Own work, from end to end: in a repository with solutions, and in a class's copy without them. No sandbox is used."""

import os
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tests.support.course import ASSIGNMENT, HIDDEN, PROBLEM, SOLUTIONS, STUBS, make_course, notebook
from utils.grading import close
from utils.grading.__main__ import main
from utils.grading.sandbox import walls

SEEDED = "import os\nassert os.environ.get('TEST_SEED') == '7', 'another seed'"


def work(folder: Path, answers: dict[str, str], place: str = "release") -> Path:
    """Write the learner's own notebook to where it was released."""
    path = folder / place / ASSIGNMENT / f"{PROBLEM}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook({**STUBS, **answers}, solved=False), path)
    return path


@pytest.fixture
def learner(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A user with a name, without a screen and without a sandbox; no process of another test is used."""
    close()
    for name in ("USER", "LOGNAME"):
        monkeypatch.setenv(name, "learner")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "TEST_SEED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(walls, "bubblewrap", lambda *arguments: pytest.fail("a sandbox was asked for"))
    yield
    close()


def test_trying_again_draws_other_inputs_and_a_seed_repeats_them(
    tmp_path: Path, learner: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(make_course(tmp_path))
    source = tmp_path / "source" / ASSIGNMENT / f"{PROBLEM}.ipynb"
    content = nbformat.read(source, as_version=4)
    for cell in content.cells:
        cell.source = cell.source.replace(HIDDEN, SEEDED)
    nbformat.write(content, source)
    work(tmp_path, SOLUTIONS)
    monkeypatch.setenv("TEST_SEED", "7")
    assert main(["--me", "--workers", "1"]) == 0
    printed = capsys.readouterr().out
    assert "ps1/numbers: 6 of 10 points" in printed
    assert "TEST_SEED=7" in printed
    assert walls.TEST_SEED not in os.environ
    answers = tmp_path / "own" / "feedback" / "learner" / ASSIGNMENT / f"{PROBLEM}-model-answers.html"
    assert answers.exists()
    assert f"Model answers, to what you have solved: {answers}" in printed
    assert not any(tmp_path.rglob("grades.csv"))
    for name in ("gradebook.db", "autograded", "feedback"):  # those of the class
        assert not (tmp_path / name).exists()
    assert len((tmp_path / "own" / "progress.csv").read_text().splitlines()) > 1
    close()  # the command ends here
    monkeypatch.setenv("TEST_SEED", "8")
    assert main(["--me", "--workers", "1", "--regrade"]) == 0
    printed = capsys.readouterr().out
    assert "ps1/numbers: 4 of 10 points" in printed
    assert "(last time 6)" in printed
    assert "test_double: another seed" in printed


def test_a_copy_without_solutions_runs_the_visible_checks_and_says_what_is_missing(
    tmp_path: Path, learner: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = work(tmp_path, {"double": SOLUTIONS["double"]}, place="assignments")
    before = path.read_bytes()
    assert main(["--me"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "no solutions and no hidden tests" in printed
    assert "test_mean" in printed
    assert "Your code raised NotImplementedError" in printed
    assert "test_double" not in printed
    assert path.read_bytes() == before
    assert (tmp_path / "class" / "own" / "progress.csv").exists()
    assert main(["--me", "ps9"]) == 1
    assert "There is no notebook in assignments/ps9" in capsys.readouterr().err


def test_a_seed_that_is_no_number_is_said(
    tmp_path: Path, learner: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    work(tmp_path, {}, place="assignments")
    monkeypatch.setenv("TEST_SEED", "seven")
    assert main(["--me"]) == 1
    assert "TEST_SEED is 'seven', but it must be a whole number" in capsys.readouterr().err
