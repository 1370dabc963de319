"""How good is a prompt? Accuracy with a bootstrap interval, and two prompts compared on the same texts.

Intervals are percentile intervals of the bootstrap (Efron 1979) over texts: they show how the result varies with the
sample of texts. They include the choice and the order of examples only if the answers of several draws are given; then
texts and draws are both resampled (Owen 2007, "The pigeonhole bootstrap").
"""

import numpy as np
from numpy.typing import ArrayLike

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
    excludes 0 is evidence of a difference. Arguments and errors as in :func:`accuracy`.

    Example:
        >>> print(accuracy_difference([0, 1, 0, 1], [0, 1, 0, 1], [0, 1, 1, 0]))
        0.50 [0.00, 1.00]
    """
    return _bootstrap(_correct(labels, first) - _correct(labels, second), confidence, resamples, seed)


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


def _bootstrap(values: FloatArray, confidence: float, resamples: int, seed: int) -> Interval:
    check_confidence(confidence)
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}, but at least one resample is needed: 2000 is usual.")
    rng = np.random.default_rng(seed)
    # Texts with the same answers in all draws are exchangeable: a mean depends only on how often each pattern occurs.
    patterns, counts = np.unique(values, axis=1, return_counts=True)
    draws, texts = values.shape
    text_weights = rng.multinomial(texts, counts / texts, size=resamples) / texts
    draw_weights = rng.multinomial(draws, np.full(draws, 1 / draws), size=resamples) / draws
    means = np.einsum("br,rk,bk->b", draw_weights, patterns, text_weights, optimize=True)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(values.mean()), float(low), float(high))
