"""The interventional robustness score: does a latent keep still while other factors are changed?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from utils.disentanglement.table import checked


def irs(codes: ArrayLike, factors: ArrayLike, *, quantile: float = 0.99, factor_bins: int = 20, seed: int = 0) -> float:
    """IRS: interventional robustness score.

    Definition: for a latent and a factor, take the points with one value of the factor, and by how much the latent
    leaves their mean; of that, a high quantile, averaged over the factor's values, divided by the furthest that the
    latent ever leaves its mean over all points. 1 minus this is the robustness of the latent given that factor. Each
    latent counts with its best factor, in a mean over latents weighted by how far they reach.

    Range: at most 1, and in practice from 0. 1: each latent is a function of one factor alone, so that nothing moves it
    once that factor is held fixed. 0: no factor that is held fixed keeps any latent from going as far as ever.

    Blind to: factors that no latent follows; to how many latents follow the same factor; and to how finely a latent
    follows it: a latent that only tells two values apart may score 1. Many values with few points each look calm,
    because a few points do not reach far: a small table scores too high.

    Reference: Suter, Miladinović, Schölkopf and Bauer, "Robustly disentangled causal mechanisms: validating deep
    representations for interventional robustness" (2019).

    Convention: the quantile 0.99 and the weights of the study's library (Locatello et al. 2019); the paper takes the
    maximum, ``quantile=1``. Independent factors are assumed, as in both. Constant latents are left out.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.table`).
        quantile: of the deviations from the mean that counts as the largest one, in (0, 1].
        factor_bins: number of bins of a continuous factor.
        seed: unused, as nothing is drawn; here for the common signature.

    Returns:
        The score, a float; 0 if all latents are constant. The order and the signs of the latents do not matter, and
        one scale for all does not either; a scale for one latent changes its weight.

    Raises:
        ValueError: if the table is not as described, holds NaN or infinite numbers, a factor is constant, or the
            quantile is not in (0, 1].
    """
    if not 0 < quantile <= 1:
        raise ValueError(f"quantile is {quantile}, but a share of the points is needed: choose one in (0, 1].")
    table = checked(codes, factors, factor_bins)
    reach = np.abs(table.codes - table.codes.mean(axis=0)).max(axis=0)
    active = reach > 1e-12 * np.abs(table.codes).max(axis=0)
    if not active.any():
        return 0.0
    latents, reach = table.codes[:, active], reach[active]
    moved = np.zeros((len(reach), len(table.sizes)))
    for j, size in enumerate(table.sizes):
        order = np.argsort(table.levels[:, j], kind="stable")
        ends = np.cumsum(np.bincount(table.levels[:, j], minlength=size))
        for group in np.split(latents[order], ends[:-1]):
            moved[:, j] += np.quantile(np.abs(group - group.mean(axis=0)), quantile, axis=0) / size
    robustness = 1 - moved / reach[:, None]
    return float(np.average(robustness.max(axis=1), weights=reach))
