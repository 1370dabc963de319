"""Contextual calibration: what a prompt says before it has read anything, taken out of its answers.

"Calibrate Before Use" (Zhao, Wallace, Feng, Klein and Singh 2021): a prompt leans towards some labels whatever the text
is. The lean is measured on inputs without content, and divided out.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

#: The inputs without content of Zhao et al. (2021).
CONTENT_FREE = ("N/A", "", "[MASK]")


def label_probabilities(scores: ArrayLike) -> NDArray[np.float64]:
    """Log-probabilities of the labels (n, k) as probabilities (n, k) that sum to 1: what is not a label is left out."""
    return np.asarray(softmax(_table(scores, "scores"), axis=1), dtype=np.float64)


def calibrate(probabilities: ArrayLike, content_free: ArrayLike) -> NDArray[np.float64]:
    """Label probabilities after contextual calibration: q ∝ W p with W = diag(p_cf)⁻¹ and b = 0.

    Args:
        probabilities: (n, k), each row's label probabilities for a text, in [0, 1].
        content_free: (m, k), the same prompt's label probabilities for inputs without content, such as
            :data:`CONTENT_FREE`; p_cf is their mean. Each prompt needs its own.

    Returns:
        float64 (n, k), rows summing to 1. The largest entry is the calibrated answer. A content-free input itself, if
        it is the only one, comes out with 1/k for every label.

    Raises:
        ValueError: if the shapes do not agree, a number is not a probability, or p_cf has a zero, or a row only zeros.
    """
    answers, empty = _table(probabilities, "probabilities"), _table(content_free, "content_free")
    if answers.shape[1] != empty.shape[1]:
        raise ValueError(
            f"probabilities has {answers.shape[1]} labels and content_free {empty.shape[1]}, but both come from one "
            "prompt: score the same labels for both."
        )
    for name, table in (("probabilities", answers), ("content_free", empty)):
        if not ((table >= 0) & (table <= 1)).all():
            raise ValueError(
                f"{name} holds numbers outside [0, 1], but calibration divides probabilities: turn log-probabilities "
                "into probabilities with label_probabilities first."
            )
    p_cf = empty.mean(axis=0)
    weighted = answers / np.where(p_cf > 0, p_cf, np.nan)
    total = weighted.sum(axis=1, keepdims=True)
    if not (np.isfinite(total).all() and (total > 0).all()):
        raise ValueError(
            "A label has probability 0 for every content-free input, or a text has 0 for every label, but calibration "
            "divides by them: choose label words that the model can say."
        )
    return np.asarray(weighted / total)


def _table(values: ArrayLike, name: str) -> NDArray[np.float64]:
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2 or table.shape[1] < 2 or not len(table):
        raise ValueError(
            f"{name} has shape {table.shape}, but a row a text and a column a label are needed: (n, k ≥ 2)."
        )
    return table
