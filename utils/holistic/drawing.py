"""The figures of lecture 05: the table as shaded cells, values with intervals, and two pictures of an argument."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from utils import plotting
from utils.holistic.metrics import METRICS


def draw_table(ax: Axes, table: pd.DataFrame, chance: Mapping[str, float] | None = None) -> None:
    """Draw a table of shares: one row per system, one column per scenario; empty cells are hatched.

    Args:
        ax: to draw into.
        table: values in [0, 1], NaN where a cell is empty; columns named by one level.
        chance: by column; values at or below chance are in italics, and the shade starts at chance. By default it
            starts at 0.
    """
    values = table.to_numpy(dtype=np.float64)
    low = np.array([(chance or {}).get(str(name), 0.0) for name in table.columns])
    above = np.clip((values - low) / (1 - low), 0, 1)
    ax.imshow(np.where(np.isfinite(above), above, 0), cmap="Blues", vmin=0, vmax=1.3, aspect="auto")
    for row, column in np.ndindex(values.shape):
        value = values[row, column]
        if np.isfinite(value):
            style = (
                "italic" if chance and value <= low[column] + 1e-3 else "normal"
            )  # chance is stored with four decimals
            ax.text(column, row, f"{value:.2f}".lstrip("0"), ha="center", va="center", fontsize=10, fontstyle=style)
        else:
            corner = (column - 0.5, row - 0.5)
            ax.add_patch(Rectangle(corner, 1, 1, facecolor="#f2f2f2", edgecolor="#b5b5b5", hatch="///", linewidth=0))
    ax.set_xticks(range(len(table.columns)), [str(name) for name in table.columns], rotation=30, ha="right")
    ax.set_yticks(range(len(table.index)), [str(name) for name in table.index])
    ax.grid(visible=False)
    ax.tick_params(length=0)


def intervals(
    series: Mapping[str, pd.DataFrame], *, xlabel: str, reference: float | None = None, width: float = 7.5
) -> Figure:
    """Values with intervals: one row per name, one marker per series, the first name on top (a forest plot).

    Args:
        series: title -> table with the columns ``value``, ``low`` and ``high``, all with the same index. A value that
            is NaN is not drawn, and of an interval without a value only the interval is.
        xlabel: what the values are.
        reference: where a dashed line is drawn, such as 0 for a difference.
        width: of the figure, in inches.

    Raises:
        ValueError: if there is no series, or their indices differ.

    Example:
        >>> table = pd.DataFrame({"value": [0.1], "low": [0.0], "high": [0.3]}, ["A"])
        >>> [label.get_text() for label in intervals({"items": table}, xlabel="lead").axes[0].get_yticklabels()]
        ['A']
    """
    tables = list(series.values())
    if not tables or not all(table.index.equals(tables[0].index) for table in tables):
        raise ValueError("The series must have the same rows, and at least one is needed: build them from one index.")
    names = [name if isinstance(name, str) else " − ".join(map(str, name)) for name in tables[0].index]
    fig, ax = plt.subplots(figsize=(width, 0.3 * len(names) * max(1.0, 0.6 * len(series)) + 1.2))
    for number, (title, table) in enumerate(series.items()):
        places = np.arange(len(names)) + 0.24 * (number - (len(series) - 1) / 2)
        colour, marker = plotting.SERIES_COLOURS[number], plotting.SERIES_MARKERS[number]
        ax.hlines(places, table["low"], table["high"], color=colour, linewidth=2)
        ax.plot(table["value"], places, marker, color=colour, label=title, markersize=6)
    if reference is not None:
        ax.axvline(reference, color="black", linestyle="--", linewidth=1)
    ax.set_yticks(range(len(names)), names)
    ax.set(xlabel=xlabel, ylim=(len(names) - 0.5, -0.5))
    if len(series) > 1:
        fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=len(series))
    return fig


def metric_panels(cells: pd.DataFrame, metrics: Sequence[str], labels: Mapping[str, str] | None = None) -> Figure:
    """Metrics of one scenario side by side, with the same systems as rows; the best value of a metric is filled.

    Args:
        cells: rows of :func:`utils.holistic.load`, of one scenario.
        metrics: the panels, from left to right.
        labels: metric -> label of its axis; by default its name.
    """
    system = cells["model"] + ", " + cells["adaptation"]
    rows = list(dict.fromkeys(system[cells["value"].notna()]))
    fig, axes = plt.subplots(1, len(metrics), figsize=(10.5, 0.42 * len(rows) + 1.1), sharey=True)
    for ax, metric in zip(axes, metrics, strict=True):
        table = cells[cells["metric"] == metric].set_index(system[cells["metric"] == metric]).loc[rows]
        best = (table["value"] * METRICS[metric].sign).max()
        colour = plotting.SERIES_COLOURS[0]
        for place, (value, low, high) in enumerate(table[["value", "low", "high"]].to_numpy(dtype=np.float64)):
            if np.isnan(value):
                ax.annotate("empty", (0.03, place), xycoords=("axes fraction", "data"), va="center", color="#595959")
                continue
            ax.hlines(place, low, high, color=colour, linewidth=2)
            filled = colour if value * METRICS[metric].sign == best else "white"
            ax.plot(value, place, "o", color=colour, markerfacecolor=filled, markersize=7)
        better = METRICS[metric].better
        ax.set(title=(labels or {}).get(metric, metric), xlabel=f"{better} is better", ylim=(len(rows) - 0.5, -0.5))
        ax.set_xlim(left=-0.05 * ax.get_xlim()[1])  # a value of 0 is not cut in half
    axes[0].set_yticks(range(len(rows)), rows)
    return fig


def ways(bits: pd.Series, above: pd.DataFrame) -> Figure:
    """Accuracy above chance by scenario, with its bits per character in brackets: one marker per way of use.

    Args:
        bits: by scenario, in the order of the picture.
        above: accuracy minus chance, scenarios × ways.
    """
    rows = above.loc[bits.index]
    places = np.arange(len(bits))
    fig, ax = plt.subplots(figsize=(9.2, 4.4))
    ax.vlines(places, rows.min(axis=1), rows.max(axis=1), color="#bbbbbb", linewidth=3, zorder=0)
    for series, way in enumerate(rows.columns):
        colour, marker = plotting.SERIES_COLOURS[series], plotting.SERIES_MARKERS[series]
        aside = 0.18 * (series - (len(rows.columns) - 1) / 2)  # equal accuracies do not hide each other
        ax.plot(places + aside, rows[way], marker, linestyle="none", color=colour, label=way, markersize=6)
    ax.axhline(0, color="black", linestyle="--", linewidth=1)
    ax.set_xticks(places, [f"{name} ({value:.1f})" for name, value in bits.items()], rotation=35, ha="right")
    ax.set(xlabel="scenario (bits per character)", ylabel="accuracy above chance")
    fig.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=len(rows.columns))
    return fig


def below_a_mixture(points: Mapping[str, tuple[float, float]], ends: tuple[str, str], below: str) -> Figure:
    """Systems as points in two columns, the line of the mixtures of two of them, and a third one below that line.

    Args:
        points: name -> scores in the two columns.
        ends: the two systems that are mixed.
        below: the system that some mixture beats in both columns.
    """
    fig, ax = plt.subplots(figsize=(4.6, 4.2))
    line = np.array([points[name] for name in ends])
    ax.plot(*line.T, color=plotting.SERIES_COLOURS[0])
    middle = line.mean(axis=0)
    ax.plot(*middle, "D", color=plotting.SERIES_COLOURS[0], markerfacecolor="white", markersize=8)
    ax.annotate("half and half", middle, (10, 8), textcoords="offset points")
    for name, place in points.items():
        colour = plotting.SERIES_COLOURS[1] if name == below else plotting.SERIES_COLOURS[0]
        ax.plot(*place, "s" if name == below else "o", color=colour, markersize=8)
        ax.annotate(name, place, (-8, -16), textcoords="offset points", fontweight="bold", color=colour)
    ax.set(xlabel="score in column 1", ylabel="score in column 2", xlim=(0, 1), ylim=(0, 1))
    return fig


def pairs(series: Mapping[str, pd.DataFrame], *, xlabel: str) -> Figure:
    """Differences of all pairs as a triangle of panels: the first of a pair names the row, the second the column.

    A panel is shaded where the intervals of all series exclude 0.

    Args:
        series: title -> table with the columns ``value``, ``low`` and ``high``, indexed by pairs of names, in the
            order of :func:`itertools.combinations`; all with the same index.
        xlabel: what the values are.

    Example:
        >>> index = pd.MultiIndex.from_tuples([("A", "B"), ("A", "C"), ("B", "C")])
        >>> table = pd.DataFrame({"value": [0.1, 0.3, 0.2], "low": [-0.1, 0.1, 0.1], "high": [0.3, 0.5, 0.3]}, index)
        >>> fig = pairs({"items": table}, xlabel="lead")
        >>> [ax.get_title() for ax in fig.axes if ax.get_title()]
        ['B', 'C']
    """
    numbers = {title: table[["value", "low", "high"]].to_numpy(dtype=np.float64) for title, table in series.items()}
    names = list(dict.fromkeys(str(name) for pair in next(iter(series.values())).index for name in pair))
    places = {pair: place for place, pair in enumerate(combinations(range(len(names)), 2))}
    count = len(names) - 1
    size = (2 * count + 0.6, 0.85 * count + 1.3)
    fig, axes = plt.subplots(count, count, figsize=size, sharex=True, sharey=True, squeeze=False)
    for (row, column), ax in np.ndenumerate(axes):
        if column < row:
            ax.set_visible(False)
            continue
        place = places[row, column + 1]
        if all(low > 0 or high < 0 for _, low, high in (rows[place] for rows in numbers.values())):
            ax.set_facecolor("#e3eef7")
        for number, (title, rows) in enumerate(numbers.items()):
            value, low, high = rows[place]
            colour, marker = plotting.SERIES_COLOURS[number], plotting.SERIES_MARKERS[number]
            ax.hlines(number, low, high, color=colour, linewidth=2)
            ax.plot(value, number, marker, color=colour, label=title, markersize=6)
        ax.axvline(0, color="black", linestyle="--", linewidth=1)
        ax.set(yticks=[], ylim=(len(series) - 0.4, -0.6))
        ax.tick_params(labelbottom=row == column)
        if row == 0:
            ax.set_title(names[column + 1].replace(", ", "\n"), fontsize=10)
        if row == column:
            beside = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right", "va": "center"}
            label = ax.annotate(names[row].replace(", ", "\n"), (0, 0.5), (-8, 0), fontsize=10, **beside)
            label.set_in_layout(row == 0)  # the others stand where the triangle is empty
    fig.supxlabel(xlabel, fontsize=11)
    fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="lower left", bbox_to_anchor=(0.14, 0.12))
    return fig
