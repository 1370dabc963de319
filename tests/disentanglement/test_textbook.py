"""Fast metrics against slow ones, written down as the definitions read, on small data."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from scipy.stats import entropy, spearmanr
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.metrics import mutual_info_score, roc_auc_score
from sklearn.svm import LinearSVC

from utils.disentanglement import (
    beta_vae_score,
    dci,
    explicitness,
    factor_vae_score,
    irs,
    mig,
    modularity,
    sap,
    udr,
)
from utils.disentanglement.importances import concentration
from utils.disentanglement.linear_probes import one_against_rest
from utils.disentanglement.one_latent_svm import accuracies

SIZES = (2, 3, 7)


def data(n: int, seed: int = 0, noise: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Codes of four latents: two factors turned into each other, a noisy third, and one that only adds noise."""
    rng = np.random.default_rng(seed)
    factors = rng.integers(SIZES, size=(n, 3))
    z = factors / (np.array(SIZES) - 1) * 2 - 1
    codes = np.column_stack([z[:, 0] + z[:, 1], z[:, 0] - z[:, 1] * 0.9, z[:, 2], np.zeros(n)])
    return codes + rng.normal(size=codes.shape) * noise, factors


def binned(column: np.ndarray, bins: int) -> np.ndarray:
    return np.digitize(column, np.histogram(column, bins)[1][:-1])


def information(codes: np.ndarray, factors: np.ndarray, bins: int) -> np.ndarray:
    return np.array([[mutual_info_score(v, binned(z, bins)) for v in factors.T] for z in codes.T])


def fixed_factor(factors: np.ndarray, rng: np.random.Generator) -> tuple[int, np.ndarray]:
    """A factor, and all points that share its value with a random point."""
    factor = int(rng.integers(factors.shape[1]))
    value = factors[rng.integers(len(factors)), factor]
    return factor, np.flatnonzero(factors[:, factor] == value)


