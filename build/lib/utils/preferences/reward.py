"""A reward model: a utility for each item, learned from which of two items was preferred.

P(first is preferred) = 1 / (1 + exp(r(second) − r(first))) with r(x) = w · φ(x): the Bradley–Terry model with scores
that are a linear function of features, that is, a logistic regression on differences of features without an intercept.
The features may be many (pixels, principal components) or few and named (stroke weight, slant). A normal prior on w
keeps it finite when answers are few or unanimous. The curvature at the maximum of the posterior (Laplace's
approximation; see MacKay 1992, "The Evidence Framework Applied to Classification Networks") gives the uncertainty of w
and of each reward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from utils.arrays import FloatArray
from utils.intervals import Interval, normal_interval


@dataclass(frozen=True, eq=False)
class RewardModel:
    """A linear reward and its uncertainty.

    Attributes:
        weights: (d,) logits per standard deviation of each feature.
        covariance: (d, d) of the weights.
        centre, scale: (d,) mean and standard deviation that standardise features; rewards are 0 at ``centre``.
    """

    weights: FloatArray
    covariance: FloatArray
    centre: FloatArray
    scale: FloatArray

    def reward(self, features: ArrayLike) -> FloatArray:
        """Rewards (n,) of features (n, d), in logits."""
        rewards: FloatArray = self._scaled(features) @ self.weights
        return rewards

    def reward_sd(self, features: ArrayLike) -> FloatArray:
        """Standard deviations (n,) of the rewards, in logits: 0 at ``centre``, and larger the further away."""
        scaled = self._scaled(features)
        deviations: FloatArray = np.sqrt(np.einsum("ni,ij,nj->n", scaled, self.covariance, scaled))
        return deviations

    def probability(self, first: ArrayLike, second: ArrayLike) -> FloatArray:
        """Probabilities (n,) that the first of each pair is preferred; ``first`` and ``second`` are features (n, d)."""
        probabilities: FloatArray = expit(self.reward(first) - self.reward(second))
        return probabilities

    def weight(self, feature: int, confidence: float = 0.95) -> Interval:
        """The worth of one standard deviation more of a feature, in logits, with its interval."""
        deviation = float(np.sqrt(self.covariance[feature, feature]))
        return normal_interval(float(self.weights[feature]), deviation, confidence)

    def _scaled(self, features: ArrayLike) -> FloatArray:
        array = np.asarray(features, dtype=np.float64)
        if array.ndim != 2 or array.shape[1] != len(self.weights):
            raise ValueError(
                f"features has shape {array.shape}, but (n, {len(self.weights)}) is needed: compute the features that "
                "the reward model was fitted on."
            )
        scaled: FloatArray = (array - self.centre) / self.scale
        return scaled


def fit_reward(first: ArrayLike, second: ArrayLike, outcome: ArrayLike, prior_sd: float = 1.0) -> RewardModel:
    """Fit a reward model to answers.

    Args:
        first, second: features (n, d) of the two items of each pair.
        outcome: (n,) numbers: 1 if the first was preferred, 0 if the second was, 0.5 for a tie (half of either).
        prior_sd: standard deviation, in logits, of the normal prior on each weight, the worth of one standard deviation
            of a feature. The smaller it is, the more answers it takes to move the weights away from 0.

    Returns:
        The reward model, with features standardised over all 2n items. Without answers it is the prior, with weights 0.

    Raises:
        ValueError: if shapes do not agree, or values are out of range.

    Example:
        >>> model = fit_reward([[1.0], [3.0], [0.0]], [[0.0], [1.0], [1.0]], [1, 1, 0])
        >>> model.reward([[3.0]]) > model.reward([[0.0]])
        array([ True])
        >>> print(model.weight(0))
        0.88 [-0.54, 2.30]
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    answers = np.asarray(outcome, dtype=np.float64)
    if a.ndim != 2 or a.shape != b.shape or answers.shape != (len(a),):
        raise ValueError(
            f"first, second and outcome have shapes {a.shape}, {b.shape} and {answers.shape}, but (n, d), (n, d) and "
            "(n,) are needed: give one row of features per item and one outcome per pair."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("features contain NaN or infinite values, but a reward needs finite ones: replace them first.")
    if not ((answers >= 0) & (answers <= 1)).all():
        raise ValueError("outcomes must lie in [0, 1]: give 1 for the first, 0 for the second, 0.5 for a tie.")
    if not prior_sd > 0:
        raise ValueError(f"prior_sd is {prior_sd}, but must be positive: give a number of logits, such as 1.")
    d = a.shape[1]
    rows = np.concatenate([a, b])
    centre = rows.mean(axis=0) if len(rows) else np.zeros(d)
    scale = rows.std(axis=0) if len(rows) else np.ones(d)
    scale = np.where(scale > 0, scale, 1.0)
    margin = (a - b) / scale
    weights = np.zeros(d) if len(answers) == 0 else _posterior_mode(margin, answers, prior_sd)
    probability = expit(margin @ weights)
    curvature = margin.T * (probability * (1 - probability)) @ margin + np.eye(d) / prior_sd**2
    return RewardModel(weights, np.linalg.inv(curvature), centre, scale)


def _posterior_mode(margin: FloatArray, outcome: FloatArray, prior_sd: float) -> FloatArray:
    # Each pair enters as a win, weighted by its outcome, and as a loss, weighted by the rest: a tie is half of each.
    # Newton: few features, and an optimum exact enough for a figure to be held against it.
    model = LogisticRegression(C=prior_sd**2, fit_intercept=False, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    both, labels = np.concatenate([margin, -margin]), np.ones(2 * len(margin), dtype=int)
    # A row with label 1 and its negative with label 0 are equivalent; scikit-learn needs rows of both labels.
    labels[len(margin) :] = 0
    weight = np.concatenate([outcome, outcome])
    against = 1 - weight
    model.fit(np.concatenate([both, -both]), np.concatenate([labels, labels]), np.concatenate([weight, against]) / 2)
    mode: FloatArray = model.coef_[0]
    return mode
