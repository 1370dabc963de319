"""The questions of topic 06's interactive figure: drawings, pairs of them, and the file of the answers."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import Float32Array, FloatArray, IntArray
from utils.preferences import FEATURES, Comparisons, describe

STYLES = ("fine, upright", "fine, slanted", "bold, upright", "bold, slanted")
"""Bold: stroke weight above the median of its caption; slanted: slant to the right above the median."""

_TOLERANCE = 1e-3  # of features that another machine computed


@dataclass(frozen=True, eq=False)
class Drawings:
    """Drawings of digits with their features and styles.

    Attributes:
        images: floats (n, 1, 28, 28) in [0, 1].
        captions: (n,) integers 0..9.
        looks: (n, 3), `utils.preferences.describe` of them.
        styles: (n,) positions in `STYLES`.
    """

    images: Float32Array
    captions: IntArray
    looks: FloatArray
    styles: IntArray

    @classmethod
    def of(cls, images: ArrayLike, captions: ArrayLike) -> Drawings:
        """Compute features and styles of drawings, at least two different ones per caption."""
        pixels, digits = np.asarray(images, dtype=np.float32), np.asarray(captions, dtype=np.int64)
        looks = describe(pixels, digits)
        styles = np.zeros(len(digits), dtype=np.int64)
        for caption in np.unique(digits):
            same = digits == caption
            above = looks[same, :2] > np.median(looks[same, :2], axis=0)
            styles[same] = 2 * above[:, 0] + above[:, 1]
        return cls(pixels, digits, looks, styles)


@dataclass(frozen=True)
class Pair:
    """Two drawings of one caption, by their indices; `first` is on the left."""

    caption: int
    first: int
    second: int


def next_pair(drawings: Drawings, n_answers: int, seed: int) -> Pair:
    """The pair to show after some answers: any two styles meet once in six answers, in random order and places.

    The same arguments give the same pair, so an answer that is taken back leads to the same question again.

    Raises:
        ValueError: if no caption has drawings of both styles.
    """
    meetings = list(itertools.combinations(range(len(STYLES)), 2))
    order = np.random.default_rng([seed, n_answers // len(meetings)]).permutation(len(meetings))
    rng = np.random.default_rng([seed, n_answers, 1])
    styles = rng.permutation(meetings[order[n_answers % len(meetings)]])
    for caption in rng.permutation(np.unique(drawings.captions)):
        same = drawings.captions == caption
        of_styles = [np.flatnonzero(same & (drawings.styles == style)) for style in styles]
        if all(len(indices) for indices in of_styles):
            first, second = (int(rng.choice(indices)) for indices in of_styles)
            return Pair(int(caption), first, second)
    raise ValueError(
        f"No caption has drawings both {STYLES[styles[0]]} and {STYLES[styles[1]]}: give more drawings per caption."
    )


def comparisons(drawings: Drawings, pairs: IntArray, outcomes: Sequence[float]) -> Comparisons:
    """Answers as comparisons of the four styles; `about` keeps the features of both drawings of each pair.

    Args:
        drawings: of which the pairs are.
        pairs: (m, 2) indices of drawings, those of the questions in turn.
        outcomes: n ≤ m numbers: 1 for the first, 0 for the second, 0.5 for neither.
    """
    shown = pairs[: len(outcomes)]
    styles = drawings.styles[shown]
    about = {"styles": list(STYLES), "features": list(FEATURES), "looks": drawings.looks[shown].tolist()}
    return Comparisons(styles[:, 0], styles[:, 1], np.array(outcomes, dtype=np.float64), len(STYLES), about)


def load(path: str | os.PathLike[str], drawings: Drawings, pairs: IntArray) -> list[float]:
    """The outcomes in a file that the figure wrote.

    Raises:
        ValueError: if the file contains something else, or answers to other questions.
        OSError: if it cannot be read.
    """
    name = Path(path).name
    answers = Comparisons.load(path)
    if len(answers) > len(pairs):
        raise ValueError(f"{name} has {len(answers)} answers, but the figure asks {len(pairs)} questions: shorten it.")
    expected = comparisons(drawings, pairs, answers.outcome.tolist())
    try:
        looks = np.array(answers.about.get("looks"), dtype=np.float64).reshape(-1, 2, len(FEATURES))
        same = np.allclose(looks, drawings.looks[pairs[: len(answers)]], atol=_TOLERANCE)
    except (OverflowError, TypeError, ValueError):
        same = False
    same = same and np.array_equal(answers.first, expected.first) and np.array_equal(answers.second, expected.second)
    if not same:
        raise ValueError(f"{name} has answers to other questions: choose a file that this figure saved.")
    return [float(outcome) for outcome in answers.outcome]
