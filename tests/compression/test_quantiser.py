"""The quantiser: levels, symbols, and steps that differ between dimensions."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from utils import compression


@given(
    hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(-1e3, 1e3)),
    st.floats(1e-3, 1e3),
)
@settings(deadline=None)
def test_the_quantiser_is_within_half_a_step_and_keeps_its_levels(values, step):
    symbols = compression.quantise(values, step)
    levels = compression.dequantise(symbols, step)
    assert symbols.dtype == np.int64
    assert (np.abs(levels - values) <= step / 2 * (1 + 1e-9)).all()
    np.testing.assert_array_equal(compression.quantise(levels, step), symbols)
    np.testing.assert_array_equal(compression.quantise(-values, step), -symbols)
    assert (np.diff(compression.quantise(np.sort(values), step)) >= 0).all()


def test_the_quantiser_takes_a_step_for_each_dimension():
    codes = np.random.default_rng(0).normal(size=(50, 3))
    steps = np.array([0.1, 1.0, 10.0])
    together = compression.quantise(codes, steps)
    for j, step in enumerate(steps):
        np.testing.assert_array_equal(together[:, j], compression.quantise(codes[:, j], step))
    assert (np.abs(compression.dequantise(together, steps) - codes) <= steps / 2 + 1e-12).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compression.quantise([1.0], 0), "step is 0"),
        (lambda: compression.quantise([1.0], -1.0), "step is -1"),
        (lambda: compression.quantise([1.0], math.inf), "step is inf"),
        (lambda: compression.quantise([math.nan], 1), "NaN or infinity"),
        (lambda: compression.quantise([1e12], 1e-3), "give a larger step"),
        (lambda: compression.dequantise([0.5], 1), "quantise the values first"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert str(error.value).endswith(".")
