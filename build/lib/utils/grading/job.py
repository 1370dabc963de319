"""Inputs and results of grading one notebook, as plain records that can be sent between machines."""

import contextlib
import hashlib
import platform
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

# Files that could be imported, and settings of pytest (`protocol.folder` has a longer list for files that cells write).
_OBEYED = (".py", ".pyc", ".so", ".pyd", ".pth", ".egg", ".whl", "pytest.ini", "tox.ini", "setup.cfg", "pyproject.toml")
_DIGITS = 32  # of each digest in a fingerprint: 128 bits

Status = Literal["graded", "needs manual", "timed out", "memory", "crashed", "missing", "tampered", "review"]


def _limit(default: float, unit: str, text: str) -> Any:
    return field(default=default, metadata={"unit": unit, "help": text})


@dataclass(frozen=True)
class Limits:
    """Limits on the resources of one submission. A cell that exceeds one gets an error; the rest is still graded.

    Every field carries its unit and its help text. The options of ``python -m utils.grading`` and the settings of
    :class:`utils.grading.nbgrader.GradeSubmission` are generated from them, so a new limit is one field here, beside
    the code that enforces it.

    Raises:
        ValueError: a limit is not positive.

    Example:
        >>> Limits(cell_seconds=10.0).cell_seconds
        10.0
        >>> Limits(processes=0)
        Traceback (most recent call last):
        ...
        ValueError: The limit processes is 0, but a limit must be a positive number.
    """

    cell_seconds: float = _limit(
        60.0, "SECONDS", "time for one cell of the student, or for one grade cell including the code that it calls"
    )
    notebook_seconds: float = _limit(600.0, "SECONDS", "time for a whole notebook")
    memory_mb: int = _limit(
        2048, "MiB", "memory of all processes of a student together, not counting the preloaded libraries"
    )
    processes: int = _limit(64, "N", "processes and threads of a student at any moment")
    open_files: int = _limit(256, "N", "open files per process")
    disk_mb: int = _limit(256, "MiB", "total size of files the code writes; they are deleted afterwards")
    output_kb: int = _limit(1024, "KiB", "printed text and images kept per cell")
    submission_mb: int = _limit(64, "MiB", "size of a submitted notebook; a larger one is not read")

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"The limit {name} is {value!r}, but a limit must be a positive number.")


@dataclass(frozen=True)
class Delimiters:
    """nbgrader's delimiters in the instructor's notebook, which `nbgrader_config.py` may rename.

    `code_stub` and `text_stub` replace a solution that was cut out; they identify an unchanged manual answer.
    """

    begin_solution: str = "BEGIN SOLUTION"
    end_solution: str = "END SOLUTION"
    begin_hidden: str = "BEGIN HIDDEN TESTS"
    end_hidden: str = "END HIDDEN TESTS"
    begin_scheme: str = "BEGIN MARK SCHEME"
    end_scheme: str = "END MARK SCHEME"
    code_stub: str = "# YOUR CODE HERE\nraise NotImplementedError()"
    text_stub: str = "YOUR ANSWER HERE"


@dataclass(frozen=True)
class Job:
    """One notebook to grade, and how: everything that :func:`utils.grading.grade` needs.

    The settings of a class are stored in a job whose notebooks and files are empty; each submission fills in a copy.

    Attributes:
        submission: the file as handed in; may be any bytes.
        solution: the instructor's notebook, with solutions and hidden tests.
        limits: on the resources of the submission.
        files: the assignment's data files by their path in the working folder.
        own_files: those of the paths in `files` that the student handed in; the judge imports nothing from them.
        sandboxed: whether the student's process runs in bubblewrap; if not, it has the rights of the caller.
        seed: all random states of both processes are derived from it.
        delimiters: nbgrader's, where a course has renamed them.
        run_every_cell: also run the cells that no check depends on, whose outputs are otherwise shown as handed in.
        remark: a sentence on the file that is known before it is parsed, such as that its name was guessed.
        fixed_status: the status of every cell where nothing can be run, because the file is missing, too large, or
            ended the grading process. Every cell then gets 0 points and ``remark`` as its message.
        forgeable: names of the checks that only a plain notebook can run. The student's process judges them alone, and
            a submission that sets out to do so can forge their result.
        transcripts: whether to record what the checks ask of the student's functions; no score depends on it.
        shadow: whether the checks also run as in a notebook. Only without it, for answers that nobody handed in, are
            the judge's scores the result.
    """

    submission: bytes = b""
    solution: bytes = b""
    limits: Limits = field(default_factory=Limits)
    files: Mapping[str, bytes] = field(default_factory=dict)
    own_files: frozenset[str] = frozenset()
    sandboxed: bool = True
    seed: int = 0
    delimiters: Delimiters = field(default_factory=Delimiters)
    run_every_cell: bool = False
    remark: str = ""
    fixed_status: Status | None = None
    forgeable: frozenset[str] = frozenset()
    transcripts: bool = True
    shadow: bool = True

    @property
    def judge_files(self) -> dict[str, bytes]:
        """The files of the judge's folder: without modules and settings of tests that the student handed in."""
        return {
            name: content
            for name, content in self.files.items()
            if name not in self.own_files or not name.lower().endswith(_OBEYED)
        }

    def fingerprint(self) -> str:
        """Digests of everything that a score depends on, the grading code included, as ``part=digest part=digest …``.

        `parts_of` reads them. The parts are the submission (with the student's own files), the tests (the instructor's
        notebook and files), the limits, the other settings, and the code.
        """
        own = {name: content for name, content in self.files.items() if name in self.own_files}
        given = {name: content for name, content in self.files.items() if name not in self.own_files}
        choices = (self.sandboxed, self.seed, self.run_every_cell, sorted(self.forgeable), self.shadow)
        parts = {
            "submission": _digest(self.submission, own, repr((self.remark, self.fixed_status))),
            "tests": _digest(self.solution, given),
            "limits": _digest(b"", {}, repr(astuple(self.limits))),
            "settings": _digest(b"", {}, repr((astuple(self.delimiters), *choices))),
            "code": code_version()[:_DIGITS],
        }
        return " ".join(f"{name}={digest}" for name, digest in parts.items())


