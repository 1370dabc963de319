"""The content of topic 06's interactive figure for the answers so far: plain functions, without controls.

`evaluate` turns answers into a `View`, the ranking of styles and the fitted taste. `best_samples` picks drawings by
this taste, `finetune_to_taste` trains a model on it, and the others turn these into images, tables and text.
"""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from utils.arrays import IntArray
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
from utils.widgets.explorer import png_image
from utils.widgets.preferences_questions import STYLES, Answers, Drawings

MIN_ANSWERS = 20
"""Number of answers after which the results appear."""

ROW_LENGTH = 8
"""Drawings per row of samples."""

MAX_N = 16
"""The largest n of best-of-n."""

PRIOR_SD = 1.5
"""Standard deviation of the prior of scores, in logits: without it, a style that never lost has an infinite score."""


@dataclass(frozen=True, eq=False)
class View:
    """The results of the answers: scores of the styles, and the fitted taste; both None before `MIN_ANSWERS`."""

    answers: Answers
    ranking: Ranking | None
    taste: RewardModel | None

    @property
    def worth(self) -> list[Interval]:
        """The worth of one more standard deviation of each feature, in logits, with its 95 % interval."""
        return [] if self.taste is None else [self.taste.weight(i) for i in range(len(FEATURES))]


def evaluate(answers: Answers) -> View:
    """Rank the styles by Bradley and Terry's model, and fit a reward that is linear in the features."""
    if len(answers) < MIN_ANSWERS:
        return View(answers, None, None)
    first, second = answers.looks[:, 0], answers.looks[:, 1]
    taste = fit_reward(first, second, answers.styles.outcome)
    return View(answers, fit(answers.styles, prior_sd=PRIOR_SD), taste)


@dataclass(frozen=True)
class Samples:
    """Indices of `ROW_LENGTH` drawings before, and of as many after best-of-n by the fitted taste.

    `gain` is the mean reward after minus before, in logits; `nats` bounds the divergence of best-of-n from the model.
    """

    before: IntArray
    after: IntArray
    gain: float
    nats: float


def best_samples(view: View, drawings: Drawings, caption: int, n: int) -> Samples:
    """Drawings of a caption before and after best-of-n by the fitted taste.

    Each place of the row has `MAX_N` drawings of its own: before, it shows the first; after, the best of the first n.

    Raises:
        ValueError: before there is a taste, or if a caption has fewer than `ROW_LENGTH` · `MAX_N` drawings.
    """
    if view.taste is None:
        raise _too_few_answers(view)
    indices = np.flatnonzero(drawings.captions == caption)[: ROW_LENGTH * MAX_N]
    if len(indices) < ROW_LENGTH * MAX_N:
        raise ValueError(
            f"Caption {caption} has {len(indices)} drawings, but {ROW_LENGTH * MAX_N} are needed: draw more."
        )
    blocks = indices.reshape(ROW_LENGTH, MAX_N)
    rewards = view.taste.reward(drawings.looks[indices]).reshape(ROW_LENGTH, MAX_N)
    places = np.arange(ROW_LENGTH), best_of_n(rewards[:, :n])
    gain = float(rewards[places].mean() - rewards[:, 0].mean())
    return Samples(blocks[:, 0], blocks[places], gain, best_of_n_kl(n))


