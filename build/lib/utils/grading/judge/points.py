"""Points for a grade cell that ran to its end."""

import math
import numbers

import numpy as np

from utils.grading.judge.proxies import is_proxy


def partial_credit(value: object, points: float, computed: bool = False) -> float:
    """Points for a grade cell that ran to its end, as `nbgrader.utils.determine_grade` gives them (nbgrader 0.9).

    A number as the last expression is the score; a truth value, text, and nothing mean full points. A number outside
    [0, points] is clipped to that range. NaN, arrays and a student's objects score 0, where nbgrader raises an error or
    gives full points.

    Args:
        value: the value of the cell's last expression, or None.
        points: the points that the cell is worth.
        computed: whether the last expression is a calculation; then text or a list scores 0.

    Example:
        >>> partial_credit(None, 4), partial_credit(1.5, 4), partial_credit(7, 4), partial_credit(float("nan"), 4)
        (4, 1.5, 4, 0.0)
    """
    if value is None:
        return points
    if not is_proxy(value) and isinstance(value, (bool, np.bool_)):
        return points
    # An array or an object in place of a number may result from a student's value in the calculation of the points.
    if not is_proxy(value) and not isinstance(value, numbers.Number) and not hasattr(value, "dtype"):
        return 0.0 if computed else points
    try:
        score = float(value) if np.ndim(value) == 0 else math.nan  # type: ignore[arg-type]
    except Exception:
        score = math.nan
    return 0.0 if math.isnan(score) else min(max(score, 0.0), points)
