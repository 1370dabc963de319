"""Validation of codes and factors, common to all metrics; one row per data point.

A factor is *discrete* if its column has whole numbers only, or at most ``factor_bins`` different values; its values are
then levels without order or distance. Any other column is *continuous*: it is cut into ``factor_bins`` intervals of
equal width, and these intervals are its levels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import FloatArray, IntArray

_MIN_POINTS = 2


class LabelledCodes(NamedTuple):
    """Codes with the levels of their factors.

    Attributes:
        codes: float64 (n, d).
        levels: int64 (n, k), each factor's levels numbered from 0.
        sizes: the number of levels of each of the k factors.
    """

    codes: FloatArray
    levels: IntArray
    sizes: tuple[int, ...]

    def rows(self, indices: IntArray) -> LabelledCodes:
        """Some of the points; the levels keep their numbers, although some may have no points left."""
        return LabelledCodes(self.codes[indices], self.levels[indices], self.sizes)


def validated(codes: ArrayLike, factors: ArrayLike, factor_bins: int) -> LabelledCodes:
    """Check codes (n, d) and factors (n, k), and turn the factors into levels.

    Raises:
        ValueError: if the two are not matrices with one row per point, there are fewer than 2 points, a value is NaN
            or infinite, ``factor_bins`` is below 2, or a factor is constant.
    """
    code_matrix, factor_matrix = as_matrix(codes, "codes"), as_matrix(factors, "factors")
    n = len(code_matrix)
    if n != len(factor_matrix):
        raise ValueError(
            f"there are {n} codes and {len(factor_matrix)} rows of factors, but both must describe the same points: "
            "give one row per point in each."
        )
    if n < _MIN_POINTS:
        raise ValueError(f"{n} point(s) were given, but a score needs at least {_MIN_POINTS}: give more points.")
    if factor_bins < 2:
        raise ValueError(f"factor_bins is {factor_bins}, but a continuous factor needs two bins: choose 2 or more.")
    columns = [_levels(column, j, factor_bins) for j, column in enumerate(factor_matrix.T)]
    return LabelledCodes(code_matrix, np.stack(columns, axis=1), tuple(int(column.max()) + 1 for column in columns))


def as_matrix(values: ArrayLike, name: str) -> FloatArray:
    """Finite values (n, d) as float64; a ValueError, which refers to them by ``name``, if they are not."""
    matrix = np.asarray(values)
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise ValueError(
            f"{name} have shape {matrix.shape}, but one row per point is needed: give a matrix (n, columns)."
        )
    if matrix.dtype.kind not in "biuf":
        raise ValueError(f"{name} are of type {matrix.dtype}, but numbers are needed: give integers or floats.")
    bad = int((~np.isfinite(matrix)).sum())
    if bad:
        raise ValueError(
            f"{name} contain {bad} NaN or infinite value(s), but all must be finite: find the cause, or remove these "
            "points."
        )
    return matrix.astype(np.float64)


def equal_width_bins(values: FloatArray, bins: int) -> IntArray:
    """Bin numbers 0..bins-1 of each column of (n, d), cut into equally wide bins from its minimum to its maximum.

    A value on an inner edge belongs to the upper bin, the maximum to the last one. All values of a constant column are
    in the same bin.

    Raises:
        ValueError: if ``bins`` is below 1.

    Example:
        >>> equal_width_bins(np.array([[0.0], [0.4], [0.5], [1.0]]), bins=2)[:, 0]
        array([0, 0, 1, 1])
    """
    if bins < 1:
        raise ValueError(f"bins is {bins}, but a column needs at least one bin: choose 1 or more.")
    numbers = np.empty(values.shape, dtype=np.int64)
    for j, column in enumerate(values.T):
        numbers[:, j] = np.searchsorted(np.histogram_bin_edges(column, bins)[1:-1], column, side="right")
    return numbers


def train_test_split(data: LabelledCodes, test_share: float, seed: int) -> tuple[LabelledCodes, LabelledCodes]:
    """Points to fit a classifier on, and a random share of the points to score it on.

    Raises:
        ValueError: if the share is not between 0 and 1, or one of the two parts has no points.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"test_share is {test_share}, but both parts need points: choose a share between 0 and 1.")
    n = len(data.codes)
    n_test = round(n * test_share)
    if not 0 < n_test < n:
        raise ValueError(f"a test share of {test_share:g} of {n} points leaves one part empty: give more points.")
    order = np.random.default_rng(seed).permutation(n)
    return data.rows(order[n_test:]), data.rows(order[:n_test])


def require_two_levels(levels: IntArray, j: int) -> None:
    """Raise a ValueError if all points of a part of the data (n,) have the same level of factor ``j``."""
    if len(np.unique(levels)) < 2:
        raise ValueError(
            f"factor {j} has a single level among the training or the test points, but a classifier needs two: give "
            "more points, or another seed or test_share."
        )


def require_at_least(minimum: int, **counts: int) -> None:
    """Raise a ValueError that names the first of some counts that is below a minimum."""
    for name, count in counts.items():
        if count < minimum:
            raise ValueError(f"{name} is {count}, but must be at least {minimum}: choose {minimum} or more.")


def _levels(column: FloatArray, j: int, factor_bins: int) -> IntArray:
    values, levels = np.unique(column, return_inverse=True)
    if len(values) == 1:
        raise ValueError(f"factor {j} is constant, so no code can have information about it: remove its column.")
    if len(values) > factor_bins and not (values == np.floor(values)).all():
        _, levels = np.unique(equal_width_bins(column[:, None], factor_bins)[:, 0], return_inverse=True)
    return levels.astype(np.int64)
