"""How good are features for a task? Fit something simple on few labels, and score it on data kept aside.

Two probes: a linear one (Alain and Bengio 2016, "Understanding intermediate layers using linear classifier probes"),
which finds only what lies in the codes as a direction, and nearest neighbours, which finds whatever lies close
together. Neither has settings to tune, so that no labels are spent on tuning: what is compared is the features.
"""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

Method = Literal["linear", "neighbours"]

_PENALTIES = 10.0 ** np.arange(-3, 5)


def probe(
    codes: Sequence[tuple[ArrayLike, ArrayLike]],
    targets: tuple[ArrayLike, ArrayLike],
    n_labels: Sequence[int],
    *,
    method: Method = "linear",
    classes: ArrayLike | None = None,
    draws: int = 10,
    seed: int = 0,
) -> NDArray[np.float64]:
    """Scores of features on a task, for several numbers of labels and several repetitions.

    Args:
        codes: one pair (training codes (n, d), test codes (m, d)) a repetition: a model trained from one seed. Features
            without training seeds, such as pixels, repeat the same pair.
        targets: the pair (n,), (m,) of what is to be told. Integers and booleans are classes, scored by accuracy in
            [0, 1]; floats are quantities, scored by R² in (−∞, 1], where 0 is as good as answering the mean.
        n_labels: how many of the n training targets the probe may see.
        method: ``"linear"``: logistic regression (L2 penalty, C = 1), or for quantities ridge regression whose penalty
            is chosen on the labelled codes alone, by generalised cross-validation. ``"neighbours"``: the five nearest
            labelled codes by Euclidean distance, or as many as a class has labels if those are fewer.
        classes: (n,) integers; each draw takes equally many images of each. By default the training targets, which then
            must be classes.
        draws: how many random sets of labelled images a repetition averages over.
        seed: repetition r draws the same images for all features that are probed with the same seed, so that their
            scores are paired.

    Returns:
        float64 (repetitions, len(n_labels)): mean scores over the draws. The rows are independent in what was drawn and
        in what was trained, and thus fit for :func:`utils.intervals.mean_interval`.

    Raises:
        ValueError: if the lengths do not agree, a number of labels cannot be drawn evenly, or ``method`` is another
            word.
    """
    if method not in get_args(Method):
        raise ValueError(f"method is {method!r}, but the probes are called 'linear' and 'neighbours': choose one.")
    train_targets, test_targets = (np.asarray(part) for part in targets)
    strata = train_targets if classes is None else np.asarray(classes)
    if strata.dtype.kind == "f":
        raise ValueError("classes are missing, but draws are balanced over classes: give classes with float targets.")
    scores = np.empty((len(codes), len(n_labels)))
    for r, (train, test) in enumerate(codes):
        fitted, held_out = _scaled(train, test)
        for given, expected in ((fitted, train_targets), (fitted, strata), (held_out, test_targets)):
            if len(given) != len(expected):
                raise ValueError(
                    f"there are {len(given)} codes for {len(expected)} targets or classes, but each code needs one: "
                    "encode the images that the targets belong to."
                )
        for column, n in enumerate(n_labels):
            rng = np.random.default_rng((seed, r, n))
            drawn = [draw_balanced(strata, n, rng) for _ in range(draws)]
            neighbours = min(5, n // len(np.unique(strata)))
            scores[r, column] = np.mean(
                [
                    _score(fitted[i], train_targets[i], held_out, test_targets, method=method, neighbours=neighbours)
                    for i in drawn
                ]
            )
    return scores


def draw_balanced(classes: ArrayLike, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Positions (n,) of n images drawn without replacement, equally many of each class in ``classes`` (m,).

    Raises ValueError if n is not a positive multiple of the number of classes, or a class has too few images.
    """
    labels = np.asarray(classes)
    present, counts = np.unique(labels, return_counts=True)
    each, rest = divmod(n, len(present))
    if n <= 0 or rest:
        raise ValueError(
            f"{n} labels were asked for, but {len(present)} classes share them equally: choose a multiple of "
            f"{len(present)}."
        )
    if each > counts.min():
        raise ValueError(
            f"{n} labels were asked for, that is {each} a class, but the smallest class has {counts.min()} images: "
            "choose fewer."
        )
    return np.concatenate([rng.choice(np.flatnonzero(labels == c), each, replace=False) for c in present])


def _scaled(train: ArrayLike, test: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    fitted, held_out = np.asarray(train, dtype=np.float64), np.asarray(test, dtype=np.float64)
    if fitted.ndim != 2 or held_out.ndim != 2 or fitted.shape[1] != held_out.shape[1]:
        raise ValueError(
            f"codes have shapes {fitted.shape} and {held_out.shape}, but (n, d) and (m, d) are needed: flatten images "
            "first, and encode both parts with the same model."
        )
    centre = fitted.mean(axis=0)
    scale = float(np.sqrt(((fitted - centre) ** 2).mean())) or 1.0
    return (fitted - centre) / scale, (held_out - centre) / scale


def _score(
    codes: NDArray[np.float64],
    targets: NDArray[np.generic],
    test_codes: NDArray[np.float64],
    test_targets: NDArray[np.generic],
    *,
    method: Method,
    neighbours: int,
) -> float:
    quantity = targets.dtype.kind == "f"
    if method == "linear":
        model = RidgeCV(_PENALTIES) if quantity else LogisticRegression(C=1.0, tol=1e-3, max_iter=1000)
    else:
        model = KNeighborsRegressor(neighbours) if quantity else KNeighborsClassifier(neighbours)
    return float(model.fit(codes, targets).score(test_codes, test_targets))
