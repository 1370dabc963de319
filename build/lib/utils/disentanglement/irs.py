"""IRS, the interventional robustness score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from utils.disentanglement.validation import validated


def irs(codes: ArrayLike, factors: ArrayLike, *, quantile: float = 0.99, factor_bins: int = 20) -> float:
    """IRS: does each latent stay the same while other factors change?

    Definition: for a latent and a factor, take the points with one value of the factor, and the distances of the latent
    from its mean over them. A high quantile of these distances, averaged over the factor's values, is divided by the
    largest distance of the latent from its mean over all points. 1 minus this is the robustness of the latent given
    that factor. Each latent is assigned its best factor, and the score is the mean over latents weighted by these
    largest distances.

    Range: at most 1, and in practice at least 0. 1: each latent is a function of one factor, so it is constant once
    that factor is held fixed. 0: whichever factor is held fixed, each latent varies as far as before.

    Blind to: factors that no latent depends on; how many latents depend on the same factor; and how finely a latent
    distinguishes its factor's values: a latent that distinguishes only two of them may score 1. Small groups
    underestimate the spread, so many values with few points each raise the score: small data sets score too high.

    Reference: Suter, Miladinović, Schölkopf and Bauer, "Robustly disentangled causal mechanisms: validating deep
    representations for interventional robustness" (2019).

    Convention: the quantile 0.99 and the weights of the library of Locatello et al. (2019); the paper takes the
    maximum, ``quantile=1``. Like both, it assumes independent factors. Constant latents are excluded.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.validation`).
        quantile: the quantile of the distances that is used instead of the largest one, in (0, 1].
        factor_bins: number of bins of a continuous factor.

    Returns:
        The score, a float; 0 if all latents are constant. The order and the signs of the latents do not matter, nor
        does one scale for all of them; the scale of a single latent changes its weight.

    Raises:
        ValueError: if codes or factors are not two-dimensional arrays, have NaN or infinite values, a factor is
            constant, or the quantile is not in (0, 1].

    Example:
        A perfect code, and the same code turned by 45°:

        >>> import numpy as np
        >>> from utils.disentanglement import irs, rotation
        >>> factors = np.random.default_rng(0).integers(5, size=(1000, 2))
        >>> round(irs(factors, factors), 2)
        1.0
        >>> round(irs(factors @ rotation(2, 45).T, factors), 2)
        0.49
    """
    if not 0 < quantile <= 1:
        raise ValueError(f"quantile is {quantile}, but must be above 0 and at most 1: 0.99 is usual.")
    data = validated(codes, factors, factor_bins)
    reach = np.abs(data.codes - data.codes.mean(axis=0)).max(axis=0)
    active = reach > 1e-12 * np.abs(data.codes).max(axis=0)
    if not active.any():
        return 0.0
    latents, reach = data.codes[:, active], reach[active]
    distances = np.zeros((len(reach), len(data.sizes)))
    for j, size in enumerate(data.sizes):
        order = np.argsort(data.levels[:, j], kind="stable")
        ends = np.cumsum(np.bincount(data.levels[:, j], minlength=size))
        for group in np.split(latents[order], ends[:-1]):
            distances[:, j] += np.quantile(np.abs(group - group.mean(axis=0)), quantile, axis=0) / size
    robustness = 1 - distances / reach[:, None]
    return float(np.average(robustness.max(axis=1), weights=reach))