def finetune_to_taste(view: View, drawings: Drawings, model: DiffusionModel, seed: int) -> DiffusionModel:
    """A copy of a model after direct preference optimisation: the fitted taste answers pairs of drawings.

    The pairs are neighbouring drawings of one caption. Each answer is sampled with the probability that the taste gives
    it, so a weak taste changes the model little. Takes a few seconds.

    Raises:
        ValueError: before there is a taste.
    """
    if view.taste is None:
        raise _too_few_answers(view)
    order = np.argsort(drawings.captions, kind="stable")
    first, second = order[: len(order) // 2 * 2].reshape(-1, 2).T
    same = drawings.captions[first] == drawings.captions[second]
    first, second = first[same], second[same]
    chances = view.taste.probability(drawings.looks[first], drawings.looks[second])
    left = np.random.default_rng([seed, len(view.answers), 3]).random(len(first)) < chances
    won, lost = np.where(left, first, second), np.where(left, second, first)
    return finetune(model, drawings.images[won], drawings.images[lost], drawings.captions[first], seed=seed).model


# Text, tables and images


def describe(view: View) -> str:
    """One paragraph that contains all results."""
    n = len(view.answers)
    if view.ranking is None:
        return f"{n} of {MIN_ANSWERS} answers. The styles you like and the worth of each feature will then appear."
    order = " > ".join(STYLES[item] for item in view.ranking.order())
    worth = "; ".join(f"{name} {interval} ({_verdict(interval)})" for name, interval in _named(view))
    return f"{n} answers. Styles, best first: {order}. Worth of one more standard deviation, in logits: {worth}."


def alt_text(drawings: Drawings, index: int, side: str) -> str:
    """Describes a drawing to a reader who cannot see it."""
    weight, slant, legibility = drawings.looks[index]
    return (
        f"{side} drawing of a {drawings.captions[index]}: stroke weight {weight:+.1f} and slant {slant:+.1f} standard "
        f"deviations, legibility {legibility:.1f} nats"
    )


def taste_html(view: View) -> str:
    """The fitted taste as an HTML table: one line per interval, between −4 and 4 logits."""
    rows = [_row(name, interval, _verdict(interval)) for name, interval in _named(view)]
    return _table("your taste: worth of one more standard deviation, in logits (line: 95 % interval)", rows)


def ranking_html(view: View) -> str:
    """The ranking of the styles as an HTML table, best first."""
    if view.ranking is None:
        return ""
    wins = view.answers.styles.wins()
    rows = []
    for item in view.ranking.order():
        won, compared = wins[item].sum(), wins[item].sum() + wins[:, item].sum()
        rows.append(_row(STYLES[item], view.ranking.interval(item), f"won {won:g} of {compared:g}"))
    return _table(f"scores of styles (Bradley–Terry), in logits (prior sd {PRIOR_SD:g}; line: 95 % interval)", rows)


def row_html(drawings: Drawings, indices: IntArray, title: str) -> str:
    """Drawings side by side, with the means of their features."""
    strip = np.concatenate([drawings.images[index, 0] for index in indices], axis=1)
    means = drawings.looks[indices].mean(axis=0).tolist()
    # Adding 0 after rounding turns -0.0 into +0.0.
    text = ", ".join(f"{name} {round(value, 1) + 0:+.1f}" for name, value in zip(FEATURES, means, strict=True))
    return f'<div class="row"><div>{html.escape(title)}: {text}</div>{image_html(strip, f"{title}: {text}", 2)}</div>'


def image_html(pixels: NDArray[np.floating], alt: str, zoom: int) -> str:
    """Dark ink on white as an HTML image, enlarged."""
    grey = np.round(255 * (1 - np.clip(pixels, 0, 1))).astype(np.uint8)
    picture = Image.fromarray(grey).resize((grey.shape[1] * zoom, grey.shape[0] * zoom), Image.Resampling.BICUBIC)
    stream = io.BytesIO()
    picture.save(stream, format="png", compress_level=1)
    return png_image(stream.getvalue(), alt)


def still(view: View, drawings: Drawings, caption: int = 3, n: int = MAX_N) -> Figure:
    """The results without controls: taste and styles with intervals, and drawings before and after.

    Args:
        view: of at least `MIN_ANSWERS` answers.
        drawings: the candidates, at least `ROW_LENGTH` · `MAX_N` of the caption.
        caption: which digit.
        n: of best-of-n, 1 to `MAX_N`.
    """
    samples = best_samples(view, drawings, caption, n)
    assert view.ranking is not None
    fig = Figure(figsize=(9, 5.2), layout="constrained")
    grid = fig.add_gridspec(3, 2, height_ratios=(2, 1, 1))
    styles = [(STYLES[item], view.ranking.interval(item)) for item in view.ranking.order()]
    titles = ("worth of one more standard deviation (logits)", "score of a style (logits)")
    for column, (rows, title) in enumerate(zip((_named(view), styles), titles, strict=True)):
        ax = fig.add_subplot(grid[0, column])
        for place, (_, interval) in enumerate(rows):
            ax.plot([interval.low, interval.high], [place, place], color=SERIES_COLOURS[0], linewidth=2)
            ax.plot(interval.mean, place, "o", color=SERIES_COLOURS[0])
        ax.axvline(0, color="black", linewidth=1)
        ax.set_yticks(range(len(rows)), [name for name, _ in rows])
        ax.set(xlabel=title, ylim=(len(rows) - 0.5, -0.5))
    strips = {"before": samples.before, f"after: best of {n}": samples.after}
    for row, (title, indices) in enumerate(strips.items(), start=1):
        ax = fig.add_subplot(grid[row, :])
        ax.imshow(1 - np.concatenate([drawings.images[i, 0] for i in indices], axis=1), cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[], title=title)
    return fig


def _too_few_answers(view: View) -> ValueError:
    return ValueError(f"There are {len(view.answers)} answers, but a taste needs {MIN_ANSWERS}: answer more questions.")


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
