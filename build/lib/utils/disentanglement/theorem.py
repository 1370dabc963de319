"""The theorem that unlabelled data cannot distinguish a disentangled model from an entangled one, as code to run.

Locatello et al. (2019, "Challenging Common Assumptions in the Unsupervised Learning of Disentangled Representations"),
Theorem 1: for d > 1 latents and any prior p(z) = Π p(z_i) with a density there are infinitely many bijections f of its
support with the same distribution, P(f(z) ≤ u) = P(z ≤ u), that mix every latent into every other,
∂f_i(z)/∂z_j ≠ 0 almost everywhere. The construction is

    f = F⁻¹ ∘ Φ ∘ A ∘ Φ⁻¹ ∘ F,

with F the marginal distribution functions, Φ that of the standard normal, and A orthogonal without a zero entry. F
makes the latents uniform, Φ⁻¹ makes them Gaussian, a rotation leaves the distribution of independent standard Gaussians
as it is, and the way back restores the prior. A decoder g and its twin g ∘ f⁻¹ then draw the same images from the same
prior, but each latent of the twin is a mixture of all latents of g. `theorem_checks` tests both properties of f.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special, stats

from utils.arrays import FloatArray

# Φ(-37.5) = 5e-308 is the smallest that float64 represents in full precision; an end of the support would be infinite.
FAR = 37.5


def rotation(d: int, angle: float, pair: tuple[int, int] = (0, 1)) -> FloatArray:
    """The rotation of d latents that turns one pair of them and leaves the others unchanged.

    Args:
        d: number of latents, 2 or more.
        angle: in degrees; a positive angle turns the first latent of the pair towards the second.
        pair: two different latents, each in 0..d-1.

    Returns:
        float64 (d, d), orthogonal; codes in the rows of `z` are turned by `z @ rotation(d, angle).T`.

    Raises:
        ValueError: if d is below 2, the pair is not two different latents, or the angle is not finite.

    Example:
        >>> rotation(2, 30).round(3)
        array([[ 0.866, -0.5  ],
               [ 0.5  ,  0.866]])
    """
    _at_least_two(d)
    first, second = pair
    if first == second or not all(0 <= latent < d for latent in pair):
        raise ValueError(
            f"pair is {tuple(pair)}, but a rotation needs two different latents: choose each from 0 to {d - 1}."
        )
    if not np.isfinite(angle):
        raise ValueError(f"angle is {angle}, but must be finite: give a number of degrees.")
    matrix = np.eye(d)
    cosine, sine = special.cosdg(angle), special.sindg(angle)  # exactly 0 at 90°, which cos(π/2) is not
    matrix[np.ix_(pair, pair)] = [[cosine, -sine], [sine, cosine]]
    return matrix


def mixing_matrix(d: int, seed: int = 0) -> FloatArray:
    """A random rotation of d latents without a zero entry: every new latent depends on every old one.

    It is sampled from the uniform (Haar) distribution, and sampled again while an entry is smaller than 0.1 / d^2.5,
    as in about one of ten samples. Entries of exactly 0 have probability 0, but tiny ones would look like 0.

    Args:
        d: number of latents, 2 or more.
        seed: of the sampling; every seed gives another rotation.

    Returns:
        float64 (d, d), orthogonal, determinant 1.

    Raises:
        ValueError: if d is below 2.

    Example:
        >>> mixing_matrix(2, seed=1).round(2)
        array([[-0.72, -0.69],
               [ 0.69, -0.72]])
    """
    _at_least_two(d)
    rng = np.random.default_rng(seed)
    while True:
        matrix: FloatArray = stats.special_ortho_group.rvs(d, random_state=rng)
        if np.abs(matrix).min() > 0.1 / d**2.5:
            return matrix


class Bijection:
    """The theorem's f for one prior and one orthogonal matrix: u = f(z) has the distribution of z.

    All arrays are float64 of shape (n, d), one row per point of the prior's support. Each half of a marginal is mapped
    from its own end, so the lower tail keeps its precision down to 1e-307, and so does an infinite upper tail. float64
    cannot resolve latents within 1e-15 of a non-zero upper bound. An end of the support itself, which has probability
    0, is treated as a point 37.5 standard deviations from the mean, so its image stays in the closed support.

    Attributes:
        marginals: the d frozen `scipy.stats` distributions.
        matrix: (d, d), the orthogonal A.

    Example:
        >>> f = Bijection([stats.uniform(0, 1), stats.uniform(0, 1)], rotation(2, 45))
        >>> f([[0.5, 0.9]]).round(3)
        array([[0.182, 0.818]])
        >>> f.inverse(f([[0.5, 0.9]])).round(3)
        array([[0.5, 0.9]])
    """

    def __init__(self, marginals: Sequence[Any], matrix: ArrayLike) -> None:
        """Build f.

        Args:
            marginals: d frozen continuous distributions of `scipy.stats`, such as `stats.uniform(0, 1)`; they may
                differ. Their densities must be positive inside their supports; otherwise F has no inverse.
            matrix: (d, d), orthogonal to 1e-8. With zero entries, f still keeps the prior but does not mix all latents.

        Raises:
            TypeError: if a marginal is not a frozen continuous distribution.
            ValueError: if the matrix is not orthogonal or its size is not the number of marginals.
        """
        self.marginals = tuple(checked_marginal(marginal, place) for place, marginal in enumerate(marginals))
        self.matrix = np.array(matrix, dtype=np.float64)
        d = len(self.marginals)
        if self.matrix.shape != (d, d):
            raise ValueError(
                f"The matrix has shape {self.matrix.shape}, but {d} marginals need ({d}, {d}): give another matrix."
            )
        if not np.allclose(self.matrix @ self.matrix.T, np.eye(d), rtol=0, atol=1e-8):
            raise ValueError("The matrix is not orthogonal (A Aᵀ is not the identity): give a rotation.")

    def __call__(self, z: ArrayLike) -> FloatArray:
        """u = f(z), (n, d).

        Raises:
            ValueError: if z is not (n, d), or has a value outside the closed support of its marginal.
        """
        return self._from_gaussian(self._to_gaussian(self._points(z)) @ self.matrix.T)

    def inverse(self, u: ArrayLike) -> FloatArray:
        """z = f⁻¹(u), (n, d): the same map with A transposed.

        Raises:
            ValueError: as for f.
        """
        return self._from_gaussian(self._to_gaussian(self._points(u)) @ self.matrix)

    def jacobian(self, z: ArrayLike) -> FloatArray:
        """∂f_i/∂z_j at n points, (n, d, d), in closed form.

        With y = Φ⁻¹(F(z)), v = A y, densities p and the standard normal's φ it is
        (φ(v_i) / p_i(f_i(z))) · A_ij · (p_j(z_j) / φ(y_j)): zero exactly where A_ij is, inside the support.

        Raises:
            ValueError: as for f.
        """
        z = self._points(z)
        y = self._to_gaussian(z)
        v = y @ self.matrix.T
        # Logarithms: densities far out underflow, their ratios do not.
        inner = self._log_densities(z) - stats.norm.logpdf(y)
        outer = stats.norm.logpdf(v) - self._log_densities(self._from_gaussian(v))
        result: FloatArray = np.exp(outer)[:, :, None] * self.matrix * np.exp(inner)[:, None, :]
        return result

    def sample(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Sample n points from the prior, (n, d).

        Raises:
            ValueError: if n is negative.
        """
        if n < 0:
            raise ValueError(f"n is {n}, but the number of points must not be negative: give 0 or more.")
        return np.column_stack([marginal.rvs(size=n, random_state=rng) for marginal in self.marginals])

    def log_prior(self, z: ArrayLike) -> FloatArray:
        """log p(z) in nats, (n,); by the change of variables it is log p(f(z)) + log |det ∂f/∂z|.

        Raises:
            ValueError: as for f.
        """
        total: FloatArray = self._log_densities(self._points(z)).sum(axis=1)
        return total

    def _points(self, z: ArrayLike) -> FloatArray:
        points = np.asarray(z, dtype=np.float64)
        d = len(self.marginals)
        if points.ndim != 2 or points.shape[1] != d:
            raise ValueError(
                f"The points have shape {points.shape}, but {d} marginals need (n, {d}): give one row per point."
            )
        for place, marginal in enumerate(self.marginals):
            low, high = marginal.support()
            column = points[:, place]
            # In this form it also refuses NaN, which compares as False.
            if not ((column >= low) & (column <= high)).all():
                raise ValueError(
                    f"Latent {place} has values outside its support [{low:g}, {high:g}] or NaN: "
                    "f maps the support of the prior, so give points inside it."
                )
        return points

    def _to_gaussian(self, z: FloatArray) -> FloatArray:
        columns = [gaussian(marginal, column) for marginal, column in zip(self.marginals, z.T, strict=True)]
        return np.clip(np.column_stack(columns), -FAR, FAR)

    def _from_gaussian(self, y: FloatArray) -> FloatArray:
        columns = []
        for marginal, column in zip(self.marginals, np.clip(y, -FAR, FAR).T, strict=True):
            upper = column > 0
            values = np.empty_like(column)
            values[~upper] = marginal.ppf(special.ndtr(column[~upper]))
            values[upper] = marginal.isf(special.ndtr(-column[upper]))
            columns.append(values)
        return np.column_stack(columns)

    def _log_densities(self, z: FloatArray) -> FloatArray:
        return np.column_stack([m.logpdf(column) for m, column in zip(self.marginals, z.T, strict=True)])


