"""What the judge receives from the process that grades, and what it reports to it beside `CellVerdict`."""

from dataclasses import dataclass
from typing import Any

from utils.grading.job import Job
from utils.grading.notebook.plan import Step


@dataclass(frozen=True)
class Task:
    """What a judge receives: the plan's steps, the job they come from, and a folder to work in."""

    steps: list[Step]
    job: Job
    folder: str


@dataclass(frozen=True)
class Shown:
    """Outputs of a cell of the notebook: its place, the outputs in nbformat's form, and its execution count."""

    index: int
    outputs: list[dict[str, Any]]
    count: int | None = None


@dataclass(frozen=True)
class Begun:
    """A cell has begun, so that the process that grades knows how long it takes."""

    grade_id: str
