"""What topic 06's interactive figure asks, and what was said: drawings, pairs of them, and answers with their file."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from utils.preferences import FEATURES, Comparisons, describe

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

STYLES = ("fine, upright", "fine, slanted", "bold, upright", "bold, slanted")
"""Bold: a stroke weight above the median of its caption; slanted: leaning further to the right than the median."""

_FILE_KEY = "looks"


@dataclass(frozen=True, eq=False)
class Drawings:
    """Drawings of digits and how they look.

    Attributes:
        images: floats (n, 1, 28, 28) in [0, 1].
        captions: (n,) integers 0..9.
        looks: (n, 3), `utils.preferences.describe` of them.
        styles: (n,) positions in `STYLES`.
    """

    images: NDArray[np.float32]
    captions: IntArray
    looks: FloatArray
    styles: IntArray

    @classmethod
    def of(cls, images: ArrayLike, captions: ArrayLike) -> Drawings:
        """Look at drawings, at least two different ones a caption."""
        drawn, wanted = np.asarray(images, dtype=np.float32), np.asarray(captions, dtype=np.int64)
        looks = describe(drawn, wanted)
        styles = np.zeros(len(wanted), dtype=np.int64)
        for caption in np.unique(wanted):
            same = wanted == caption
            above = looks[same, :2] > np.median(looks[same, :2], axis=0)
            styles[same] = 2 * above[:, 0] + above[:, 1]
        return cls(drawn, wanted, looks, styles)


@dataclass(frozen=True)
class Pair:
    """Two drawings (their numbers) of one caption; `first` is on the left."""

    caption: int
    first: int
    second: int


def next_pair(drawings: Drawings, n_answers: int, seed: int) -> Pair:
    """The pair to show after some answers: every two styles meet once in six answers, in random order and places.

    The same numbers give the same pair, so that an answer taken back is asked again.
    """
    meetings = list(itertools.combinations(range(len(STYLES)), 2))
    order = np.random.default_rng([seed, n_answers // len(meetings)]).permutation(len(meetings))
    rng = np.random.default_rng([seed, n_answers, 1])
    styles = rng.permutation(meetings[order[n_answers % len(meetings)]])
    for caption in rng.permutation(np.unique(drawings.captions)):
        same = drawings.captions == caption
        fitting = [np.flatnonzero(same & (drawings.styles == style)) for style in styles]
        if all(len(numbers) for numbers in fitting):
            first, second = (int(rng.choice(numbers)) for numbers in fitting)
            return Pair(int(caption), first, second)
    raise ValueError(
        f"No caption has drawings both {STYLES[styles[0]]} and {STYLES[styles[1]]}: give more drawings of a caption."
    )


@dataclass(frozen=True, eq=False)
class Answers:
    """What was said so far.

    Attributes:
        styles: the answers, about the four styles.
        looks: (n, 2, 3) how the first and the second drawing looked.
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
        shown = [pair.first, pair.second]
        first, second = drawings.styles[shown].tolist()
        styles = self.styles.with_answer(first, second, outcome)
        return Answers(styles, np.concatenate([self.looks, drawings.looks[None, shown]]))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a JSON file, replacing what was there in one step."""
        about = {"styles": list(STYLES), "features": list(FEATURES), _FILE_KEY: self.looks.tolist()}
        said = self.styles
        Comparisons(said.first, said.second, said.outcome, said.n_items, about).save(path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Answers:
        """Answers that `save` wrote.

        Raises:
            ValueError: if the file holds something else; OSError if it cannot be read.
        """
        wrong = ValueError(
            f"{Path(path).name} does not hold this figure's answers: choose a file that was saved with its button."
        )
        try:
            said = Comparisons.load(path)
        except OverflowError:
            raise wrong from None
        try:
            looks = np.array(said.about.get(_FILE_KEY), dtype=np.float64)
        except (OverflowError, TypeError, ValueError):
            raise wrong from None
        known = said.n_items == len(STYLES) and said.about.get("features") == list(FEATURES)
        if looks.size == 0:
            looks = looks.reshape(0, 2, len(FEATURES))
        if not known or looks.shape != (len(said), 2, len(FEATURES)) or not np.isfinite(looks).all():
            raise wrong
        return cls(said, looks)
