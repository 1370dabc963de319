"""The mark of a check: the smaller of what the judge and the shadow give.

The judge runs a check in a trusted process and sees a student's answers as plain data: it cannot be forged, and it is
stricter than a notebook. The shadow runs the same check in the student's own process: it is as lenient as a notebook,
and can be forged towards more points. So both must agree on a point.

- Judge and shadow agree: that is the mark.
- The shadow gives less: its points count. The check asks for something that only a notebook shows, such as that an
  argument stays unchanged.
- The shadow gives more: a person decides. The check asks for something that the judge cannot see, or the shadow was
  forged.
"""

import math
from dataclasses import replace
from textwrap import shorten
from typing import Final

from utils.grading.job import CellVerdict
from utils.grading.notebook.names import bound_names, loaded_names
from utils.grading.notebook.plan import Plan, Step

# The shadow's points are rounded to this share of a check's points: the student's code can send little in them.
_STEP: Final = 0.01
_MAX_QUOTE: Final = 300

FORGEABLE: Final = "This check is judged in the student's own process, as the course's configuration asks."


def mark(verdict: CellVerdict, shadow: float | None, reason: str = "", forgeable: bool = False) -> CellVerdict:
    """The verdict on a check.

    Args:
        verdict: the judge's.
        shadow: the shadow's points; None if it did not finish.
        reason: why the shadow may give less than the judge, in words for the student.
        forgeable: whether the course has this check judged by the shadow alone.

    Example:
        >>> passed = CellVerdict("test", 2.0, 2.0, "graded")
        >>> mark(passed, 2.0).points, mark(passed, 0.0, "Your code changes its argument.").points
        (2.0, 0.0)
        >>> failed = CellVerdict("test", 0.0, 2.0, "graded", "Your object cannot be compared here.")
        >>> mark(failed, 2.0).status, mark(failed, 0.0).points
        ('review', 0.0)
    """
    judged = verdict.points or 0.0
    if shadow is None:
        if judged and not forgeable:
            message = "The judge gives the points, but the notebook's own run of the check did not finish."
            return replace(verdict, points=None, status="review", message=message)
        return verdict
    unit = _STEP * verdict.max_score
    shadow = min(max(0.0 if math.isnan(shadow) else shadow, 0.0), verdict.max_score)
    if forgeable:
        message = verdict.message if shadow < verdict.max_score else ""
        return replace(verdict, points=shadow, status="graded", message=message or FORGEABLE)
    if abs(shadow - judged) < unit or shadow == judged:
        return verdict
    if shadow < judged:
        return replace(verdict, points=math.floor(shadow / unit + 0.5) * unit, message=reason or CHANGED)
    message = f"The check passes in the notebook, but not in the judge: {_quoted(verdict.message)}"
    return replace(verdict, points=None, status="review", message=message)


def _quoted(message: str) -> str:
    """The judge's message in quotation marks and cut: the text of an error in it is the student's own."""
    text = shorten(message.replace("“", "'").replace("”", "'"), _MAX_QUOTE, placeholder=" …")
    return f"“{text}”" if text else "it gives fewer points."


CHANGED: Final = (
    "The check passes with the values that your answers give, but not in your notebook itself: your code may change an "
    "argument, return the same object where a copy is asked for, or use what the check takes away."
)


def reason_of(plan: Plan, step: Step) -> str:
    """Why a check may fail in the notebook only: the student's cells may give another meaning to a name that it reads.

    Only names in the visible part of the check are named.
    """
    own: set[str] = set()
    instructor: set[str] = set()
    for other in plan.steps:
        if other.role == "solution":
            instructor |= set(other.names)
        if other.role in ("solution", "extra"):
            own |= set(bound_names(other.student or ""))
        if other is step:
            break
    visible = "\n".join(
        line for number, line in enumerate((step.judge or "").split("\n"), 1) if number not in step.hidden
    )
    overwritten = sorted((own - instructor) & loaded_names([visible]))
    if not overwritten:
        return CHANGED
    names = ", ".join(overwritten[:5])
    return (
        f"The check passes with the values that your answers give, but not in your notebook, where your cells give "
        f"another meaning to {names}: use other names for your own variables."
    )
