"""Pictures of lecture 04: next words, a prompt's answers as a strip, and scores of prompts by setting.

Every function returns a figure, which a lecture passes to :func:`utils.plotting.show` with its alternative text. What a
picture shows is computed in the lecture or by the study; nothing is computed here but positions and means of draws.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.special import logit

from utils.intervals import Interval, mean_interval
from utils.plotting import SERIES_COLOURS, SERIES_MARKERS

_GREY = "0.6"
_CLASSES = (("negative", 1, "v"), ("positive", 0, "^"))
_AXES = {
    "auc": "AUC (ordering)",
    "accuracy": "accuracy at 0.5",
    "calibrated_accuracy": "accuracy by empty inputs",
    "median_accuracy": "accuracy at the median",
    "positive": "share answered “positive”",
}
_DASHES = ("-", "--", ":")
_VARIED = {
    "examples": "the examples",
    "order": "their order or labels",
    "labels": "their order or labels",
    "words": "label words or instruction (below)",
    "instruction": "label words or instruction (below)",
    "template": "the template (below)",
}
"""Kind of a prompt -> what varies in it, in the words of a legend."""
_VARIED_STYLES = tuple((SERIES_COLOURS[i], SERIES_MARKERS[i]) for i in (0, 1, 2, 4))
_PANEL_WIDTH = 2.2
"""In inches: four panels of 2.2 are shown in a page at nearly full size."""


def next_words(probabilities: pd.DataFrame) -> Figure:
    """The probabilities of some next words (rows) after several sentences (columns), on a logarithmic axis."""
    fig, ax = plt.subplots(figsize=(8.5, 0.45 * len(probabilities) + 1.4))
    places = np.arange(len(probabilities))
    for series, name in enumerate(probabilities.columns):
        ax.plot(
            probabilities[name], places, SERIES_MARKERS[series], color=SERIES_COLOURS[series], label=f"{name} …", ms=8
        )
    ax.hlines(places, probabilities.min(axis=1), probabilities.max(axis=1), color="0.8", zorder=0)
    ax.set_yticks(places, [f"“{word}”" for word in probabilities.index])
    ax.set(xscale="log", xlabel="probability of the next word")
    ax.invert_yaxis()
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1)
    return fig


def strip(probabilities: ArrayLike, labels: ArrayLike, thresholds: Mapping[str, float]) -> Figure:
    """P(positive) of each text by its true class, on a log-odds axis, with thresholds that divide the answers.

    Args:
        probabilities: (n,), strictly between 0 and 1.
        labels: (n,), the true classes 0 and 1.
        thresholds: name -> probability, at most three.
    """
    values, truth = logit(np.asarray(probabilities, np.float64)), np.asarray(labels)
    fig, ax = plt.subplots(figsize=(9.5, 2.9))
    rng = np.random.default_rng(0)
    for name, place, marker in _CLASSES:
        chosen = values[truth == (name == "positive")]
        spread = rng.uniform(-0.28, 0.28, len(chosen))
        colour = SERIES_COLOURS[place]
        ax.plot(chosen, (name == "positive") + spread, marker, color=colour, ms=6, alpha=0.7, mew=0)
    _thresholds(ax, thresholds)
    ax.set_yticks([0, 1], ["truly negative", "truly positive"])
    ticks = [p for p in (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999) if values.min() - 1 < logit(p) < values.max() + 1]
    ax.set_xticks([float(logit(p)) for p in ticks], [f"{p:g}" for p in ticks])
    ax.set(xlabel="P(positive), log-odds scale", ylim=(-0.5, 1.5))
    return fig


def by_setting(
    rows: pd.DataFrame,
    settings: Mapping[str, str],
    columns: Sequence[str],
    *,
    chance: float = 0.5,
) -> Figure:
    """Scores of prompts, a panel per score: a dot per draw of the examples, and the mean with its 95 % interval.

    A share of answers gets no interval.

    Args:
        rows: of :func:`utils.prompting.study.table`.
        settings: value in the column ``setting`` -> its name, from top to bottom.
        columns: the scores, of ``auc``, ``accuracy``, ``calibrated_accuracy``, ``median_accuracy``, ``positive``.
        chance: where a grey line is drawn.
    """
    fig, axes = plt.subplots(
        1, len(columns), figsize=(_PANEL_WIDTH * len(columns), 0.5 * len(settings) + 1.3), sharey=True, squeeze=False
    )
    for ax, column in zip(axes[0], columns, strict=True):
        for place, setting in enumerate(settings):
            values = rows.loc[rows["setting"] == setting, column].to_numpy()
            mean = float(values.mean())
            interval = Interval(mean, mean, mean)
            if len(values) > 1:
                ax.plot(values, np.full(len(values), place + 0.22), "o", color=SERIES_COLOURS[0], ms=4, alpha=0.8)
                # A symmetric interval of shares that pile up at 0 and 1 would reach beyond them.
                interval = interval if column == "positive" else mean_interval(values)
            error = [[interval.mean - interval.low], [interval.high - interval.mean]]
            ax.errorbar(interval.mean, place, xerr=error, fmt="s", color=SERIES_COLOURS[1], capsize=3, ms=5)
        ax.axvline(chance, color=_GREY, lw=1, zorder=0)
        _panel(ax, column)
    axes[0, 0].set_yticks(range(len(settings)), list(settings.values()))
    axes[0, 0].invert_yaxis()
    return fig


def with_and_without(tables: Mapping[str, pd.DataFrame]) -> Figure:
    """Scores of single prompts with four examples and without any: a panel per score, and a block of rows per table.

    Args:
        tables: title of a block -> an :class:`utils.intervals.Interval` per cell; rows by setting and number of
            examples (0 or 4), columns as in :func:`by_setting`, the same in all tables.
    """
    blocks = {title: list(dict.fromkeys(setting for setting, _ in table.index)) for title, table in tables.items()}
    sizes, columns = [len(settings) for settings in blocks.values()], list(next(iter(tables.values())).columns)
    fig, axes = plt.subplots(
        len(blocks),
        len(columns),
        figsize=(_PANEL_WIDTH * len(columns), 0.38 * sum(sizes) + 0.3 * len(blocks) + 1.2),
        sharex="col",
        sharey="row",
        squeeze=False,
        height_ratios=sizes,
    )
    for row, (title, settings) in zip(axes, blocks.items(), strict=True):
        for ax, column in zip(row, columns, strict=True):
            _pairs(ax, tables[title][column], settings)
            _panel(ax, column)
            ax.label_outer()
        row[0].set_title(title, loc="left")
        row[0].set_yticks(range(len(settings)), settings)
        row[0].set_ylim(len(settings) - 0.5, -0.5)
    handles, names = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=2)
    return fig


def losses(table: pd.DataFrame, titles: Mapping[str, str]) -> Figure:
    """What each change of a prompt costs, with intervals: a panel per kind of change, a colour per column.

    Args:
        table: an :class:`utils.intervals.Interval` per cell; rows by kind of change, number of examples and setting,
            columns by the set of reviews.
        titles: kind of change -> the title of its panel, from top to bottom.
    """
    sizes = [int((table.index.get_level_values(0) == kind).sum()) for kind in titles]
    fig, axes = plt.subplots(
        len(titles), 1, figsize=(8.5, 0.36 * len(table) + 2), sharex=True, squeeze=False, height_ratios=sizes
    )
    for ax, (kind, title) in zip(axes[:, 0], titles.items(), strict=True):
        rows = table.loc[[kind]]
        for series, column in enumerate(table.columns):
            mean, low, high = np.array(rows[column].to_list(), dtype=np.float64).reshape(-1, 3).T
            style = {"color": SERIES_COLOURS[series], "marker": SERIES_MARKERS[series], "label": column}
            places = np.arange(len(rows)) + 0.3 * series - 0.15
            ax.errorbar(mean, places, xerr=(mean - low, high - mean), ls="none", capsize=3, ms=5, **style)
        numbers = {0: "no example", 4: "four examples"}
        ax.set_yticks(range(len(rows)), [f"{setting}, {numbers[n]}" for _, n, setting in rows.index])
        ax.axvline(0, color=_GREY, lw=1, zorder=0)
        ax.set(title=title, ylim=(len(rows) - 0.5, -0.5))
    axes[-1, 0].set_xlabel("AUC lost")
    handles, names = axes[0, 0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=len(names))
    return fig


def crossed(rows: pd.DataFrame) -> Figure:
    """The share of answers "positive" against the number of positive examples of four, by the label of the last one.

    ``rows`` are those of the study's kind ``"labels"``.
    """
    fig, ax = plt.subplots(figsize=(7.5, 4))
    for series, (last, name) in enumerate({0: "negative", 1: "positive"}.items()):
        chosen = rows[rows["last"] == last]
        counts = (4 * chosen["share"]).round().astype(int)
        colour, marker, shift = SERIES_COLOURS[1 - series], SERIES_MARKERS[series], 0.06 * (2 * series - 1)
        ax.plot(counts + 3 * shift, chosen["positive"], marker, color=colour, ms=5, mfc="none")
        means = chosen["positive"].groupby(counts).mean()
        style = _DASHES[series]
        ax.plot(means.index + shift, means, style, marker=marker, color=colour, ms=9, label=f"a {name} one comes last")
    ax.axhline(0.5, color=_GREY, lw=1, zorder=0)
    ax.set(xlabel="positive examples among the four", ylabel=_AXES["positive"], ylim=(-0.03, 1.03))
    ax.set_xticks(range(5))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
    return fig


def roof(rows: pd.DataFrame) -> Figure:
    """Accuracy against the share of answers "positive" for all prompts, at two thresholds; at the median, by kind.

    Grey line: the most that is possible if half of the texts are positive. Grey bands: shares below 0.05 and above
    0.95, where marks overlap, with the number of prompts. At the median every share is one half, so the third panel
    has a column per kind, in which the points are spread sideways.
    """
    fig, axes = plt.subplots(1, 3, figsize=(11, 4), sharey=True)
    titles = {"": "threshold 0.5", "calibrated_": "by empty inputs"}
    for ax, (prefix, title) in zip(axes, titles.items(), strict=False):
        ax.plot([0, 0.5, 1], [0.5, 1, 0.5], color=_GREY, lw=1)
        shares = rows[f"{prefix}positive"]
        for low, high, number in ((-0.05, 0.05, (shares < 0.05).sum()), (0.95, 1.05, (shares > 0.95).sum())):
            ax.axvspan(low, high, color="0.92", lw=0, zorder=0)
            ax.text((low + high) / 2, 0.45, f"{number}", ha="center", va="center")
        for some, style in _varied(rows):
            ax.plot(some[f"{prefix}positive"], some[f"{prefix}accuracy"], **style)
        ax.set(xlabel=_AXES["positive"], title=title, xlim=(-0.05, 1.05), ylim=(0.42, 1.02))
    axes[2].axhline(1, color=_GREY, lw=1)
    for place, (some, style) in enumerate(_varied(rows)):
        # Multiples of the golden ratio, modulo 1: neighbours in accuracy lie far apart.
        across = 0.8 * (np.arange(len(some)) * (np.sqrt(5) - 1) / 2 % 1) - 0.4
        axes[2].plot(place + across, np.sort(some["median_accuracy"]), **style)
    axes[2].set(title="at the median", xlabel="one column per kind\n(all shares are one half)", xticks=[])
    axes[0].set_ylabel("accuracy")
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=len(names), title="what varies")
    return fig


def order_and_accuracy(rows: pd.DataFrame) -> Figure:
    """Accuracy against AUC for all prompts, at three thresholds, in three panels; marks as in :func:`roof`."""
    fig, axes = plt.subplots(1, 3, figsize=(11, 3.7), sharey=True)
    titles = {"": "threshold 0.5", "calibrated_": "by empty inputs", "median_": "at the median"}
    for ax, (prefix, title) in zip(axes, titles.items(), strict=True):
        for some, style in _varied(rows):
            ax.plot(some["auc"], some[f"{prefix}accuracy"], **style)
        ax.axhline(0.5, color=_GREY, lw=1, zorder=0)
        ax.set(xlabel=_AXES["auc"], title=title, xlim=(0.52, 1), ylim=(0.47, 1))
    axes[0].set_ylabel("accuracy")
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside lower center", ncols=len(names), title="what varies")
    return fig


def by_calls(scores: pd.DataFrame) -> Figure:
    """Scores of sampled answers against their number per text, a panel per score: a dot per prompt, and the mean.

    Args:
        scores: rows by number of answers and prompt, a column per score. The last number stands for the
            probabilities themselves: it is set apart from the line.
    """
    means = scores.groupby(level=0, sort=False).mean()
    fig, axes = plt.subplots(1, len(means.columns), figsize=(10, 3.4), sharey=True, squeeze=False)
    for ax, column in zip(axes[0], means.columns, strict=True):
        for place, number in enumerate(means.index):
            values = scores.loc[number, column].to_numpy()
            ax.plot(np.full(len(values), place), values, "o", color=SERIES_COLOURS[0], ms=4, alpha=0.6, mew=0)
        line, places = means[column].to_numpy(), np.arange(len(means))
        ax.plot(places[:-1], line[:-1], "-s", color=SERIES_COLOURS[1])
        ax.plot(places[-1:], line[-1:], "s", color=SERIES_COLOURS[1])
        ax.axhline(line[-1], color=_GREY, lw=1, ls="--", zorder=0)
        ax.set_xticks(places, [*map(str, means.index[:-1]), "p"])
        ax.set(title=column, xlabel="answers per review")
    axes[0, 0].set(ylabel="score", ylim=(0.48, 1))
    return fig


def ways(accuracies: Mapping[str, Interval], draws: Mapping[str, Sequence[float]], *, xlabel: str) -> Figure:
    """Ways to the same answer, from top to bottom: mean, interval, and a tick for every draw."""
    fig, ax = plt.subplots(figsize=(9, 0.42 * len(accuracies) + 0.9))
    for place, (name, interval) in enumerate(accuracies.items()):
        error = [[interval.mean - interval.low], [interval.high - interval.mean]]
        ax.errorbar(interval.mean, place, xerr=error, fmt="o", color=SERIES_COLOURS[0], capsize=3)
        ax.plot(draws[name], np.full(len(draws[name]), place + 0.28), "|", color="0.3", ms=7)
    ax.axvline(0.5, color=_GREY, lw=1, zorder=0)
    ax.set(yticks=range(len(accuracies)), yticklabels=list(accuracies), xlabel=xlabel, xlim=(0.42, 1))
    ax.invert_yaxis()
    return fig


def luck(report: pd.DataFrame) -> Figure:
    """How much the best of several prompts loses on other texts: prompts (rows) by number of texts (columns)."""
    fig, ax = plt.subplots(figsize=(7, 3.4))
    for series, n in enumerate(report.columns):
        style: dict[str, Any] = {
            "color": SERIES_COLOURS[series],
            "marker": SERIES_MARKERS[series],
            "ls": _DASHES[series % 3],
        }
        ax.plot(report.index, report[n], label=f"chosen on {n} reviews", **style)
    ax.set(xlabel="prompts tried", ylabel="accuracy lost on other reviews", ylim=(0, None))
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(report.columns))
    return fig


def _varied(rows: pd.DataFrame) -> list[tuple[pd.DataFrame, dict[str, Any]]]:
    """Prompts by what varies in them, with the style of their marks; open, so that overlapping marks are seen."""
    names = list(dict.fromkeys(_VARIED.values()))
    return [
        (
            rows[rows["kind"].map(_VARIED) == name],
            {"color": colour, "marker": marker, "label": name, "ls": "none", "mfc": "none", "ms": 5, "mew": 1.1},
        )
        for name, (colour, marker) in zip(names, _VARIED_STYLES, strict=True)
    ]


def _pairs(ax: Axes, column: pd.Series, settings: Sequence[str]) -> None:
    """One score of each setting, with four examples and without any."""
    for series, (n, name) in enumerate({4: "four examples", 0: "no example"}.items()):
        chosen = [(place, setting) for place, setting in enumerate(settings) if (setting, n) in column.index]
        if chosen:
            places = np.array([place for place, _ in chosen]) + 0.24 * series - 0.12
            cells = [column.loc[(setting, n)] for _, setting in chosen]
            mean, low, high = np.array(cells, dtype=np.float64).reshape(-1, 3).T
            style: dict[str, Any] = {"color": SERIES_COLOURS[series], "marker": SERIES_MARKERS[series], "label": name}
            ax.errorbar(mean, places, xerr=(mean - low, high - mean), ls="none", capsize=3, ms=5, **style)
    ax.axvline(0.5, color=_GREY, lw=1, zorder=0)


def _panel(ax: Axes, column: str) -> None:
    """A narrow panel of a score: few ticks, and its name in two lines."""
    first, _, second = _AXES[column].rpartition(" ") if column in ("auc", "positive") else _AXES[column].partition(" ")
    low = 0.0 if column == "positive" else 0.5
    ax.set(xlabel=f"{first}\n{second}", xlim=(-0.04 if column == "positive" else 0.4, 1.03))
    ax.set_xticks([low, (low + 1) / 2, 1], [f"{low:g}", f"{(low + 1) / 2:g}", "1"])


def _thresholds(ax: Axes, thresholds: Mapping[str, float]) -> None:
    for style, colour, (name, value) in zip(_DASHES, ("black", *SERIES_COLOURS[2:4]), thresholds.items(), strict=False):
        ax.axvline(float(logit(value)), color=colour, ls=style, lw=2, label=f"{name}: {value:.2f}")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
