"""How good is a prompt? Accuracy with a bootstrap interval, and two prompts compared on the same texts.

Intervals are percentile intervals of the bootstrap (Efron 1979) over texts: they say what another sample of texts could
have given. Of other examples or another order they know only if the answers of several draws are given; then texts and
draws are both drawn anew (Owen 2007, "The pigeonhole bootstrap").
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from utils.intervals import Interval, check_confidence


def accuracy(
    labels: ArrayLike, predictions: ArrayLike, *, confidence: float = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """Share of right predictions in [0, 1] with its bootstrap interval over the texts, and over draws if there are.

    Args:
        labels: (n,), the classes of n ≥ 2 texts.
        predictions: (n,), the classes that were answered; or (r, n), those of r draws, for instance of other examples.
            With few draws the interval is too short rather than too long; a single draw says nothing of others.
        confidence: of the interval, between 0 and 1.
        resamples: how many times the texts are drawn anew, with replacement.
        seed: of the draws.

    Raises:
        ValueError: if the lengths do not agree, or there are fewer than two texts.
    """
    return _bootstrap(_right(labels, predictions), confidence, resamples, seed)


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

    The texts are drawn anew for both together, so what makes a text hard for both cancels. An interval that leaves out
    0 speaks for a difference. Arguments and errors as in :func:`accuracy`.
    """
    return _bootstrap(_right(labels, first) - _right(labels, second), confidence, resamples, seed)


def _right(labels: ArrayLike, predictions: ArrayLike) -> NDArray[np.float64]:
    truth, answers = np.asarray(labels), np.asarray(predictions)
    if truth.ndim != 1 or answers.ndim not in (1, 2) or not len(answers) or truth.shape != answers.shape[-1:]:
        raise ValueError(
            f"labels has shape {truth.shape} and predictions {answers.shape}, but each text needs one of either: give "
            "two lists of the same length."
        )
    if len(truth) < 2:
        raise ValueError(f"{len(truth)} text(s) were given, but an interval needs at least two: add texts.")
    return np.asarray(truth == np.atleast_2d(answers), dtype=np.float64)


def _bootstrap(values: NDArray[np.float64], confidence: float, resamples: int, seed: int) -> Interval:
    check_confidence(confidence)
    if resamples < 1:
        raise ValueError(f"resamples is {resamples}, but the texts must be drawn at least once: 2000 is usual.")
    rng = np.random.default_rng(seed)
    # Texts that all draws answer alike are exchangeable: how often each kind comes is all that a mean depends on.
    kinds, counts = np.unique(values, axis=1, return_counts=True)
    draws, texts = values.shape
    drawn_texts = rng.multinomial(texts, counts / texts, size=resamples) / texts
    drawn_draws = rng.multinomial(draws, np.full(draws, 1 / draws), size=resamples) / draws
    means = np.einsum("br,rk,bk->b", drawn_draws, kinds, drawn_texts, optimize=True)
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(values.mean()), float(low), float(high))
