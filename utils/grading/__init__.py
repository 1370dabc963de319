"""Grades that can be trusted: a judge and a sandbox behind nbgrader.

`grade` takes a `Job` (a submission, the instructor's notebook, settings) and returns verdicts; `warm` prepares a
process for many jobs. `CONTRIBUTING.md` says what is promised and what is not.
"""

from utils.grading.job import CellVerdict, Delimiters, Graded, Job, Limits, Status
from utils.grading.sandbox.walls import SandboxError
from utils.grading.supervisor import close, grade, warm

__all__ = [
    "CellVerdict",
    "Delimiters",
    "Graded",
    "Job",
    "Limits",
    "SandboxError",
    "Status",
    "close",
    "grade",
    "warm",
]
