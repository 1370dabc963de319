"""The FactorVAE score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from utils.disentanglement.fixed_factor import FixedFactor, chunks
from utils.disentanglement.validation import require_at_least, validated


def factor_vae_score(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    batch_size: int = 64,
    num_train: int = 10_000,
    num_test: int = 5_000,
    prune: float = 0.05,
    factor_bins: int = 20,
    seed: int = 0,
) -> float:
    """FactorVAE score: does the latent that varies least reveal which factor was held fixed?

    Definition: sample a factor, one of its values, and ``batch_size`` points with that value. The latent with the
    smallest variance over them, relative to its variance over all points, casts a vote for the factor. Each latent
    predicts the factor that most of its votes were for; the score is the share of correct predictions for new votes.

    Range: [0, 1], chance about 1/k. 1: for each factor the same latent always varies least, and no two factors share
    that latent. 1/k: the votes do not depend on the factor.

    Blind to: rotations, until two factors reduce the variance of the same latent equally; how much information a latent
    has beyond varying least; and duplicated or unused latents.

    Reference: Kim and Mnih, "Disentangling by factorising" (2018).

    Convention: batches of 64, 10,000 votes to learn from and 5,000 to test on, and latents with a standard deviation
    below 0.05 excluded, as in Locatello et al. (2019), but with variances over all given points instead of a new
    sample. A constant latent is excluded at any ``prune``. With one factor the score is 1.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.validation`).
        batch_size: points per vote, 2 or more.
        num_train: votes that the predictions are learned from.
        num_test: votes that the predictions are scored on.
        prune: standard deviation below which a latent is excluded, in the unit of the codes. This is the only way in
            which the score depends on their scale.
        factor_bins: number of bins of a continuous factor.
        seed: of the sampled factors, values and points.

    Returns:
        The score, a float; 0 if all latents are excluded.

    Raises:
        ValueError: if codes or factors are not two-dimensional arrays, have NaN or infinite values, a factor is
            constant or has no value that two points share, or a number of votes or points is too small.

    Example:
        A perfect code, the same code turned by 40°, to which the score is blind, and turned by 45°:

        >>> import numpy as np
        >>> from utils.disentanglement import factor_vae_score, rotation
        >>> factors = np.random.default_rng(0).integers(5, size=(1000, 3))
        >>> for angle in (0, 40, 45):
        ...     code = factors @ rotation(3, angle).T
        ...     print(round(factor_vae_score(code, factors, num_train=500, num_test=500), 2))
        1.0
        1.0
        0.68
    """
    require_at_least(2, batch_size=batch_size)
    require_at_least(1, num_train=num_train, num_test=num_test)
    data = validated(codes, factors, factor_bins)
    samplers = [FixedFactor.of(data, j) for j in range(len(data.sizes))]
    spread = data.codes.std(axis=0, ddof=1)
    # Rounding leaves a constant column with a spread of about its size times the precision of a float.
    active = (spread >= prune) & (spread > 1e-12 * np.abs(data.codes).max(axis=0))
    if not active.any():
        return 0.0
    scaled = data.codes[:, active] / spread[active]
    rng = np.random.default_rng(seed)
    fixed = rng.integers(len(samplers), size=num_train + num_test)
    least_varying = np.empty(len(fixed), dtype=np.int64)
    for j, sampler in enumerate(samplers):
        for part in chunks(np.flatnonzero(fixed == j), batch_size * scaled.shape[1]):
            batches = scaled[sampler.sample_batches(len(part), batch_size, rng)]
            batches -= batches.mean(axis=1, keepdims=True)
            least_varying[part] = np.einsum("abc,abc->ac", batches, batches).argmin(axis=1)
    votes = np.zeros((scaled.shape[1], len(samplers)), dtype=np.int64)
    np.add.at(votes, (least_varying[:num_train], fixed[:num_train]), 1)
    return float(np.mean(votes.argmax(axis=1)[least_varying[num_train:]] == fixed[num_train:]))
