"""Pictures of lecture 06: intervals of several estimates side by side, curves over n or over steps.

Every function returns a figure, which a lecture passes to :func:`utils.plotting.show` with its alternative text. A
number that a picture shows is computed in the lecture; nothing is computed here but positions and colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from utils import plotting
from utils.arrays import FloatArray
from utils.intervals import Interval

_TRUTH = "#555555"


def forest(
    panels: Mapping[str, Mapping[str, Interval]],
    *,
    xlabel: str | Sequence[str],
    lines: Mapping[str, tuple[float, str]] | None = None,
) -> Figure:
    """Intervals as rows, one panel per quantity; all panels have the same rows.

    Args:
        panels: title of a panel -> name of a row -> interval.
        xlabel: of every panel, or one per panel, with the unit.
        lines: title of a panel -> a vertical line and its name, such as the truth, which stands above the line.

    Raises:
        ValueError: if there are no panels, or their rows differ.

    Example:
        >>> fig = forest({"accuracy": {"probe": Interval(0.9, 0.88, 0.92)}}, xlabel="share")
        >>> [label.get_text() for label in fig.axes[0].get_yticklabels()]
        ['probe']
        >>> plt.close(fig)
    """
    rows = [list(panel) for panel in panels.values()]
    if not rows or any(names != rows[0] for names in rows):
        raise ValueError(f"panels have the rows {rows}, but all must have the same: give the same names in each.")
    names = rows[0]
    width = 3.2 if len(panels) < 3 else 2.5  # a wider figure is shrunk to the page, and its text with it
    fig, axes = plt.subplots(1, len(panels), figsize=(2.6 + width * len(panels), 1.3 + 0.36 * len(names)), sharey=True)
    places = np.arange(len(names))
    labels = [xlabel] * len(panels) if isinstance(xlabel, str) else list(xlabel)
    for ax, label, (title, panel) in zip(np.atleast_1d(axes), labels, panels.items(), strict=True):
        mean, low, high = np.array(list(panel.values()), dtype=np.float64).T
        ax.errorbar(mean, places, xerr=(mean - low, high - mean), fmt="o", capsize=3, color=plotting.SERIES_COLOURS[0])
        if lines and title in lines:
            value, name = lines[title]
            ax.axvline(value, color=_TRUTH, linestyle="--", linewidth=1.2)
            ax.annotate(
                name,
                (value, 1.0),
                xycoords=ax.get_xaxis_transform(),
                xytext=(0, 3),
                textcoords="offset points",
                color=_TRUTH,
                size=10,
                ha="center",
            )
        ax.set(xlabel=label, ylim=(len(names) - 0.5, -0.5))
        if len(panels) > 1:
            ax.set_title(title, pad=20 if lines else None)
        ax.set_yticks(places, names)
    return fig


def ranked(drawings: ArrayLike, truth: ArrayLike, fits: Mapping[str, Sequence[Interval]]) -> Figure:
    """Drawings in a row, and below each its true score and the fitted ones.

    Args:
        drawings: (k, 1, h, w) in [0, 1], in the order of the row.
        truth: (k,) true scores, in logits.
        fits: name -> k intervals of fitted scores.

    Example:
        >>> fig = ranked(np.zeros((2, 1, 8, 8)), [1.0, -1.0], {"ten clicks": [Interval(1.0, 0.0, 2.0)] * 2})
        >>> len(fig.axes)
        2
        >>> plt.close(fig)
    """
    images, scores = np.asarray(drawings)[:, 0], np.asarray(truth, dtype=np.float64)
    fig, (above, ax) = plt.subplots(2, 1, figsize=(9, 4.9), height_ratios=[1, 3.4])
    for place, image in enumerate(images):
        above.imshow(image, cmap="gray_r", vmin=0, vmax=1, extent=(place - 0.45, place + 0.45, 0, 0.9))
    above.set(xlim=(-0.5, len(images) - 0.5), ylim=(0, 0.9))
    above.set_axis_off()
    for series, (name, intervals) in enumerate(fits.items()):
        places = np.arange(len(images)) + 0.22 * (series - (len(fits) - 1) / 2)
        plotting.interval_points(ax, places, intervals, label=name, series=series)
    ax.plot(range(len(images)), scores, "_", ms=26, mew=2, color="black", label="truth")
    ax.set(xlim=(-0.5, len(images) - 0.5), xticks=[], ylabel="score (logits)")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=len(fits) + 1)
    return fig


def curves(
    panels: Mapping[str, Mapping[str, Sequence[Interval]]],
    x: Sequence[float],
    *,
    xlabel: str,
    lines: Mapping[str, tuple[float, str]] | None = None,
    mark: tuple[float, str] | None = None,
    log: bool = False,
    columns: int = 3,
) -> Figure:
    """Means with their intervals against x, one panel per quantity.

    Args:
        panels: label of the vertical axis -> name of a series -> one interval per x. A panel with several series has a
            legend above it, and its series stand side by side, so that no interval hides another.
        x: positions.
        xlabel: of every panel.
        lines: label of a panel -> a horizontal line and its name.
        mark: a vertical line in every panel, and its name.
        log: draw x on a logarithmic axis.
        columns: number of panels in a row.

    Raises:
        ValueError: if there are no panels.

    Example:
        >>> fig = curves({"wins": {"": [Interval(0.5, 0.4, 0.6)] * 2}}, [0, 25], xlabel="step", mark=(25, "turn"))
        >>> fig.axes[0].get_ylabel(), [text.get_text().strip() for text in fig.axes[0].texts]
        ('wins', ['turn'])
        >>> plt.close(fig)
    """
    if not panels:
        raise ValueError("panels is empty, but a picture needs at least one: give a label and its series.")
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    # A wider figure is shrunk to the page, and its text with it.
    width = {1: 5.9, 2: 8.6}.get(columns, 3.4 * columns)
    fig, axes = plt.subplots(rows, columns, figsize=(width, 3.5 * rows), squeeze=False)
    for ax, (label, series) in zip(axes.flat, panels.items(), strict=False):
        for i, (name, intervals) in enumerate(series.items()):
            plotting.interval_points(ax, _beside(x, i, len(series), log), intervals, label=name, series=i, joined=True)
        if lines and label in lines:
            _level(ax, *lines[label])
        if mark:
            ax.axvline(mark[0], color=_TRUTH, linestyle=":", linewidth=1.2)
            ax.text(mark[0], 0.02, f" {mark[1]}", transform=ax.get_xaxis_transform(), color=_TRUTH, size=10)
        ax.set(xlabel=xlabel, ylabel=label)
        if log:
            ax.set_xscale("log")
            ax.set_xticks(list(x), [f"{value:,}" for value in x])
            ax.minorticks_off()
        if len(series) > 1:
            ax.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=len(series), columnspacing=1.0)
    for ax in axes.flat[len(panels) :]:
        ax.set_visible(False)
    if lines and columns > 1:  # room for the names of the lines, beside the labels of the next panel
        fig.set_layout_engine("constrained", wspace=0.06)
    return fig


def best_of_n(
    gains: Mapping[str, tuple[Sequence[Interval], Sequence[Interval]]],
    shares: Mapping[str, Sequence[Interval]],
    ns: Sequence[int],
) -> Figure:
    """Best-of-n: on the left what is promised and what is gained, on the right the readable share.

    Args:
        gains: name of a reward model -> its own gain and the judge's, an interval per n.
        shares: name of a reward model -> share of readable digits, an interval per n.
        ns: the numbers of samples.

    Example:
        >>> one = [Interval(0.0, -0.1, 0.1)] * 2
        >>> fig = best_of_n({"30 clicks": (one, one)}, {"30 clicks": one}, [1, 2])
        >>> [text.get_text() for text in fig.axes[0].texts]
        ['promised, 30 clicks', 'judge, 30 clicks']
        >>> plt.close(fig)
    """
    fig, (left, right) = plt.subplots(1, 2, figsize=(11, 3.9))

    def name_line(ax: Axes, name: str, last: Interval, series: int) -> None:
        ax.annotate(
            name,
            (ns[-1], last.mean),
            xytext=(12, 0),
            textcoords="offset points",
            color=plotting.SERIES_COLOURS[series],
            va="center",
        )

    for series, (name, (promised, gained)) in enumerate(gains.items()):
        places = _beside(ns, series, len(gains), log=True)
        for what, intervals in (("promised", promised), ("judge", gained)):
            drawn = plotting.interval_points(left, places, intervals, label=name, series=series, joined=True)
            drawn.lines[0].set_linestyle("-" if what == "promised" else "--")
            name_line(left, f"{what}, {name}", intervals[-1], series)
        plotting.interval_points(right, places, shares[name], label=name, series=series, joined=True)
        name_line(right, name, shares[name][-1], series)
    left.axhline(0, color=_TRUTH, linewidth=1)
    left.set(ylabel="gain over n = 1 (logits)")
    right.set(ylabel="readable (share)")
    for ax in (left, right):
        ax.set_xscale("log")
        ax.set_xticks(list(ns), [str(n) for n in ns])
        ax.minorticks_off()
        ax.set(xlabel="n")
    return fig


def bolder(
    rows: Sequence[ArrayLike], reward: Sequence[float], doubt: Sequence[float], judge: Sequence[float]
) -> Figure:
    """Drawings made bolder step by step, and what the reward model and the judge say of them.

    Args:
        rows: per step some images (m, 1, h, w), side by side above it.
        reward, doubt: the reward model's mean and its own standard deviation, per step, in logits.
        judge: the judge's utility over the temperature, per step.

    Example:
        >>> fig = bolder([np.zeros((2, 1, 8, 8))] * 3, [0.0, 1.0, 2.0], [0.1, 0.2, 0.3], [0.0, 1.0, -1.0])
        >>> len(fig.axes[0].images)
        6
        >>> plt.close(fig)
    """
    steps = np.arange(len(rows))
    fig, (above, ax) = plt.subplots(2, 1, figsize=(8, 5.2), height_ratios=[0.9, 3.6])
    for step, images in enumerate(rows):
        pictures = np.asarray(images)[:, 0]
        side = 0.9 / len(pictures)
        for place, image in enumerate(pictures):
            left = step - 0.45 + place * side
            above.imshow(image, cmap="gray_r", vmin=0, vmax=1, extent=(left, left + 0.94 * side, 0, 0.94 * side))
    above.set(xlim=(-0.5, len(rows) - 0.5), ylim=(0, 0.9 / len(np.asarray(rows[0]))), aspect="equal")
    above.set_axis_off()
    mean, sd = np.asarray(reward, dtype=np.float64), np.asarray(doubt, dtype=np.float64)
    intervals = [Interval(m, m - 1.96 * s, m + 1.96 * s) for m, s in zip(mean, sd, strict=True)]
    plotting.interval_points(ax, steps, intervals, label="reward model, ± 1.96 of its own sd", series=0, joined=True)
    ax.plot(steps, judge, "s--", color=plotting.SERIES_COLOURS[1], label="judge (u / T)")
    ax.axhline(0, color=_TRUTH, linewidth=1)
    ax.set(xlim=(-0.5, len(rows) - 0.5), xticks=steps, xlabel="strokes widened by (pixels)", ylabel="mean (logits)")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return fig


def _beside(x: Sequence[float], series: int, number: int, log: bool) -> FloatArray:
    """Positions of one of several series: side by side, so that no interval hides another."""
    places = np.asarray(np.log(x) if log else x, dtype=np.float64)
    places = places + 0.018 * np.ptp(places) * (series - (number - 1) / 2)
    return np.exp(places) if log else places


def _level(ax: Axes, value: float, name: str) -> None:
    ax.axhline(value, color=_TRUTH, linestyle="--", linewidth=1.2)
    ax.text(1.01, value, name, transform=ax.get_yaxis_transform(), color=_TRUTH, size=10, ha="left", va="center")
