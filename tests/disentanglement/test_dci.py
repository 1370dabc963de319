"""DCI: known codes, other probes, and the definition computed directly."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from tests.support.codes import draw_factors, mixed, noisy, rotated, scaled
from utils.disentanglement import dci
from utils.disentanglement.dci import concentration


@pytest.mark.parametrize(
    ("angle", "copies", "disentanglement", "completeness"),
    [
        (0, 1, 1.00, 1.00),
        pytest.param(20, 1, 0.691, 0.691, marks=pytest.mark.slow),
        (45, 1, 0.578, 0.578),
        pytest.param(0, 2, 1.00, 0.615, marks=pytest.mark.slow),
    ],
)
def test_rotated_and_duplicated_codes(angle: float, copies: int, disentanglement: float, completeness: float) -> None:
    factors = draw_factors(15_000)  # 10,000 to train on and 5,000 to test on, as in the study
    scores = dci(np.hstack([rotated(scaled(factors), angle)] * copies), factors)
    assert scores.disentanglement == pytest.approx(disentanglement, abs=0.02)
    assert scores.completeness == pytest.approx(completeness, abs=0.02)
    assert scores.informativeness > 0.99


def test_a_factor_that_numbers_the_points_is_refused() -> None:
    codes, factors = noisy(1500)
    with pytest.raises(ValueError, match="factor 1 has 1500 levels"):
        dci(codes, np.column_stack([factors[:, 0], np.arange(1500)]))


def test_the_probe_is_an_argument() -> None:
    codes, factors = noisy()
    forest = dci(codes, factors, probe=RandomForestClassifier(50, random_state=0))
    linear = dci(codes, factors, probe=LogisticRegression())
    boosted = dci(codes, factors)
    assert forest.importances.sum(axis=0) == pytest.approx(1)
    assert len({forest.disentanglement, linear.disentanglement, boosted.disentanglement}) == 3


def test_options_out_of_range_are_refused_in_one_sentence() -> None:
    codes, factors = noisy(300)
    with pytest.raises(ValueError, match="test_share is 1"):
        dci(codes, factors, test_share=1)
    with pytest.raises(ValueError, match="KNeighborsClassifier has neither"):
        dci(codes, factors, probe=KNeighborsClassifier())


def test_completeness_with_one_latent_or_a_constant_one() -> None:
    codes, factors = noisy()
    before = dci(codes, factors).completeness
    after = dci(np.column_stack([codes, np.ones(len(codes))]), factors).completeness
    assert before < after < before + 0.1  # the more latents there are, the less even is an importance of a few
    assert dci(codes[:, :1], factors).completeness == 1
    assert dci(np.ones((len(codes), 2)), factors).completeness == 0


def test_dci_with_scikit_learns_boosted_trees() -> None:
    codes, factors = mixed(900)
    ours = dci(codes, factors)
    theirs = dci(codes, factors, probe=GradientBoostingClassifier(random_state=0))
    np.testing.assert_allclose(ours.importances, theirs.importances, atol=0.12)
    for score in ("disentanglement", "completeness", "informativeness"):
        assert getattr(ours, score) == pytest.approx(getattr(theirs, score), abs=0.05)


@pytest.mark.parametrize("seed", range(3))
def test_disentanglement_and_completeness_are_weighted_entropies(seed: int) -> None:
    importances = np.random.default_rng(seed).exponential(size=(5, 3))
    importances[4] = 0
    total = importances.sum()
    d = sum(row.sum() / total * (1 - entropy(row, base=3)) for row in importances[:4])
    c = sum(column.sum() / total * (1 - entropy(column, base=5)) for column in importances.T)
    assert concentration(importances) == pytest.approx((d, c), abs=1e-12)
