"""What the metrics start from: a table of codes and factors, one row a data point.

A factor is *discrete* if its column holds whole numbers, or no more than ``factor_bins`` different numbers; its values
are then levels without order or distance. Any other column is *continuous*, and cut into ``factor_bins`` intervals of
equal width, which are its levels from there on.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


class Table(NamedTuple):
    """Codes float64 (n, d), levels of the factors int64 (n, k) counted from 0, and how many levels each factor has."""

    codes: FloatArray
    levels: IntArray
    sizes: tuple[int, ...]

    def rows(self, chosen: IntArray) -> Table:
        """Some of the points; the levels keep their numbers, though some may have no points any more."""
        return Table(self.codes[chosen], self.levels[chosen], self.sizes)


def checked(codes: ArrayLike, factors: ArrayLike, factor_bins: int, *, least: int = 2) -> Table:
    """Check codes (n, d) and factors (n, k), and turn the factors into levels.

    Raises:
        ValueError: if the two are no matrices with one row a point, there are fewer than ``least`` points, a number is
            NaN or infinite, ``factor_bins`` is below 2, or a factor is constant.
    """
    matrix, given = as_matrix(codes, "codes"), as_matrix(factors, "factors")
    if len(matrix) != len(given):
        raise ValueError(
            f"there are {len(matrix)} codes and {len(given)} rows of factors, but both describe the same points: give "
            "one row each."
        )
    if len(matrix) < least:
        raise ValueError(f"{len(matrix)} point(s) were given, but this score needs at least {least}: give more points.")
    if factor_bins < 2:
        raise ValueError(f"factor_bins is {factor_bins}, but a continuous factor needs bins: choose 2 or more.")
    columns = [_levels(column, j, factor_bins) for j, column in enumerate(given.T)]
    return Table(matrix, np.stack(columns, axis=1), tuple(int(column.max()) + 1 for column in columns))


def as_matrix(values: ArrayLike, name: str) -> FloatArray:
    """Finite numbers (n, d) as float64, or a ValueError that says what is wrong with the thing of that name."""
    matrix = np.asarray(values)
    if matrix.ndim != 2 or matrix.shape[1] == 0:
        raise ValueError(
            f"{name} have shape {matrix.shape}, but one row a point is needed: give a matrix (n, columns)."
        )
    if matrix.dtype.kind not in "biuf":
        raise ValueError(f"{name} are of type {matrix.dtype}, but numbers are needed: give integers or floats.")
    bad = int((~np.isfinite(matrix)).sum())
    if bad:
        raise ValueError(f"{name} hold {bad} NaN or infinite number(s): leave these points out, or find the cause.")
    return matrix.astype(np.float64)


def equal_width(values: FloatArray, bins: int) -> IntArray:
    """Bin numbers 0..bins-1 of each column of (n, d), cut into equally wide bins from its minimum to its maximum.

    A value on an inner edge belongs to the upper bin, the maximum to the last one; a constant column has one bin only.
    """
    if bins < 1:
        raise ValueError(f"bins is {bins}, but a column needs at least one: choose 1 or more.")
    numbers = np.empty(values.shape, dtype=np.int64)
    for j, column in enumerate(values.T):
        numbers[:, j] = np.searchsorted(np.histogram_bin_edges(column, bins)[1:-1], column, side="right")
    return numbers


def split(table: Table, test_share: float, seed: int) -> tuple[Table, Table]:
    """Points to fit on, and a random share of points to score on.

    Raises:
        ValueError: if the share is not between 0 and 1, or leaves either part without points.
    """
    if not 0 < test_share < 1:
        raise ValueError(
            f"test_share is {test_share}, but points are needed on both sides: choose one between 0 and 1."
        )
    n = len(table.codes)
    n_test = round(n * test_share)
    if not 0 < n_test < n:
        raise ValueError(f"a test share of {test_share:g} of {n} points leaves one part empty: give more points.")
    order = np.random.default_rng(seed).permutation(n)
    return table.rows(order[n_test:]), table.rows(order[:n_test])


def _levels(column: FloatArray, j: int, factor_bins: int) -> IntArray:
    values, levels = np.unique(column, return_inverse=True)
    if len(values) == 1:
        raise ValueError(f"factor {j} is constant, so that no code can tell anything about it: leave its column out.")
    if len(values) > factor_bins and not (values == np.floor(values)).all():
        _, levels = np.unique(equal_width(column[:, None], factor_bins)[:, 0], return_inverse=True)
    return levels.astype(np.int64)
