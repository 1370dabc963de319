"""SAP: its dependence on scale, continuous factors, and the definition computed directly."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.svm import LinearSVC

from tests.support.codes import draw_factors, mixed, noisy, rotated, scaled
from utils.disentanglement import sap
from utils.disentanglement.validation import train_test_split, validated


def test_sap_is_not_scale_free_and_not_monotone() -> None:
    factors = draw_factors(10_000)
    code = scaled(factors)
    assert sap(rotated(code, 20), factors) > sap(code, factors) + 0.05
    assert sap(code * 3.5, factors) > sap(code, factors) + 0.05


def test_sap_of_continuous_factors_is_the_gap_of_squared_correlations() -> None:
    rng = np.random.default_rng(2)
    factors = rng.normal(size=(4000, 2))
    codes = np.column_stack([factors[:, 0], factors[:, 0] + factors[:, 1], np.zeros(4000)])
    # R² is 1 and 1/2 for the first factor, 1/2 and 0 for the second.
    assert sap(codes, factors, continuous=True) == pytest.approx(0.5, abs=0.03)
    assert sap(7 * codes, factors, continuous=True) == pytest.approx(sap(codes, factors, continuous=True))


@pytest.mark.parametrize("scale", [0.01, 1, 100])
@pytest.mark.parametrize("penalty", [0.01, 1])
def test_the_machines_are_at_the_minimum_of_their_objective(scale: float, penalty: float) -> None:
    codes, factors = mixed(600)
    codes = (codes + np.array([0, 1, -3, 0])) * scale
    train, test = train_test_split(validated(codes, factors, 20), 1 / 3, 0)
    gaps = []
    for j in range(3):
        accuracies = []
        for i in range(4):
            machine = LinearSVC(C=penalty, class_weight="balanced", dual=False, tol=1e-10, max_iter=100_000)
            machine.fit(train.codes[:, i : i + 1], train.levels[:, j])
            accuracies.append(machine.score(test.codes[:, i : i + 1], test.levels[:, j]))
        gaps.append(np.diff(np.sort(accuracies)[-2:])[0])
    # One of 200 points may lie on the border.
    assert sap(codes, factors, penalty=penalty) == pytest.approx(np.mean(gaps), abs=0.0051)


def test_sap_is_the_gap_of_the_two_best_machines() -> None:
    codes, factors = mixed(3000)
    gaps = []
    for labels in factors.T:
        scores = []
        for column in codes.T:
            machine = LinearSVC(C=0.01, class_weight="balanced", dual=False)
            scores.append(machine.fit(column[:2000, None], labels[:2000]).score(column[2000:, None], labels[2000:]))
        gaps.append(np.diff(np.sort(scores)[-2:])[0])
    assert np.mean([sap(codes, factors, seed=seed) for seed in range(10)]) == pytest.approx(np.mean(gaps), abs=0.02)


def test_a_penalty_of_0_is_refused() -> None:
    codes, factors = noisy(300)
    with pytest.raises(ValueError, match="penalty is 0"):
        sap(codes, factors, penalty=0)
