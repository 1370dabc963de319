"""What goes into grading one notebook and what comes out: plain records that travel between machines."""

import hashlib
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

Status = Literal["graded", "needs manual", "timed out", "memory", "crashed", "missing", "tampered"]


@dataclass(frozen=True)
class Limits:
    """What one submission may use; a cell that reaches a limit gets an error, and the rest is graded with what exists.

    Attributes:
        cell_seconds: wall-clock seconds for one cell of the student, and for one grade cell with all it calls.
        notebook_seconds: wall-clock seconds for the whole submission.
        memory_mb: MiB that the student's processes may hold together, beyond what the preloaded libraries take.
        processes: processes and threads at any moment.
        open_files: open files of one process.
        disk_mb: MiB of everything written, in memory-backed folders that vanish afterwards.
        output_kb: KiB of printed text and pictures kept for one cell.
        submission_mb: MiB of a submitted file; a larger one is not read.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 600.0
    memory_mb: int = 2048
    processes: int = 64
    open_files: int = 256
    disk_mb: int = 256
    output_kb: int = 1024
    submission_mb: int = 64

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise ValueError(f"the limit {name} is {value!r}, but a limit is a positive number.")


@dataclass(frozen=True)
class Delimiters:
    """nbgrader's delimiters in the instructor's notebook, which `nbgrader_config.py` may rename.

    `code_stub` and `text_stub` stand where a solution was cut out; an unchanged manual answer is recognised by them.
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

    Attributes:
        submission: the file as handed in; any bytes give a result.
        solution: the instructor's notebook, with solutions and hidden tests.
        limits: what the submission may use.
        files: the assignment's data files by their path in the working folder.
        sandboxed: whether the student's process runs in bubblewrap; if not, it may do what the caller may do.
        seed: from which every random state of both sides is derived.
        delimiters: nbgrader's, where a course has renamed them.
    """

    submission: bytes = b""
    solution: bytes = b""
    limits: Limits = field(default_factory=Limits)
    files: Mapping[str, bytes] = field(default_factory=dict)
    sandboxed: bool = True
    seed: int = 0
    delimiters: Delimiters = field(default_factory=Delimiters)

    def fingerprint(self) -> str:
        """64 hexadecimal digits that change with anything that could change a mark, the judge's code included."""
        digest = hashlib.sha256(code_version().encode())
        for part in (self.submission, self.solution):
            digest.update(hashlib.sha256(part).digest())
        for name, content in sorted(self.files.items()):
            digest.update(hashlib.sha256(name.encode()).digest() + hashlib.sha256(content).digest())
        settings = (astuple(self.limits), self.sandboxed, self.seed, astuple(self.delimiters))
        digest.update(repr(settings).encode())
        return digest.hexdigest()


@cache
def code_version() -> str:
    """A digest of the grading code, so that marks of an older judge are not taken for the present one's."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class CellVerdict:
    """The judge's word on one cell that carries points.

    Attributes:
        grade_id: nbgrader's name of the cell.
        points: the score in [0, max_score]; None while a person has to read the answer.
        max_score: points the cell is worth in the instructor's notebook.
        status: how the score came about.
        message: what failed, in words a student may read; empty where nothing did.
        seconds: wall-clock time of the check.
    """

    grade_id: str
    points: float | None
    max_score: float
    status: Status
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Graded:
    """One graded submission.

    Attributes:
        cells: a verdict for every cell with points, in the instructor's order.
        notebook: the student's notebook as autograded, nbgrader's metadata intact, without a line of a hidden test.
        remarks: one sentence each on what was wrong with the file and what was assumed.
        seconds: wall-clock time of it all.
    """

    cells: tuple[CellVerdict, ...]
    notebook: bytes
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def score(self) -> float:
        """The sum of the points given so far; cells that wait for a person count as zero."""
        return sum(cell.points or 0.0 for cell in self.cells)

    @property
    def max_score(self) -> float:
        """The sum of the points to be had."""
        return sum(cell.max_score for cell in self.cells)
