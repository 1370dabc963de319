"""Compares computed numbers with the numbers that a lecture quotes.

A lecture's prose quotes what the run printed where it was written. Another processor adds in another order, so that a
trained model's scores differ slightly there and may round to the next number. The cells tagged ``claims`` allow for
that.
"""

import re

import numpy as np
from numpy.typing import ArrayLike

_NUMBER = re.compile(r"[-−+]?(?:\d[\d,]*)?(?:\.\d+|\d)")


def agrees(values: ArrayLike, quoted: str) -> bool:
    """Whether numbers are as quoted, within one unit of each quoted number's last digit.

    Args:
        values: one number, an `intervals.Interval` (mean, low, high), or any nesting of numbers.
        quoted: as many numbers in the same order; what stands between them is ignored.

    Raises:
        ValueError: if ``quoted`` has more or fewer numbers than ``values``.

    Example:
        >>> agrees(0.8949, "0.89"), agrees(0.8951, "0.89"), agrees(0.9101, "0.89")
        (True, True, False)
        >>> agrees((0.0612, 0.0424, 0.0801), "0.062 [0.042, 0.081]")
        True
    """
    numbers = [text.replace(",", "").replace("−", "-") for text in _NUMBER.findall(quoted)]
    flat = np.asarray(values, dtype=float).ravel()
    if len(flat) != len(numbers):
        raise ValueError(
            f"{len(flat)} values are compared with {len(numbers)} numbers in {quoted!r}: quote one number per value."
        )
    units = [10.0 ** -len(number.partition(".")[2]) for number in numbers]
    # A little more than a unit: 0.9 − 0.89 exceeds 0.01 in binary arithmetic.
    return bool((np.abs(flat - np.array(numbers, float)) <= np.array(units) * (1 + 1e-9)).all())
