"""DCI: disentanglement, completeness, informativeness, by how much predictors of the factors lean on each latent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from lightgbm import LGBMClassifier
from numpy.typing import ArrayLike
from scipy.special import entr
from sklearn.base import ClassifierMixin, clone

from utils.disentanglement.table import FloatArray, IntArray, checked, split

_ROUNDS = 100
_MOST_LEVELS = 1000


@dataclass(frozen=True)
class DCI:
    """The three scores of Eastwood and Williams (2018), and what they are computed from.

    Attributes:
        disentanglement: in [0, 1]; 1 if each latent that matters is important for one factor only.
        completeness: in [0, 1]; 1 if for each factor one latent only is important.
        informativeness: in [0, 1]; accuracy of the predictors on test points, mean over factors.
        informativeness_train: the same on the points that they were fitted to.
        importances: (d, k), how important each latent is for each factor; columns sum to 1 or are 0.
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
    """DCI: does each latent serve one factor (D), does each factor need one latent (C), and is it all there (I)?

    Definition: a classifier predicts each factor from all latents, and gives each latent an importance, R (d, k). D is
    1 − the entropy of a row of R, to the base k, in a mean over latents weighted by their share of all importance;
    C is 1 − the entropy of a column, to the base d, in a mean over factors weighted likewise. I is the test accuracy.

    Range: [0, 1] each. D = 1: no latent serves two factors; C = 1: no factor needs two latents; D or C = 0: importance
    is spread evenly. I = 1: the code tells each factor without error; at chance, it tells nothing.

    Blind to: factors that two latents hold each (D), and latents that serve two factors (C); to how much is known at
    all (D and C; this is what I is for); and to latents that nothing is read from. The scores belong to the classifier
    as much as to the code: another one finds other importances.

    Reference: Eastwood and Williams, "A framework for the quantitative evaluation of disentangled representations"
    (2018).

    Convention: gradient-boosted trees, 100 rounds of depth 3 at rate 0.1, and two parts of the points to train on for
    one to test on, as in Locatello et al. (2019); the paper takes Lasso and random forests. The trees are LightGBM's,
    with histograms, importance the gain of their splits; latents that order all points alike are one to a tree, and
    share their importance equally. With one factor D is 1, with one latent C is 1.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.table`).
        probe: an unfitted scikit-learn classifier to use instead, one that has ``feature_importances_`` or ``coef_``
            when fitted; absolute coefficients count as importances, on latents that are standardised for all probes.
        test_share: share of the points that are tested on.
        factor_bins: number of bins of a continuous factor.
        seed: decides which points are tested on, and how the trees break ties.

    Returns:
        A record of the three scores, the training accuracy and the importances. Order, signs and scales of the latents
        do not matter up to the ties of the classifier.

    Raises:
        ValueError: if the table is not as described, holds NaN or infinite numbers, a factor is constant, in all points
            or in those to train on, or has more than 1,000 levels, or the probe tells no importances.
    """
    train, test = split(checked(codes, factors, factor_bins), test_share, seed)
    k = len(train.sizes)
    if probe is None and max(train.sizes) > _MOST_LEVELS:
        raise ValueError(
            f"factor {int(np.argmax(train.sizes))} has {max(train.sizes)} levels, each of which takes {_ROUNDS} trees: "
            f"give at most {_MOST_LEVELS} levels, or fractions, which are binned."
        )
    importances, shares_right = np.zeros((train.codes.shape[1], k)), np.zeros((2, k))
    centre, spread = train.codes.mean(axis=0), train.codes.std(axis=0)
    fit_on, score_on = ((part.codes - centre) / np.where(spread > 0, spread, 1) for part in (train, test))
    twins = _interchangeable(train.codes) if probe is None else np.arange(fit_on.shape[1])
    distinct = np.unique(twins)
    for j in range(k):
        if len(np.unique(train.levels[:, j])) < 2:
            raise ValueError(f"factor {j} has a single level among the points to train on: give more points.")
        model = _boosted_trees(seed) if probe is None else clone(probe)
        model.fit(fit_on[:, distinct], train.levels[:, j])
        importances[distinct, j] = _importances_of(model)
        for row, (points, part) in enumerate(((fit_on, train), (score_on, test))):
            shares_right[row, j] = np.mean(model.predict(points[:, distinct]) == part.levels[:, j])
    importances = importances[twins] / np.bincount(twins, minlength=len(twins))[twins, None]
    disentanglement, completeness = concentration(importances)
    return DCI(disentanglement, completeness, float(shares_right[1].mean()), float(shares_right[0].mean()), importances)


def concentration(importances: FloatArray) -> tuple[float, float]:
    """Disentanglement and completeness of importances (d, k), numbers from 0; both 0 if nothing is important."""
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
    """Importances (d,) that sum to 1, or are 0."""
    if hasattr(model, "feature_importances_"):
        values = np.abs(np.asarray(model.feature_importances_, dtype=np.float64))
    elif hasattr(model, "coef_"):
        values = np.abs(np.atleast_2d(model.coef_)).sum(axis=0)
    else:
        raise ValueError(
            f"the probe {type(model).__name__} has neither feature_importances_ nor coef_: choose one that says what "
            "it leans on, such as a forest or logistic regression."
        )
    return values / (values.sum() or 1)


def _interchangeable(codes: FloatArray) -> IntArray:
    """For each latent (d,) the first one that orders the points as it does, or the other way round.

    A tree cannot tell such latents apart; which of them it splits on says nothing, so that they share the importance.
    """
    first: dict[bytes, int] = {}
    leaders = []
    for i, column in enumerate(codes.T):
        ranks = np.unique(column, return_inverse=True)[1]
        leaders.append(first.setdefault(min(ranks.tobytes(), (ranks.max() - ranks).tobytes()), i))
    return np.array(leaders)
