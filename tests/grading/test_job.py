"""The records that go into grading and come out of it."""

import importlib.metadata
import pickle
import shutil
from dataclasses import fields, replace
from pathlib import Path

import pytest

from utils.grading import CellVerdict, Delimiters, Graded, Job, Limits
from utils.grading import job as job_module


def test_every_limit_has_a_unit_and_a_help_text() -> None:
    for limit in fields(Limits):
        assert limit.metadata["unit"], limit.name
        assert limit.metadata["help"], limit.name
        assert limit.type in (int, float), limit.name


@pytest.mark.parametrize("name", [limit.name for limit in fields(Limits)])
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_a_limit_is_positive(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=f"The limit {name} is {value}"):
        Limits(**{name: value})


def test_a_fingerprint_changes_with_whatever_could_change_a_mark() -> None:
    job = Job(b"s", b"t", files={"a": b"1", "b": b"2"})
    others = [
        replace(job, submission=b"S"),
        replace(job, solution=b"T"),
        replace(job, submission=b"st", solution=b""),
        replace(job, limits=Limits(cell_seconds=1)),
        replace(job, files={"a": b"12", "b": b""}),
        replace(job, files={"a": b"1"}),
        replace(job, sandboxed=False),
        replace(job, seed=1),
        replace(job, delimiters=Delimiters(begin_hidden="HIDE")),
        replace(job, remark="The file was renamed."),
        replace(job, fixed_status="missing"),
    ]
    prints = {other.fingerprint() for other in [job, *others]}
    assert len(prints) == 1 + len(others)
    assert Job(b"s", b"t", files={"b": b"2", "a": b"1"}).fingerprint() == job.fingerprint()


@pytest.mark.parametrize("library", ["numpy", "pandas", "scikit-learn", "scipy", "torch"])
def test_a_fingerprint_changes_with_the_libraries(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Job(b"s", b"t").fingerprint()
    monkeypatch.setattr(
        job_module, "version", lambda name: "0" if name == library else importlib.metadata.version(name)
    )
    job_module.code_version.cache_clear()
    try:
        assert Job(b"s", b"t").fingerprint() != before
    finally:
        job_module.code_version.cache_clear()


@pytest.mark.parametrize(
    ("file", "counts"),
    [
        ("judge/judge.py", True),
        ("notebook/align.py", True),
        ("supervisor.py", True),
        ("feedback/tables.py", False),
        ("course/gradebook.py", False),
        ("__main__.py", False),
    ],
)
def test_a_fingerprint_changes_with_the_code_that_marks_and_not_with_the_code_that_reports(
    file: str, counts: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    package = Path(job_module.__file__).parent
    copy = tmp_path / "grading"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(job_module, "__file__", str(copy / "job.py"))
    try:
        job_module.code_version.cache_clear()
        before = Job(b"s", b"t").fingerprint()
        with (copy / file).open("a") as changed:
            changed.write("# a comment\n")
        job_module.code_version.cache_clear()
        assert (Job(b"s", b"t").fingerprint() != before) is counts
    finally:
        job_module.code_version.cache_clear()


def test_a_job_travels_between_processes() -> None:
    job = Job(b"s", b"t", Limits(cell_seconds=3), {"a": b"1"}, remark="A sentence.", fixed_status="missing")
    assert pickle.loads(pickle.dumps(job)) == job


def test_a_cell_that_waits_for_a_person_counts_as_zero() -> None:
    cells = (CellVerdict("a", 1.5, 2.0, "graded"), CellVerdict("b", None, 3.0, "needs manual"))
    graded = Graded(cells, b"")
    assert (graded.score, graded.max_score) == (1.5, 5.0)
