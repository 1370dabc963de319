"""MIG, the mutual information gap."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from utils.disentanglement.mutual_information import mutual_information
from utils.disentanglement.validation import validated


def mig(codes: ArrayLike, factors: ArrayLike, *, bins: int = 20, factor_bins: int = 20) -> float:
    """MIG: does one latent have information about each factor, and no second one?

    Definition: the mean over factors of (I₁ − I₂) / H, where I₁ and I₂ are the largest and the second largest mutual
    information of a single latent with the factor, and H is the factor's entropy. Latents are cut into bins of equal
    width.

    Range: [0, 1]. 1: each factor is determined by one latent, and no other latent has any information about it. 0: for
    each factor the two best latents have the same amount of information, whether that is all of it or none.

    Blind to: whether a latent mixes several factors, as long as each factor has a latent of its own with the most
    information about it; and information that is spread over several latents: a lossless code that contains every
    latent twice scores 0. The score depends on the bins: a single outlier pushes all other points into few bins, and
    many bins with few points find information in noise.

    Reference: Chen, Li, Grosse and Duvenaud, "Isolating sources of disentanglement in variational autoencoders" (2018).

    Convention: 20 bins and mutual information from counts, as in Locatello et al. (2019); the paper integrates over the
    encoder's densities instead. With one latent, I₂ = 0.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.validation`).
        bins: number of bins of a latent, from its smallest to its largest value.
        factor_bins: number of bins of a continuous factor.

    Returns:
        The score, a float. It does not depend on the order of the latents. It does not depend on their scale or sign
        either, except that a value on the edge of two bins may move to the other bin.

    Raises:
        ValueError: if codes or factors are not two-dimensional arrays, have NaN or infinite values, a factor is
            constant, or there are too few bins.

    Example:
        A perfect code, and the same code turned by 45°:

        >>> import numpy as np
        >>> from utils.disentanglement import mig, rotation
        >>> factors = np.random.default_rng(0).integers(5, size=(1000, 2))
        >>> round(mig(factors, factors), 2)
        1.0
        >>> round(mig(factors @ rotation(2, 45).T, factors), 2)
        0.02
    """
    information, entropies = mutual_information(validated(codes, factors, factor_bins), bins)
    ranked = np.sort(np.vstack([information, np.zeros_like(entropies)]), axis=0)
    return float(np.mean((ranked[-1] - ranked[-2]) / entropies))
