"""Calibration: a prompt's preference for some labels, whatever the text, is taken out of its answers, without labels.

Zhao, Wallace, Feng, Klein and Singh (2021, "Calibrate Before Use") measure this bias on inputs without content. Zhou et
al. (2023, "Batch Calibration") measure it on the texts themselves.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax

from utils.arrays import FloatArray, IntArray

#: The inputs without content of Zhao et al. (2021).
CONTENT_FREE = ("N/A", "", "[MASK]")


def label_probabilities(scores: ArrayLike) -> FloatArray:
    """Probabilities (n, k) of the labels from their log-probabilities (n, k): normalised so that each row sums to 1.

    Raises:
        ValueError: if ``scores`` is not of shape (n ≥ 1, k ≥ 2).

    Example:
        >>> label_probabilities(np.log([[0.1, 0.3]])).round(2).tolist()
        [[0.25, 0.75]]
    """
    return np.asarray(softmax(_checked(scores, "scores"), axis=1), dtype=np.float64)


def calibrate(probabilities: ArrayLike, content_free: ArrayLike) -> FloatArray:
    """Label probabilities after contextual calibration: q ∝ W p with W = diag(p_cf)⁻¹ and b = 0.

    Args:
        probabilities: (n, k), the label probabilities of n texts, in [0, 1].
        content_free: (m, k), the same prompt's label probabilities for inputs without content, such as
            :data:`CONTENT_FREE`; p_cf is their mean. Each prompt needs its own.

    Returns:
        float64 (n, k), rows summing to 1. The largest entry is the calibrated answer. If there is a single content-free
        input, it is itself calibrated to 1/k for every label.

    Raises:
        ValueError: if the shapes do not agree, a value is not a probability, p_cf has a zero, or a row is all zeros.

    Example:
        >>> calibrate([[0.7, 0.3]], [[0.9, 0.1], [0.5, 0.5]]).round(6).tolist()
        [[0.5, 0.5]]
    """
    answers, baseline = _checked(probabilities, "probabilities"), _checked(content_free, "content_free")
    if answers.shape[1] != baseline.shape[1]:
        raise ValueError(
            f"probabilities has {answers.shape[1]} labels and content_free {baseline.shape[1]}, but both come from one "
            "prompt: score the same labels for both."
        )
    for name, table in (("probabilities", answers), ("content_free", baseline)):
        if not ((table >= 0) & (table <= 1)).all():
            raise ValueError(
                f"{name} contains values outside [0, 1], but calibration divides probabilities: turn log-probabilities "
                "into probabilities with label_probabilities first."
            )
    p_cf = baseline.mean(axis=0)
    weighted = answers / np.where(p_cf > 0, p_cf, np.nan)
    total = weighted.sum(axis=1, keepdims=True)
    if not (np.isfinite(total).all() and (total > 0).all()):
        raise ValueError(
            "A label has probability 0 for every content-free input, or a text has 0 for every label, but calibration "
            "divides by these probabilities: choose label words that the model can predict."
        )
    return np.asarray(weighted / total)


def median_answers(probabilities: ArrayLike) -> IntArray:
    """Classes (n,) by a threshold at the median: class 1 for the texts whose probability of it is above the median.

    The threshold comes from the texts themselves, as in batch calibration (Zhou et al. 2023), which divides by their
    mean probability instead. No labels are needed, but an assumption: that half of the texts belong to each class.

    Args:
        probabilities: (n, 2), the probabilities of two labels for n texts.

    Raises:
        ValueError: if ``probabilities`` is not of shape (n ≥ 1, 2).

    Example:
        >>> median_answers([[0.1, 0.9], [0.3, 0.7], [0.2, 0.8], [0.4, 0.6]]).tolist()
        [1, 0, 1, 0]
    """
    table = _checked(probabilities, "probabilities")
    if table.shape[1] != 2:
        raise ValueError(f"probabilities has {table.shape[1]} labels, but a median divides texts into two: give two.")
    return np.asarray(table[:, 1] > np.median(table[:, 1]), dtype=np.int64)


def _checked(values: ArrayLike, name: str) -> FloatArray:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2 or not len(table):
        raise ValueError(
            f"{name} has shape {table.shape}, but one row per text and one column per label are needed: give shape "
            "(n, k ≥ 2)."
        )
    return table
