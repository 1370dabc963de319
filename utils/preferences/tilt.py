"""Moving a distribution towards a reward, and what that costs.

The distribution with the highest E[r(x)] − β · KL(p ‖ p_ref) is the tilt p*(x) ∝ p_ref(x) · exp(r(x)/β): what
fine-tuning on preferences aims at (Korbak, Perez and Buckley 2022, "RL with KL penalties is better viewed as Bayesian
inference"; Rafailov et al. 2023). On a finite sample of p_ref it is a set of weights; for a Gaussian and a linear
reward it is a Gaussian. Best-of-n, the other way, needs no weights: draw n, keep the one with the highest reward.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln, softmax
from scipy.stats import norm

from utils.intervals import Interval, check_confidence
from utils.preferences.comparisons import FloatArray, IntArray


def tilt_weights(rewards: ArrayLike, beta: float) -> FloatArray:
    """Self-normalised weights of a sample of p_ref that turn it into a sample of the tilt.

    Args:
        rewards: (n,) finite numbers, r(x_i) of n ≥ 1 independent draws of p_ref.
        beta: price of a nat of KL divergence, in units of reward; positive. Large: the weights are all 1/n. Small: one
            draw has all the weight.

    Returns:
        (n,) positive weights that sum to 1.

    Raises:
        ValueError: if rewards are not such numbers, or beta is not positive.
    """
    values = _finite(rewards, "rewards")
    if not beta > 0:
        raise ValueError(f"beta is {beta}, but the price of divergence is positive: give a positive number.")
    weights: FloatArray = softmax(values / beta)
    return weights


def effective_sample_size(weights: ArrayLike) -> float:
    """How many equally weighted draws would be as good: (Σw)² / Σw², from 1 to n (Kish 1965, "Survey Sampling")."""
    values = _finite(weights, "weights")
    if (values < 0).any() or values.sum() == 0:
        raise ValueError("weights must be non-negative and not all zero: give those of tilt_weights.")
    return float(values.sum() ** 2 / (values @ values))


def tilt_kl(weights: ArrayLike) -> float:
    """KL(tilt ‖ p_ref) in nats, estimated from the weights: Σ w log(n w), from 0 to log n, which it cannot exceed."""
    values = _finite(weights, "weights")
    shares = values / values.sum()
    used = shares > 0
    return float(shares[used] @ np.log(len(shares) * shares[used]))


def gaussian_tilt(mean: ArrayLike, covariance: ArrayLike, slope: ArrayLike, beta: float) -> FloatArray:
    """Mean (d,) of the tilt of N(mean, covariance) under the reward slope · x: mean + covariance @ slope / β.

    The covariance stays. ``mean`` and ``slope`` have shape (d,), ``covariance`` (d, d); beta is positive.
    """
    centre, spread, direction = (np.asarray(part, dtype=np.float64) for part in (mean, covariance, slope))
    if centre.ndim != 1 or spread.shape != (len(centre), len(centre)) or direction.shape != centre.shape:
        raise ValueError(
            f"mean, covariance and slope have shapes {centre.shape}, {spread.shape} and {direction.shape}, but (d,), "
            "(d, d) and (d,) are needed: give one dimension to all."
        )
    if not beta > 0:
        raise ValueError(f"beta is {beta}, but the price of divergence is positive: give a positive number.")
    moved: FloatArray = centre + spread @ direction / beta
    return moved


def best_of_n(rewards: ArrayLike) -> IntArray:
    """For each row of rewards (m, n), the position (m,) of the draw with the highest one; the first among equals."""
    values = np.asarray(rewards, dtype=np.float64)
    if values.ndim != 2 or values.shape[1] == 0:
        raise ValueError(f"rewards has shape {values.shape}, but (m, n) with n ≥ 1 is needed: one row a choice.")
    chosen: IntArray = values.argmax(axis=1).astype(np.int64)
    return chosen


def best_of_n_mean(rewards: ArrayLike, values: ArrayLike, n: int) -> float:
    """What best-of-n by ``rewards`` is worth by ``values``, averaged over all ways to draw the n from a pool.

    The draw at rank i of N (from below) is the best of a random n with probability C(i − 1, n − 1) / C(N, n); there is
    no need to draw. With ``values`` the rewards themselves: what the optimised reward says; with another judge's: what
    that judge thinks of it.

    Args:
        rewards, values: (N,) of the same N draws, rewards all different for the exact average.
        n: 1 to N.

    Raises:
        ValueError: if the lengths differ or n is out of range.
    """
    optimised, judged = _finite(rewards, "rewards"), _finite(values, "values")
    size = len(optimised)
    if len(judged) != size:
        raise ValueError(f"there are {size} rewards and {len(judged)} values: give both for the same draws.")
    if not 1 <= n <= size:
        raise ValueError(f"n is {n} for a pool of {size}: choose n from 1 to the size of the pool.")
    ranks = np.arange(n, size + 1)
    log_chance = _log_choose(ranks - 1, n - 1) - _log_choose(np.array(size), n)
    return float(np.exp(log_chance) @ judged[np.argsort(optimised, kind="stable")][n - 1 :])


def best_of_n_kl(n: int) -> float:
    """What best-of-n costs at most: KL(best of n ‖ p_ref) ≤ log n − (n − 1)/n nats, with equality without ties.

    (Stated by Stiennon et al. 2020, "Learning to summarize from human feedback"; a bound where draws can be alike:
    Beirami et al. 2024.)
    """
    if n < 1:
        raise ValueError(f"n is {n}, but at least one draw is needed: give n from 1 up.")
    return float(np.log(n) - (n - 1) / n)


def win_rate(outcomes: ArrayLike, confidence: float = 0.95) -> Interval:
    """Share of comparisons won, ties counting half, with Wilson's interval (Wilson 1927).

    Args:
        outcomes: (n,) numbers 1 (won), 0 (lost) or 0.5 (tie), n ≥ 1, of independent comparisons.
        confidence: between 0 and 1.

    Returns:
        The share and the ends of its interval, within [0, 1]; not of width 0 even where all were won. With many ties
        the interval is wider than it needs to be.
    """
    won = _finite(outcomes, "outcomes")
    if not np.isin(won, (0.0, 0.5, 1.0)).all():
        raise ValueError("an outcome is none of 1 (won), 0 (lost) and 0.5 (tie): give one of them for each comparison.")
    check_confidence(confidence)
    z2 = float(norm.ppf((1 + confidence) / 2)) ** 2
    n, share = len(won), float(won.mean())
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return Interval(share, max(0.0, float(centre - half)), min(1.0, float(centre + half)))


def _log_choose(n: IntArray, k: int) -> FloatArray:
    logarithm: FloatArray = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return logarithm


def _finite(values: ArrayLike, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or len(array) == 0:
        raise ValueError(f"{name} has shape {array.shape}, but (n,) with n ≥ 1 is needed: give one number a draw.")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} holds NaN or infinite values, but finite numbers are needed: find where they arise.")
    return array
