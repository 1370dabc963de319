"""The style of every figure: colours that everyone can distinguish, readable sizes, alternative text.

Importing this module changes no settings. A notebook calls :func:`use_style` once, draws with matplotlib, and passes
each figure to :func:`show`, which requires a description for readers who do not see the figure.

It has more than 350 lines because what all topics draw with stands in one place, with an example of each.
"""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython.display import display
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree

from utils.arrays import FloatArray
from utils.intervals import Interval

CLASS_COLOURS: tuple[str, ...] = (
    "#150ae3",
    "#8a5905",
    "#1fce77",
    "#bf43f0",
    "#377678",
    "#ff7600",
    "#cd9dfd",
    "#661a03",
    "#4c3770",
    "#fe9ec0",
)
"""Ten colours, one per class. A random search maximised the smallest difference between two of them (CIEDE2000 and the
distance in CIELAB), for normal vision and for three colour vision deficiencies. Digits that models confuse (3, 5 and 8;
4, 7 and 9) have colours that are far apart. Colour is never the only cue: :func:`latent_scatter` also names the
classes."""

SERIES_COLOURS: tuple[str, ...] = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#56b4e9")
"""Colours of series (models, scores), from the palette of Okabe and Ito 2008; each has its own marker."""

SERIES_MARKERS: tuple[str, ...] = ("o", "s", "D", "^", "v", "P")
"""Markers of series, in the same order as ``SERIES_COLOURS``."""

STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelsize": 11,
    "axes.prop_cycle": cycler(color=SERIES_COLOURS),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 12,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
    "figure.figsize": (7.5, 4.0),
    "font.size": 11,
    "grid.alpha": 0.25,
    "image.cmap": "gray_r",
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "savefig.facecolor": "white",
}
"""matplotlib settings: a white background in light and dark themes, 11 point text."""

_CSS_PIXELS_PER_INCH = 96
_GRID_FILL = 0.92  # of the side of a grid cell that an image fills; the rest separates it from its neighbours
_READABLE_WIDTH = 600  # CSS pixels: on a narrower page a wide figure scrolls; at half its size labels are illegible
_SHARPNESS = 1.75  # stored pixels per displayed pixel: sharp on dense screens, at about 100 kB per figure


def use_style() -> None:
    """Set matplotlib's defaults to ``STYLE`` for the rest of this process."""
    mpl.rcParams.update(STYLE)


class _DescribedFigure:
    """A figure as HTML for a notebook and as text for a terminal."""

    def __init__(self, markup: str, text: str) -> None:
        self._markup = markup
        self._text = text

    def _repr_html_(self) -> str:
        return self._markup

    def __repr__(self) -> str:
        return self._text


def figure_html(fig: Figure, *, alt: str, caption: str) -> str:
    """A figure as HTML: an image with alternative text, and a visible caption below it.

    The PNG is part of the HTML, because neither JupyterLab nor nbconvert's lab template passes the metadata of an
    image/png output on to the page. The result can also be the value of an ``ipywidgets.HTML``. The figure stays open.

    Args:
        fig: the figure.
        alt: describes, for a reader who does not see the figure, its axes and its main content.
        caption: one sentence for all readers.

    Raises:
        ValueError: if ``alt`` or ``caption`` is empty.

    Example:
        >>> markup = figure_html(Figure(), alt="Nothing: the figure is empty.", caption="An empty figure.")
        >>> 'alt="Nothing: the figure is empty."' in markup
        True
    """
    for name, text, purpose in (("alt", alt, "readers who do not see the figure"), ("caption", caption, "all readers")):
        if not text.strip():
            raise ValueError(f"{name} is empty, but {purpose} need it: describe the figure in a sentence.")
    png = io.BytesIO()
    fig.savefig(
        png, format="png", dpi=_CSS_PIXELS_PER_INCH * _SHARPNESS, bbox_inches="tight", metadata={"Description": alt}
    )
    # The width in the PNG's header, not the figure's: a tight bounding box changes it.
    width = round(int.from_bytes(png.getvalue()[16:20], "big") / _SHARPNESS)
    least = min(width, _READABLE_WIDTH)
    data = base64.b64encode(png.getvalue()).decode("ascii")
    return (
        '<figure style="margin: 0.5em 0"><div style="overflow-x: auto">'
        f'<img alt="{html.escape(alt.strip())}" style="max-width: max(100%, {least}px); height: auto" '
        f'width="{width}" src="data:image/png;base64,{data}"></div>'
        f'<figcaption style="max-width: 60em; margin-top: 0.3em"><em>{html.escape(caption.strip(), quote=False)}</em>'
        "</figcaption></figure>"
    )