@pytest.mark.parametrize("bins", [3, 20, 100])
@pytest.mark.parametrize("seed", range(3))
def test_mig(bins: int, seed: int) -> None:
    codes, factors = data(700, seed)
    ranked = np.sort(information(codes, factors, bins), axis=0)
    entropies = [entropy(np.bincount(v)) for v in factors.T]
    assert mig(codes, factors, bins=bins) == pytest.approx(np.mean((ranked[-1] - ranked[-2]) / entropies), abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_modularity_is_the_deviation_from_a_template(seed: int) -> None:
    codes, factors = data(700, seed)
    scores = []
    for told in information(codes, factors, 20):
        template = np.where(np.arange(3) == told.argmax(), told.max(), 0)
        scores.append(1 - ((told - template) ** 2).sum() / (told.max() ** 2 * (len(told) - 1)))
    assert modularity(codes, factors) == pytest.approx(np.mean(scores), abs=1e-12)


def test_beta_vae_score() -> None:
    codes, factors = data(1200)
    rng = np.random.default_rng(1)

    def examples(n: int) -> Iterator[tuple[np.ndarray, int]]:
        for _ in range(n):
            factor = int(rng.integers(3))
            differences = []
            for _ in range(16):
                first = rng.integers(len(factors))
                alike = np.flatnonzero(factors[:, factor] == factors[first, factor])
                differences.append(np.abs(codes[first] - codes[rng.choice(alike[alike != first])]))
            yield np.mean(differences, axis=0), factor

    train, labels = zip(*examples(1500), strict=True)
    test, test_labels = zip(*examples(1500), strict=True)
    expected = LogisticRegression().fit(train, labels).score(test, test_labels)
    score = beta_vae_score(codes, factors, batch_size=16, num_train=1500, num_test=1500)
    assert score == pytest.approx(expected, abs=0.04)
    assert 0.5 < score < 0.95


def test_factor_vae_score() -> None:
    codes, factors = data(1200)
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


@pytest.mark.parametrize("column", range(3))
@pytest.mark.parametrize("scale", [0.01, 1, 100])
@pytest.mark.parametrize("penalty", [0.01, 1])
def test_sap_machines_are_those_of_scikit_learn(column: int, scale: float, penalty: float) -> None:
    codes, factors = data(600)
    codes = (codes + np.array([0, 1, -3, 0])) * scale
    train, test = slice(0, 400), slice(400, None)
    labels = factors[:, column]
    ours = accuracies(codes[train], labels[train], codes[test], labels[test], penalty=penalty)
    for i, found in enumerate(ours):
        machine = LinearSVC(C=penalty, class_weight="balanced", dual=False, tol=1e-10, max_iter=100_000)
        expected = machine.fit(codes[train, i : i + 1], labels[train]).score(codes[test, i : i + 1], labels[test])
        assert found == pytest.approx(expected, abs=0.0051)  # one of 200 points may lie on the border


def test_sap_is_the_gap_of_the_two_best_machines() -> None:
    codes, factors = data(3000)
    gaps = []
    for labels in factors.T:
        scores = []
        for column in codes.T:
            machine = LinearSVC(C=0.01, class_weight="balanced", dual=False)
            scores.append(machine.fit(column[:2000, None], labels[:2000]).score(column[2000:, None], labels[2000:]))
        gaps.append(np.diff(np.sort(scores)[-2:])[0])
    assert np.mean([sap(codes, factors, seed=seed) for seed in range(10)]) == pytest.approx(np.mean(gaps), abs=0.02)


@pytest.mark.parametrize("penalty", [0.01, 1, 100])
def test_explicitness_regressions_are_those_of_scikit_learn(penalty: float) -> None:
    codes, factors = data(500, noise=0.1)  # without errors on some levels, where only the penalty holds the weights
    is_level = factors[:, [2]] == np.arange(SIZES[2])
    ours = one_against_rest(codes, is_level, penalty=penalty)
    for j, inside in enumerate(is_level.T):
        expected = LogisticRegression(C=penalty, tol=1e-10, max_iter=10_000).fit(codes, inside).coef_[0]
        np.testing.assert_allclose(ours[:, j], expected, rtol=1e-3, atol=1e-5)


def test_explicitness_is_a_mean_area_under_the_curve() -> None:
    codes, factors = data(3000)
    codes = (codes - codes.mean(axis=0)) / codes.std(axis=0)
    train, test = slice(0, 2000), slice(2000, None)
    areas = []
    for labels, size in zip(factors.T, SIZES, strict=True):
        machines = [LogisticRegression().fit(codes[train], labels[train] == level) for level in range(size)]
        decisions = [machine.decision_function(codes[test]) for machine in machines]
        areas.append(np.mean([roc_auc_score(labels[test] == level, d) for level, d in enumerate(decisions)]))
    scores = [explicitness(codes, factors, seed=seed) for seed in range(5)]
    assert np.mean(scores) == pytest.approx(np.mean(areas), abs=0.01)


def test_dci_with_scikit_learns_boosted_trees() -> None:
    codes, factors = data(900)
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


@pytest.mark.parametrize("quantile", [0.99, 1.0, 0.5])
def test_irs(quantile: float) -> None:
    codes, factors = data(700)
    scores, reaches = [], []
    for z in codes.T:
        reach = np.abs(z - z.mean()).max()
        robustness = []
        for v in factors.T:
            groups = [z[v == value] for value in np.unique(v)]
            moved = [np.quantile(np.abs(group - group.mean()), quantile) for group in groups]
            robustness.append(1 - np.mean(moved) / reach)
        scores.append(max(robustness))
        reaches.append(reach)
    expected = np.average(scores, weights=reaches)
    assert irs(codes, factors, quantile=quantile) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("similarity", ["lasso", "spearman"])
def test_udr(similarity: str) -> None:
    models = [data(400, noise=noise)[0][:, columns] for noise, columns in ((0.2, [0, 1, 2]), (0.5, [2, 1, 3, 0]))]
    models.append(models[0] @ np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0])
    models = [(codes - codes.mean(axis=0)) / codes.std(axis=0) for codes in models]

    def agreement(first: np.ndarray, second: np.ndarray) -> float:
        r = np.zeros((first.shape[1], second.shape[1]))
        for b, target in enumerate(second.T):
            if similarity == "lasso":
                r[:, b] = np.abs(Lasso(alpha=0.1, tol=1e-10).fit(first, target).coef_)
            else:
                r[:, b] = [abs(spearmanr(z, target).statistic) for z in first.T]
        columns = [r[:, b].max() ** 2 / r[:, b].sum() if r[:, b].any() else 0 for b in range(r.shape[1])]
        rows = [r[a].max() ** 2 / r[a].sum() if r[a].any() else 0 for a in range(r.shape[0])]
        return float((np.mean(columns) + np.mean(rows)) / 2)

    expected = [
        np.median([agreement(first, second) for i, first in enumerate(models) if i != j])
        for j, second in enumerate(models)
    ]
    assert udr(models, similarity=similarity) == pytest.approx(expected, abs=1e-3)  # type: ignore[arg-type]
