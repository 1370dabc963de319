"""Sampling of points with one factor held fixed, for the β-VAE score and the FactorVAE score.

The papers render new images with one factor held fixed. These functions sample, with replacement, from the given points
that share a value of the factor, so that codes and factors are all they need. A value that only one point has cannot be
held fixed, and is never sampled.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from utils.arrays import IntArray
from utils.disentanglement.validation import LabelledCodes

_VALUES_PER_CHUNK = 1 << 19  # codes that are gathered at once, so that they stay in a core's cache


class FixedFactor(NamedTuple):
    """The points in groups that share the value of one factor; groups of a single point are excluded.

    Attributes:
        members: the points, group by group.
        start: for each member, where its group starts in ``members``.
        size: for each member, the size of its group.
    """

    members: IntArray
    start: IntArray
    size: IntArray

    @classmethod
    def of(cls, data: LabelledCodes, j: int) -> FixedFactor:
        """The groups of factor ``j``.

        Raises:
            ValueError: if no two points share a value of the factor.
        """
        counts = np.bincount(data.levels[:, j], minlength=data.sizes[j])
        order = np.argsort(data.levels[:, j], kind="stable")
        size = np.repeat(counts, counts)
        members, size = order[size > 1], size[size > 1]
        if len(members) == 0:
            raise ValueError(
                f"factor {j} has no value that two points share, so it cannot be held fixed: give more points, or "
                "give its values as fractions so that they are binned."
            )
        sizes = counts[counts > 1]
        return cls(members, np.repeat(np.cumsum(sizes) - sizes, sizes), size)

    def sample_batches(self, n: int, batch_size: int, rng: np.random.Generator) -> IntArray:
        """Points (n, batch_size), sampled with replacement; those of a batch share the value of a random point."""
        anchor = rng.integers(len(self.members), size=n)
        step = rng.random((n, batch_size)) * self.size[anchor, None]
        return self.members[self.start[anchor, None] + step.astype(np.int64)]

    def sample_pairs(self, shape: tuple[int, int], rng: np.random.Generator) -> tuple[IntArray, IntArray]:
        """Two arrays of points of the given shape: at each place two different points that share a value."""
        first = rng.integers(len(self.members), size=shape)
        start, size = self.start[first], self.size[first]
        step = 1 + (rng.random(shape) * (size - 1)).astype(np.int64)
        return self.members[first], self.members[start + (first - start + step) % size]


def chunks(indices: IntArray, numbers_per_index: int) -> list[IntArray]:
    """Indices in consecutive parts, each small enough that its codes stay in a core's cache."""
    step = max(1, _VALUES_PER_CHUNK // numbers_per_index)
    return [indices[i : i + step] for i in range(0, len(indices), step)]
