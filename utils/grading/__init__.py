"""Grades that can be trusted: a judge and a sandbox behind nbgrader.

`grade` takes the bytes of a submission and of the instructor's notebook and returns verdicts; `warm` prepares a process
for many. `CONTRIBUTING.md` says what is promised and what is not.
"""

from utils.grading.job import CellVerdict, Graded, Limits, Marks, Status
from utils.grading.sandbox.walls import SandboxError
from utils.grading.supervisor import close, grade, warm

__all__ = ["CellVerdict", "Graded", "Limits", "Marks", "SandboxError", "Status", "close", "grade", "warm"]
