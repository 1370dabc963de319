"""Mutual information of single binned latents with factors, on which MIG and modularity are based."""

from __future__ import annotations

import numpy as np

from utils.arrays import FloatArray, IntArray
from utils.disentanglement.validation import LabelledCodes, equal_width_bins


def mutual_information(data: LabelledCodes, bins: int) -> tuple[FloatArray, FloatArray]:
    """Mutual information of each binned latent with each factor (d, k), and the entropies of the factors (k,), in nats.

    Both are plug-in estimates: counts are used as if they were probabilities (Shannon 1948, "A mathematical theory of
    communication").

    Raises:
        ValueError: if ``bins`` is below 1.

    Example:
        >>> data = LabelledCodes(np.array([[0.0], [1.0]]), np.array([[0], [1]]), (2,))
        >>> information, entropies = mutual_information(data, bins=2)
        >>> information.round(3), entropies.round(3)
        (array([[0.693]]), array([0.693]))
    """
    binned = equal_width_bins(data.codes, bins)
    of_latents = np.array([_entropy(np.bincount(column)) for column in binned.T])
    of_factors = np.array([_entropy(np.bincount(column)) for column in data.levels.T])
    joint = np.array([[_entropy(_joint_counts(a, b)) for b in data.levels.T] for a in binned.T])
    return np.maximum(of_latents[:, None] + of_factors - joint, 0), of_factors


def _joint_counts(first: IntArray, second: IntArray) -> IntArray:
    return np.bincount(first * (second.max() + 1) + second)


def _entropy(counts: IntArray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
