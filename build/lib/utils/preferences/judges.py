"""Simulated judges whose utility is known, so that models learned from their answers can be checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from utils.arrays import FloatArray, IntArray
from utils.preferences.features import FEATURES, describe


@dataclass(frozen=True)
class SimulatedJudge:
    """A judge with a known utility, who compares two digits drawn for the same caption.

    The *utility* of a digit is u = stroke_weight · (standard deviations of stroke weight) + slant · (standard
    deviations of slant) + legibility · (nats of legibility), with features as :func:`features.describe` computes them.
    The judge prefers the first digit with probability 1 / (1 + exp((u₂ − u₁) / temperature)). Beyond ``enough`` of
    stroke weight, that part of the utility decreases at the rate at which it increased.

    Attributes:
        name: of the judge.
        stroke_weight, slant, legibility: utility per unit of each feature; negative where less is better.
        temperature: randomness of the answers; at 0 the higher utility always wins, and equal utilities tie.
        enough: the best stroke weight, in standard deviations from the mean of the training digits; infinite by
            default, so that the utility is linear.

    Raises:
        ValueError: if the temperature is negative.

    Example:
        >>> judge = SimulatedJudge("bold up to two", stroke_weight=1.0, temperature=0.5, enough=2.0)
        >>> features = np.array([[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0]])
        >>> judge.utility_of(features)
        array([0., 1., 2., 1.])
        >>> judge.probability(features[1:2], features[:1]).round(2)
        array([0.88])
    """

    name: str
    stroke_weight: float = 0.0
    slant: float = 0.0
    legibility: float = 0.0
    temperature: float = 0.5
    enough: float = math.inf

    def __post_init__(self) -> None:
        if not self.temperature >= 0:
            raise ValueError(f"temperature is {self.temperature}, but must not be negative: give 0 or more.")

    def utility(self, images: ArrayLike, captions: ArrayLike) -> FloatArray:
        """Utilities (n,) of images (n, 1, 28, 28) drawn for captions (n,)."""
        return self.utility_of(describe(images, captions))

    def utility_of(self, features: ArrayLike) -> FloatArray:
        """Utilities (n,) of features (n, 3), see :func:`features.describe`."""
        folded = np.array(features, dtype=np.float64)
        folded[:, 0] = np.minimum(folded[:, 0], 2 * self.enough - folded[:, 0])
        utilities: FloatArray = folded @ np.array([self.stroke_weight, self.slant, self.legibility])
        return utilities

    def probability(self, first: ArrayLike, second: ArrayLike) -> FloatArray:
        """Probabilities (n,) that the first of each pair is preferred; ``first`` and ``second`` are features (n, 3)."""
        difference = self.utility_of(first) - self.utility_of(second)
        if self.temperature == 0:
            return np.where(difference == 0, 0.5, np.where(difference > 0, 1.0, 0.0))
        probabilities: FloatArray = expit(difference / self.temperature)
        return probabilities

    def prefers(self, first: ArrayLike, second: ArrayLike, rng: np.random.Generator) -> FloatArray:
        """Answers (n,) to pairs of features (n, 3): 1 for the first, 0 for the second, 0.5 for a tie."""
        probabilities = self.probability(first, second)
        answers = np.where(rng.random(probabilities.shape) < probabilities, 1.0, 0.0)
        # Ties occur only at temperature 0.
        return np.where(probabilities == 0.5, 0.5, answers) if self.temperature == 0 else answers


BOLD = SimulatedJudge("bold", stroke_weight=1.0, legibility=0.5)
FINE = SimulatedJudge("fine", stroke_weight=-1.0, legibility=0.5)
SLANTED = SimulatedJudge("slanted", slant=1.0, legibility=0.5)
CLEAR = SimulatedJudge("clear", legibility=1.0)
MODERATE = SimulatedJudge("moderate", stroke_weight=1.0, legibility=0.5, enough=2.0)
JUDGES = {judge.name: judge for judge in (BOLD, FINE, SLANTED, CLEAR, MODERATE)}
"""The judges of the course by name. Bold and fine disagree about stroke weight, not about legibility. Moderate agrees
with bold on ordinary digits, but not on the digits of a model that was tuned for bold."""


def ask(
    judges: SimulatedJudge | Sequence[SimulatedJudge],
    first: ArrayLike,
    second: ArrayLike,
    rng: np.random.Generator,
    shares: ArrayLike | None = None,
) -> tuple[FloatArray, IntArray]:
    """Show each of n pairs to one judge of a crowd, drawn at random, and collect the answers.

    Args:
        judges: one judge, or several.
        first, second: features (n, 3) of the two images of each pair, see :func:`features.describe`.
        rng: draws the judge of each pair, and the answers.
        shares: (len(judges),) non-negative, proportional to the probability of each judge; equal by default.

    Returns:
        The answers (n,): 1 for the first, 0 for the second, 0.5 for a tie; and which judge gave each, (n,): positions
        in ``judges``.

    Raises:
        ValueError: if the shapes do not agree, or shares are negative or all zero.

    Example:
        >>> bolder, usual = np.array([[1.0, 0.0, 0.0]] * 4), np.zeros((4, 3))
        >>> judge = SimulatedJudge("bold", stroke_weight=1.0, temperature=0.0)
        >>> ask(judge, bolder, usual, np.random.default_rng(0))
        (array([1., 1., 1., 1.]), array([0, 0, 0, 0]))
    """
    crowd = [judges] if isinstance(judges, SimulatedJudge) else list(judges)
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 2 or a.shape != b.shape or a.shape[1] != len(FEATURES):
        raise ValueError(
            f"first and second have shapes {a.shape} and {b.shape}, but both must be (n, {len(FEATURES)}): give "
            "features.describe of both."
        )
    weights = np.ones(len(crowd)) if shares is None else np.asarray(shares, dtype=np.float64)
    if weights.shape != (len(crowd),) or not (weights >= 0).all() or not weights.sum() > 0:
        raise ValueError(
            f"shares are {weights.tolist()} for {len(crowd)} judges: give one share per judge, 0 or more and not all 0."
        )
    judge_indices = rng.choice(len(crowd), size=len(a), p=weights / weights.sum()).astype(np.int64)
    outcome = np.zeros(len(a))
    for position, judge in enumerate(crowd):
        pairs = judge_indices == position
        outcome[pairs] = judge.prefers(a[pairs], b[pairs], rng)
    return outcome, judge_indices
