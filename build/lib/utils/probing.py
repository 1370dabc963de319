"""Probes: how good are features for a task? Fit a simple model to a few labelled codes and score it on test codes.

There are two probes. A linear one (Alain and Bengio 2016, "Understanding intermediate layers using linear classifier
probes") measures what directions in the codes represent; nearest neighbours measure what similar codes share.
Whatever a probe has to choose, it chooses on the labelled codes that it is given, never on the test codes.
"""

from collections.abc import Sequence
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

from utils.arrays import FloatArray, IntArray

Method = Literal["linear", "neighbours"]

_PENALTIES = 10.0 ** np.arange(-3, 5)
_STRENGTHS = 10.0 ** np.arange(-2, 2)  # C, the inverse of the penalty
_FOLDS = 3


def probe(
    codes: Sequence[tuple[ArrayLike, ArrayLike]],
    targets: tuple[ArrayLike, ArrayLike],
    n_labels: Sequence[int],
    *,
    method: Method = "linear",
    neighbours: int = 5,
    classes: ArrayLike | None = None,
    draws: int = 10,
    seed: int = 0,
    per_image: bool = False,
) -> FloatArray:
    """Scores of features on a task, for several numbers of labels and several repetitions.

    Args:
        codes: one pair (training codes (n, d), test codes (m, d)) per repetition, from a model of one training seed.
            Features without training seeds, such as pixels, repeat the same pair.
        targets: the training targets (n,) and the test targets (m,). Integers and booleans are classes, scored by
            accuracy in [0, 1]; floats are quantities, scored by R² in (−∞, 1], where 0 is as good as the mean.
        n_labels: numbers of labelled training codes that the probe is fitted to.
        method: ``"linear"``: logistic regression with an L2 penalty. Its strength, C = 0.01, 0.1, 1 or 10, has the
            lowest log loss in a threefold cross-validation of the labelled codes (twofold with two labels per class,
            C = 1 with one). For quantities it is ridge regression with a penalty chosen on the labelled codes by
            generalised cross-validation. ``"neighbours"``: the nearest labelled codes by Euclidean distance vote, or
            their mean is taken. Before either, codes are centred and divided by one number, so that the training codes
            have mean 0 and mean square 1.
        neighbours: how many nearest labelled codes are used, at least 1; fewer where a class has fewer labels. The
            linear probe does not use it.
        classes: (n,) integers; each labelled sample has equally many codes of each class. By default the training
            targets, which then must be classes.
        draws: number of random labelled samples per repetition, of which the scores are averaged.
        seed: of the labelled samples. Repetition r uses the same samples for all features that are probed with the same
            seed, so their scores are paired.
        per_image: return the scores of the single test codes instead of their mean.

    Returns:
        float64 (repetitions, len(n_labels)): mean scores over the labelled samples. The rows are independent both in
        sampling and in training, as :func:`utils.intervals.mean_interval` requires. With `per_image`
        (repetitions, len(n_labels), m): for classes the share of the labelled samples after which a test code is
        classified correctly, for quantities 1 − squared error / variance of the test targets. Their mean over the test
        codes is the score; :func:`utils.intervals.crossed_interval` takes them.

    Raises:
        ValueError: if lengths differ, a number of labels is not a multiple of the number of classes or exceeds the
            codes of a class, ``neighbours`` is less than 1, or ``method`` is not one of the two.

    Example:
        Two classes on either side of 0, the same codes for training and test, two repetitions:

        >>> codes, labels = np.array([[-2.0], [-1.0], [1.0], [2.0]]), np.array([0, 0, 1, 1])
        >>> probe([(codes, codes)] * 2, (labels, labels), n_labels=[2, 4])
        array([[1., 1.],
               [1., 1.]])
    """
    if method not in get_args(Method):
        raise ValueError(f"method is {method!r}, but must be 'linear' or 'neighbours': choose one of the two.")
    if neighbours < 1:
        raise ValueError(f"neighbours is {neighbours}, but at least one labelled code must be used: 5 is usual.")
    train_targets, test_targets = (np.asarray(part) for part in targets)
    strata = train_targets if classes is None else np.asarray(classes)
    if strata.dtype.kind == "f":
        raise ValueError(
            "classes are missing, but labelled samples are balanced over classes: give classes with float targets."
        )
    scores = np.empty((len(codes), len(n_labels), len(test_targets)))
    for r, (train, test) in enumerate(codes):
        train_codes, test_codes = _scaled(train, test)
        for part, labels in ((train_codes, train_targets), (train_codes, strata), (test_codes, test_targets)):
            if len(part) != len(labels):
                raise ValueError(
                    f"there are {len(part)} codes for {len(labels)} targets or classes, but each code needs one: "
                    "encode the images that the targets belong to."
                )
        for column, n in enumerate(n_labels):
            rng = np.random.default_rng((seed, r, n))
            samples = [draw_balanced(strata, n, rng) for _ in range(draws)]
            k = min(neighbours, n // len(np.unique(strata)))
            predictions = [_fitted(method, train_codes[i], train_targets[i], k).predict(test_codes) for i in samples]
            scores[r, column] = np.mean([_scores(prediction, test_targets) for prediction in predictions], axis=0)
    return scores if per_image else scores.mean(axis=2)


def draw_balanced(classes: ArrayLike, n: int, rng: np.random.Generator) -> IntArray:
    """Indices (n,) of n items sampled without replacement, equally many of each class in ``classes`` (m,).

    Raises:
        ValueError: if n is not a positive multiple of the number of classes, or a class has too few items.

    Example:
        >>> classes = np.array(["cat", "dog", "cat", "dog", "dog"])
        >>> classes[draw_balanced(classes, 4, np.random.default_rng(0))]
        array(['cat', 'cat', 'dog', 'dog'], dtype='<U3')
    """
    labels = np.asarray(classes)
    names, counts = np.unique(labels, return_counts=True)
    per_class, remainder = divmod(n, len(names))
    if n <= 0 or remainder:
        raise ValueError(
            f"{n} labels were requested, but {len(names)} classes share them equally: choose a multiple of "
            f"{len(names)}."
        )
    if per_class > counts.min():
        raise ValueError(
            f"{n} labels were requested, {per_class} per class, but the smallest class has {counts.min()} items: "
            "choose fewer."
        )
    return np.concatenate([rng.choice(np.flatnonzero(labels == c), per_class, replace=False) for c in names])


def _scaled(train: ArrayLike, test: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Both parts centred and divided by one number, so that the training codes have mean 0 and mean square 1."""
    train_codes, test_codes = np.asarray(train, dtype=np.float64), np.asarray(test, dtype=np.float64)
    if train_codes.ndim != 2 or test_codes.ndim != 2 or train_codes.shape[1] != test_codes.shape[1]:
        raise ValueError(
            f"codes have shapes {train_codes.shape} and {test_codes.shape}, but (n, d) and (m, d) are needed: flatten "
            "images first, and encode both parts with the same model."
        )
    centre = train_codes.mean(axis=0)
    scale = float(np.sqrt(((train_codes - centre) ** 2).mean())) or 1.0
    return (train_codes - centre) / scale, (test_codes - centre) / scale


def _fitted(method: Method, codes: FloatArray, targets: NDArray[np.generic], neighbours: int) -> Any:
    """The probe, fitted to labelled codes."""
    quantity = targets.dtype.kind == "f"
    if method == "neighbours":
        return (KNeighborsRegressor if quantity else KNeighborsClassifier)(neighbours).fit(codes, targets)
    if quantity:
        return RidgeCV(_PENALTIES).fit(codes, targets)
    strength = 1.0
    folds = min(_FOLDS, int(np.unique(targets, return_counts=True)[1].min()))
    if folds > 1:
        # The choice needs no exact minimum, and most of the time goes into it.
        rough = LogisticRegression(tol=1e-2, max_iter=1000)
        search = GridSearchCV(rough, {"C": _STRENGTHS}, cv=folds, scoring="neg_log_loss", refit=False)
        strength = search.fit(codes, targets).best_params_["C"]
    return LogisticRegression(C=strength, tol=1e-3, max_iter=1000).fit(codes, targets)


def _scores(predictions: NDArray[np.generic], targets: NDArray[np.generic]) -> FloatArray:
    """The score of each test code; their mean is the accuracy or R²."""
    if targets.dtype.kind != "f":
        hits: FloatArray = (predictions == targets).astype(np.float64)
        return hits
    errors: FloatArray = (predictions.astype(np.float64) - targets.astype(np.float64)) ** 2
    return 1 - errors / float(np.var(targets.astype(np.float64)))
