"""An autograder behind nbgrader: students' code runs in a sandbox, and a point needs the judge and the shadow to agree.

>>> from utils.grading import Job, grade
>>> graded = grade(Job(submission, solution))                          # doctest: +SKIP
>>> graded.score, graded.max_score, graded.remarks                     # doctest: +SKIP

``grade`` is a function of bytes and plain records: it needs no gradebook and no course folder. ``warm`` starts its
processes beforehand and ``close`` ends them. `CONTRIBUTING.md` states the guarantees and their limits.

- ``job``: `Job`, `Limits`, `Delimiters` go in; `Graded` and its `CellVerdict` come out
- ``clerk``: a process with limits for work on what students wrote
- ``supervisor``: `grade`; starts the student's process, the judge and the shadow, and watches them
- ``mark``: the mark of a check, from the verdicts of judge and shadow
- ``__main__``: the command line
- ``nbgrader``: the preprocessors and the exporter that `nbgrader_config.py` names
- ``course/``: the instructor's folder, the gradebook, and grading a whole class
- ``notebook/``: functions on the bytes of notebooks: parse, align, sanitise
- ``judge/``: the trusted process, which runs the instructor's notebook
- ``student/``: the untrusted process, which runs the student's cells
- ``protocol/``: the protocol between the two processes
- ``sandbox/``: the confinement of the untrusted process
- ``clerk``: a process with limits, which cleans and renders what students wrote
- ``feedback/``: after the verdicts: feedback pages, class tables, files for an LMS
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