def show(fig: Figure, *, alt: str, caption: str) -> None:
    """Display a figure with its alternative text and its caption, then close it.

    In a notebook, readers see the figure and the caption, and a screen reader reads ``alt``. In a terminal, both texts
    are printed.

    Args:
        fig, alt, caption: see :func:`figure_html`.

    Raises:
        ValueError: if ``alt`` or ``caption`` is empty; the figure then stays open.

    Example:
        >>> show(plt.figure(), alt="Nothing: the figure is empty.", caption="An empty figure.")
        [Figure: Nothing: the figure is empty.]
        An empty figure.
    """
    markup = figure_html(fig, alt=alt, caption=caption)
    plt.close(fig)  # otherwise the inline backend would show it a second time, without its text
    display(_DescribedFigure(markup, f"[Figure: {alt.strip()}]\n{caption.strip()}"))  # type: ignore[no-untyped-call]


def latent_scatter(
    ax: Axes,
    codes: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    title: str = "",
    size: float = 9.0,
    digits: bool = False,
) -> None:
    """Draw two-dimensional codes, coloured by class, with the name of each class where it is densest.

    Both axes have the same scale, because k-means and readers compare distances.

    Args:
        ax: the axes to draw into.
        codes: (n, 2).
        labels: (n,) integers from 0 to 9, classes or clusters; without them all points are grey.
        names: ``names[i]`` is the name of label i; by default the number itself.
        title: of the axes.
        size: area of a point in square points.
        digits: draw each point as its label instead of a dot, in place of the names. A single panel of 1,000 points is
            readable so, without colours; small panels are not.

    Raises:
        ValueError: if the codes are not two-dimensional, the number of labels differs from that of the codes, or a
            label is not in 0 to 9.

    Example:
        >>> _, ax = plt.subplots()
        >>> latent_scatter(ax, [[0.0, 0.0], [1.0, 1.0]], labels=[3, 7])
        >>> [text.get_text() for text in ax.texts]
        ['3', '7']
        >>> plt.close()
    """
    points = np.asarray(codes, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            f"codes has shape {points.shape}, but a plane needs (n, 2): choose two columns or a two-dimensional model."
        )
    ax.set(xlabel="latent 1", ylabel="latent 2", title=title)
    ax.set_aspect("equal", adjustable="datalim")
    if labels is None:
        ax.scatter(points[:, 0], points[:, 1], s=size, c="#555555", alpha=0.6, marker="o", linewidths=0)
        return
    classes = np.asarray(labels)
    if classes.shape != (len(points),):
        raise ValueError(f"labels has shape {classes.shape}, but one label per code is needed: give ({len(points)},).")
    present = np.unique(classes)
    if not np.isin(present, np.arange(len(CLASS_COLOURS))).all():
        raise ValueError(
            f"labels contains {present.tolist()}, but there are colours for 0 to {len(CLASS_COLOURS) - 1} only: "
            "renumber the labels."
        )
    if digits:
        # In turns: drawn class by class, the last class would hide the others.
        for turn in range(10):
            for i in present.astype(int):
                part = points[classes == i][turn::10]
                ax.scatter(part[:, 0], part[:, 1], s=3 * size, c=CLASS_COLOURS[i], marker=f"${i}$", linewidths=0)
        return
    # All points in one call: drawn class by class, the last class would hide the others.
    ax.scatter(
        points[:, 0],
        points[:, 1],
        s=size,
        c=[CLASS_COLOURS[i] for i in classes.astype(int)],
        alpha=0.75,
        marker="o",
        linewidths=0,
    )
    # The height of a name, as a share of the axes'.
    height = 14 / (72 * ax.get_window_extent().height / ax.figure.dpi)
    clearance = max(0.05, height) * float(np.ptp(points, axis=0).max())
    positions: list[FloatArray] = []
    for i in present.astype(int):
        position = _dense_position(points[classes == i], positions, clearance)
        positions.append(position)
        name = str(i) if names is None else names[i]
        text = ax.text(position[0], position[1], name, weight="bold", size=12, ha="center", va="center")
        text.set_path_effects([patheffects.withStroke(linewidth=3, foreground="white")])


