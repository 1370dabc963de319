"""Judges whose taste is known, so that what is learnt from their answers can be checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit

from utils.preferences.comparisons import FloatArray, IntArray
from utils.preferences.features import FEATURES, describe


@dataclass(frozen=True)
class Judge:
    """Someone who looks at two digits for one caption and says which is better.

    What a digit is worth to them is its *utility* u = stroke_weight · (standard deviations of stroke weight) + slant ·
    (standard deviations of slant) + legibility · (nats of legibility), features as :func:`features.describe` gives
    them. They prefer the first with probability 1 / (1 + exp((u₂ − u₁) / temperature)). Who has ``enough`` of stroke
    weight minds every bit more: beyond it, that part of the utility falls as it rose.

    Attributes:
        name: who they are.
        stroke_weight, slant, legibility: what each feature is worth; negative where less is better.
        temperature: how carelessly they answer; at 0 the higher utility always wins, and equal ones tie.
        enough: the stroke weight, in standard deviations from the mean of the training digits, beyond which more of it
            is worse; by default there is none.

    Raises:
        ValueError: if the temperature is negative.
    """

    name: str
    stroke_weight: float = 0.0
    slant: float = 0.0
    legibility: float = 0.0
    temperature: float = 0.5
    enough: float = math.inf

    def __post_init__(self) -> None:
        if not self.temperature >= 0:
            raise ValueError(f"temperature is {self.temperature}, but noise is 0 or more: give such a number.")

    def utility(self, images: ArrayLike, captions: ArrayLike) -> FloatArray:
        """What images (n, 1, 28, 28) drawn for captions (n,) are worth to this judge, (n,)."""
        return self.utility_of(describe(images, captions))

    def utility_of(self, features: ArrayLike) -> FloatArray:
        """The same for features (n, 3) that were computed before."""
        seen = np.array(features, dtype=np.float64)
        seen[:, 0] = np.minimum(seen[:, 0], 2 * self.enough - seen[:, 0])
        worth: FloatArray = seen @ np.array([self.stroke_weight, self.slant, self.legibility])
        return worth

    def chance(self, first: ArrayLike, second: ArrayLike) -> FloatArray:
        """Probabilities (n,) that the first of each pair is preferred; ``first`` and ``second`` are features (n, 3)."""
        gap = self.utility_of(first) - self.utility_of(second)
        if self.temperature == 0:
            return np.where(gap == 0, 0.5, np.where(gap > 0, 1.0, 0.0))
        chances: FloatArray = expit(gap / self.temperature)
        return chances

    def prefers(self, first: ArrayLike, second: ArrayLike, rng: np.random.Generator) -> FloatArray:
        """Answers (n,) to pairs of features (n, 3): 1 for the first, 0 for the second, 0.5 for a tie."""
        chances = self.chance(first, second)
        answers = np.where(rng.random(chances.shape) < chances, 1.0, 0.0)
        # Only who never errs finds two digits exactly as good.
        return np.where(chances == 0.5, 0.5, answers) if self.temperature == 0 else answers


BOLD = Judge("bold", stroke_weight=1.0, legibility=0.5)
FINE = Judge("fine", stroke_weight=-1.0, legibility=0.5)
SLANTED = Judge("slanted", slant=1.0, legibility=0.5)
CLEAR = Judge("clear", legibility=1.0)
MODERATE = Judge("moderate", stroke_weight=1.0, legibility=0.5, enough=2.0)
JUDGES = {judge.name: judge for judge in (BOLD, FINE, SLANTED, CLEAR, MODERATE)}
"""Judges of the course by name. Bold and fine are the two groups that disagree: about stroke weight, not about
legibility. Moderate agrees with bold on ordinary digits, and not on what a model draws that was tuned for bold."""


def ask(
    judges: Judge | Sequence[Judge],
    first: ArrayLike,
    second: ArrayLike,
    rng: np.random.Generator,
    shares: ArrayLike | None = None,
) -> tuple[FloatArray, IntArray]:
    """Show n pairs, each to one judge of a crowd, and collect the answers.

    Args:
        judges: one judge, or several.
        first, second: features (n, 3) of what is shown, of :func:`features.describe`.
        rng: decides who sees which pair, and how the careless answer.
        shares: (len(judges),) how much of the crowd each is; equal by default.

    Returns:
        The answers (n,) (1 for the first, 0 for the second, 0.5 for a tie), and who gave each (n,), a position in
        ``judges``.

    Raises:
        ValueError: if the shapes do not agree, or shares are negative or all zero.
    """
    crowd = [judges] if isinstance(judges, Judge) else list(judges)
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if a.ndim != 2 or a.shape != b.shape or a.shape[1] != len(FEATURES):
        raise ValueError(
            f"first and second have shapes {a.shape} and {b.shape}, but (n, {len(FEATURES)}) twice is needed: give "
            "features.describe of both."
        )
    parts = np.ones(len(crowd)) if shares is None else np.asarray(shares, dtype=np.float64)
    if parts.shape != (len(crowd),) or not (parts >= 0).all() or not parts.sum() > 0:
        raise ValueError(f"shares are {parts.tolist()} for {len(crowd)} judges: give each judge a share, 0 or more.")
    who = rng.choice(len(crowd), size=len(a), p=parts / parts.sum()).astype(np.int64)
    outcome = np.zeros(len(a))
    for position, judge in enumerate(crowd):
        asked = who == position
        outcome[asked] = judge.prefers(a[asked], b[asked], rng)
    return outcome, who
