"""What grading one submission consists of: steps in the instructor's order, each on one side of the door or on both."""

from dataclasses import dataclass, field
from typing import Any, Literal

Role = Literal["text", "extra", "given", "solution", "check", "instructor"]


@dataclass
class Step:
    """One cell of the plan.

    Attributes:
        role: "text" runs nowhere; "extra" and "solution" are the student's and run in the student's process; "given" is
            the instructor's and runs on both sides; "check" runs in the judge; "instructor" is a cell that only the
            instructor's notebook has, and runs in the judge.
        index: place in the plan's notebook, or None.
        student: source for the student's process, or None.
        judge: source for the judge, or None.
        grade_id: nbgrader's name of the cell, or "".
        points: what the cell is worth.
        hidden: lines of the judge's source (from 1) that lie between the marks of hidden tests.
        names: names that the instructor's solution cell binds.
        full: the instructor's source of a solution cell.
        missing: the student's file lacks this cell.
        found: what was found tampered with, in words.
    """

    role: Role
    index: int | None = None
    student: str | None = None
    judge: str | None = None
    grade_id: str = ""
    points: float = 0.0
    hidden: frozenset[int] = frozenset()
    names: tuple[str, ...] = ()
    full: str = ""
    missing: bool = False
    found: list[str] = field(default_factory=list)


@dataclass
class Manual:
    """A cell that a person marks: its name, its points, and whether the student wrote anything into it."""

    grade_id: str
    points: float
    answered: bool
    missing: bool


@dataclass
class Plan:
    """What to run, and the notebook to hand back.

    Attributes:
        notebook: the student's notebook, sanitised, without outputs.
        steps: what runs where, in order.
        points: every cell with points by its `grade_id`, in the instructor's order: a check or a manual answer.
        remarks: one sentence each on what was wrong and what was assumed.
        readable: whether the file was a notebook at all.
    """

    notebook: Any
    steps: list[Step]
    points: dict[str, Step | Manual]
    remarks: list[str]
    readable: bool = True
