"""From comparisons to scores: the Bradley–Terry model, fitted by maximum likelihood.

P(i is preferred to j) = 1 / (1 + exp(s_j − s_i)) (Bradley and Terry 1952, "Rank Analysis of Incomplete Block Designs:
I. The Method of Paired Comparisons"). Only differences of scores appear, so a constant added to all of them changes
nothing; here they sum to 0. A tie counts as half a win for either side.

**When the scores are not finite.** The likelihood has a finite maximum if and only if, for every split of the items
into two groups, some item of each group has won (or tied) against an item of the other (Ford 1957, "Solution of a
Ranking Problem from Binary Comparisons"). The score of an item that never loses tends to infinity. Without a prior this
raises an error; with a Gaussian prior on the scores they are always finite, and depend on the prior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components
from scipy.special import expit, log_expit

from utils.arrays import FloatArray, IntArray
from utils.errors import WhichIsBetterError
from utils.intervals import Interval, normal_interval
from utils.preferences.comparisons import Comparisons


class NoFiniteRanking(WhichIsBetterError, ValueError):
    """The answers do not determine finite scores; the message names the items and says what to do."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Fitted scores.

    Attributes:
        scores: (k,) in logits (natural logarithm of the odds), with sum 0.
        covariance: (k, k) of the scores: the inverse of the observed information (large-sample theory).
    """

    scores: FloatArray
    covariance: FloatArray

    def order(self) -> list[int]:
        """Items, best first."""
        return [int(item) for item in np.argsort(-self.scores, kind="stable")]

    def probability(self, first: int, second: int) -> float:
        """Probability that ``first`` is preferred to ``second``, in (0, 1)."""
        return float(expit(self.scores[first] - self.scores[second]))

    def interval(self, item: int, confidence: float = 0.95) -> Interval:
        """Score of an item relative to the mean of all items, in logits, with its interval."""
        return normal_interval(float(self.scores[item]), float(np.sqrt(self.covariance[item, item])), confidence)

    def difference(self, first: int, second: int, confidence: float = 0.95) -> Interval:
        """Score of ``first`` minus score of ``second``, in logits; the two differ if the interval excludes 0."""
        contrast = np.zeros(len(self.scores))
        contrast[first] += 1
        contrast[second] -= 1
        variance = max(float(contrast @ self.covariance @ contrast), 0.0)
        return normal_interval(float(contrast @ self.scores), float(np.sqrt(variance)), confidence)


def log_likelihood(scores: ArrayLike, comparisons: Comparisons) -> float:
    """The log-likelihood of the answers under given scores, in nats; at most 0.

    A tie contributes ½ log P(first) + ½ log P(second).

    Args:
        scores: (k,) in logits.
        comparisons: answers about k items.

    Raises:
        ValueError: if there is not one score per item.

    Example:
        >>> round(log_likelihood([0.0, 0.0], Comparisons([0, 0], [1, 1], [1, 0], n_items=2)), 3)
        -1.386
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.shape != (comparisons.n_items,):
        raise ValueError(
            f"scores has shape {values.shape}, but there are {comparisons.n_items} items: give one score per item."
        )
    margin = values[comparisons.first] - values[comparisons.second]
    return float(comparisons.outcome @ log_expit(margin) + (1 - comparisons.outcome) @ log_expit(-margin))


def fit(comparisons: Comparisons, prior_sd: float | None = None) -> Ranking:
    """Scores of all items by maximum likelihood, or with a prior by maximum a posteriori.

    Args:
        comparisons: the answers.
        prior_sd: standard deviation, in logits, of an independent normal prior on each score; None for no prior.

    Returns:
        Scores that sum to 0, and their covariance. Each tie counts as half a win for either item and so as one answer.
        The answers then vary less than the model expects, so that the intervals are too wide where ties are frequent.

    Raises:
        NoFiniteRanking: without a prior, if the answers do not determine finite scores (a ValueError).
        ValueError: if ``prior_sd`` is not positive.

    Example:
        >>> comparisons = Comparisons([0] * 4, [1] * 4, [1, 1, 1, 0], n_items=2)
        >>> ranking = fit(comparisons)
        >>> round(ranking.probability(0, 1), 2)
        0.75
        >>> ranking.order()
        [0, 1]
    """
    if prior_sd is not None and not prior_sd > 0:
        raise ValueError(f"prior_sd is {prior_sd}, but must be positive: 1.5 logits is usual, None for no prior.")
    wins = comparisons.wins()
    if prior_sd is None:
        _check_finite(wins)
    precision = 0.0 if prior_sd is None else prior_sd**-2
    k = comparisons.n_items
    # The likelihood does not depend on the mean of the scores; this term, 0 where they sum to 0, determines it.
    gauge = np.full((k, k), 1.0 / k)

    def objective(scores: FloatArray) -> tuple[float, FloatArray]:
        margin = scores[:, None] - scores[None, :]
        value = -float((wins * log_expit(margin)).sum()) + 0.5 * precision * float(scores @ scores)
        residual = wins * expit(-margin)
        gradient = residual.sum(axis=0) - residual.sum(axis=1) + precision * scores
        return value + 0.5 * float(scores @ gauge @ scores), gradient + gauge @ scores

    def information(scores: FloatArray) -> FloatArray:
        probability = expit(scores[:, None] - scores[None, :])
        weight = (wins + wins.T) * probability * (1 - probability)
        hessian: FloatArray = np.diag(weight.sum(axis=1)) - weight + precision * np.eye(k) + gauge
        return hessian

    optimum = minimize(objective, np.zeros(k), jac=True, hess=information, method="trust-exact", options={"gtol": 1e-8})
    # The optimiser stops where the gradient is small; one more Newton step is exact to rounding.
    optimal = optimum.x - np.linalg.solve(information(optimum.x), objective(optimum.x)[1])
    scores = optimal - optimal.mean()
    centring = np.eye(k) - 1.0 / k
    return Ranking(scores, centring @ np.linalg.inv(information(scores)) @ centring)


def _check_finite(wins: FloatArray) -> None:
    n_groups, group_of = connected_components(wins > 0, directed=True, connection="weak")
    if n_groups > 1:
        raise NoFiniteRanking(
            f"The items fall into {n_groups} groups that were never compared with each other (one of them is "
            f"{_listed(np.flatnonzero(group_of == 0))}): compare items of different groups, or give a prior_sd."
        )
    n_levels, level_of = connected_components(wins > 0, directed=True, connection="strong")
    if n_levels > 1:
        for level in range(n_levels):
            inside = level_of == level
            if not wins[np.ix_(~inside, inside)].any():
                items = f"{'Item' if inside.sum() == 1 else 'Items'} {_listed(np.flatnonzero(inside))}"
                raise NoFiniteRanking(
                    f"{items} never lost to or tied with any other item, so that the maximum-likelihood score is "
                    "infinite: ask for more comparisons, or give a prior_sd."
                )


def _listed(items: IntArray) -> str:
    numbers = ", ".join(str(item) for item in items[:6])
    return f"{numbers}, …" if len(items) > 6 else numbers
