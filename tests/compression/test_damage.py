"""Damages of exactly the same squared error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils import compression


@given(st.floats(0.0001, 0.02))
def test_every_damage_has_the_error_that_was_asked_for(digits, error):
    images = digits[:5]
    noise = np.clip(images + np.random.default_rng(0).normal(0, 0.5, images.shape), 0, 1)
    for damaged in (
        compression.weakened(images, np.zeros_like(images), error),
        compression.weakened(images, noise, error),
        compression.erased_from_below(images, error),
    ):
        assert damaged.dtype == np.float32
        np.testing.assert_allclose(compression.mse(images, damaged, per_image=True), error, rtol=1e-3)


def test_a_damage_that_is_too_weak_stays_as_it_is(digits):
    blank, images = np.zeros_like(digits[:3]), digits[:3]
    np.testing.assert_array_equal(compression.weakened(images, blank, error=1.0), blank)
    np.testing.assert_array_equal(compression.weakened(images, images, error=0.1), images)
    np.testing.assert_array_equal(compression.erased_from_below(images, error=1.0), blank)


def test_rows_are_erased_from_the_lowest_up(digits):
    images = digits[:20]
    erased = compression.erased_from_below(images, error=0.02)
    changed = (images != erased).any(axis=(1, 3))
    for before, after, rows in zip(images, erased, changed, strict=True):
        top = rows.argmax()
        np.testing.assert_array_equal(after[:, :top], before[:, :top])
        assert (after[:, top] <= before[:, top]).all()
        assert not after[:, top + 1 :].any()


@pytest.mark.parametrize(
    "call",
    [
        lambda images: compression.weakened(images, images, -0.1),
        lambda images: compression.erased_from_below(images, float("nan")),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, digits):
    with pytest.raises(ValueError, match="0 or more") as error:
        call(digits[:2])
    assert str(error.value).endswith(".")
