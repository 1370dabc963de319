"""MIG: what its bins do, and the definition computed directly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy

from tests.support.codes import draw_factors, information, mixed, noisy, rotated, scaled
from utils.disentanglement import mig


@pytest.mark.parametrize(("bins", "expected"), [(5, 0.517), (10, 0.652), (20, 0.444), (50, 0.332), (200, 0.330)])
def test_the_number_of_bins_moves_mig(bins: int, expected: float) -> None:
    factors = draw_factors(10_000)
    assert mig(rotated(scaled(factors), 20), factors, bins=bins) == pytest.approx(expected, abs=0.02)


def test_one_outlier_halves_mig() -> None:
    # How much is lost depends on the point. This one, at (-1/7, 1/7, 1) and then at 50 times that, leaves five bins to
    # all other points in the first two latents, and one in the third.
    factors = draw_factors(10_000)
    codes = scaled(factors)
    assert mig(codes, factors) == pytest.approx(0.999, abs=0.02)
    codes[np.flatnonzero((factors == [3, 4, 7]).all(axis=1))[0]] *= 50
    assert mig(codes, factors) == pytest.approx(0.499, abs=0.02)


@pytest.mark.parametrize("bins", [3, 20, 100])
@pytest.mark.parametrize("seed", range(3))
def test_the_score_by_its_definition(bins: int, seed: int) -> None:
    codes, factors = mixed(700, seed)
    ranked = np.sort(information(codes, factors, bins), axis=0)
    entropies = [entropy(np.bincount(v)) for v in factors.T]
    assert mig(codes, factors, bins=bins) == pytest.approx(np.mean((ranked[-1] - ranked[-2]) / entropies), abs=1e-12)


def test_a_latent_needs_a_bin() -> None:
    codes, factors = noisy(300)
    with pytest.raises(ValueError, match="bins is 0"):
        mig(codes, factors, bins=0)
