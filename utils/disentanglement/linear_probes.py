"""Metrics from linear probes: SAP asks each latent alone, explicitness asks all latents together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit
from scipy.stats import rankdata

from utils.disentanglement.one_latent_svm import accuracies
from utils.disentanglement.table import BoolArray, FloatArray, IntArray, as_matrix, checked, split

_TOLERANCE = 1e-8  # of a gradient, compared with the number of points
_MAX_STEPS = 100
_CHUNK_NUMBERS = 1 << 19


def sap(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    penalty: float = 0.01,
    continuous: bool = False,
    test_share: float = 1 / 3,
    factor_bins: int = 20,
    seed: int = 0,
) -> float:
    """SAP: separated attribute predictability. Does one latent predict a factor much better than the next best?

    Definition: for each latent and factor, the test accuracy of a linear support vector machine that sees this latent
    alone; the mean over factors of the best accuracy minus the second best.

    Range: [0, 1]; a factor with L levels in a row cannot reach 1 where a linear classifier on one number cannot tell
    them all apart. 1: one latent predicts each factor without error and all others never do. 0: two latents predict
    each factor equally well, be it always or at random.

    Blind to: whether a latent mixes factors; to information spread over several latents, or held twice. It is not
    scale-free: the machine's penalty weighs more on small codes, so that the same code in other units scores
    differently, and turning a code may raise the score before it lowers it.

    Reference: Kumar, Sattigeri and Balakrishnan, "Variational inference of disentangled latent concepts from unlabeled
    observations" (2018).

    Convention: C = 0.01 with balanced classes, one class against the rest, and two parts of the points to train on for
    one to test on, as in Locatello et al. (2019). The machine is scikit-learn's ``LinearSVC``, whose objective is
    minimised to full precision for all latents and classes together (:mod:`utils.disentanglement.one_latent_svm`). A
    missing second latent is taken for a constant one.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.table`).
        penalty: the C of the support vector machine, above 0: small values mean a strong penalty.
        continuous: takes the numbers of all factors as quantities, and the squared correlation of latent and factor in
            place of the accuracy, as the paper does for such factors; nothing is binned or split then.
        test_share: share of the points that the accuracy is taken on.
        factor_bins: number of bins of a continuous factor.
        seed: decides which points are tested on.

    Returns:
        The score, a float. The order and the signs of the latents do not matter, nor does which latent a code has
        where two predict equally well.

    Raises:
        ValueError: if the table is not as described, holds NaN or infinite numbers, a factor is constant, in all points
            or in those to train on, or ``penalty`` is not above 0.
    """
    if not penalty > 0:
        raise ValueError(f"penalty is {penalty}, but the support vector machine needs a C above 0: 0.01 is usual.")
    table = checked(codes, factors, factor_bins)
    if continuous:
        predictability = _squared_correlations(table.codes, as_matrix(factors, "factors"))
    else:
        train, test = split(table, test_share, seed)
        # The constant latent gives every factor a second best.
        fit_on, score_on = (np.pad(part.codes, ((0, 0), (0, int(table.codes.shape[1] == 1)))) for part in (train, test))
        columns = []
        for j in range(len(table.sizes)):
            _at_least_two_levels(train.levels[:, j], j)
            columns.append(accuracies(fit_on, train.levels[:, j], score_on, test.levels[:, j], penalty=penalty))
        predictability = np.stack(columns, axis=1)
    ranked = np.sort(predictability, axis=0)
    return float(np.mean(ranked[-1] - ranked[-2]))


def explicitness(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    penalty: float = 1.0,
    test_share: float = 1 / 3,
    factor_bins: int = 20,
    seed: int = 0,
) -> float:
    """Explicitness: can a linear classifier read each factor from the code as a whole?

    Definition: for each factor and each of its levels, logistic regression of this level against the rest on all
    standardised latents, and the area under its ROC curve on test points; the mean over levels, then over factors.

    Range: [0, 1], chance 0.5. 1: every level of every factor is linearly separable from the others. 0.5: the code tells
    nothing that a linear classifier can use.

    Blind to: everything about single latents: any invertible linear map of the code leaves it almost as it was, so that
    a fully entangled code may score 1. It complements modularity and is no measure of disentanglement by itself. The
    middle levels of an ordered factor are not linearly separable from both sides, which costs even a perfect code.

    Reference: Ridgeway and Mozer, "Learning deep disentangled embeddings with the F-statistic loss" (2018).

    Convention: scikit-learn's L2 penalty with C = 1 and a free bias, one level against the rest as in the paper, scored
    on test points; standardised by the training points as in Locatello et al. (2019). Not rescaled to start from 0.
    Levels without a point among the training or the test points are left out.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.table`).
        penalty: the C of the logistic regression, above 0: small values mean a strong penalty.
        test_share: share of the points that are tested on.
        factor_bins: number of bins of a continuous factor.
        seed: decides which points are tested on.

    Returns:
        The score, a float. Order, signs and scales of the latents do not matter.

    Raises:
        ValueError: if the table is not as described, holds NaN or infinite numbers, a factor is constant, in all points
            or in those on either side of the split, or ``penalty`` is not above 0.
    """
    if not penalty > 0:
        raise ValueError(f"penalty is {penalty}, but logistic regression needs a C above 0: 1 is usual.")
    train, test = split(checked(codes, factors, factor_bins), test_share, seed)
    centre, spread = train.codes.mean(axis=0), train.codes.std(axis=0)
    active = spread > 1e-12 * np.abs(train.codes).max(axis=0)
    fit_on, score_on = (((part.codes - centre) / np.where(active, spread, 1))[:, active] for part in (train, test))
    scores = []
    for j, size in enumerate(train.sizes):
        _at_least_two_levels(train.levels[:, j], j)
        _at_least_two_levels(test.levels[:, j], j)
        is_level, is_test_level = (part.levels[:, j, None] == np.arange(size) for part in (train, test))
        present = is_level.any(axis=0) & is_test_level.any(axis=0)
        if not present.any():
            raise ValueError(
                f"factor {j} has no level both among the points to train and to test on: give more points."
            )
        weights = one_against_rest(fit_on, is_level[:, present], penalty=penalty)
        scores.append(areas_under_roc(score_on @ weights, is_test_level[:, present]).mean())
    return float(np.mean(scores))


def _squared_correlations(codes: FloatArray, factors: FloatArray) -> FloatArray:
    """Squared correlation of each latent with each factor (d, k); 0 for a constant latent."""
    centred, targets = codes - codes.mean(axis=0), factors - factors.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=0))
    constant = lengths <= 1e-12 * np.sqrt(len(codes)) * np.abs(codes).max(axis=0)
    correlations = (centred.T @ targets) / np.where(constant, 1, lengths)[:, None] / np.sqrt((targets**2).sum(axis=0))
    squared: FloatArray = np.where(constant[:, None], 0, correlations**2)
    return squared if len(squared) > 1 else np.vstack([squared, np.zeros_like(squared)])


def one_against_rest(codes: FloatArray, is_class: BoolArray, *, penalty: float) -> FloatArray:
    """Weights (d, classes) of logistic regressions, one a class, from codes (n, d) and is_class (n, classes).

    Each minimises ½|w|² + C Σ log(1 + exp(−yᵢ(w·xᵢ + b))) over w and b, as scikit-learn's ``LogisticRegression(C)``
    does. The biases are not returned, as they do not change the order of the points. All take Newton steps together,
    halved where the objective would not fall.
    """
    points = np.column_stack([codes, np.ones(len(codes))])
    sign = np.where(is_class, 1.0, -1.0)
    ridge = np.ones(points.shape[1])
    ridge[-1] = 0
    weights = np.zeros((points.shape[1], is_class.shape[1]))
    left = np.arange(is_class.shape[1])

    def objective(candidates: FloatArray) -> FloatArray:
        losses = np.logaddexp(0, -sign[:, left] * (points @ candidates)).sum(axis=0)
        total: FloatArray = penalty * losses + (ridge[:, None] * candidates**2).sum(axis=0) / 2
        return total

    for _ in range(_MAX_STEPS):
        chances = expit(points @ weights[:, left])
        gradient = penalty * points.T @ (chances - is_class[:, left]) + ridge[:, None] * weights[:, left]
        far = np.abs(gradient).max(axis=0) > _TOLERANCE * penalty * len(points)
        if not far.any():
            break
        left, chances, gradient = left[far], chances[:, far], gradient[:, far]
        curvature = penalty * _weighted_products(points, chances * (1 - chances)) + np.diag(ridge)
        step = np.linalg.solve(curvature, gradient.T[:, :, None])[:, :, 0].T
        slope = (step * gradient).sum(axis=0)
        before, length = objective(weights[:, left]), np.ones(len(left))
        for _ in range(_MAX_STEPS):
            too_far = objective(weights[:, left] - length * step) > before - 1e-4 * length * slope + 1e-12 * before
            if not too_far.any():
                break
            length[too_far] /= 2
        weights[:, left] -= length * step
    return weights[:-1]


def areas_under_roc(decisions: FloatArray, is_class: BoolArray) -> FloatArray:
    """Area under the ROC curve of each column of decisions (n, classes) for its class; a tie counts as half."""
    ranks = rankdata(decisions, axis=0)
    n_inside = is_class.sum(axis=0)
    above = (ranks * is_class).sum(axis=0) - n_inside * (n_inside + 1) / 2
    areas: FloatArray = above / (n_inside * (len(decisions) - n_inside))
    return areas


def _weighted_products(points: FloatArray, weights: FloatArray) -> FloatArray:
    """Σᵢ wᵢ xᵢ xᵢᵀ for points (n, d) and each column of weights (n, c): float64 (c, d, d)."""
    d = points.shape[1]
    total = np.zeros((d * d, weights.shape[1]))
    step = max(1, _CHUNK_NUMBERS // d**2)
    for i in range(0, len(points), step):
        part = points[i : i + step]
        total += (part[:, :, None] * part[:, None, :]).reshape(len(part), -1).T @ weights[i : i + step]
    return total.T.reshape(-1, d, d)


def _at_least_two_levels(levels: IntArray, j: int) -> None:
    if len(np.unique(levels)) < 2:
        raise ValueError(
            f"factor {j} has a single level left among the points to train or to test on: give more points, or another "
            "seed or test_share."
        )
