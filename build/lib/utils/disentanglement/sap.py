"""SAP, separated attribute predictability: linear classifiers that see one latent each."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.svm import LinearSVC

from utils.arrays import FloatArray
from utils.disentanglement.validation import (
    LabelledCodes,
    as_matrix,
    require_two_levels,
    train_test_split,
    validated,
)


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
    """SAP: does one latent predict each factor much better than the second best latent?

    Definition: for each latent and factor, the test accuracy of a linear support vector machine that sees this latent
    alone; the mean over factors of the best accuracy minus the second best.

    Range: [0, 1]. 1: for each factor, one latent predicts it without error and all others are always wrong. 0: for each
    factor, the two best latents predict it equally well, whether always or by chance. A linear classifier with one
    latent cannot separate all levels of a factor with many ordered levels, so even a perfect code scores below 1.

    Blind to: whether a latent mixes factors, and information that is spread over several latents or duplicated. It
    depends on scale: the penalty of the machine affects small codes more, so the same code in other units has another
    score, and a rotation may raise the score before it lowers it.

    Reference: Kumar, Sattigeri and Balakrishnan, "Variational inference of disentangled latent concepts from unlabeled
    observations" (2018).

    Convention: scikit-learn's ``LinearSVC`` with C = 0.01 and balanced classes, one class against the rest, two thirds
    of the points to train on and one third to test on, as in Locatello et al. (2019). With one latent, a constant one
    is the second best.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.validation`).
        penalty: the C of the support vector machine, above 0: small values mean a strong penalty.
        continuous: treats all factors as quantities, and takes the squared correlation of latent and factor in place of
            the accuracy, as the paper does for such factors; then nothing is binned or split.
        test_share: share of the points that the accuracy is taken on.
        factor_bins: number of bins of a continuous factor.
        seed: of the random split into training and test points.

    Returns:
        The score, a float. The order and the signs of the latents do not matter.

    Raises:
        ValueError: if codes or factors are not two-dimensional arrays, have NaN or infinite values, a factor is
            constant, in all points or in the training points, or ``penalty`` is not above 0.

    Example:
        A perfect code, and the same code turned by 45°:

        >>> import numpy as np
        >>> from utils.disentanglement import rotation, sap
        >>> factors = np.random.default_rng(0).integers(2, size=(1000, 2))
        >>> round(sap(10 * factors, factors), 2)
        0.49
        >>> round(sap(10 * factors @ rotation(2, 45).T, factors), 2)
        0.02
    """
    if not penalty > 0:
        raise ValueError(f"penalty is {penalty}, but the support vector machine needs a C above 0: 0.01 is usual.")
    data = validated(codes, factors, factor_bins)
    if data.codes.shape[1] == 1:
        data = data._replace(codes=np.pad(data.codes, ((0, 0), (0, 1))))
    if continuous:
        predictability = _squared_correlations(data.codes, as_matrix(factors, "factors"))
    else:
        predictability = _accuracies(*train_test_split(data, test_share, seed), penalty)
    ranked = np.sort(predictability, axis=0)
    return float(np.mean(ranked[-1] - ranked[-2]))


def _accuracies(train: LabelledCodes, test: LabelledCodes, penalty: float) -> FloatArray:
    """Test accuracy (d, k) of a classifier for each factor that sees a single latent."""
    accuracies = np.empty((train.codes.shape[1], len(train.sizes)))
    for i, j in np.ndindex(accuracies.shape):
        require_two_levels(train.levels[:, j], j)
        # To full precision: with scikit-learn's default tolerance a few test points may change sides.
        machine = LinearSVC(C=penalty, class_weight="balanced", dual=False, tol=1e-8)
        machine.fit(train.codes[:, [i]], train.levels[:, j])
        accuracies[i, j] = machine.score(test.codes[:, [i]], test.levels[:, j])
    return accuracies


def _squared_correlations(codes: FloatArray, factors: FloatArray) -> FloatArray:
    """Squared correlation of each latent with each factor (d, k); 0 for a constant latent."""
    centred, targets = codes - codes.mean(axis=0), factors - factors.mean(axis=0)
    lengths = np.sqrt((centred**2).sum(axis=0))
    constant = lengths <= 1e-12 * np.sqrt(len(codes)) * np.abs(codes).max(axis=0)
    correlations = (centred.T @ targets) / np.where(constant, 1, lengths)[:, None] / np.sqrt((targets**2).sum(axis=0))
    squared: FloatArray = np.where(constant[:, None], 0, correlations**2)
    return squared