def parts_of(fingerprint: str) -> dict[str, str]:
    """The digests in a fingerprint by part; empty for a text that is none.

    Example:
        >>> sorted(parts_of(Job().fingerprint()))
        ['code', 'limits', 'settings', 'submission', 'tests']
        >>> parts_of("")
        {}
    """
    return dict(part.split("=", 1) for part in fingerprint.split() if "=" in part)


def _digest(content: bytes, files: Mapping[str, bytes], text: str = "") -> str:
    digest = hashlib.sha256(hashlib.sha256(content).digest() + hashlib.sha256(text.encode()).digest())
    for name, data in sorted(files.items()):
        digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(data).digest())
    return digest.hexdigest()[:_DIGITS]


@cache
def code_version() -> str:
    """A digest of what decides a mark beside the job: grading code, Python, and the libraries of numbers.

    Scores of another version are not reused. Code that only commands, records or reports does not count.
    """
    folder = Path(__file__).parent
    digest = hashlib.sha256(platform.python_version().encode())
    for library in ("numpy", "pandas", "scikit-learn", "scipy", "torch"):
        with contextlib.suppress(PackageNotFoundError):
            digest.update(f"{library} {version(library)}".encode())
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder)
        if name.parts[0] not in ("course", "feedback", "__main__.py", "nbgrader.py"):
            digest.update(str(name).encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@dataclass(frozen=True)
class CellVerdict:
    """The judge's verdict on one cell that carries points.

    Attributes:
        grade_id: nbgrader's name of the cell.
        points: the score in [0, max_score]; None while a person has to read the answer, or has to decide ("review").
        max_score: points that the cell is worth in the instructor's notebook.
        status: how the score came about.
        message: a description of the failure for the student; empty if nothing failed.
        seconds: wall-clock time of the check.
    """

    grade_id: str
    points: float | None
    max_score: float
    status: Status
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Call:
    """What came back when a check called a function of the student, or read one of its values.

    Attributes:
        name: of the function; "end" for the error that ended the check.
        nearest: keyed hash of the result, rounded to the nearest step; empty if it could not be recorded.
        downwards: keyed hash of the result, rounded downwards.
        telling: whether the result is more than what many different mistakes return, such as 0, 1, nan or an error.
    """

    name: str
    nearest: str
    downwards: str
    telling: bool


@dataclass(frozen=True)
class Graded:
    """One graded submission.

    Attributes:
        cells: one verdict per cell with points, in the instructor's order.
        notebook: the student's notebook as autograded, with nbgrader's metadata and without any line of a hidden test.
        remarks: one sentence per problem of the file or assumption about it.
        seconds: wall-clock time of the whole grading.
        final: False where the grader itself failed, so that the next run must grade the submission again.
        transcripts: what each check has asked of the student's functions, by the name of the check. For the diagnosis
            of mistakes only: it is shown to nobody.
    """

    cells: tuple[CellVerdict, ...]
    notebook: bytes
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    final: bool = True
    transcripts: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)

    @property
    def score(self) -> float:
        """The sum of the points so far; cells that wait for a person count as zero."""
        return sum(cell.points or 0.0 for cell in self.cells)

    @property
    def max_score(self) -> float:
        """The sum of the points that can be reached."""
        return sum(cell.max_score for cell in self.cells)
