"""What topic 06's interactive figure shows for the answers so far: plain functions, without controls.

`evaluate` turns answers into a `View` (the ranking of styles and the fitted taste), `tuned` picks what a model tuned to
that taste would draw; the others turn these into pictures, tables and words.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from utils.intervals import Interval
from utils.models.diffusion import DiffusionModel
from utils.plotting import SERIES_COLOURS
from utils.preferences import (
    FEATURES,
    Ranking,
    RewardModel,
    best_of_n,
    best_of_n_kl,
    finetune,
    fit,
    fit_reward,
)
from utils.widgets.preferences_questions import STYLES, Answers, Drawings

IntArray = NDArray[np.int64]

ENOUGH = 20
"""Answers after which the results are shown."""

ROWS = 8
"""Drawings in a row of samples."""

MOST = 16
"""The largest n of best-of-n."""

PRIOR_SD = 1.5
"""Of the scores of styles, in logits: keeps a style finite that never lost."""


@dataclass(frozen=True, eq=False)
class View:
    """What the answers say: scores of the styles, and what each feature is worth; both None before `ENOUGH`."""

    answers: Answers
    ranking: Ranking | None
    taste: RewardModel | None

    @property
    def worth(self) -> list[Interval]:
        """What one standard deviation more of each feature is worth, in logits, with its 95 % interval."""
        return [] if self.taste is None else [self.taste.weight(i) for i in range(len(FEATURES))]


def evaluate(answers: Answers) -> View:
    """Rank the styles by Bradley and Terry's model, and fit a reward that is linear in the features."""
    if len(answers) < ENOUGH:
        return View(answers, None, None)
    first, second = answers.looks[:, 0], answers.looks[:, 1]
    taste = fit_reward(first, second, answers.styles.outcome)
    return View(answers, fit(answers.styles, prior_sd=PRIOR_SD), taste)


@dataclass(frozen=True)
class Tuned:
    """`ROWS` drawings before, and as many after best-of-n by the fitted taste; `before` and `after` are their numbers.

    `gain` is the mean reward after minus before, in logits; `nats` bounds the divergence of best-of-n from the model.
    """

    before: IntArray
    after: IntArray
    gain: float
    nats: float


def tuned(view: View, drawings: Drawings, caption: int, n: int) -> Tuned:
    """What best-of-n by the fitted taste draws for a caption.

    Each place of the row has `MOST` drawings of its own: before, the first; after, the best of the first n.

    Raises:
        ValueError: before there is a taste, or if a caption has fewer than `ROWS` · `MOST` drawings.
    """
    if view.taste is None:
        raise ValueError(f"There are {len(view.answers)} answers, but a taste takes {ENOUGH}: answer on.")
    numbers = np.flatnonzero(drawings.captions == caption)[: ROWS * MOST]
    if len(numbers) < ROWS * MOST:
        raise ValueError(f"Caption {caption} has {len(numbers)} drawings, but {ROWS * MOST} are needed: draw more.")
    blocks = numbers.reshape(ROWS, MOST)
    rewards = view.taste.reward(drawings.looks[numbers]).reshape(ROWS, MOST)
    places = np.arange(ROWS), best_of_n(rewards[:, :n])
    gain = float(rewards[places].mean() - rewards[:, 0].mean())
    return Tuned(blocks[:, 0], blocks[places], gain, best_of_n_kl(n))


