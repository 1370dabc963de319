"""Numbers agree with a quotation if they differ by at most one unit of its last digit."""

import numpy as np
import pytest

from utils.claims import agrees
from utils.intervals import Interval


@pytest.mark.parametrize(
    ("values", "quoted"),
    [
        (0.8949, ".89"),
        (0.8951, "0.89"),
        (0.9, "0.89"),
        (-0.0449, "-0.05"),
        (-0.0449, "−0.05"),
        (4096.4, "4,096"),
        (125.4, "125"),
        (Interval(0.0612, 0.0424, 0.0801), "0.061 [0.042, 0.080]"),
        (np.array([[0.6, 0.59], [0.7, 0.71]]), "0.60 and 0.59, 0.70 and 0.71"),
        ([3, 0.5], "3 of 0.50"),
    ],
)
def test_what_another_processor_may_round_differently_agrees(values, quoted):
    assert agrees(values, quoted)


@pytest.mark.parametrize(
    ("values", "quoted"),
    [(0.8749, "0.89"), (0.911, "0.89"), (0.05, "-0.05"), (127, "125"), ([0.6, 0.5], "0.60, 0.59"), (np.nan, "0.5")],
)
def test_another_number_does_not_agree(values, quoted):
    assert not agrees(values, quoted)


def test_each_value_needs_its_number():
    with pytest.raises(ValueError, match=r"2 values are compared with 1 numbers in '0.5'"):
        agrees([0.5, 0.5], "0.5")
