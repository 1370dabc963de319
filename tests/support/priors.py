"""Priors and maps of them, for the tests of topic 03's theorem."""

import numpy as np
import pytest
from scipy import stats

from utils.disentanglement import Bijection, mixing_matrix

PRIORS = {
    "gaussian": [stats.norm(), stats.norm(3, 0.2)],
    "uniform": [stats.uniform(), stats.uniform(-4, 10)],
    "different": [stats.expon(), stats.uniform(), stats.t(3), stats.beta(0.5, 2), stats.gamma(2, scale=5)],
}
each_prior = pytest.mark.parametrize("marginals", PRIORS.values(), ids=PRIORS.keys())


def mixing_map(marginals, seed=0):
    return Bijection(marginals, mixing_matrix(len(marginals), seed))


def draws(marginals, n, seed=0):
    rng = np.random.default_rng(seed)
    return np.column_stack([marginal.rvs(size=n, random_state=rng) for marginal in marginals])