def image_scatter(
    ax: Axes, codes: ArrayLike, images: ArrayLike, labels: ArrayLike, *, reach: float = 4.0, title: str = ""
) -> None:
    """Draw images at their two-dimensional codes, coloured by class; one that would cover another is left out.

    The earlier of two images stays. Ink is opaque and paper transparent, so what is drawn before shows through.

    Args:
        ax: the axes to draw into, from -reach to reach in both directions.
        codes: (n, 2).
        images: (n, 1, 28, 28) in [0, 1], 1 for ink.
        labels: (n,) integers from 0 to 9.
        reach: images whose code is too close to this distance from 0 to be drawn wholly are left out.
        title: of the axes.

    Raises:
        ValueError: if there are not as many codes (n, 2) and labels as images.

    Example:
        >>> _, ax = plt.subplots()
        >>> image_scatter(ax, [[0.0, 0.0], [1.0, 1.0]], np.ones((2, 1, 28, 28)), [3, 7])
        >>> ax.images[0].get_array().shape
        (640, 640, 4)
        >>> plt.close()
    """
    points, ink, classes = np.asarray(codes, dtype=np.float64), np.asarray(images)[:, 0], np.asarray(labels)
    if points.shape != (len(ink), 2) or classes.shape != (len(ink),):
        raise ValueError(
            f"codes has shape {points.shape} and labels {classes.shape} for {len(ink)} images, but a code of two "
            "numbers and a label are needed for each: encode and draw the same images."
        )
    side, size = 640, ink.shape[1]
    canvas, occupied = np.zeros((side, side, 4)), np.zeros((side, side), dtype=bool)
    corners = np.round(side * (points * [1, -1] / reach + 1) / 2 - size / 2).astype(int)
    for image, label, (x, y) in zip(ink, classes, corners, strict=True):
        covered = slice(y + 5, y + size - 5), slice(x + 7, x + size - 7)
        inside = min(x, y) >= 0 and max(x, y) <= side - size
        if inside and not occupied[covered].any():
            occupied[covered] = True
            part = canvas[y : y + size, x : x + size]
            above = image > part[..., 3]
            part[above] = np.column_stack([np.tile(to_rgb(CLASS_COLOURS[label]), (above.sum(), 1)), image[above]])
    ax.imshow(canvas, extent=(-reach, reach, -reach, reach), zorder=2)
    ax.set(xlabel="latent 1", ylabel="latent 2", title=title)


