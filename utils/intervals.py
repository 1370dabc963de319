"""Intervals over seeds: how far a mean of a few repetitions can be trusted.

A model trained once is an anecdote. The course trains each model from several seeds, and states the mean of a score
together with Student's t interval over the seeds, from "The probable error of a mean" (Student 1908); differences
between two sets of unpaired seeds take Welch's interval (Welch 1947), which does not presume equal spread.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit


class Interval(NamedTuple):
    """A mean with the two ends of its confidence interval, in the unit of the values.

    ``str(interval)`` gives ``"0.52 [0.50, 0.54]"``; another precision goes into the format: ``f"{interval:.3f}"``.
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

    The values, shape (n,) with n ≥ 2, count as independent draws, one a seed. Equal values give an interval of
    width 0. ``confidence`` lies between 0 and 1. The ends are not clipped: with few seeds an accuracy's interval may
    reach beyond 1.

    >>> print(mean_interval([0.50, 0.52, 0.54]))
    0.52 [0.47, 0.57]

    Raises ValueError for fewer than two values, for NaN or infinite ones, and for a confidence outside (0, 1).
    """
    sample = _checked(values, "values")
    _check_confidence(confidence)
    return _around(float(sample.mean()), _standard_error(sample), len(sample) - 1, confidence)


def difference_interval(a: ArrayLike, b: ArrayLike, confidence: float = 0.95, paired: bool = False) -> Interval:
    """The mean of ``a`` minus the mean of ``b``, with its confidence interval.

    ``a`` has shape (n,), ``b`` shape (m,), both at least 2. Unpaired values take Welch's interval (Welch 1947).
    ``paired=True`` says that ``a[i]`` and ``b[i]`` share what varies, for example the labelled images: it takes
    Student's interval of ``a[i] − b[i]`` and needs n = m. An interval that leaves out 0 speaks for a difference.

    Raises ValueError as :func:`mean_interval` does, and for paired samples of different lengths.
    """
    first, second = _checked(a, "a"), _checked(b, "b")
    _check_confidence(confidence)
    if paired:
        if len(first) != len(second):
            raise ValueError(
                f"paired values need a partner each, but a has {len(first)} and b has {len(second)}: "
                "give the same seeds to both, or use paired=False."
            )
        return mean_interval(first - second, confidence)
    squared_errors = np.array([_standard_error(first), _standard_error(second)]) ** 2
    error = float(np.sqrt(squared_errors.sum()))
    difference = float(first.mean() - second.mean())
    if error == 0:
        return Interval(difference, difference, difference)
    freedom = error**4 / float((squared_errors**2 / (len(first) - 1, len(second) - 1)).sum())
    return _around(difference, error, freedom, confidence)


def _standard_error(sample: NDArray[np.float64]) -> float:
    return float(sample.std(ddof=1)) / math.sqrt(len(sample))


def _around(mean: float, error: float, freedom: float, confidence: float) -> Interval:
    half = float(stdtrit(freedom, (1 + confidence) / 2)) * error
    return Interval(mean, mean - half, mean + half)


def _checked(values: ArrayLike, name: str) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1:
        raise ValueError(f"{name} has shape {sample.shape}, but one number a seed is needed: give shape (n,).")
    if len(sample) < 2:
        raise ValueError(f"{name} holds {len(sample)} number(s), but an interval needs at least two: add seeds.")
    if not np.isfinite(sample).all():
        bad = int((~np.isfinite(sample)).sum())
        raise ValueError(
            f"{name} holds {bad} NaN or infinite number(s) among {len(sample)}, but an interval needs finite ones: "
            "find the run that failed rather than leaving it out."
        )
    return sample


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence is {confidence}, but a share between 0 and 1 is needed: 0.95 is usual.")