def finetuned(view: View, drawings: Drawings, model: DiffusionModel, seed: int) -> DiffusionModel:
    """A copy of a model after direct preference optimisation: the fitted taste answers pairs of drawings.

    Neighbours of one caption are the pairs. The answers are drawn with the taste's probabilities, so that a faint taste
    moves the model little. Takes a few seconds.

    Raises:
        ValueError: before there is a taste.
    """
    if view.taste is None:
        raise ValueError(f"There are {len(view.answers)} answers, but a taste takes {ENOUGH}: answer on.")
    order = np.argsort(drawings.captions, kind="stable")
    first, second = order[: len(order) // 2 * 2].reshape(-1, 2).T
    same = drawings.captions[first] == drawings.captions[second]
    first, second = first[same], second[same]
    chances = view.taste.probability(drawings.looks[first], drawings.looks[second])
    left = np.random.default_rng([seed, len(view.answers), 3]).random(len(first)) < chances
    won, lost = np.where(left, first, second), np.where(left, second, first)
    return finetune(model, drawings.images[won], drawings.images[lost], drawings.captions[first], seed=seed).model


# Words, tables and pictures


def say(view: View) -> str:
    """One paragraph that says all that the results show."""
    n = len(view.answers)
    if view.ranking is None:
        return f"{n} of {ENOUGH} answers. Then: which style you like, and what each feature is worth to you."
    order = " > ".join(STYLES[item] for item in view.ranking.order())
    worth = "; ".join(f"{name} {interval} ({_verdict(interval)})" for name, interval in _named(view))
    return f"{n} answers. Styles, best first: {order}. Worth of one standard deviation more, in logits: {worth}."


def look(drawings: Drawings, number: int, side: str) -> str:
    """Words for a drawing that is not seen."""
    weight, slant, legible = drawings.looks[number]
    return (
        f"{side} drawing of a {drawings.captions[number]}: stroke weight {weight:+.1f} and slant {slant:+.1f} standard "
        f"deviations, legibility {legible:.1f} nats"
    )


def taste_html(view: View) -> str:
    """The fitted taste as a table: a line for each interval, between −4 and 4 logits."""
    rows = [_row(name, interval, _verdict(interval)) for name, interval in _named(view)]
    return _table("your taste: worth of one standard deviation more, in logits (line: 95 % interval)", rows)


def ranking_html(view: View) -> str:
    """The ranking of the styles as a table, best first."""
    if view.ranking is None:
        return ""
    wins = view.answers.styles.wins()
    rows = []
    for item in view.ranking.order():
        won, met = wins[item].sum(), wins[item].sum() + wins[:, item].sum()
        rows.append(_row(STYLES[item], view.ranking.interval(item), f"won {won:g} of {met:g}"))
    return _table(f"styles by Bradley and Terry's score, in logits (prior of {PRIOR_SD:g}; line: 95 % interval)", rows)


def row_html(drawings: Drawings, numbers: Sequence[int] | IntArray, title: str) -> str:
    """Drawings side by side, with their mean looks in words."""
    strip = np.concatenate([drawings.images[number, 0] for number in numbers], axis=1)
    means = drawings.looks[np.asarray(numbers)].mean(axis=0).tolist()
    # Adding 0 after rounding makes +0.0 of -0.0.
    words = ", ".join(f"{name} {round(value, 1) + 0:+.1f}" for name, value in zip(FEATURES, means, strict=True))
    return f'<div class="row"><div>{html.escape(title)}: {words}</div>{image_html(strip, f"{title}: {words}", 2)}</div>'


def image_html(pixels: NDArray[np.floating], alt: str, zoom: int) -> str:
    """Dark ink on white as an image tag, enlarged."""
    grey = np.round(255 * (1 - np.clip(pixels, 0, 1))).astype(np.uint8)
    picture = Image.fromarray(grey).resize((grey.shape[1] * zoom, grey.shape[0] * zoom), Image.Resampling.BICUBIC)
    stored = io.BytesIO()
    picture.save(stored, format="png", compress_level=1)
    data = base64.b64encode(stored.getvalue()).decode("ascii")
    return f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{data}">'


def still(view: View, drawings: Drawings, caption: int = 3, n: int = MOST) -> Figure:
    """The results without controls: taste and styles with intervals, and drawings before and after.

    Args:
        view: of at least `ENOUGH` answers.
        drawings: to choose from, at least `ROWS` · `MOST` of the caption.
        caption: which digit.
        n: of best-of-n, 1 to `MOST`.
    """
    found = tuned(view, drawings, caption, n)
    assert view.ranking is not None
    fig = Figure(figsize=(9, 5.2), layout="constrained")
    grid = fig.add_gridspec(3, 2, height_ratios=(2, 1, 1))
    styles = [(STYLES[item], view.ranking.interval(item)) for item in view.ranking.order()]
    titles = ("worth of one standard deviation more (logits)", "score of a style (logits)")
    for column, (rows, title) in enumerate(zip((_named(view), styles), titles, strict=True)):
        ax = fig.add_subplot(grid[0, column])
        for place, (_, interval) in enumerate(rows):
            ax.plot([interval.low, interval.high], [place, place], color=SERIES_COLOURS[0], linewidth=2)
            ax.plot(interval.mean, place, "o", color=SERIES_COLOURS[0])
        ax.axvline(0, color="black", linewidth=1)
        ax.set_yticks(range(len(rows)), [name for name, _ in rows])
        ax.set(xlabel=title, ylim=(len(rows) - 0.5, -0.5))
    for row, (numbers, title) in enumerate(((found.before, "before"), (found.after, f"after: best of {n}")), start=1):
        ax = fig.add_subplot(grid[row, :])
        ax.imshow(1 - np.concatenate([drawings.images[i, 0] for i in numbers], axis=1), cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[], title=title)
    return fig


def _named(view: View) -> list[tuple[str, Interval]]:
    return list(zip(FEATURES, view.worth, strict=True)) if view.worth else []


def _verdict(interval: Interval) -> str:
    if interval.low > 0:
        return "liked"
    return "disliked" if interval.high < 0 else "open"


def _table(caption: str, rows: Sequence[str]) -> str:
    return f"<table><caption>{caption}</caption>{''.join(rows)}</table>"


def _row(name: str, interval: Interval, word: str) -> str:
    low, mean, high = (float(np.clip(12.5 * end + 50, 0, 100)) for end in (interval.low, interval.mean, interval.high))
    line = f'<u style="left: {low:.1f}%; width: {high - low:.1f}%"></u><b style="left: {mean:.1f}%"></b>'
    bar = f'<div class="bar"><i></i>{line}</div>'
    return f'<tr><th scope="row">{html.escape(name)}</th><td>{bar}</td><td>{interval}</td><td>{word}</td></tr>'
