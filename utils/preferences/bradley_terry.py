"""From comparisons to scores: the model of Bradley and Terry, fitted by maximum likelihood.

P(i is preferred to j) = 1 / (1 + exp(s_j − s_i)) (Bradley and Terry 1952, "Rank Analysis of Incomplete Block Designs:
I. The Method of Paired Comparisons"). Only differences of scores appear, so a constant added to all of them changes
nothing; here they sum to 0. A tie counts as half a win for either side.

**When there is no answer.** The likelihood has a finite maximum if and only if, however the items are split in two
groups, somebody in each group has won (or tied) against somebody in the other (Ford 1957, "Solution of a Ranking
Problem from Binary Comparisons"). Who never loses is pushed to infinity. Either that is said in a sentence, or a
Gaussian prior on the scores keeps them finite: every score has an answer then, and the prior is part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.sparse.csgraph import connected_components
from scipy.special import expit, log_expit

from utils.errors import WhichIsBetterError
from utils.intervals import Interval, normal_interval
from utils.preferences.comparisons import Comparisons, FloatArray


class NoFiniteRanking(WhichIsBetterError, ValueError):
    """The answers do not determine finite scores; the message says which items are to blame, and what to do."""


@dataclass(frozen=True, eq=False)
class Ranking:
    """Fitted scores.

    Attributes:
        scores: (k,) in logits (natural log of the odds), summing to 0.
        covariance: (k, k) of the scores, by the inverse of the observed information (large-sample theory).
    """

    scores: FloatArray
    covariance: FloatArray

    def order(self) -> list[int]:
        """Items, best first."""
        return [int(item) for item in np.argsort(-self.scores, kind="stable")]

    def probability(self, first: int, second: int) -> float:
        """Chance that ``first`` is preferred to ``second``, in (0, 1)."""
        return float(expit(self.scores[first] - self.scores[second]))

    def interval(self, item: int, confidence: float = 0.95) -> Interval:
        """Score of an item relative to the mean of all, with its interval."""
        return normal_interval(float(self.scores[item]), float(np.sqrt(self.covariance[item, item])), confidence)

    def difference(self, first: int, second: int, confidence: float = 0.95) -> Interval:
        """Score of ``first`` minus that of ``second``: the two are told apart if the interval leaves out 0."""
        pick = np.zeros(len(self.scores))
        pick[first] += 1
        pick[second] -= 1
        variance = max(float(pick @ self.covariance @ pick), 0.0)
        return normal_interval(float(pick @ self.scores), float(np.sqrt(variance)), confidence)


def log_likelihood(scores: FloatArray, comparisons: Comparisons) -> float:
    """Σ over the answers of the log-probability of what was answered, in nats; at most 0.

    A tie contributes ½ log P(first) + ½ log P(second). ``scores`` has shape (k,).
    """
    values = np.asarray(scores, dtype=np.float64)
    if values.shape != (comparisons.n_items,):
        raise ValueError(
            f"scores has shape {values.shape}, but there are {comparisons.n_items} items: give one score each."
        )
    margin = values[comparisons.first] - values[comparisons.second]
    return float(comparisons.outcome @ log_expit(margin) + (1 - comparisons.outcome) @ log_expit(-margin))


def fit(comparisons: Comparisons, prior_sd: float | None = None) -> Ranking:
    """Scores of all items by maximum likelihood, or by maximum posterior under a prior.

    Args:
        comparisons: the answers.
        prior_sd: standard deviation, in logits, of an independent normal prior on each score; None: no prior.

    Returns:
        Scores that sum to 0, and their covariance. Ties widen no interval: as half wins they are taken to carry as much
        information as a win, so that intervals are on the wide side where there are many.

    Raises:
        NoFiniteRanking: without a prior, if the answers do not determine finite scores (a ValueError).
        ValueError: if ``prior_sd`` is not positive.
    """
    if prior_sd is not None and not prior_sd > 0:
        raise ValueError(f"prior_sd is {prior_sd}, but a standard deviation is positive: give one, or None.")
    wins = comparisons.wins()
    if prior_sd is None:
        _check_finite(wins)
    precision = 0.0 if prior_sd is None else prior_sd**-2
    k = comparisons.n_items
    # Fixes the constant that the likelihood leaves open; at a sum of 0 it costs nothing.
    gauge = np.full((k, k), 1.0 / k)

    def objective(scores: FloatArray) -> tuple[float, FloatArray]:
        margin = scores[:, None] - scores[None, :]
        value = -float((wins * log_expit(margin)).sum()) + 0.5 * precision * float(scores @ scores)
        surprise = wins * expit(-margin)
        slope = surprise.sum(axis=0) - surprise.sum(axis=1) + precision * scores
        return value + 0.5 * float(scores @ gauge @ scores), slope + gauge @ scores

    def information(scores: FloatArray) -> FloatArray:
        chance = expit(scores[:, None] - scores[None, :])
        weight = (wins + wins.T) * chance * (1 - chance)
        found: FloatArray = np.diag(weight.sum(axis=1)) - weight + precision * np.eye(k) + gauge
        return found

    found = minimize(objective, np.zeros(k), jac=True, hess=information, method="trust-exact", options={"gtol": 1e-8})
    scores = found.x - found.x.mean()
    centring = np.eye(k) - 1.0 / k
    return Ranking(scores, centring @ np.linalg.inv(information(scores)) @ centring)


def _check_finite(wins: FloatArray) -> None:
    pieces, piece_of = connected_components(wins > 0, directed=True, connection="weak")
    if pieces > 1:
        groups = [np.flatnonzero(piece_of == piece) for piece in range(pieces)]
        raise NoFiniteRanking(
            f"The items fall into {pieces} groups that were never compared with each other ({_named(groups[0])} is one "
            "of them): compare across the groups, or give a prior_sd."
        )
    levels, level_of = connected_components(wins > 0, directed=True, connection="strong")
    if levels > 1:
        for level in range(levels):
            inside = level_of == level
            if not wins[np.ix_(~inside, inside)].any():
                never = "never lost or tied" if inside.sum() == 1 else "never lost or tied against any of the others"
                raise NoFiniteRanking(
                    f"Item {_named(np.flatnonzero(inside))} {never}, so that no finite score is the most likely one: "
                    "ask for more comparisons, or give a prior_sd."
                )


def _named(items: np.ndarray[tuple[int], np.dtype[np.int64]]) -> str:
    shown = ", ".join(str(item) for item in items[:6])
    return f"{shown}, …" if len(items) > 6 else shown
