"""Metrics that hold one factor fixed while the others vary: the β-VAE score and the FactorVAE score.

Where the papers draw new images with a factor fixed, these functions draw from the points of the table that share the
factor's value, so that a table of codes and factors is all they need. A value that only one point has cannot be held
fixed and is never chosen.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import ClassifierMixin, clone
from sklearn.linear_model import LogisticRegression

from utils.disentanglement.table import IntArray, Table, checked

_CHUNK_NUMBERS = 1 << 19  # codes that are gathered at once, so that they stay in a core's cache


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
    """β-VAE score: does a linear classifier see which factor was held fixed?

    Definition: draw a factor, and ``batch_size`` pairs of points, the two of a pair alike in that factor and otherwise
    at random. The mean absolute difference of the codes over the pairs, (d,), is one example, the factor its class.
    The score is the test accuracy of a linear classifier.

    Range: [0, 1], chance 1/k. 1: every factor leaves a trace of its own in the spread of the latents. 1/k: none does.

    Blind to: rotations, until two factors spread the latents in the same way; factors that are lost, as their being
    fixed is recognised by the absence of all other traces; and duplicated or useless latents.

    Reference: Higgins et al., "beta-VAE: Learning basic visual concepts with a constrained variational framework"
    (2017).

    Convention: batches of 64, 10,000 examples to train on and 5,000 to test on, and scikit-learn's logistic regression
    with its defaults, as in Locatello et al. (2019). The classifier's penalty makes the score depend on the scale of
    the codes where this is very small. With one factor the score is 1, as there is nothing to confuse it with.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.table`).
        batch_size: pairs an example.
        num_train: examples that the classifier is fitted to.
        num_test: examples that it is scored on.
        probe: an unfitted scikit-learn classifier to use instead.
        factor_bins: number of bins of a continuous factor.
        seed: decides which factors, pairs and examples are drawn.

    Returns:
        The score, a float.

    Raises:
        ValueError: if the table is not as described, holds NaN or infinite numbers, a factor is constant, or has no
            value that two points share; or a number of examples or pairs is below 1.
    """
    _at_least(1, batch_size=batch_size, num_train=num_train, num_test=num_test)
    table = checked(codes, factors, factor_bins)
    groups = [_Groups.of(table, j) for j in range(len(table.sizes))]
    if len(groups) == 1:
        return 1.0
    rng = np.random.default_rng(seed)
    fixed = rng.integers(len(groups), size=num_train + num_test)
    examples = np.empty((len(fixed), table.codes.shape[1]))
    for j, group in enumerate(groups):
        for part in _chunks(np.flatnonzero(fixed == j), batch_size * examples.shape[1]):
            first, second = group.pairs((len(part), batch_size), rng)
            examples[part] = np.abs(table.codes[first] - table.codes[second]).mean(axis=1)
    classifier = LogisticRegression(max_iter=1000) if probe is None else clone(probe)
    classifier.fit(examples[:num_train], fixed[:num_train])
    return float(np.mean(classifier.predict(examples[num_train:]) == fixed[num_train:]))


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
    """FactorVAE score: does the latent that varies least give away which factor was held fixed?

    Definition: draw a factor, one of its values, and ``batch_size`` points with that value. The latent whose variance
    over them, divided by its variance over all points, is smallest casts a vote for the factor. Each latent predicts
    the factor that it got most votes for; the score is the share of right predictions among new votes.

    Range: [0, 1], chance about 1/k. 1: for every factor it is always the same latent that varies least, and no two
    factors share it. 1/k: the votes do not depend on the factor.

    Blind to: rotations, until two factors quieten the same latent equally; to how much a latent knows beyond being
    the quietest; and to duplicated or useless latents.

    Reference: Kim and Mnih, "Disentangling by factorising" (2018).

    Convention: batches of 64, 10,000 votes to learn from and 5,000 to test on, latents with a standard deviation below
    0.05 left out, as in Locatello et al. (2019), with the variances over all points in place of a new sample. A
    constant latent is left out whatever ``prune`` says. With one factor the score is 1.

    Args:
        codes: (n, d) latents of n points.
        factors: (n, k) their factors, discrete or continuous (see :mod:`utils.disentanglement.table`).
        batch_size: points a vote, 2 or more.
        num_train: votes that are learnt from.
        num_test: votes that are scored.
        prune: standard deviation below which a latent casts no votes, in the unit of the codes: the only way in which
            the score depends on their scale.
        factor_bins: number of bins of a continuous factor.
        seed: decides which factors, values and points are drawn.

    Returns:
        The score, a float; 0 if all latents are left out.

    Raises:
        ValueError: if the table is not as described, holds NaN or infinite numbers, a factor is constant, or has no
            value that two points share; or a number of votes or points is too small.
    """
    _at_least(2, batch_size=batch_size)
    _at_least(1, num_train=num_train, num_test=num_test)
    table = checked(codes, factors, factor_bins)
    groups = [_Groups.of(table, j) for j in range(len(table.sizes))]
    spread = table.codes.std(axis=0, ddof=1)
    # Rounding leaves a constant column with a spread of about its size times the precision of a float.
    active = (spread >= prune) & (spread > 1e-12 * np.abs(table.codes).max(axis=0))
    if not active.any():
        return 0.0
    scaled = table.codes[:, active] / spread[active]
    rng = np.random.default_rng(seed)
    fixed = rng.integers(len(groups), size=num_train + num_test)
    quietest = np.empty(len(fixed), dtype=np.int64)
    for j, group in enumerate(groups):
        for part in _chunks(np.flatnonzero(fixed == j), batch_size * scaled.shape[1]):
            chosen = scaled[group.alike(len(part), batch_size, rng)]
            chosen -= chosen.mean(axis=1, keepdims=True)
            quietest[part] = np.einsum("abc,abc->ac", chosen, chosen).argmin(axis=1)
    votes = np.zeros((scaled.shape[1], len(groups)), dtype=np.int64)
    np.add.at(votes, (quietest[:num_train], fixed[:num_train]), 1)
    return float(np.mean(votes.argmax(axis=1)[quietest[num_train:]] == fixed[num_train:]))


class _Groups(NamedTuple):
    """The points of a table in groups that share the value of one factor, without groups of a single point."""

    members: IntArray  # points, group by group
    start: IntArray  # of the group of each member, as a position in members
    size: IntArray  # of the group of each member

    @classmethod
    def of(cls, table: Table, j: int) -> _Groups:
        counts = np.bincount(table.levels[:, j], minlength=table.sizes[j])
        order = np.argsort(table.levels[:, j], kind="stable")
        size = np.repeat(counts, counts)
        members, size = order[size > 1], size[size > 1]
        if len(members) == 0:
            raise ValueError(
                f"factor {j} has no value that two points share, so that it cannot be held fixed: give more points, or "
                "its numbers as fractions so that they are binned."
            )
        kept = counts[counts > 1]
        return cls(members, np.repeat(np.cumsum(kept) - kept, kept), size)

    def alike(self, n: int, batch_size: int, rng: np.random.Generator) -> IntArray:
        """Batches (n, batch_size) of points alike, drawn with replacement; the value is that of a random point."""
        anchor = rng.integers(len(self.members), size=n)
        step = rng.random((n, batch_size)) * self.size[anchor, None]
        return self.members[self.start[anchor, None] + step.astype(np.int64)]

    def pairs(self, shape: tuple[int, int], rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Two different points with the same value, in each place of two arrays of a shape."""
        first = rng.integers(len(self.members), size=shape)
        start, size = self.start[first], self.size[first]
        step = 1 + (rng.random(shape) * (size - 1)).astype(np.int64)
        return self.members[first], self.members[start + (first - start + step) % size]


def _chunks(positions: IntArray, numbers: int) -> list[IntArray]:
    step = max(1, _CHUNK_NUMBERS // numbers)
    return [positions[i : i + step] for i in range(0, len(positions), step)]


def _at_least(least: int, **counts: int) -> None:
    for name, count in counts.items():
        if count < least:
            raise ValueError(f"{name} is {count}, which is too few: choose {least} or more.")
