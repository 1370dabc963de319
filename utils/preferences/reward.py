"""A reward model: what someone likes, as a number for each thing, learnt from which of two things they chose.

P(first is preferred) = 1 / (1 + exp(r(second) − r(first))) with r(x) = w · φ(x): the model of Bradley and Terry whose
scores are a linear function of features, that is, a logistic regression on differences of features without an
intercept. Features may be many (pixels, principal components) or few and named (stroke weight, slant). A normal prior
on w keeps it finite when answers are few or unanimous, and the curvature at the maximum (Laplace's approximation; see
MacKay 1992, "The Evidence Framework Applied to Classification Networks") says how far w, and a reward, can be trusted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from utils.intervals import Interval, normal_interval
from utils.preferences.comparisons import FloatArray


@dataclass(frozen=True, eq=False)
class RewardModel:
    """A linear reward and its uncertainty.

    Attributes:
        weights: (d,) logits for each unit of a feature.
        covariance: (d, d) of the weights.
        centre, scale: (d,) what features are shifted and divided by first; rewards are 0 at ``centre``.
    """

    weights: FloatArray
    covariance: FloatArray
    centre: FloatArray
    scale: FloatArray

    def reward(self, features: ArrayLike) -> FloatArray:
        """Rewards (n,) in logits of features (n, d)."""
        rewards: FloatArray = self._scaled(features) @ self.weights
        return rewards

    def reward_sd(self, features: ArrayLike) -> FloatArray:
        """Standard deviations (n,) of the rewards, in logits: small near ``centre``, and growing away from it."""
        scaled = self._scaled(features)
        deviations: FloatArray = np.sqrt(np.einsum("ni,ij,nj->n", scaled, self.covariance, scaled))
        return deviations

    def probability(self, first: ArrayLike, second: ArrayLike) -> FloatArray:
        """Chances (n,) that the first of each pair, features (n, d), is preferred to the second."""
        chances: FloatArray = expit(self.reward(first) - self.reward(second))
        return chances

    def weight(self, feature: int, confidence: float = 0.95) -> Interval:
        """What a standard deviation more of a feature is worth, in logits, with its interval."""
        deviation = float(np.sqrt(self.covariance[feature, feature]))
        return normal_interval(float(self.weights[feature]), deviation, confidence)

    def _scaled(self, features: ArrayLike) -> FloatArray:
        given = np.asarray(features, dtype=np.float64)
        if given.ndim != 2 or given.shape[1] != len(self.weights):
            raise ValueError(
                f"features has shape {given.shape}, but (n, {len(self.weights)}) is needed: compute the features that "
                "the reward model was fitted on."
            )
        scaled: FloatArray = (given - self.centre) / self.scale
        return scaled


def fit_reward(first: ArrayLike, second: ArrayLike, outcome: ArrayLike, prior_sd: float = 1.0) -> RewardModel:
    """Fit a reward model to answers.

    Args:
        first, second: features (n, d) of what was shown.
        outcome: (n,) numbers: 1 if the first was better, 0 if the second was, 0.5 for a tie (half of either).
        prior_sd: standard deviation, in logits, of the normal prior on what a standard deviation of each feature is
            worth. The smaller, the more answers it takes to be convinced.

    Returns:
        The reward model; features are standardised by all 2n rows. With no answer, the prior: weights of 0.

    Raises:
        ValueError: if shapes do not agree, or values are out of range.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    answers = np.asarray(outcome, dtype=np.float64)
    if a.ndim != 2 or a.shape != b.shape or answers.shape != (len(a),):
        raise ValueError(
            f"first, second and outcome have shapes {a.shape}, {b.shape} and {answers.shape}, but (n, d), (n, d) and "
            "(n,) are needed: give one row of features a thing shown, and one outcome a pair."
        )
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise ValueError("features hold NaN or infinite values, but a reward needs finite ones: replace them first.")
    if not ((answers >= 0) & (answers <= 1)).all():
        raise ValueError("outcomes must lie in [0, 1]: give 1 for the first, 0 for the second, 0.5 for a tie.")
    if not prior_sd > 0:
        raise ValueError(f"prior_sd is {prior_sd}, but a standard deviation is positive: 1 logit is a start.")
    d = a.shape[1]
    rows = np.concatenate([a, b])
    centre = rows.mean(axis=0) if len(rows) else np.zeros(d)
    scale = rows.std(axis=0) if len(rows) else np.ones(d)
    scale = np.where(scale > 0, scale, 1.0)
    margin = (a - b) / scale
    weights = np.zeros(d) if len(answers) == 0 else _posterior_mode(margin, answers, prior_sd)
    chance = expit(margin @ weights)
    curvature = margin.T * (chance * (1 - chance)) @ margin + np.eye(d) / prior_sd**2
    return RewardModel(weights, np.linalg.inv(curvature), centre, scale)


def _posterior_mode(margin: FloatArray, outcome: FloatArray, prior_sd: float) -> FloatArray:
    # Each pair enters both ways round, weighted by its outcome, so that ties and lopsided answers are one case.
    model = LogisticRegression(C=prior_sd**2, fit_intercept=False, tol=1e-8, max_iter=1000)
    both, labels = np.concatenate([margin, -margin]), np.ones(2 * len(margin), dtype=int)
    # A row and its negative with the label 0 say the same; scikit-learn needs to see two labels.
    labels[len(margin) :] = 0
    weight = np.concatenate([outcome, outcome])
    against = 1 - weight
    model.fit(np.concatenate([both, -both]), np.concatenate([labels, labels]), np.concatenate([weight, against]) / 2)
    mode: FloatArray = model.coef_[0]
    return mode
