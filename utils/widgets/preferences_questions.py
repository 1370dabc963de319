"""The questions of topic 06's interactive figure: drawings, pairs of them, and the answers with their file."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from utils.arrays import Float32Array, FloatArray, IntArray
from utils.preferences import FEATURES, Comparisons, describe

STYLES = ("fine, upright", "fine, slanted", "bold, upright", "bold, slanted")
"""Bold: stroke weight above the median of its caption; slanted: slant to the right above the median."""

_FILE_KEY = "looks"


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


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers so far.

    Attributes:
        styles: the answers, about the four styles.
        looks: (n, 2, 3), features of the first and the second drawing.
    """

    styles: Comparisons
    looks: FloatArray

    @classmethod
    def none(cls) -> Answers:
        """No answer yet."""
        return cls(Comparisons.none(len(STYLES)), np.zeros((0, 2, len(FEATURES))))

    def __len__(self) -> int:
        return len(self.styles)

    def with_answer(self, drawings: Drawings, pair: Pair, outcome: float) -> Answers:
        """The same answers and one more: 1 for the first, 0 for the second, 0.5 for neither."""
        indices = [pair.first, pair.second]
        first, second = drawings.styles[indices].tolist()
        styles = self.styles.with_answer(first, second, outcome)
        return Answers(styles, np.concatenate([self.looks, drawings.looks[None, indices]]))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file; an existing file is replaced in one step.

        Raises:
            FileNotFoundError: if the folder does not exist.
            OSError: if the file cannot be written.
        """
        about = {"styles": list(STYLES), "features": list(FEATURES), _FILE_KEY: self.looks.tolist()}
        answers = self.styles
        Comparisons(answers.first, answers.second, answers.outcome, answers.n_items, about).save(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Answers:
        """Answers that `save` wrote.

        Raises:
            ValueError: if the file contains something else.
            OSError: if it cannot be read.
        """
        wrong = ValueError(
            f"{Path(path).name} does not contain answers of this figure: choose a file that was saved with its button."
        )
        try:
            comparisons = Comparisons.load(path)
        except OverflowError:
            raise wrong from None
        try:
            looks = np.array(comparisons.about.get(_FILE_KEY), dtype=np.float64)
        except (OverflowError, TypeError, ValueError):
            raise wrong from None
        matches = comparisons.n_items == len(STYLES) and comparisons.about.get("features") == list(FEATURES)
        if looks.size == 0:
            looks = looks.reshape(0, 2, len(FEATURES))
        if not matches or looks.shape != (len(comparisons), 2, len(FEATURES)) or not np.isfinite(looks).all():
            raise wrong
        return cls(comparisons, looks)
