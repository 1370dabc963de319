"""Pictures of lecture 03: traversals, coloured tables, and plots of the study's trainings.

Every function returns a figure, which a lecture passes to :func:`utils.plotting.show` with its alternative text. A
number that a picture shows is computed in the lecture; nothing is computed here but positions and colours.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from utils import plotting
from utils.disentanglement.variance import Shares
from utils.intervals import Interval, mean_interval

_FRAME = "#888888"
_SURPRISES = {"as it should": "#e8f1f8", "missed": "#f5a55f", "false alarm": "#cc79a7"}
_SIGNS = {"as it should": "", "missed": "✗", "false alarm": "!"}


def traversals(rows: Mapping[str, ArrayLike], *, faded: Collection[str] = ()) -> Figure:
    """Rows of images in thin frames, so that a movement within the frame can be seen.

    Args:
        rows: name of a row -> images (n, 1, h, w) in [0, 1].
        faded: names of rows that are drawn pale, because nothing changes in them.

    Raises:
        ValueError: if there are no rows.

    Example:
        >>> fig = traversals({"latent 0": np.zeros((3, 1, 16, 16)), "latent 1": np.zeros((3, 1, 16, 16))})
        >>> len(fig.axes[0].images)
        6
        >>> plt.close(fig)
    """
    if not rows:
        raise ValueError("rows is empty, but a picture needs at least one row of images: give a name and images.")
    columns = max(len(np.asarray(images)) for images in rows.values())
    # Narrow enough that a page shows it in full width.
    fig, ax = plt.subplots(figsize=(0.68 * columns + 1.6, 0.68 * len(rows)))
    for top, (name, images) in enumerate(rows.items()):
        pale = 0.35 if name in faded else 1.0
        ax.text(-0.15, top + 0.5, name, ha="right", va="center", alpha=max(pale, 0.6))
        for left, image in enumerate(np.asarray(images)[:, 0]):
            extent = (left + 0.04, left + 0.96, top + 0.96, top + 0.04)
            ax.imshow(image, cmap="gray_r", vmin=0, vmax=1, extent=extent, alpha=pale)
            frame = Rectangle((left + 0.04, top + 0.04), 0.92, 0.92, fill=False, edgecolor=_FRAME, linewidth=0.7)
            ax.add_patch(frame)
    ax.set(xlim=(0, columns), ylim=(len(rows), 0))
    ax.set_axis_off()
    return fig


def number_table(table: pd.DataFrame, *, xlabel: str, ylabel: str, largest: float = 1.0, decimals: int = 2) -> Figure:
    """A table of non-negative numbers, darker for larger ones; NaN cells stay empty.

    Args:
        table: the numbers, with the names of rows and columns.
        xlabel, ylabel: what columns and rows are.
        largest: the number that is drawn darkest.
        decimals: of the printed numbers.

    Example:
        >>> fig = number_table(pd.DataFrame({"x": [0.1, 0.9]}, index=["a", "b"]), xlabel="factor", ylabel="latent")
        >>> [text.get_text() for text in fig.axes[0].texts]
        ['0.10', '0.90']
        >>> plt.close(fig)
    """
    fig, ax = plt.subplots(figsize=(1.5 + 1.0 * table.shape[1], 0.9 + 0.42 * len(table)))
    values = table.to_numpy(np.float64)
    ax.imshow(values, cmap="Blues", vmin=0, vmax=largest, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if value > 0.6 * largest else "black"
            ax.text(column, row, f"{value:.{decimals}f}", ha="center", va="center", color=colour)
    ax.set_xticks(range(table.shape[1]), table.columns)
    ax.set_yticks(range(len(table)), table.index)
    ax.set(xlabel=xlabel, ylabel=ylabel)
    ax.grid(False)
    return fig


def blindness(scores: pd.DataFrame, verdicts: pd.DataFrame) -> Figure:
    """A table of scores of spoilt codes, in which every surprise is marked.

    Args:
        scores: one row per code, one column per score.
        verdicts: in the same shape, ``"as it should"``, ``"missed"`` or ``"false alarm"``.

    Raises:
        ValueError: if the two tables have different names.
    """
    if not (scores.index.equals(verdicts.index) and scores.columns.equals(verdicts.columns)):
        raise ValueError("scores and verdicts must have the same rows and columns: build both from the same codes.")
    fig, ax = plt.subplots(figsize=(8.6, 0.46 * len(scores) + 1.3))
    for (row, column), value in np.ndenumerate(scores.to_numpy(np.float64)):
        verdict = str(verdicts.iat[row, column])
        ax.add_patch(Rectangle((column, row), 1, 1, facecolor=_SURPRISES[verdict], edgecolor="white", linewidth=2))
        text = f"{value:.2f} {_SIGNS[verdict]}".strip()
        ax.text(column + 0.5, row + 0.5, text, ha="center", va="center", color="black", size=10.5)
    ax.set(xlim=(0, scores.shape[1]), ylim=(len(scores), 0))
    names = [name.replace(" ", "\n").replace("explicitness", "explicit-\nness") for name in scores.columns]
    ax.set_xticks(np.arange(scores.shape[1]) + 0.5, names, size=10)
    ax.set_yticks(np.arange(len(scores)) + 0.5, scores.index)
    ax.xaxis.tick_top()
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    ax.grid(False)
    return fig


def score_paths(angles: Sequence[float], scores: pd.DataFrame) -> Figure:
    """Scores against the angle of a rotation, each line named at its end.

    Args:
        angles: in degrees.
        scores: one row per angle, one column per score.
    """
    fig, ax = plt.subplots(figsize=(7.5, 3.8))
    for series, name in enumerate(scores.columns):
        colour, marker = plotting.SERIES_COLOURS[series], plotting.SERIES_MARKERS[series]
        ax.plot(angles, scores[name], marker=marker, color=colour)
        ax.annotate(
            name, (angles[-1], scores[name].iloc[-1]), (8, 0), textcoords="offset points", va="center", color=colour
        )
    ax.set(xlabel="rotation in degrees", ylabel="score of B", ylim=(-0.03, 1.05), xticks=list(angles))
    return fig


def dots(
    groups: Mapping[str, ArrayLike],
    *,
    xlabel: str,
    yardstick: float | None = None,
    name: str = "",
    series: Sequence[int] = (0, 1, 2, 3, 4, 5),
) -> Figure:
    """One row of dots per group, with the mean of the group and its 95 % interval below them.

    Args:
        groups: name -> values (n,), n ≥ 2.
        xlabel: what the values are.
        yardstick: a value to compare with, drawn as a dashed line.
        name: of the yardstick.
        series: number of each group's colour in ``plotting.SERIES_COLOURS``.

    Example:
        >>> fig = dots({"one": [0.1, 0.2], "two": [0.3, 0.4]}, xlabel="MIG")
        >>> [label.get_text() for label in fig.axes[0].get_yticklabels()]
        ['one', 'two']
        >>> plt.close(fig)
    """
    fig, ax = plt.subplots(figsize=(7.5, 0.75 * len(groups) + 0.9))
    for row, values in enumerate(groups.values()):
        sample = np.asarray(values, dtype=np.float64)
        interval = mean_interval(sample)
        colour = plotting.SERIES_COLOURS[series[row % len(series)]]
        # Neighbours of a large sample stand at three heights, so that they do not hide each other.
        heights = 0.1 * (np.argsort(np.argsort(sample)) % 3 - 1) if len(sample) > 10 else np.zeros(len(sample))
        ax.plot(sample, row - 0.15 + heights, "o", color=colour, alpha=0.5, markersize=6)
        ends = [[interval.mean - interval.low], [interval.high - interval.mean]]
        ax.errorbar([interval.mean], [row + 0.22], xerr=ends, fmt="D", color="black", capsize=4, markersize=5)
    if yardstick is not None:
        ax.axvline(yardstick, color="black", linestyle="--", linewidth=1.2)
        ax.annotate(
            name, (yardstick, 1), (-4, 2), xycoords=("data", "axes fraction"), textcoords="offset points", ha="right"
        )
    ax.set(xlabel=xlabel, ylim=(len(groups) - 0.4, -0.6))
    ax.set_yticks(range(len(groups)), groups)
    return fig


def settings(table: pd.DataFrame, score: str, names: Mapping[str, str], *, ylabel: str) -> Figure:
    """A score of the study's trainings: one panel per method, one column of dots per strength, with mean and interval.

    Args:
        table: as :func:`utils.disentanglement.study.load` returns it.
        score: a column.
        names: method -> title of its panel; the methods that are shown.
        ylabel: name of the score.
    """
    fig, axes = plt.subplots(1, len(names), figsize=(8, 3.6), sharey=True)
    for series, (ax, (method, title)) in enumerate(zip(axes, names.items(), strict=True)):
        cells = table[table["method"] == method].groupby("strength")[score]
        colour = plotting.SERIES_COLOURS[series]
        for place, (_, values) in enumerate(cells):
            ax.plot(np.full(len(values), place - 0.14), values, "o", color=colour, alpha=0.5, markersize=6)
        means = [mean_interval(values) for _, values in cells]
        plotting.interval_points(ax, np.arange(len(means)) + 0.14, means, label=title, series=series)
        ax.set_xticks(range(len(means)), [f"{strength:g}" for strength in cells.groups])
        ax.set(xlabel="strength", title=title)
    axes[0].set_ylabel(ylabel)
    return fig


def schedules(constant: pd.DataFrame, falling: pd.DataFrame, score: str, *, ylabel: str) -> Figure:
    """A score of β-VAEs with a constant and with a falling weight, against β at the end of training.

    Args:
        constant, falling: tables with the columns ``strength`` and ``score``.
        score: a column.
        ylabel: name of the score.
    """
    fig, ax = plt.subplots(figsize=(7.5, 3.8))
    strengths = sorted({*constant["strength"], *falling["strength"]})
    # The falling weights are the β-VAEs of :func:`settings`, and keep the colour that they have there.
    for series, name, table, shift in ((4, "constant weight", constant, -0.13), (0, "falling weight", falling, 0.13)):
        colour = plotting.SERIES_COLOURS[series]
        cells = table.groupby("strength")[score]
        places = [strengths.index(strength) + shift for strength in cells.groups]
        for place, (_, values) in zip(places, cells, strict=True):
            ax.plot(np.full(len(values), place - 0.07), values, "o", color=colour, alpha=0.45, markersize=5)
        plotting.interval_points(
            ax, np.add(places, 0.05), [mean_interval(v) for _, v in cells], label=name, series=series
        )
    ax.set_xticks(range(len(strengths)), [f"{strength:g}" for strength in strengths])
    ax.set(xlabel="β in the second half of training", ylabel=ylabel)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, 1.16), ncols=2)
    return fig


def variance_bars(shares: Mapping[str, Shares]) -> Figure:
    """Shares of variance as three dots per score, with their intervals.

    Args:
        shares: name of a score -> its shares.
    """
    fig, ax = plt.subplots(figsize=(7.5, 0.95 * len(shares) + 1.2))
    # Greys, because in the other pictures of the study a colour is a method.
    for row, (part, marker, grey) in enumerate(
        zip(Shares._fields, "^Pv", ("#a0a0a0", "#6b6b6b", "#222222"), strict=True)
    ):
        intervals: list[Interval] = [getattr(share, part) for share in shares.values()]
        means = np.array([interval.mean for interval in intervals])
        ends = np.abs(np.array([interval[1:] for interval in intervals]).T - means)
        ax.errorbar(
            means,
            np.arange(len(shares)) + 0.22 * (row - 1),
            xerr=ends,
            fmt=marker,
            color=grey,
            markersize=8,
            capsize=3,
            label=part,
        )
    ax.axvline(0, color="black", linewidth=0.8)
    ax.set(xlabel="share of the variance over sixty trainings", ylim=(len(shares) - 0.5, -0.5), xlim=(-0.15, 1.05))
    ax.set_yticks(range(len(shares)), shares)
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1.0), ncols=3)
    return fig


def neighbourhood(table: pd.DataFrame, chosen: pd.Index, names: Mapping[str, str]) -> Figure:
    """UDR against MIG, one marker per training, with the chosen trainings filled.

    Args:
        table: with the columns ``method``, ``udr`` and ``mig``.
        chosen: the rows of the table that are filled.
        names: method -> its name in the legend.
    """
    fig, ax = plt.subplots(figsize=(7.5, 4.2))
    for series, (method, name) in enumerate(names.items()):
        part = table[table["method"] == method]
        inside = part.index.isin(chosen)
        colour, marker = plotting.SERIES_COLOURS[series], plotting.SERIES_MARKERS[series]
        ax.scatter(part["udr"], part["mig"], marker=marker, s=44, facecolors="none", edgecolors=colour, label=name)
        # White edges, and the method with the fewest markers on top: none hides another.
        ax.scatter(
            part["udr"][inside],
            part["mig"][inside],
            marker=marker,
            s=44,
            facecolors=colour,
            edgecolors="white",
            linewidths=0.8,
            zorder=4 - inside.sum() / len(table),
        )
    ax.set(xlabel="UDR, computed without factors", ylabel="MIG, computed with the factors")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3)
    return fig
