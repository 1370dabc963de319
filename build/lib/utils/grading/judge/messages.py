"""Messages between the supervisor and the judge: the task, and the reports other than `CellVerdict`."""

from dataclasses import dataclass
from typing import Any

from utils.grading.job import Call, Job
from utils.grading.notebook.plan import Step


@dataclass(frozen=True)
class Task:
    """The judge's task: the plan's steps, the job they come from, a working folder, and one of importable modules.

    Files of the student reach the working folder, and never the folder of the modules.
    """

    steps: list[Step]
    job: Job
    folder: str
    modules: str


@dataclass(frozen=True)
class Shown:
    """Outputs of a cell of the notebook: its place, the outputs in nbformat's form, and its execution count."""

    index: int
    outputs: list[dict[str, Any]]
    count: int | None = None


@dataclass(frozen=True)
class Calls:
    """The transcript of a check: its name, and what came back from the student's functions."""

    grade_id: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class Begun:
    """A cell has begun; the supervisor measures its time from here."""

    grade_id: str
