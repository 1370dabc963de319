"""Modularity: unused latents, and the definition of the paper."""

from __future__ import annotations

import numpy as np
import pytest

from tests.support.codes import draw_factors, information, mixed, scaled
from utils.disentanglement import modularity


def test_latents_without_information_can_be_excluded() -> None:
    factors = draw_factors(10_000)
    codes = np.hstack([scaled(factors), np.random.default_rng(0).normal(size=(10_000, 7))])
    assert modularity(scaled(factors), factors) == pytest.approx(1, abs=0.01)
    assert modularity(codes, factors) < 0.7
    assert modularity(codes, factors, min_information=0.1) == pytest.approx(1, abs=0.01)
    assert modularity(codes[:, 3:], factors, min_information=0.1) == 0


@pytest.mark.parametrize("seed", range(3))
def test_the_score_is_the_deviation_from_a_template(seed: int) -> None:
    codes, factors = mixed(700, seed)
    scores = []
    for row in information(codes, factors, 20):
        template = np.where(np.arange(3) == row.argmax(), row.max(), 0)
        scores.append(1 - ((row - template) ** 2).sum() / (row.max() ** 2 * (len(row) - 1)))
    assert modularity(codes, factors) == pytest.approx(np.mean(scores), abs=1e-12)
