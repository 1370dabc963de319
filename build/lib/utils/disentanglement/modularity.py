"""Modularity, from the mutual information of single latents and factors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from utils.disentanglement.mutual_information import mutual_information
from utils.disentanglement.validation import validated


def modularity(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    bins: int = 20,
    factor_bins: int = 20,
    min_information: float | None = None,
) -> float:
    """Modularity: does each latent have information about one factor only?

    Definition: for each latent, 1 − Σ I² / (I₁² · (k − 1)), where I₁ is its largest mutual information with one of the
    k factors and the sum runs over the I of the other factors; then the mean over latents. Latents are cut into bins of
    equal width.

    Range: [0, 1]. 1: no latent has information about two factors. 0: each latent has the same amount of information
    about all factors, or none about any.

    Blind to: factors that no latent has information about, and how many latents share a factor. A latent of noise
    counts like any other: its information about several factors, due to chance, is compared with its own largest one.
    So unused latents lower the score of a perfect code unless ``min_information`` excludes them.

    Reference: Ridgeway and Mozer, "Learning deep disentangled embeddings with the F-statistic loss" (2018).

    Convention: the mean over all latents, with 0 for a latent without any information, as in Locatello et al. (2019).
    The paper writes the deviation from an ideal template instead, which is the same number. With one factor the score
    is 1, because there is no second factor.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.validation`).
        bins: number of bins of a latent, from its smallest to its largest value.
        factor_bins: number of bins of a continuous factor.
        min_information: in nats; latents with less information about every factor are excluded. None: all count.

    Returns:
        The score, a float; 0 if ``min_information`` excludes all latents. It is invariant as :func:`mig` is.

    Raises:
        ValueError: if codes or factors are not two-dimensional arrays, have NaN or infinite values, a factor is
            constant, or there are too few bins.

    Example:
        A perfect code, and the same code turned by 45°:

        >>> import numpy as np
        >>> from utils.disentanglement import modularity, rotation
        >>> factors = np.random.default_rng(0).integers(5, size=(1000, 2))
        >>> round(modularity(factors, factors), 2)
        1.0
        >>> round(modularity(factors @ rotation(2, 45).T, factors), 2)
        0.0
    """
    information, _ = mutual_information(validated(codes, factors, factor_bins), bins)
    largest = information.max(axis=1)
    if min_information is not None:
        information = information[largest >= min_information]
        largest = largest[largest >= min_information]
    if len(largest) == 0:
        return 0.0
    k = information.shape[1]
    if k == 1:
        return 1.0
    informative = largest > 0
    squares = (information[informative] / largest[informative, None]) ** 2
    return float(np.sum(1 - (squares.sum(axis=1) - 1) / (k - 1)) / len(largest))