def entangled(decoder: Callable[[FloatArray], Any], f: Bijection) -> Callable[[ArrayLike], Any]:
    """The twin g ∘ f⁻¹ of a decoder g: it draws the same images from the prior, and its latents are g's, mixed by f.

    At u = f(z) it draws g(z), pixel by pixel, up to the effect of the rounding error of f⁻¹(f(z)), about 1e-13.

    Args:
        decoder: g, a function of codes (n, d).
        f: the bijection.

    Returns:
        A function of codes (n, d), as g.

    Example:
        >>> f = Bijection([stats.norm(), stats.norm()], rotation(2, 30))
        >>> decoder = lambda z: z.sum(axis=1)
        >>> z = np.array([[0.2, 0.5]])
        >>> decoder(z).round(3), entangled(decoder, f)(f(z)).round(3)
        (array([0.7]), array([0.7]))
    """

    def twin(codes: ArrayLike) -> Any:
        return decoder(f.inverse(codes))

    return twin


def _at_least_two(d: int) -> None:
    if d < 2:
        raise ValueError(f"d is {d}, but mixing needs two latents or more: choose d ≥ 2.")


def checked_marginal(marginal: Any, place: int) -> Any:
    """The same marginal; TypeError if it is not a frozen continuous distribution of `scipy.stats`."""
    if not isinstance(getattr(marginal, "dist", None), stats.rv_continuous):
        raise TypeError(
            f"Marginal {place} is {marginal!r}: give a frozen continuous distribution of scipy.stats, "
            "such as scipy.stats.uniform(0, 1)."
        )
    return marginal


def gaussian(marginal: Any, values: FloatArray) -> FloatArray:
    """Φ⁻¹(F(values)), through the logarithm of the smaller tail; infinite at the ends of the support and beyond."""
    low, high = marginal.logcdf(values), marginal.logsf(values)
    y: FloatArray = np.where(low < high, special.ndtri_exp(low), -special.ndtri_exp(high))
    return y
