"""Mutual information against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy

from tests.support.codes import information, mixed
from utils.disentanglement.mutual_information import mutual_information
from utils.disentanglement.validation import validated


@pytest.mark.parametrize("bins", [3, 20, 100])
@pytest.mark.parametrize("seed", range(3))
def test_information_and_entropies(bins: int, seed: int) -> None:
    codes, factors = mixed(700, seed)
    of_latents, entropies = mutual_information(validated(codes, factors, 20), bins)
    np.testing.assert_allclose(of_latents, information(codes, factors, bins), atol=1e-12)
    np.testing.assert_allclose(entropies, [entropy(np.bincount(v)) for v in factors.T], atol=1e-12)


def test_a_latent_needs_a_bin() -> None:
    with pytest.raises(ValueError, match="bins is 0"):
        mutual_information(validated(*mixed(20), factor_bins=20), 0)
