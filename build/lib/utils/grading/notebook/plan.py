"""The plan for grading one submission: steps in the instructor's order, each run in one process or in both."""

from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["text", "extra", "given", "solution", "check", "instructor"]


@dataclass
class Step:
    """One cell of the plan.

    Attributes:
        role: "text" runs nowhere; "extra" and "solution" are the student's and run in the student's process; "given" is
            the instructor's and runs in both processes; "check" runs in the judge; "instructor" is a cell that only the
            instructor's notebook has, and runs in the judge.
        index: place in the plan's notebook, or None.
        student: source for the student's process, or None.
        judge: source for the judge, or None.
        grade_id: nbgrader's name of the cell, or "".
        points: the points that the cell is worth, whether a check or a person decides.
        released: the cell's text as students receive it.
        hidden: lines of the judge's source (from 1) between the delimiters of hidden tests.
        names: names that the instructor's solution cell binds.
        full: the instructor's source of a solution cell.
        missing: the student's file lacks this cell.
        answered: the student wrote something into this cell, which a person marks.
        tampering: what was changed in the student's copy of a locked cell, in words.
        live: the cell runs for the mark; False where no check can depend on it.
    """

    role: Role
    index: int | None = None
    student: str | None = None
    judge: str | None = None
    grade_id: str = ""
    points: float = 0.0
    released: str = ""
    hidden: frozenset[int] = frozenset()
    names: tuple[str, ...] = ()
    full: str = ""
    missing: bool = False
    answered: bool = False
    tampering: list[str] = field(default_factory=list)
    live: bool = True


@dataclass
class Plan:
    """The steps to run, and the notebook to hand back.

    Attributes:
        notebook: the student's notebook, sanitised, without outputs.
        steps: the steps, in order.
        points: every step with points by its `grade_id`, in the instructor's order; a person marks those that are not
            checks.
        remarks: one sentence per problem of the file or assumption about it.
        readable: whether the file was a notebook at all.
        own_outputs: outputs as handed in, which may be anything, by the place of their cell in the notebook.
    """

    notebook: Any
    steps: list[Step]
    points: dict[str, Step]
    remarks: list[str]
    readable: bool = True
    own_outputs: dict[int, object] = field(default_factory=dict)
