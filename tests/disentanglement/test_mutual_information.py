"""Mutual information against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.metrics import mutual_info_score

from tests.support.codes import mixed
from utils.disentanglement.mutual_information import mutual_information
from utils.disentanglement.validation import validated


def binned(column: np.ndarray, bins: int) -> np.ndarray:
    return np.digitize(column, np.histogram(column, bins)[1][:-1])


@pytest.mark.parametrize("bins", [3, 20, 100])
@pytest.mark.parametrize("seed", range(3))
def test_information_and_entropies(bins: int, seed: int) -> None:
    codes, factors = mixed(700, seed)
    information, entropies = mutual_information(validated(codes, factors, 20), bins)
    expected = [[mutual_info_score(v, binned(z, bins)) for v in factors.T] for z in codes.T]
    np.testing.assert_allclose(information, expected, atol=1e-12)
    np.testing.assert_allclose(entropies, [entropy(np.bincount(v)) for v in factors.T], atol=1e-12)
