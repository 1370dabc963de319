"""Explicitness: linear classifiers that see all latents together."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from utils.disentanglement.validation import require_two_levels, train_test_split, validated


def explicitness(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    penalty: float = 1.0,
    test_share: float = 1 / 3,
    factor_bins: int = 20,
    seed: int = 0,
) -> float:
    """Explicitness: can a linear classifier read each factor from the whole code?

    Definition: for each level of each factor, a logistic regression of this level against the rest on all standardised
    latents, and the area under its ROC curve on test points; the mean over levels, then over factors.

    Range: [0, 1], chance 0.5. 1: every level of every factor is linearly separable from the others. 0.5: the code has
    no information that a linear classifier can use.

    Blind to: everything about single latents: any invertible linear map of the code leaves the score almost as it was,
    so a fully entangled code may score 1. It complements modularity and is not a measure of disentanglement by itself.
    The middle levels of an ordered factor are not linearly separable from those on both sides, which lowers the score
    of even a perfect code.

    Reference: Ridgeway and Mozer, "Learning deep disentangled embeddings with the F-statistic loss" (2018).

    Convention: scikit-learn's logistic regression with C = 1, one level against the rest as in the paper, scored on
    test points; latents standardised by the training points as in Locatello et al. (2019). Not rescaled to start from
    0. Levels without a point among the training or the test points are excluded.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.validation`).
        penalty: the C of the logistic regression, above 0: small values mean a strong penalty.
        test_share: share of the points that are tested on.
        factor_bins: number of bins of a continuous factor.
        seed: of the random split into training and test points.

    Returns:
        The score, a float. Order, signs and scales of the latents do not matter.

    Raises:
        ValueError: if codes or factors are not two-dimensional arrays, have NaN or infinite values, a factor is
            constant, in all points or in those on either side of the split, or ``penalty`` is not above 0.

    Example:
        A perfect code of binary factors, the same code turned by 45°, to which the score is blind, and one without the
        second factor:

        >>> import numpy as np
        >>> from utils.disentanglement import explicitness, rotation
        >>> factors = np.random.default_rng(0).integers(2, size=(1000, 2))
        >>> explicitness(factors, factors)
        1.0
        >>> explicitness(factors @ rotation(2, 45).T, factors)
        1.0
        >>> round(explicitness(factors[:, :1], factors), 2)
        0.76
    """
    if not penalty > 0:
        raise ValueError(f"penalty is {penalty}, but logistic regression needs a C above 0: 1 is usual.")
    train, test = train_test_split(validated(codes, factors, factor_bins), test_share, seed)
    centre, spread = train.codes.mean(axis=0), train.codes.std(axis=0)
    active = spread > 1e-12 * np.abs(train.codes).max(axis=0)
    train_codes, test_codes = (
        np.where(active, part.codes - centre, 0) / np.where(active, spread, 1) for part in (train, test)
    )
    scores = []
    for j in range(len(train.sizes)):
        train_levels, test_levels = train.levels[:, j], test.levels[:, j]
        require_two_levels(train_levels, j)
        require_two_levels(test_levels, j)
        levels = np.intersect1d(train_levels, test_levels)
        if len(levels) == 0:
            raise ValueError(f"factor {j} has no level in both the training and the test points: give more points.")
        areas = []
        for level in levels:
            # To full precision: with the defaults of scikit-learn the score may be off by 1e-5.
            classifier = LogisticRegression(C=penalty, solver="newton-cholesky", tol=1e-8)
            classifier.fit(train_codes, train_levels == level)
            areas.append(roc_auc_score(test_levels == level, classifier.decision_function(test_codes)))
        scores.append(np.mean(areas))
    return float(np.mean(scores))
