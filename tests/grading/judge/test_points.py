"""Points for a grade cell that ran to its end."""

from fractions import Fraction

import numpy as np
import pytest

from utils.grading.judge.points import partial_credit
from utils.grading.judge.proxies import Proxy
from utils.grading.protocol.references import Refusal


@pytest.mark.parametrize(
    ("value", "points"),
    [
        (None, 4), (True, 4), (False, 4), ("text", 4), ([1], 4), (object(), 4),
        (0, 0), (0.5, 0.5), (3, 3), (4, 4), (np.float64(1.5), 1.5), (np.int64(2), 2), (np.True_, 4),
        (5, 4), (-1, 0), (float("nan"), 0), (float("inf"), 4),
        (1j, 0), (np.array([1.0, 2.0]), 0), (np.array(3.0), 3), (Fraction(1, 2), 0.5),
    ],
)  # fmt: skip
def test_partial_credit(value: object, points: float) -> None:
    assert partial_credit(value, 4) == points


@pytest.mark.parametrize("value", ["text", [1], object()])
def test_a_computed_value_that_is_no_number_gives_no_points(value: object) -> None:
    assert partial_credit(value, 4, computed=True) == 0


def test_a_students_object_is_no_score() -> None:
    assert partial_credit(Proxy(None, Refusal("It did not pass.")), 4) == 0  # type: ignore[arg-type]
