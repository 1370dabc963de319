"""The FactorVAE score: pruned latents, options, and the definition computed directly."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.support.codes import mixed, noisy
from utils.disentanglement import factor_vae_score


def test_a_small_code_is_pruned_or_not() -> None:
    codes, factors = noisy()
    small = codes / codes.std(axis=0) / 100
    assert factor_vae_score(small, factors) == 0
    assert factor_vae_score(small, factors, prune=0) == pytest.approx(factor_vae_score(codes, factors), abs=0.01)


def fixed_factor(factors: np.ndarray, rng: np.random.Generator) -> tuple[int, np.ndarray]:
    """A factor, and all points that share its value with a random point."""
    factor = int(rng.integers(factors.shape[1]))
    value = factors[rng.integers(len(factors)), factor]
    return factor, np.flatnonzero(factors[:, factor] == value)


def test_the_score_by_its_definition() -> None:
    codes, factors = mixed(1200)
    rng = np.random.default_rng(1)
    spread = codes.var(axis=0, ddof=1)

    def votes(n: int) -> Iterator[tuple[int, int]]:
        for _ in range(n):
            factor, alike = fixed_factor(factors, rng)
            yield int((codes[rng.choice(alike, 8)].var(axis=0, ddof=1) / spread).argmin()), factor

    counts = np.zeros((4, 3))
    for latent, factor in votes(2000):
        counts[latent, factor] += 1
    expected = np.mean([counts[latent].argmax() == factor for latent, factor in votes(2000)])
    score = factor_vae_score(codes, factors, batch_size=8, num_train=5000, num_test=5000)
    assert score == pytest.approx(expected, abs=0.04)
    assert 0.5 < score < 0.95


def test_batches_of_one_point_are_refused() -> None:
    codes, factors = noisy(300)
    with pytest.raises(ValueError, match="batch_size is 1"):
        factor_vae_score(codes, factors, batch_size=1)
