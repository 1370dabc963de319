"""The β-VAE score."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression

from utils.disentanglement.fixed_factor import FixedFactor, chunks
from utils.disentanglement.validation import require_at_least, validated


def beta_vae_score(
    codes: ArrayLike,
    factors: ArrayLike,
    *,
    batch_size: int = 64,
    num_train: int = 10_000,
    num_test: int = 5_000,
    probe: ClassifierMixin | None = None,
    factor_bins: int = 20,
    seed: int = 0,
) -> float:
    """β-VAE score: can a linear classifier recognise which factor was held fixed?

    Definition: sample a factor, and ``batch_size`` pairs of points; the two points of a pair share the value of that
    factor and are random otherwise. The mean absolute difference of their codes over the pairs, (d,), is one example,
    and the factor is its class. The score is the test accuracy of a linear classifier.

    Range: [0, 1], chance 1/k. 1: each factor, held fixed, changes the spread of the latents in its own way. 1/k: no
    factor changes it.

    Blind to: rotations, until two factors spread the latents in the same way; lost factors, because the classifier
    recognises one by the absence of all other effects; and duplicated or unused latents.

    Reference: Higgins et al., "beta-VAE: Learning basic visual concepts with a constrained variational framework"
    (2017).

    Convention: batches of 64, 10,000 training and 5,000 test examples, and scikit-learn's logistic regression with its
    defaults, as in Locatello et al. (2019). Each pair consists of two different points among the given ones that share
    the factor's value; values that only one point has are excluded. The penalty of the classifier makes the score
    depend on the scale of the codes if that is very small. With one factor
    the score is 1, because there is no other factor to confuse it with.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.validation`).
        batch_size: pairs per example.
        num_train: examples that the classifier is fitted to.
        num_test: examples that the classifier is scored on.
        probe: an unfitted scikit-learn classifier to use instead.
        factor_bins: number of bins of a continuous factor.
        seed: of the sampled factors and pairs.

    Returns:
        The score, a float.

    Raises:
        ValueError: if codes or factors are not two-dimensional arrays, have NaN or infinite values, a factor is
            constant or has no value that two points share, or a number of examples or pairs is below 1.

    Example:
        A perfect code, the same code turned by 40°, to which the score is blind, and turned by 45°:

        >>> import numpy as np
        >>> from utils.disentanglement import beta_vae_score, rotation
        >>> factors = np.random.default_rng(0).integers(5, size=(1000, 3))
        >>> for angle in (0, 40, 45):
        ...     code = factors @ rotation(3, angle).T
        ...     print(round(beta_vae_score(code, factors, num_train=500, num_test=500), 2))
        1.0
        1.0
        0.69
    """
    require_at_least(1, batch_size=batch_size, num_train=num_train, num_test=num_test)
    data = validated(codes, factors, factor_bins)
    samplers = [FixedFactor.of(data, j) for j in range(len(data.sizes))]
    if len(samplers) == 1:
        return 1.0
    rng = np.random.default_rng(seed)
    fixed = rng.integers(len(samplers), size=num_train + num_test)
    examples = np.empty((len(fixed), data.codes.shape[1]))
    for j, sampler in enumerate(samplers):
        for part in chunks(np.flatnonzero(fixed == j), batch_size * examples.shape[1]):
            first, second = sampler.sample_pairs((len(part), batch_size), rng)
            examples[part] = np.abs(data.codes[first] - data.codes[second]).mean(axis=1)
    classifier = LogisticRegression(max_iter=1000) if probe is None else clone(probe)
    classifier.fit(examples[:num_train], fixed[:num_train])
    return float(np.mean(classifier.predict(examples[num_train:]) == fixed[num_train:]))
