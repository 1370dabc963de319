"""A uniform quantiser: real numbers to integers, the *symbols*, and back.

Latents are real numbers, and a real number has no size in bits. Symbols have one: see `utils.compression.entropy`.
"""

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import FloatArray, IntArray

SYMBOL_BITS = 32
"""Symbols are integers of this many bits, with a sign."""

LARGEST_SYMBOL = 2 ** (SYMBOL_BITS - 1) - 1


def quantise(values: ArrayLike, step: ArrayLike) -> IntArray:
    """Round values to the nearest multiple of a step: a uniform quantiser with a level at 0.

    Args:
        values: finite numbers of any shape.
        step: the distance between levels, in the unit of the values, positive: one number, or several that broadcast,
            such as (d,) for codes (n, d).

    Returns:
        int64 of the shape of the values: the number of steps. A value halfway between two levels goes to the even one.

    Raises:
        ValueError: if the step is not positive, a value is not finite, or a value lies more than 2³¹ steps from 0.

    Example:
        >>> quantise([0.2, 0.3, -1.6], step=0.5)
        array([ 0,  1, -3])
    """
    array = np.asarray(values, dtype=np.float64)
    if not np.isfinite(array).all():
        raise ValueError(
            "The values contain NaN or infinity, but only finite values have a nearest level: find where they arise."
        )
    steps = array / _checked_step(step)
    if steps.size and np.abs(steps).max() > LARGEST_SYMBOL:
        raise ValueError(
            f"The values reach {np.abs(steps).max():.3g} steps from 0, but at most 2³¹ can be counted: give a larger "
            "step."
        )
    return np.rint(steps).astype(np.int64)


def dequantise(symbols: ArrayLike, step: ArrayLike) -> FloatArray:
    """The levels that symbols stand for. Each quantised value is within half a step of its level.

    Args:
        symbols: integers, as `quantise` returns them.
        step: the step that they were quantised with.

    Returns:
        float64 of the shape of the symbols, in the unit of the step.

    Raises:
        ValueError: if the step is not positive or the symbols are not integers.

    Example:
        >>> dequantise([0, 1, -3], step=0.5)
        array([ 0. ,  0.5, -1.5])
    """
    return checked_symbols(symbols) * _checked_step(step)


def checked_symbols(symbols: ArrayLike) -> IntArray:
    """The same symbols as int64; a ValueError if they are not integers."""
    array = np.asarray(symbols)
    if array.dtype.kind not in "iu":
        raise ValueError(
            f"The symbols have the dtype {array.dtype}, but integers are needed: quantise the values first."
        )
    return array.astype(np.int64)


def _checked_step(step: ArrayLike) -> FloatArray:
    array = np.asarray(step, dtype=np.float64)
    if not (np.isfinite(array) & (array > 0)).all():
        raise ValueError(f"The step is {step!r}, but it must be finite and positive.")
    return array
