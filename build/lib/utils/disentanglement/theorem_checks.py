"""Checks of the two properties of the theorem's map: it keeps the prior, and it mixes every latent into every other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.spatial.distance import cdist

from utils.arrays import FloatArray
from utils.disentanglement.theorem import FAR, Bijection, checked_marginal, gaussian


@dataclass(frozen=True)
class DistributionCheck:
    """Evidence that some points do not come from a prior: a small p-value is evidence, a large one is not.

    Attributes:
        ks_p: (d,) p-values of the Kolmogorov-Smirnov test of each marginal.
        dependence_p: (d, d) p-values, 1 on the diagonal, of the χ² test that two latents are independent, on a grid of
            equally probable cells; it also detects dependence without correlation.
        rank_correlation: the largest absolute Spearman correlation of two latents, 0 to 1; about 1/√n by chance.
        energy: squared energy distance (Székely & Rizzo, 2013, "Energy statistics") to new samples of the prior, on
            latents made Gaussian by F and Φ⁻¹; 0 for equal distributions, about 1/n by chance.
        energy_p: its p-value by permutation, at least 1/(permutations + 1).
    """

    ks_p: FloatArray
    dependence_p: FloatArray
    rank_correlation: float
    energy: float
    energy_p: float

    @property
    def p(self) -> float:
        """One p-value for all tests: the smallest times the number of tests (Bonferroni), at most 1."""
        d = len(self.ks_p)
        smallest = min(self.ks_p.min(), self.dependence_p.min(), self.energy_p)
        return float(min(1.0, smallest * (d + d * (d - 1) // 2 + 1)))


def check_distribution(
    points: ArrayLike, marginals: Sequence[Any], *, seed: int = 0, n_energy: int = 500, permutations: int = 999
) -> DistributionCheck:
    """Test whether points have independent latents with the given marginals.

    Args:
        points: (n, d) with n at least 100. Values outside the support are evidence, not an error.
        marginals: d frozen continuous distributions of `scipy.stats`.
        seed: of the samples of the prior and of the permutations.
        n_energy: the largest number of points that the energy distance compares; its cost is quadratic.
        permutations: of the energy distance's null distribution.

    Raises:
        TypeError: if a marginal is not a frozen continuous distribution.
        ValueError: if points have another shape, there are fewer than 100 points, or a point is not finite.

    Example:
        >>> marginals = [stats.uniform(0, 1), stats.uniform(0, 1)]
        >>> points = np.random.default_rng(0).uniform(size=(1000, 2))
        >>> check_distribution(points, marginals).p > 0.05
        True
        >>> check_distribution(points**2, marginals).p < 0.001
        True
    """
    priors = [checked_marginal(marginal, place) for place, marginal in enumerate(marginals)]
    points = np.asarray(points, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != len(priors) or len(points) < 100:
        raise ValueError(
            f"The points have shape {points.shape}, but (n, {len(priors)}) with n at least 100 is needed: add points."
        )
    if not np.isfinite(points).all():
        raise ValueError(
            "The points contain NaN or infinite values, but all must be finite: find the cause, or remove them."
        )
    d, rng = len(priors), np.random.default_rng(seed)
    ks = np.array([stats.kstest(points[:, i], priors[i].cdf).pvalue for i in range(d)])
    uniform = np.column_stack([prior.cdf(column) for prior, column in zip(priors, points.T, strict=True)])
    pairs = np.ones((d, d))
    correlation = 0.0
    for i in range(d):
        for j in range(i):
            pairs[i, j] = pairs[j, i] = _dependence(uniform[:, i], uniform[:, j])
            correlation = max(correlation, abs(stats.spearmanr(uniform[:, i], uniform[:, j]).statistic))
    subset = points[rng.permutation(len(points))[:n_energy]]
    normal = np.column_stack([gaussian(prior, column) for prior, column in zip(priors, subset.T, strict=True)])
    energy, energy_p = _energy(np.clip(normal, -FAR, FAR), rng.standard_normal(normal.shape), rng, permutations)
    return DistributionCheck(ks, pairs, float(correlation), energy, energy_p)


@dataclass(frozen=True)
class MixingCheck:
    """Dependence of each new latent on each old one, over many points.

    Attributes:
        zero_share: share of the entries of all Jacobians that are zero, 0 to 1; 0 means mixed at every point.
        median: (d, d) medians of |∂f_i/∂z_j|, in units of latent i per unit of latent j.
        smallest: the smallest |∂f_i/∂z_j|.
    """

    zero_share: float
    median: FloatArray
    smallest: float


def check_mixing(f: Bijection, points: ArrayLike) -> MixingCheck:
    """Look for zeros among the partial derivatives of f at some points (n, d), n at least 1.

    Raises:
        ValueError: if there are no points, or as for f.

    Example:
        >>> f = Bijection([stats.norm(), stats.norm()], [[0.8, -0.6], [0.6, 0.8]])
        >>> check_mixing(f, [[0.0, 0.0], [1.0, -1.0]]).median.round(3)
        array([[0.8, 0.6],
               [0.6, 0.8]])
    """
    jacobians = np.abs(f.jacobian(points))
    if len(jacobians) == 0:
        raise ValueError(
            "There are no points, but the check needs some: give, for example, 1,000 samples of the prior."
        )
    return MixingCheck(float((jacobians == 0).mean()), np.median(jacobians, axis=0), float(jacobians.min()))


def _dependence(first: FloatArray, second: FloatArray) -> float:
    # At least ten points per cell, so that the χ² distribution is valid; more than 8 × 8 cells would only lose power.
    bins = int(np.clip(np.sqrt(len(first) / 10), 2, 8))
    ranks = [stats.rankdata(column, method="ordinal") - 1 for column in (first, second)]
    cells = [(bins * rank // len(first)).astype(int) for rank in ranks]
    table = np.zeros((bins, bins))
    np.add.at(table, (cells[0], cells[1]), 1)
    return float(stats.chi2_contingency(table, correction=False).pvalue)


def _energy(first: FloatArray, second: FloatArray, rng: np.random.Generator, permutations: int) -> tuple[float, float]:
    n = len(first)
    both = np.concatenate([first, second])
    distances = cdist(both, both)
    signs = np.repeat([1.0, -1.0], n)
    shuffled = np.array([signs, *(rng.permutation(signs) for _ in range(permutations))])
    # Σ sᵢ sⱼ |xᵢ - xⱼ| / n² is minus the squared energy distance of the two halves.
    energies = -np.einsum("pi,pi->p", shuffled @ distances, shuffled) / n**2
    return float(energies[0]), float((energies >= energies[0] * (1 - 1e-12)).mean())
