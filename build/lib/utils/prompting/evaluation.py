"""How good is a prompt? Accuracy and AUC with bootstrap intervals, and two prompts compared on the same texts.

Accuracy depends on the order in which a prompt puts the texts *and* on the threshold that divides them; the area under
the ROC curve (AUC) depends on the order alone.

Intervals are percentile intervals of the bootstrap (Efron 1979) over texts: they show how the result varies with the
sample of texts. They include the choice and the order of examples only if the answers of several draws are given; then
texts and draws are both resampled (Owen 2007, "The pigeonhole bootstrap").
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from utils.arrays import FloatArray
from utils.intervals import Interval, check_confidence


def accuracy(
    labels: ArrayLike, predictions: ArrayLike, *, confidence: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Share of correct predictions in [0, 1] with its bootstrap interval over texts, and over draws if there are any.

    Args:
        labels: (n,), the classes of n ≥ 2 texts.
        predictions: (n,), the predicted classes; or (r, n), those of r draws, for instance of the examples. With few
            draws the interval is too short rather than too long; a single draw carries no information about others.
        confidence: of the interval, between 0 and 1.
        resamples: how many times the texts are resampled, with replacement.
        seed: of the resampling.

    Raises:
        ValueError: if the lengths do not agree, there are fewer than two texts, or ``confidence`` or ``resamples`` is
            out of range.

    Example:
        >>> print(accuracy([0, 1, 0, 1, 0, 1, 0, 1], [0, 1, 0, 1, 0, 1, 1, 0]))
        0.75 [0.38, 1.00]
    """
    return _bootstrap(_correct(labels, predictions), confidence, resamples, seed)


def accuracy_difference(
    labels: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Accuracy of ``first`` minus accuracy of ``second``, paired: both answered the same n texts.

    The texts are resampled for both together, so that difficulty shared by both cancels. An interval that
    excludes 0 is evidence of a difference. Arguments and errors as in :func:`accuracy`. Equal numbers of draws are
    paired, too: draw i of both shares its examples. Different numbers of draws are resampled independently.

    Example:
        >>> print(accuracy_difference([0, 1, 0, 1], [0, 1, 0, 1], [0, 1, 1, 0]))
        0.50 [0.00, 1.00]
    """
    one, other = _correct(labels, first), _correct(labels, second)
    if len(one) == len(other) or min(len(one), len(other)) == 1:
        return _bootstrap(one - other, confidence, resamples, seed)
    return _bootstrap(one, confidence, resamples, seed, minus=other)


def auc(
    labels: ArrayLike, scores: ArrayLike, *, confidence: float = 0.95, resamples: int = 1000, seed: int = 0
) -> Interval:
    """Area under the ROC curve, in [0, 1], with its bootstrap interval over texts, and over draws if there are any.

    It is the probability that a text of class 1 gets a higher score than one of class 0 (ties count half; Hanley and
    McNeil 1982): 0.5 for scores that say nothing, 1 if some threshold separates the classes.

    Args:
        labels: (n,), classes 0 and 1, each at least once.
        scores: (n,), larger for class 1; or (r, n), those of r draws, of which the mean AUC is taken.
        confidence, resamples, seed: as in :func:`accuracy`.

    Raises:
        ValueError: if the lengths do not agree, a class is missing, or ``confidence`` is out of range.

    Example:
        >>> auc([0, 1, 0, 1], [0.1, 0.4, 0.3, 0.2]).mean
        0.75
    """
    return auc_difference(labels, scores, np.zeros_like(np.asarray(scores, float)), confidence, resamples, seed, 0.5)


def auc_difference(
    labels: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
    plus: float = 0.0,
) -> Interval:
    """AUC of ``first`` minus AUC of ``second``, paired: both scored the same n texts.

    ``plus`` is added to the result. Other arguments and errors as in :func:`auc`.

    Example:
        >>> auc_difference([0, 1, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]).mean
        0.5
    """
    truth = np.asarray(labels)
    tables = [np.atleast_2d(np.asarray(scores, dtype=np.float64)) for scores in (first, second)]
    if truth.ndim != 1 or any(truth.shape != table.shape[-1:] for table in tables):
        raise ValueError(
            f"labels has shape {truth.shape} and scores {tables[0].shape}, but each text needs one of each: give lists "
            "of the same length."
        )
    if set(truth.tolist()) != {0, 1}:
        raise ValueError(f"labels holds {sorted(set(truth.tolist()))}, but an AUC needs both classes, 0 and 1.")
    check_confidence(confidence)
    rng = np.random.default_rng(seed)

    def difference(texts: NDArray[np.int64], draws: bool) -> float:
        means = []
        for table in tables:
            rows = rng.integers(len(table), size=len(table)) if draws else np.arange(len(table))
            means.append(_areas(truth[texts], table[rows][:, texts]).mean())
        return float(means[0] - means[1]) + plus

    estimate = difference(np.arange(len(truth)), draws=False)
    samples = (rng.integers(len(truth), size=len(truth)) for _ in range(resamples))
    values = [difference(sample, draws=True) for sample in samples if 0 < truth[sample].sum() < len(truth)]
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(estimate, float(low), float(high))


def _areas(labels: NDArray[Any], scores: FloatArray) -> FloatArray:
    """The AUC of each row of scores, (r,), by the sum of ranks."""
    positive = labels == 1
    n = positive.sum()
    ranks = rankdata(scores, axis=1)[:, positive].sum(axis=1)
    return np.asarray((ranks - n * (n + 1) / 2) / (n * (len(labels) - n)))


def _correct(labels: ArrayLike, predictions: ArrayLike) -> FloatArray:
    truth, answers = np.asarray(labels), np.asarray(predictions)
    if truth.ndim != 1 or answers.ndim not in (1, 2) or not len(answers) or truth.shape != answers.shape[-1:]:
        raise ValueError(
            f"labels has shape {truth.shape} and predictions {answers.shape}, but each text needs one of each: give "
            "two lists of the same length."
        )
    if len(truth) < 2:
        raise ValueError(f"{len(truth)} text(s) were given, but an interval needs at least two: add texts.")
    return np.asarray(truth == np.atleast_2d(answers), dtype=np.float64)


def _bootstrap(
    values: FloatArray, confidence: float, resamples: int, seed: int, minus: FloatArray | None = None
) -> Interval:
    """The mean of values (draws, texts), minus that of other draws of the same texts, if there are any."""
    check_confidence(confidence)
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}, but at least one resample is needed: 2000 is usual.")
    rng = np.random.default_rng(seed)
    tables = [values] if minus is None else [values, -minus]
    # Texts with the same answers in all draws are exchangeable: a mean depends only on how often each pattern occurs.
    patterns, counts = np.unique(np.concatenate(tables), axis=1, return_counts=True)
    texts = values.shape[1]
    text_weights = rng.multinomial(texts, counts / texts, size=resamples) / texts
    means, mean, first = np.zeros(resamples), 0.0, 0
    for table in tables:
        draws = len(table)
        draw_weights = rng.multinomial(draws, np.full(draws, 1 / draws), size=resamples) / draws
        rows = patterns[first : first + draws]
        means += np.einsum("br,rk,bk->b", draw_weights, rows, text_weights, optimize=True)
        mean, first = mean + float(table.mean()), first + draws
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(mean, float(low), float(high))
