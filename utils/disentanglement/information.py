"""Metrics from the mutual information of single latents and factors: MIG and modularity."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from utils.disentanglement.table import FloatArray, IntArray, Table, checked, equal_width


def mig(codes: ArrayLike, factors: ArrayLike, *, bins: int = 20, factor_bins: int = 20, seed: int = 0) -> float:
    """Mutual information gap: is each factor told by one latent, and by no second one?

    Definition: the mean over factors of (I₁ − I₂) / H, where I₁ and I₂ are the largest and the second largest mutual
    information of one latent with the factor, and H is the factor's entropy. Latents are cut into equally wide bins.

    Range: [0, 1]. 1: each factor is known exactly from one latent, and no other latent tells anything about it. 0: for
    each factor two latents tell equally much, be it everything or nothing.

    Blind to: whether a latent mixes several factors, as long as each factor has one latent that knows it best; and to
    information spread over several latents: a lossless code that holds every latent twice scores 0. The bins move it:
    a single outlier squeezes all other points into few bins, and many bins on few points find information in noise.

    Reference: Chen, Li, Grosse and Duvenaud, "Isolating sources of disentanglement in variational autoencoders" (2018).

    Convention: 20 bins and mutual information from counts, as in Locatello et al. (2019); the paper integrates over the
    encoder's densities instead. A missing second latent tells nothing: with one latent I₂ = 0.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.table`).
        bins: number of bins of a latent, from its smallest to its largest value.
        factor_bins: number of bins of a continuous factor.
        seed: unused, as nothing is drawn; here for the common signature.

    Returns:
        The score, a float. It does not depend on the order of the latents, nor on their scale or sign except that a
        value on the edge between two bins may change sides.

    Raises:
        ValueError: if the table is not as described, holds NaN or infinite numbers, or a factor is constant.
    """
    information, entropies = mutual_information(checked(codes, factors, factor_bins), bins)
    ranked = np.sort(np.vstack([information, np.zeros_like(entropies)]), axis=0)
    return float(np.mean((ranked[-1] - ranked[-2]) / entropies))


def modularity(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    bins: int = 20,
    factor_bins: int = 20,
    min_information: float | None = None,
    seed: int = 0,
) -> float:
    """Modularity: does each latent tell about one factor only?

    Definition: for each latent, 1 − Σ I² / (I₁² · (k − 1)), where I₁ is its largest mutual information with one of the
    k factors and the sum runs over the other factors' I; the mean over latents. Latents are cut into equal bins.

    Range: [0, 1]. 1: no latent tells about two factors. 0: each latent tells equally much about all of them, or nothing
    about any.

    Blind to: factors that no latent tells about; and to how many latents share a factor. A latent of noise counts like
    any other: what chance makes it tell about several factors is compared with its own largest, so that latents
    without use pull the score of a perfect code down unless ``min_information`` leaves them out.

    Reference: Ridgeway and Mozer, "Learning deep disentangled embeddings with the F-statistic loss" (2018).

    Convention: mean over all latents, 0 for one without any information, as in Locatello et al. (2019). The paper
    writes the template of the ideal latent instead, which is the same number. With one factor the score is 1, as no
    latent can tell about a second.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.table`).
        bins: number of bins of a latent, from its smallest to its largest value.
        factor_bins: number of bins of a continuous factor.
        min_information: nats; latents that tell less than this about every factor are left out. None: all count.
        seed: unused, as nothing is drawn; here for the common signature.

    Returns:
        The score, a float; 0 if ``min_information`` leaves no latent. Invariant like :func:`mig`.

    Raises:
        ValueError: if the table is not as described, holds NaN or infinite numbers, or a factor is constant.
    """
    information, _ = mutual_information(checked(codes, factors, factor_bins), bins)
    largest = information.max(axis=1)
    if min_information is not None:
        information = information[largest >= min_information]
        largest = largest[largest >= min_information]
    if len(largest) == 0:
        return 0.0
    k = information.shape[1]
    if k == 1:
        return 1.0
    told = largest > 0
    shares = (information[told] / largest[told, None]) ** 2
    return float(np.sum(1 - (shares.sum(axis=1) - 1) / (k - 1)) / len(largest))


def mutual_information(table: Table, bins: int) -> tuple[FloatArray, FloatArray]:
    """Mutual information of each binned latent with each factor (d, k), and the entropies of the factors (k,), in nats.

    Both are plug-in estimates, computed from counts as if these were probabilities (Shannon 1948).
    """
    binned = equal_width(table.codes, bins)
    of_latents = np.array([_entropy(np.bincount(column)) for column in binned.T])
    of_factors = np.array([_entropy(np.bincount(column)) for column in table.levels.T])
    joint = np.array([[_entropy(_joint_counts(a, b)) for b in table.levels.T] for a in binned.T])
    return np.maximum(of_latents[:, None] + of_factors - joint, 0), of_factors


def _joint_counts(first: IntArray, second: IntArray) -> IntArray:
    return np.bincount(first * (second.max() + 1) + second)


def _entropy(counts: IntArray) -> float:
    shares = counts[counts > 0] / counts.sum()
    return float(-(shares * np.log(shares)).sum())
