"""Moving a distribution towards a reward, and the divergence that this costs.

The distribution that maximises E[r(x)] − β · KL(p ‖ p_ref) is the tilt p*(x) ∝ p_ref(x) · exp(r(x)/β), the goal of
fine-tuning on preferences (Korbak, Perez and Buckley 2022, "RL with KL penalties is better viewed as Bayesian
inference"; Rafailov et al. 2023). On a finite sample of p_ref, it is a set of weights; for a Gaussian and a linear
reward, it is a Gaussian. Best-of-n is another way, without weights: draw n samples and keep the one with the highest
reward.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, softmax
from scipy.stats import norm

from utils.arrays import FloatArray, IntArray
from utils.intervals import Interval, check_confidence


def tilt_weights(rewards: ArrayLike, beta: float) -> FloatArray:
    """Self-normalised importance weights that turn a sample of p_ref into a weighted sample of the tilt.

    Args:
        rewards: (n,) finite numbers: r(x_i) of n ≥ 1 independent samples x_i of p_ref.
        beta: price per nat of KL divergence, in units of reward, positive. For large β all weights approach 1/n; for
            small β one sample has all the weight.

    Returns:
        (n,) non-negative weights with sum 1.

    Raises:
        ValueError: if rewards are not finite numbers (n,), or beta is not positive.

    Example:
        >>> tilt_weights([0.0, 0.0, np.log(2)], beta=1.0)
        array([0.25, 0.25, 0.5 ])
    """
    values = _finite(rewards, "rewards")
    if not beta > 0:
        raise ValueError(f"beta is {beta}, but must be positive.")
    weights: FloatArray = softmax(values / beta)
    return weights


def effective_sample_size(weights: ArrayLike) -> float:
    """The number of equally weighted samples that would be as good: (Σw)² / Σw² (Kish 1965, "Survey Sampling").

    Args:
        weights: (n,) non-negative, not all zero.

    Returns:
        From 1, where one sample has all the weight, to n, where all weights are equal.

    Raises:
        ValueError: if weights are not finite, non-negative numbers (n,), or all zero.

    Example:
        >>> effective_sample_size([0.5, 0.5, 0.0])
        2.0
    """
    values = _finite(weights, "weights")
    if (values < 0).any() or values.sum() == 0:
        raise ValueError("weights must be non-negative and not all zero: give those of tilt_weights.")
    return float(values.sum() ** 2 / (values @ values))


def tilt_kl(weights: ArrayLike) -> float:
    """KL(tilt ‖ p_ref) in nats, estimated from importance weights: Σ w log(n w), with weights normalised to sum 1.

    Args:
        weights: (n,) non-negative, not all zero.

    Returns:
        From 0 to log n. The estimate cannot exceed log n, whatever the true divergence.

    Raises:
        ValueError: if weights are not finite numbers (n,).

    Example:
        >>> round(tilt_kl([0.5, 0.5, 0.0]), 3)
        0.405
    """
    values = _finite(weights, "weights")
    shares = values / values.sum()
    positive = shares > 0
    return float(shares[positive] @ np.log(len(shares) * shares[positive]))


def gaussian_tilt(mean: ArrayLike, covariance: ArrayLike, slope: ArrayLike, beta: float) -> FloatArray:
    """Mean of the tilt of N(mean, covariance) under the reward slope · x: mean + covariance @ slope / β.

    The tilt has the same covariance.

    Args:
        mean, slope: (d,).
        covariance: (d, d).
        beta: price per nat of KL divergence, positive.

    Returns:
        (d,), the mean of the tilt.

    Raises:
        ValueError: if the shapes do not agree, or beta is not positive.

    Example:
        >>> gaussian_tilt([1.0, 0.0], [[1.0, 0.0], [0.0, 2.0]], [0.5, 0.5], beta=0.5)
        array([2., 2.])
    """
    centre, spread, direction = (np.asarray(part, dtype=np.float64) for part in (mean, covariance, slope))
    if centre.ndim != 1 or spread.shape != (len(centre), len(centre)) or direction.shape != centre.shape:
        raise ValueError(
            f"mean, covariance and slope have shapes {centre.shape}, {spread.shape} and {direction.shape}, but (d,), "
            "(d, d) and (d,) are needed: give all three the same number of dimensions."
        )
    if not beta > 0:
        raise ValueError(f"beta is {beta}, but must be positive.")
    moved: FloatArray = centre + spread @ direction / beta
    return moved


def best_of_n(rewards: ArrayLike) -> IntArray:
    """Best-of-n for m independent groups: the position of the highest reward in each; the first of equal ones.

    Args:
        rewards: (m, n) with n ≥ 1, one row per group.

    Returns:
        (m,) integers from 0 to n − 1.

    Raises:
        ValueError: if rewards have another shape.

    Example:
        >>> best_of_n([[0.2, 0.9, 0.1], [0.5, 0.3, 0.5]])
        array([1, 0])
    """
    values = np.asarray(rewards, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(f"rewards has shape {values.shape}, but (m, n) with n ≥ 1 is needed: give one row per group.")
    positions: IntArray = values.argmax(axis=1).astype(np.int64)
    return positions


def best_of_n_mean(rewards: ArrayLike, values: ArrayLike, n: int) -> float:
    """The mean ``values`` of best-of-n by ``rewards``, averaged over all ways to draw n samples from a pool of N.

    The sample at rank i of N (from below) is the best of n random ones with probability C(i − 1, n − 1) / C(N, n), so
    that nothing has to be drawn. With ``values=rewards``, this is the reward that is optimised; with the utility of a
    judge, it is the utility that the judge gains.

    Args:
        rewards, values: (N,) of the same N samples. The average is exact if all rewards differ.
        n: from 1 to N.

    Returns:
        A mean in the unit of ``values``.

    Raises:
        ValueError: if the lengths differ or n is out of range.

    Example:
        >>> round(best_of_n_mean([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], n=2), 4)
        2.6667
    """
    reward, value = _finite(rewards, "rewards"), _finite(values, "values")
    size = len(reward)
    if len(value) != size:
        raise ValueError(f"there are {size} rewards and {len(value)} values: give both for the same samples.")
    if not 1 <= n <= size:
        raise ValueError(f"n is {n} for a pool of {size}: give an n from 1 to the size of the pool.")
    ranks = np.arange(n, size + 1)
    log_probability = _log_choose(ranks - 1, n - 1) - _log_choose(np.array(size), n)
    return float(np.exp(log_probability) @ value[np.argsort(reward, kind="stable")][n - 1 :])


def best_of_n_kl(n: int) -> float:
    """The largest divergence of best-of-n from p_ref: log n − (n − 1)/n nats.

    It is exact where no two samples have the same reward (Stiennon et al. 2020, "Learning to summarize from human
    feedback"), and an upper bound otherwise (Beirami et al. 2024, "Theoretical guarantees on the best-of-n alignment
    policy").

    Args:
        n: the number of samples, at least 1.

    Raises:
        ValueError: if n is below 1.

    Example:
        >>> round(best_of_n_kl(16), 3)
        1.835
    """
    if n < 1:
        raise ValueError(f"n is {n}, but at least one sample is needed: give an n of 1 or more.")
    return float(np.log(n) - (n - 1) / n)


def win_rate(outcomes: ArrayLike, confidence: float = 0.95) -> Interval:
    """Share of comparisons won, where a tie counts as half, with Wilson's interval.

    Args:
        outcomes: (n,) numbers 1 (won), 0 (lost) or 0.5 (tie), n ≥ 1, of independent comparisons.
        confidence: between 0 and 1.

    Returns:
        The share and the ends of its interval, within [0, 1]. The width is positive even where all comparisons were
        won. With many ties the interval is wider than necessary.

    Raises:
        ValueError: if an outcome has another value, or the confidence is not between 0 and 1.

    Reference: Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference".

    Example:
        >>> print(win_rate([1, 1, 1, 0.5, 0]))
        0.70 [0.30, 0.93]
    """
    results = _finite(outcomes, "outcomes")
    if not np.isin(results, (0.0, 0.5, 1.0)).all():
        raise ValueError("outcomes must be 1 (won), 0.5 (tie) or 0 (lost): give one of these per comparison.")
    check_confidence(confidence)
    z2 = float(norm.ppf((1 + confidence) / 2)) ** 2
    n, share = len(results), float(results.mean())
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return Interval(share, max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def _log_choose(n: IntArray, k: int) -> FloatArray:
    logarithm: FloatArray = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return logarithm


def _finite(values: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or len(array) == 0:
        raise ValueError(f"{name} has shape {array.shape}, but (n,) with n ≥ 1 is needed: give one value per sample.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} contains NaN or infinite values, but must be finite: find where they arise.")
    return array