def _dense_position(points: FloatArray, occupied: Sequence[FloatArray], clearance: float) -> FloatArray:
    """The densest point at least ``clearance`` away from the occupied positions, or else the farthest from them.

    Density is measured by the distance to the 15th neighbour; only the denser half of the points is considered.
    """
    neighbours = min(len(points), 15)
    distances, _ = cKDTree(points).query(points, k=[neighbours])
    ranked = points[np.argsort(distances[:, 0])]
    candidates: FloatArray = ranked[: max(1, len(ranked) // 2)]
    nearest = np.full(len(candidates), clearance)
    for other in occupied:
        nearest = np.minimum(nearest, np.linalg.norm(candidates - other, axis=1))
    position: FloatArray = candidates[int(np.argmax(nearest))]  # the first that is far enough
    return position


def image_grid(rows: Mapping[str, ArrayLike], *, columns: int = 10) -> Figure:
    """A figure of grey images in named rows, for example originals above reconstructions.

    Images are drawn dark on white. Grey values are not rescaled: values outside [0, 1] are clipped.

    Args:
        rows: name of a row -> images in [0, 1] of shape (n, 1, h, w) or (n, h, w).
        columns: at most this many images per row.

    Raises:
        ValueError: if there are no rows, a row has no images, or images have another shape.

    Example:
        >>> fig = image_grid({"zeros": np.zeros((5, 1, 28, 28)), "ones": np.ones((3, 28, 28))}, columns=4)
        >>> len(fig.axes[0].images)
        7
        >>> plt.close(fig)
    """
    stacks = {name: np.asarray(images, dtype=np.float64) for name, images in rows.items()}
    if not stacks or columns < 1:
        raise ValueError(
            f"rows has {len(stacks)} entries and columns is {columns}, but both must be at least 1: "
            "give a name and images for each row."
        )
    for name, images in stacks.items():
        if images.ndim == 4 and images.shape[1] == 1:
            stacks[name] = images[:, 0]
        elif images.ndim != 3:
            raise ValueError(f"row {name!r} has shape {images.shape}, but grey images are needed: give (n, 1, h, w).")
        if len(images) == 0:
            raise ValueError(f"row {name!r} has no images, but at least one is needed: remove the row.")
    columns = min(columns, max(len(images) for images in stacks.values()))
    fig, ax = plt.subplots(figsize=(0.75 * columns + 1.2, 0.75 * len(stacks)))
    # One pair of axes for all images: matplotlib takes a hundred times as long for axes as for an image.
    for top, (name, images) in enumerate(stacks.items()):
        ax.text(-0.15, top + 0.5, name, ha="right", va="center")
        for left, image in enumerate(images[:columns]):
            height, width = np.array(image.shape) / max(image.shape) * _GRID_FILL / 2
            box = (left + 0.5 - width, left + 0.5 + width, top + 0.5 + height, top + 0.5 - height)
            ax.imshow(image, cmap="gray_r", vmin=0, vmax=1, extent=box)
    ax.set(xlim=(0, columns), ylim=(len(stacks), 0))
    ax.set_axis_off()
    return fig


def interval_points(
    ax: Axes,
    positions: ArrayLike,
    intervals: Sequence[Interval],
    *,
    label: str,
    series: int = 0,
    joined: bool = False,
) -> ErrorbarContainer:
    """Draw means as points with their intervals as vertical bars.

    Shift the positions slightly from series to series, so that intervals do not hide each other.

    Args:
        ax: the axes to draw into.
        positions: (n,), on the horizontal axis.
        intervals: n intervals.
        label: of the series, for the legend.
        series: number of the series, which determines its colour and marker.
        joined: draw a line through the means.

    Returns:
        The artists, as ``Axes.errorbar`` returns them.

    Raises:
        ValueError: if the numbers of positions and intervals differ.

    Example:
        >>> _, ax = plt.subplots()
        >>> _ = interval_points(ax, [1, 2], [Interval(0.5, 0.4, 0.6), Interval(0.7, 0.6, 0.8)], label="VAE")
        >>> ax.get_legend_handles_labels()[1]
        ['VAE']
        >>> plt.close()
    """
    horizontal = np.asarray(positions, dtype=np.float64)
    if horizontal.shape != (len(intervals),):
        raise ValueError(
            f"positions has shape {horizontal.shape} for {len(intervals)} intervals, but each interval needs one "
            f"position: give ({len(intervals)},)."
        )
    mean, low, high = np.array(intervals, dtype=np.float64).reshape(-1, 3).T
    return ax.errorbar(
        horizontal,
        mean,
        yerr=(mean - low, high - mean),
        label=label,
        color=SERIES_COLOURS[series % len(SERIES_COLOURS)],
        marker=SERIES_MARKERS[series % len(SERIES_MARKERS)],
        linestyle="-" if joined else "none",
        capsize=3,
    )
