"""DCI: disentanglement, completeness and informativeness, from the importance of latents to predictors of factors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from lightgbm import LGBMClassifier
from numpy.typing import ArrayLike
from scipy.special import entr
from sklearn.base import ClassifierMixin, clone

from utils.arrays import FloatArray, IntArray
from utils.disentanglement.validation import require_two_levels, train_test_split, validated

_ROUNDS = 100
_MAX_LEVELS = 1000


@dataclass(frozen=True)
class DCI:
    """The three scores of Eastwood and Williams (2018), with the importances that they are computed from.

    Attributes:
        disentanglement: in [0, 1]; 1 if each important latent is important for one factor only.
        completeness: in [0, 1]; 1 if only one latent is important for each factor.
        informativeness: in [0, 1]; accuracy of the predictors on the test points, mean over factors.
        informativeness_train: the same on the training points.
        importances: (d, k), the importance of each latent for each factor; each column sums to 1 or is 0.
    """

    disentanglement: float
    completeness: float
    informativeness: float
    informativeness_train: float
    importances: FloatArray


def dci(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    probe: ClassifierMixin | None = None,
    test_share: float = 1 / 3,
    factor_bins: int = 20,
    seed: int = 0,
) -> DCI:
    """DCI: does each latent serve one factor (D), does each factor need one latent (C), is all information there (I)?

    Definition: a classifier predicts each factor from all latents and gives each latent an importance: R (d, k).
    D is the mean over latents of 1 − H_k(row of R), C the mean over factors of 1 − H_d(column of R). H_b is the entropy
    to the base b of a row or column scaled to sum 1, and the means are weighted by the sum of the row or column.
    I is the mean test accuracy.

    Range: [0, 1] each. D = 1: no latent serves two factors; C = 1: no factor needs two latents; D or C = 0: importance
    is spread evenly. I = 1: the code determines each factor; at chance, it has no information.

    Blind to: a factor that is encoded by two latents (D), and a latent that encodes two factors (C); the amount of
    information (D and C; I measures it); and latents that no factor is predicted from. The scores depend on the
    classifier as much as on the code: another classifier finds other importances.

    Reference: Eastwood and Williams, "A framework for the quantitative evaluation of disentangled representations"
    (2018).

    Convention: gradient-boosted trees, 100 rounds of depth 3 at rate 0.1, two thirds of the points to train on and one
    third to test on, as in Locatello et al. (2019); the paper uses Lasso and random forests. The trees are LightGBM's,
    with histograms; importance is the gain of the splits. Trees cannot distinguish latents that order all points
    alike, so these share their importance equally. With one factor D is 1, with one latent C is 1.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.validation`).
        probe: an unfitted scikit-learn classifier to use instead, one that has ``feature_importances_`` or ``coef_``
            when fitted. Absolute coefficients count as importances; latents are standardised for all probes.
        test_share: share of the points that are tested on.
        factor_bins: number of bins of a continuous factor.
        seed: of the random split into training and test points, and of ties in the trees.

    Returns:
        A record of the three scores, the training accuracy and the importances. Order, signs and scales of the latents
        do not matter, except for ties of the classifier.

    Raises:
        ValueError: if codes or factors are not two-dimensional arrays, have NaN or infinite values, a factor is
            constant, in all points or in the training points, or has more than 1,000 levels, or the probe has no
            importances.

    Example:
        A perfect code, and the same code turned by 45°:

        >>> import numpy as np
        >>> from utils.disentanglement import dci, rotation
        >>> factors = np.random.default_rng(0).integers(5, size=(1000, 2))
        >>> perfect, turned = dci(factors, factors), dci(factors @ rotation(2, 45).T, factors)
        >>> round(perfect.disentanglement, 2), round(perfect.completeness, 2), round(perfect.informativeness, 2)
        (1.0, 1.0, 1.0)
        >>> round(turned.disentanglement, 2), round(turned.completeness, 2), round(turned.informativeness, 2)
        (0.0, 0.0, 1.0)
    """
    train, test = train_test_split(validated(codes, factors, factor_bins), test_share, seed)
    k = len(train.sizes)
    if probe is None and max(train.sizes) > _MAX_LEVELS:
        raise ValueError(
            f"factor {int(np.argmax(train.sizes))} has {max(train.sizes)} levels, and each needs {_ROUNDS} trees: "
            f"give at most {_MAX_LEVELS} levels, or fractions, which are binned."
        )
    importances, accuracies = np.zeros((train.codes.shape[1], k)), np.zeros((2, k))
    centre, spread = train.codes.mean(axis=0), train.codes.std(axis=0)
    train_codes, test_codes = ((part.codes - centre) / np.where(spread > 0, spread, 1) for part in (train, test))
    leaders = _interchangeable(train.codes) if probe is None else np.arange(train_codes.shape[1])
    distinct = np.unique(leaders)
    for j in range(k):
        require_two_levels(train.levels[:, j], j)
        model = _boosted_trees(seed) if probe is None else clone(probe)
        model.fit(train_codes[:, distinct], train.levels[:, j])
        importances[distinct, j] = _importances_of(model)
        for row, (points, part) in enumerate(((train_codes, train), (test_codes, test))):
            accuracies[row, j] = np.mean(model.predict(points[:, distinct]) == part.levels[:, j])
    importances = importances[leaders] / np.bincount(leaders, minlength=len(leaders))[leaders, None]
    disentanglement, completeness = concentration(importances)
    return DCI(disentanglement, completeness, float(accuracies[1].mean()), float(accuracies[0].mean()), importances)


def concentration(importances: FloatArray) -> tuple[float, float]:
    """Disentanglement and completeness of non-negative importances (d, k); both 0 if all importances are 0.

    Example:
        >>> concentration(np.array([[1.0, 0.0], [0.0, 1.0]]))
        (1.0, 1.0)
        >>> concentration(np.array([[0.5, 0.5], [0.5, 0.5]]))
        (0.0, 0.0)
    """
    total = importances.sum()
    if total == 0:
        return 0.0, 0.0
    scores = []
    for rows in (importances, importances.T):
        weights = rows.sum(axis=1)
        shares = rows / np.where(weights > 0, weights, 1)[:, None]
        n = rows.shape[1]
        entropies = entr(shares).sum(axis=1) / np.log(n) if n > 1 else np.zeros(len(rows))
        scores.append(float(((1 - entropies) * weights).sum() / total))
    return scores[0], scores[1]


def _boosted_trees(seed: int) -> LGBMClassifier:
    return LGBMClassifier(
        n_estimators=_ROUNDS,
        learning_rate=0.1,
        max_depth=3,
        num_leaves=8,
        min_child_samples=1,
        importance_type="gain",
        force_col_wise=True,
        deterministic=True,
        n_jobs=1,
        random_state=seed,
        verbose=-1,
    )


def _importances_of(model: ClassifierMixin) -> FloatArray:
    """Importances (d,) with sum 1, or all 0."""
    if hasattr(model, "feature_importances_"):
        values = np.abs(np.asarray(model.feature_importances_, dtype=np.float64))
    elif hasattr(model, "coef_"):
        values = np.abs(np.atleast_2d(model.coef_)).sum(axis=0)
    else:
        raise ValueError(
            f"the probe {type(model).__name__} has neither feature_importances_ nor coef_: choose a classifier with "
            "importances, such as a random forest or logistic regression."
        )
    return values / (values.sum() or 1)


def _interchangeable(codes: FloatArray) -> IntArray:
    """For each latent (d,), the first latent that orders the points in the same or in the reverse way.

    A tree cannot distinguish such latents; which of them it splits on has no meaning, so they share the importance.
    """
    first: dict[bytes, int] = {}
    leaders = []
    for i, column in enumerate(codes.T):
        ranks = np.unique(column, return_inverse=True)[1]
        leaders.append(first.setdefault(min(ranks.tobytes(), (ranks.max() - ranks).tobytes()), i))
    return np.array(leaders)
