"""Explicitness: the definition computed directly."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from tests.support.codes import SIZES, mixed, noisy
from utils.disentanglement import explicitness
from utils.disentanglement.validation import train_test_split, validated


@pytest.mark.parametrize("penalty", [0.01, 1, 100])
def test_the_regressions_are_at_the_minimum_of_their_objective(penalty: float) -> None:
    codes, factors = mixed(500, noise=0.1)  # without errors on some levels, where only the penalty limits the weights
    train, test = train_test_split(validated(codes, factors, 20), 1 / 3, 0)
    centre, spread = train.codes.mean(axis=0), train.codes.std(axis=0)
    areas = []
    for j, size in enumerate(SIZES):
        of_factor = []
        for level in range(size):
            regression = LogisticRegression(C=penalty, tol=1e-10, max_iter=10_000)
            regression.fit((train.codes - centre) / spread, train.levels[:, j] == level)
            decisions = regression.decision_function((test.codes - centre) / spread)
            of_factor.append(roc_auc_score(test.levels[:, j] == level, decisions))
        areas.append(np.mean(of_factor))
    assert explicitness(codes, factors, penalty=penalty) == pytest.approx(np.mean(areas), abs=1e-4)


def test_explicitness_is_a_mean_area_under_the_curve() -> None:
    codes, factors = mixed(3000)
    codes = (codes - codes.mean(axis=0)) / codes.std(axis=0)
    train, test = slice(0, 2000), slice(2000, None)
    areas = []
    for labels, size in zip(factors.T, SIZES, strict=True):
        machines = [LogisticRegression().fit(codes[train], labels[train] == level) for level in range(size)]
        decisions = [machine.decision_function(codes[test]) for machine in machines]
        areas.append(np.mean([roc_auc_score(labels[test] == level, d) for level, d in enumerate(decisions)]))
    scores = [explicitness(codes, factors, seed=seed) for seed in range(5)]
    assert np.mean(scores) == pytest.approx(np.mean(areas), abs=0.01)


def test_a_negative_penalty_is_refused() -> None:
    codes, factors = noisy(300)
    with pytest.raises(ValueError, match="penalty is -1"):
        explicitness(codes, factors, penalty=-1)
