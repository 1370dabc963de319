"""Sampling with one factor held fixed: which points are sampled, and what cannot be held fixed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tests.support.codes import noisy
from utils.disentanglement import beta_vae_score, factor_vae_score
from utils.disentanglement.fixed_factor import FixedFactor, chunks
from utils.disentanglement.validation import validated


@pytest.mark.parametrize("metric", [beta_vae_score, factor_vae_score])
def test_a_factor_that_no_two_points_share_cannot_be_held_fixed(metric: Callable[..., float]) -> None:
    codes, factors = noisy(300)
    factors[:, 1] = np.arange(300)
    with pytest.raises(ValueError, match="factor 1 has no value that two points share"):
        metric(codes, factors)
    factors[-1, 1] = 0
    assert 0 <= metric(codes, factors) <= 1


def test_batches_and_pairs_share_the_value_of_the_factor() -> None:
    codes, factors = noisy(300)
    factors[:2, 1] = (77, 78)  # values of a single point
    sampler, rng = FixedFactor.of(validated(codes, factors, 20), 1), np.random.default_rng(0)
    batches = sampler.sample_batches(400, 16, rng)
    assert batches.shape == (400, 16)
    values = factors[batches, 1]
    assert (values == values[:, :1]).all()
    assert set(np.unique(values)) == set(np.unique(factors[2:, 1]))
    first, second = sampler.sample_pairs((400, 16), rng)
    assert (factors[first, 1] == factors[second, 1]).all()
    assert (first != second).all()
    assert set(np.unique(first)) == set(range(2, 300))


def test_chunks_are_all_indices_in_order() -> None:
    indices = np.arange(1000)
    parts = chunks(indices, 1 << 12)
    assert len(parts) > 1
    np.testing.assert_array_equal(np.concatenate(parts), indices)
