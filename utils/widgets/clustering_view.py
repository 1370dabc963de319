"""The content of topic 01's interactive figure for each position of its controls: plain functions, without controls.

`evaluate` turns a `State` into a `View`; the others turn a `View` into an image, tables and text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from utils import clustering
from utils.arrays import FloatArray, IntArray
from utils.plotting import CLASS_COLOURS

BARS = {
    "homogeneity": "homogeneity",
    "completeness": "completeness",
    "v_measure": "V-measure",
    "ari": "ARI",
    "ami": "AMI",
    "silhouette": "silhouette",
}


class Merge(NamedTuple):
    """The points of cluster `second` join cluster `first`."""

    first: int
    second: int


class Split(NamedTuple):
    """A cluster is cut in two by k-means."""

    cluster: int


@dataclass(frozen=True)
class State:
    """Position of the controls.

    `scale` multiplies the second latent before k-means sees it; `edits` are applied in order after k-means.
    """

    model: str
    training_seed: int
    k: int = 10
    kmeans_seed: int = 0
    scale: float = 1.0
    edits: tuple[Merge | Split, ...] = ()


@dataclass(frozen=True)
class View:
    """The content of the figure in one state.

    `codes` (n, 2) are scaled; `table` (classes, clusters) counts points, its columns ordered by their largest class;
    `clusters` names the columns; `stages` are the labelings (n,) after k-means and after each edit.
    """

    state: State
    codes: FloatArray
    labels_true: IntArray
    stages: tuple[IntArray, ...]
    clusters: IntArray
    table: IntArray
    scores: dict[str, float]

    @property
    def labels_pred(self) -> IntArray:
        """The (n,) clusters after all edits."""
        return self.stages[-1]


def evaluate(codes: ArrayLike, labels_true: ArrayLike, state: State) -> View:
    """Scale, cluster, edit and score.

    Args:
        codes: (n, 2) codes of the state's model and training seed, not yet scaled.
        labels_true: (n,) integers 0..9.
        state: position of the controls.

    Raises:
        ValueError: if the codes are not two-dimensional, or k or an edit does not fit.
    """
    points, classes = np.asarray(codes, dtype=np.float64), np.asarray(labels_true)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(f"codes has shape {points.shape}, but (n, 2) is needed: choose a model with two latents.")
    points = points * (1.0, state.scale)
    # A single start: with ten, the seed of k-means would hardly matter.
    stages = [clustering.kmeans(points, state.k, state.kmeans_seed, n_init=1)]
    for edit in state.edits:
        if isinstance(edit, Merge):
            stages.append(clustering.merge_clusters(stages[-1], edit.first, edit.second))
        else:
            stages.append(clustering.split_cluster(points, stages[-1], edit.cluster))
    clusters = np.unique(stages[-1])
    table = np.array([np.bincount(classes[stages[-1] == cluster], minlength=10) for cluster in clusters]).T
    order = np.lexsort((-table.max(axis=0), table.argmax(axis=0)))
    scores = clustering.scores(classes, stages[-1], points)
    return View(state, points, classes, tuple(stages), clusters[order], table[:, order], scores)


def number(value: float) -> str:
    """A score with two digits, or "undefined" for nan."""
    return "undefined" if np.isnan(value) else f"{value:.2f}"


def describe(view: View) -> str:
    """One paragraph that describes the figure to a reader who cannot see it."""
    state, n_clusters = view.state, len(view.clusters)
    largest = view.table.argmax(axis=0)
    minorities = sorted(set(range(10)) - set(largest.tolist()))
    scores = ", ".join(f"{label} {number(view.scores[name])}" for name, label in BARS.items())
    edits = f", edited {len(state.edits)} times" if state.edits else ""
    missing = f"; no cluster has its majority from {', '.join(map(str, minorities))}" if minorities else ""
    return (
        f"{len(view.codes)} digits in the plane of {state.model} (training seed {state.training_seed}), coloured by "
        f"class, latent 2 scaled by {state.scale:g}; k-means with k = {state.k} and seed {state.kmeans_seed}{edits} "
        f"gives {n_clusters} clusters{missing}. Scores: {scores}."
    )


def plane(fig: Figure, view: View) -> None:
    """Draw the codes of a view and the borders of their clusters into a figure, which is cleared."""
    fig.clear()
    _draw_plane(fig.add_axes((0.12, 0.11, 0.86, 0.87)), view)


def table_html(view: View) -> str:
    """The contingency table of a view as an HTML table: one row per class, one column per cluster, shaded by count."""
    largest = max(1, int(view.table.sum(axis=1).max()))
    head = "".join(f'<th scope="col">{cluster}</th>' for cluster in view.clusters)
    rows = []
    for label, counts in enumerate(view.table):
        # Half opaque at most: the text keeps its contrast in light and dark themes.
        cells = (f'<td style="background: rgb(0 114 178 / {0.5 * n / largest:.2f})">{n or ""}</td>' for n in counts)
        swatch = f'<span aria-hidden="true" style="color: {CLASS_COLOURS[label]}">●</span>'
        rows.append(f'<tr><th scope="row">{swatch} {label}</th>{"".join(cells)}</tr>')
    caption = "contingency table: points of each class (row) in each cluster (column)"
    return f"<table><caption>{caption}</caption><tr><td></td>{head}</tr>{''.join(rows)}</table>"


def bars_html(view: View, before: View | None = None) -> str:
    """The scores of a view as an HTML table with one bar each; with `before`, a tick marks the previous score."""
    rows = []
    for name, label in BARS.items():
        value, tick, change = view.scores[name], "", ""
        if before is not None:
            previous = before.scores[name]
            tick = f'<i style="left: {_percent(previous):.1f}%"></i>'
            change = f"{value - previous:+.2f}" if np.isfinite(value - previous) else ""
        bar = f'<div class="bar"><b style="width: {_percent(value):.1f}%"></b>{tick}</div>'
        rows.append(f'<tr><th scope="row">{label}</th><td>{bar}</td><td>{number(value)}</td><td>{change}</td></tr>')
    return f"<table><caption>scores (black tick: before the last move)</caption>{''.join(rows)}</table>"


def _percent(value: float) -> float:
    return float(100 * np.clip(np.nan_to_num(value), 0, 1))


def still(codes: ArrayLike, labels_true: ArrayLike, states: Mapping[str, State]) -> Figure:
    """The figure without its controls: one column per state, with the plane above and the bars below.

    Args:
        codes: (n, 2) codes of one model, which all states share.
        labels_true: (n,) integers 0..9.
        states: title -> state.
    """
    fig = Figure(figsize=(3.4 * len(states), 5.6), layout="constrained")
    axes = fig.subplots(2, len(states), squeeze=False, height_ratios=(3.2, 2))
    first = None
    for (plane, bars), (title, state) in zip(axes.T, states.items(), strict=True):
        view = evaluate(codes, labels_true, state)
        first = first or view
        _draw_plane(plane, view)
        plane.set_title(title, fontsize=11)
        _draw_bars(bars, view, None if view is first else first)
        bars.set_title("")
    return fig


def _draw_plane(ax: Axes, view: View) -> None:
    low, high = view.codes.min(axis=0), view.codes.max(axis=0)
    margin = 0.04 * (high - low) + 1e-9
    (left, bottom), (right, top) = low - margin, high + margin
    ax.imshow(
        _borders(view, np.linspace(left, right, 240), np.linspace(bottom, top, 240)),
        extent=(left, right, bottom, top),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
    )
    ax.scatter(view.codes[:, 0], view.codes[:, 1], c=np.array(CLASS_COLOURS)[view.labels_true], s=7, linewidths=0)
    outline = [patheffects.withStroke(linewidth=2.5, foreground="white")]
    for cluster in view.clusters:
        x, y = np.median(view.codes[view.labels_pred == cluster], axis=0)
        ax.text(x, y, str(cluster), ha="center", va="center", weight="bold", fontsize=10, path_effects=outline)
    ax.set(xlabel="latent 1")
    ax.set_ylabel("latent 2" if view.state.scale == 1 else f"latent 2 × {view.state.scale:g}", labelpad=0)
    ax.locator_params(nbins=5)
    ax.tick_params(labelsize=9)


def _borders(view: View, x: FloatArray, y: FloatArray) -> NDArray[np.uint8]:
    """An RGBA image (len(y), len(x), 4) of the lines between clusters.

    Each edit is repeated on the pixels: k-means, and the halves of a split, assign a pixel to the nearest mean.
    """
    pixels = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    start, *_ = view.stages
    owner = np.unique(start)[_nearest(pixels, view.codes, start, np.unique(start))]
    for edit, labels in zip(view.state.edits, view.stages[1:], strict=True):
        if isinstance(edit, Merge):
            owner[owner == edit.second] = edit.first
        else:
            new = np.setdiff1d(labels, np.unique(start))
            halves = np.array([edit.cluster, int(new[0])])
            inside = owner == edit.cluster
            owner[inside] = halves[_nearest(pixels[inside], view.codes, labels, halves)]
        start = labels
    grid = owner.reshape(len(y), len(x))
    edge = np.zeros(grid.shape, dtype=bool)
    edge[1:] |= grid[1:] != grid[:-1]
    edge[:, 1:] |= grid[:, 1:] != grid[:, :-1]
    image = np.zeros((*grid.shape, 4), dtype=np.uint8)
    image[edge] = (90, 90, 90, 255)
    return image


def _nearest(pixels: FloatArray, codes: FloatArray, labels: IntArray, clusters: IntArray) -> NDArray[np.intp]:
    means = np.array([codes[labels == cluster].mean(axis=0) for cluster in clusters])
    nearest: NDArray[np.intp] = ((means**2).sum(axis=1) - 2 * pixels @ means.T).argmin(axis=1)
    return nearest


def _draw_bars(ax: Axes, view: View, before: View | None) -> None:
    values = np.array([view.scores[name] for name in BARS])
    places = range(len(BARS))
    ax.barh(places, np.nan_to_num(values), color="#0072b2", height=0.65)
    if before is not None:
        ax.plot([before.scores[name] for name in BARS], places, "o", color="black", mfc="none", ms=8, clip_on=False)
    for place, value in enumerate(values):
        ax.text(1.04, place, number(value), va="center", fontsize=10)
    ax.set(xlim=(min(0.0, float(np.nanmin(values))), 1.0), title="scores" if before is None else "scores (○ before)")
    ax.set_yticks(places, list(BARS.values()))
    ax.invert_yaxis()
    ax.title.set_fontsize(11)
    ax.tick_params(labelsize=9)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
