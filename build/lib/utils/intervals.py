"""Confidence intervals of means over repetitions, such as training seeds.

One training does not show how much a score varies. The course trains each model from several seeds and states the mean
of a score with Student's t interval over the seeds (Student 1908, "The probable error of a mean"). Differences between
unpaired seeds take Welch's interval (Welch 1947, "The generalization of 'Student's' problem when several different
population variances are involved"), which does not assume equal variances. SciPy has the distribution.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from utils.arrays import FloatArray


class Interval(NamedTuple):
    """A mean and the two ends of its confidence interval, in the unit of the values.

    ``str(interval)`` gives ``"0.52 [0.50, 0.54]"``; give another precision in the format: ``f"{interval:.3f}"``.
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return format(self)

    def __format__(self, spec: str) -> str:
        number = spec or ".2f"
        return f"{self.mean:{number}} [{self.low:{number}}, {self.high:{number}}]"


def mean_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """The mean of ``values`` and its Student t confidence interval (Student 1908).

    The values, shape (n,) with n ≥ 2, count as independent draws, one per seed. Equal values give an interval of
    width 0. The ends are not clipped: with few seeds the interval of an accuracy may reach beyond 1.

    Args:
        values: shape (n,), n ≥ 2.
        confidence: the probability with which such an interval contains the true mean, between 0 and 1.

    Raises:
        ValueError: for fewer than two values, for NaN or infinite values, and for a confidence outside (0, 1).

    Example:
        >>> print(mean_interval([0.50, 0.52, 0.54]))
        0.52 [0.47, 0.57]
    """
    sample = _checked(values, "values")
    check_confidence(confidence)
    mean = float(sample.mean())
    if np.ptp(sample) == 0:
        return Interval(mean, mean, mean)
    return _student(mean, _squared_error(sample), len(sample) - 1, confidence)


def difference_interval(a: ArrayLike, b: ArrayLike, confidence: float = 0.95, paired: bool = False) -> Interval:
    """The mean of ``a`` minus the mean of ``b``, with its confidence interval.

    An interval that excludes 0 is evidence of a difference; one that contains 0 says how large a difference may still
    be, not that there is none.

    Args:
        a: shape (n,), n ≥ 2.
        b: shape (m,), m ≥ 2.
        confidence: between 0 and 1.
        paired: ``a[i]`` and ``b[i]`` share a source of variation, for example the labelled images. Then Student's
            interval of ``a[i] − b[i]`` is returned, which needs n = m; otherwise Welch's.

    Raises:
        ValueError: as :func:`mean_interval`, and for paired samples of different lengths.

    Example:
        >>> print(difference_interval([0.61, 0.63, 0.62], [0.50, 0.52, 0.54]))
        0.10 [0.06, 0.14]
    """
    first, second = _checked(a, "a"), _checked(b, "b")
    check_confidence(confidence)
    if paired:
        if len(first) != len(second):
            raise ValueError(
                f"paired values need one partner each, but a has {len(first)} and b has {len(second)}: "
                "give the same seeds to both, or use paired=False."
            )
        return mean_interval(first - second, confidence)
    difference = float(first.mean() - second.mean())
    if np.ptp(first) == np.ptp(second) == 0:
        return Interval(difference, difference, difference)
    errors = _squared_error(first), _squared_error(second)
    freedom = sum(errors) ** 2 / (errors[0] ** 2 / (len(first) - 1) + errors[1] ** 2 / (len(second) - 1))
    return _student(difference, sum(errors), freedom, confidence)


def crossed_interval(values: ArrayLike, confidence: float = 0.95) -> Interval:
    """The interval of a mean over repetitions and test items, where both would be drawn anew.

    :func:`mean_interval` over repetitions treats the test items as fixed. If the statement is about other items too,
    their sampling adds to the uncertainty. In the model ``values[i, j] = mean + repetition i + item j + rest`` (the
    two-way random-effects model, Searle, Casella & McCulloch 1992, "Variance Components"), the variance of the overall
    mean is that of the row means plus that of the column means minus that of the rest, which both contain. The
    interval is Student's with the degrees of freedom of Satterthwaite (1946, "An approximate distribution of estimates
    of variance components"). A bootstrap over rows and columns together serves the same purpose, but counts the rest
    more than once, so its intervals are wider: ``tests/test_intervals.py`` compares how often each contains the truth.

    Args:
        values: shape (r, m), r ≥ 2 repetitions by m ≥ 2 items, for example differences between two models.
        confidence: between 0 and 1.

    Raises:
        ValueError: for another shape, for NaN or infinite values, and for a confidence outside (0, 1).

    Example:
        >>> rng = np.random.default_rng(0)
        >>> hits = rng.normal(0.1, 0.3, size=(1, 400)) + rng.normal(0, 0.02, size=(5, 1)) + np.zeros((5, 400))
        >>> print(f"{mean_interval(hits.mean(axis=1)):.3f}, and with other items {crossed_interval(hits):.3f}")
        0.087 [0.050, 0.124], and with other items 0.087 [0.046, 0.129]
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError(
            f"values has shape {table.shape}, but at least two repetitions by two items are needed: give (r, m)."
        )
    _checked(table.ravel(), "values")
    check_confidence(confidence)
    mean, (r, m) = float(table.mean()), table.shape
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    rest = table - rows[:, None] - columns + mean
    by_rows, by_columns = _squared_error(rows), _squared_error(columns)
    by_rest = float((rest**2).sum()) / ((r - 1) * (m - 1)) / (r * m)
    squared_error = max(by_rows + by_columns - by_rest, by_rows, by_columns)
    if squared_error == 0:
        return Interval(mean, mean, mean)
    freedom = squared_error**2 / (by_rows**2 / (r - 1) + by_columns**2 / (m - 1) + by_rest**2 / ((r - 1) * (m - 1)))
    return _student(mean, squared_error, freedom, confidence)


def normal_interval(mean: float, deviation: float, confidence: float = 0.95) -> Interval:
    """The interval around an estimate that is normally distributed with this standard deviation.

    Example:
        >>> print(normal_interval(1.0, 0.5))
        1.00 [0.02, 1.98]
    """
    check_confidence(confidence)
    half_width = float(stats.norm.ppf((1 + confidence) / 2)) * deviation
    return Interval(mean, mean - half_width, mean + half_width)


def check_confidence(confidence: float) -> None:
    """Raise ValueError for a confidence that is not between 0 and 1."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}, but must lie between 0 and 1: 0.95 is usual.")


def _squared_error(sample: FloatArray) -> float:
    """The square of the standard error of the mean."""
    return float(sample.var(ddof=1)) / len(sample)


def _student(mean: float, squared_error: float, freedom: float, confidence: float) -> Interval:
    # SciPy's t-tests give the same interval, but warn about values that are nearly equal, as accuracies often are.
    low, high = stats.t.interval(confidence, freedom, loc=mean, scale=squared_error**0.5)
    return Interval(mean, float(low), float(high))


def _checked(values: ArrayLike, name: str) -> FloatArray:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1:
        raise ValueError(f"{name} has shape {sample.shape}, but one value per seed is needed: give shape (n,).")
    if len(sample) < 2:
        raise ValueError(f"{name} has {len(sample)} value(s), but an interval needs at least two: add seeds.")
    if not np.isfinite(sample).all():
        bad = int((~np.isfinite(sample)).sum())
        raise ValueError(
            f"{name} has {bad} NaN or infinite value(s) among {len(sample)}, but an interval needs finite values: "
            "find the run that failed, and do not omit it."
        )
    return sample
