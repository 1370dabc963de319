"""The house style of every figure: colours that everyone can tell apart, readable sizes, alternative text.

Importing this module changes nothing. A notebook calls :func:`use_style` once, draws with matplotlib, and hands each
figure to :func:`show`, which will not take it without a description for readers who do not see it.
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
from matplotlib.container import ErrorbarContainer
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import cKDTree

from utils.intervals import Interval

CLASS_COLOURS: tuple[str, ...] = (
    "#3f90da",
    "#ffa90e",
    "#bd1f01",
    "#94a4a2",
    "#832db6",
    "#a96b59",
    "#e76300",
    "#b9ac70",
    "#717581",
    "#92dadd",
)
"""Ten colours, one a class, of Petroff 2021 ("Accessible color sequences for data visualization"), chosen there for
normal and colour-deficient vision. Colour never stands alone: :func:`latent_scatter` names the classes too."""

SERIES_COLOURS: tuple[str, ...] = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#000000", "#56b4e9")
"""Colours of series (models, scores), from the palette of Okabe and Ito 2008; each goes with a marker."""

SERIES_MARKERS: tuple[str, ...] = ("o", "s", "D", "^", "v", "P")
"""Markers of series, in the order of ``SERIES_COLOURS``."""

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
"""matplotlib settings of the house style: white ground in light and dark themes, 11 point text."""

_CSS_PIXELS_PER_INCH = 96
_GRID_FILL = 0.92  # of the place that an image has in a grid; the rest keeps it from its neighbours
_SHARPNESS = 1.75  # stored pixels per displayed one: crisp on dense screens, about 100 kB a figure


def use_style() -> None:
    """Set matplotlib's defaults to ``STYLE``, for the rest of this process; nothing else does."""
    mpl.rcParams.update(STYLE)


class _Described:
    """A figure as a notebook shows it, and as a plain terminal reads it."""

    def __init__(self, markup: str, text: str) -> None:
        self._markup = markup
        self._text = text

    def _repr_html_(self) -> str:
        return self._markup

    def __repr__(self) -> str:
        return self._text


def figure_html(fig: Figure, *, alt: str, caption: str) -> str:
    """``fig`` as HTML: an image that carries ``alt``, and ``caption`` visibly below it.

    ``alt`` says what the figure shows to a reader who does not see it: the axes and what is to be read off. The PNG
    lies inside the HTML, because neither JupyterLab nor nbconvert's lab template hands the metadata of an image/png
    output on to the page. Useful by itself inside an ``ipywidgets.HTML``. The figure stays open.

    Raises ValueError if ``alt`` or ``caption`` is empty.
    """
    for name, text, purpose in (("alt", alt, "readers who do not see the figure"), ("caption", caption, "all readers")):
        if not text.strip():
            raise ValueError(f"{name} is empty, but {purpose} need it: describe in a sentence what the figure shows.")
    stored = io.BytesIO()
    fig.savefig(
        stored, format="png", dpi=_CSS_PIXELS_PER_INCH * _SHARPNESS, bbox_inches="tight", metadata={"Description": alt}
    )
    # The width in the PNG's header, not the figure's: a tight bounding box changes it.
    width = round(int.from_bytes(stored.getvalue()[16:20], "big") / _SHARPNESS)
    data = base64.b64encode(stored.getvalue()).decode("ascii")
    return (
        '<figure style="margin: 0.5em 0">'
        f'<img alt="{html.escape(alt.strip())}" style="max-width: 100%; height: auto" width="{width}" '
        f'src="data:image/png;base64,{data}">'
        f'<figcaption style="max-width: 46em; margin-top: 0.3em"><em>{html.escape(caption.strip(), quote=False)}</em>'
        "</figcaption></figure>"
    )


def show(fig: Figure, *, alt: str, caption: str) -> None:
    """Display ``fig`` with its alternative text in the output and its caption below, then close it.

    In a notebook the reader sees the figure and the caption, and a screen reader reads ``alt``; in a terminal the two
    texts are printed. Raises ValueError if ``alt`` or ``caption`` is empty; the figure then stays open.
    """
    markup = figure_html(fig, alt=alt, caption=caption)
    plt.close(fig)  # or the inline backend would show it a second time, without its text
    display(_Described(markup, f"[Figure: {alt.strip()}]\n{caption.strip()}"))  # type: ignore[no-untyped-call]


def latent_scatter(
    ax: Axes,
    codes: ArrayLike,
    labels: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    title: str = "",
    size: float = 9.0,
) -> None:
    """Draw two-dimensional codes into ``ax``, coloured by class, each class named where it is densest.

    ``codes`` has shape (n, 2). ``labels`` has shape (n,) with integers 0…9, classes or clusters; without them all
    points are grey. ``names[i]`` is written for label i, by default the number itself. ``size`` is the area of a point
    in square points. Both axes share one scale, because k-means and the eye take distances from it.

    Raises ValueError for codes that are not two-dimensional, labels of another length, or labels outside 0…9.
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
        raise ValueError(f"labels has shape {classes.shape}, but one label a code is needed: give ({len(points)},).")
    present = np.unique(classes)
    if not np.isin(present, np.arange(len(CLASS_COLOURS))).all():
        raise ValueError(
            f"labels holds {present.tolist()}, but there are colours for 0 to {len(CLASS_COLOURS) - 1}: number them so."
        )
    # One call for all points: drawn class by class, the last class would hide the others.
    ax.scatter(
        points[:, 0],
        points[:, 1],
        s=size,
        c=[CLASS_COLOURS[i] for i in classes.astype(int)],
        alpha=0.75,
        marker="o",
        linewidths=0,
    )
    clearance = 0.05 * float(np.ptp(points, axis=0).max())
    taken: list[NDArray[np.float64]] = []
    for i in present.astype(int):
        place = _dense_place(points[classes == i], taken, clearance)
        taken.append(place)
        text = ax.text(
            place[0], place[1], str(i) if names is None else names[i], weight="bold", size=12, ha="center", va="center"
        )
        text.set_path_effects([patheffects.withStroke(linewidth=3, foreground="white")])


def _dense_place(
    points: NDArray[np.float64], taken: Sequence[NDArray[np.float64]], clearance: float
) -> NDArray[np.float64]:
    """The point with the closest neighbours that is ``clearance`` away from the places taken, or the densest of all."""
    neighbours = min(len(points), 15)
    distances, _ = cKDTree(points).query(points, k=[neighbours])
    ranked = points[np.argsort(distances[:, 0])]
    free = [p for p in ranked[: len(ranked) // 2] if all(np.linalg.norm(p - other) >= clearance for other in taken)]
    place: NDArray[np.float64] = free[0] if free else ranked[0]
    return place


def image_grid(rows: Mapping[str, ArrayLike], *, columns: int = 10) -> Figure:
    """A figure of grey images in named rows: originals above reconstructions, say.

    ``rows`` maps the name of a row to images in [0, 1] of shape (n, 1, h, w) or (n, h, w); the first ``columns`` of
    each are drawn, dark on white. Nothing is rescaled: values outside [0, 1] are cut off.

    Raises ValueError without rows, without images, and for images of another shape.
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
            raise ValueError(f"row {name!r} has shape {images.shape}, but grey images (n, 1, h, w) are needed.")
        if len(images) == 0:
            raise ValueError(f"row {name!r} holds no image, but at least one is needed: leave the row out.")
    columns = min(columns, max(len(images) for images in stacks.values()))
    fig, ax = plt.subplots(figsize=(0.75 * columns + 1.2, 0.75 * len(stacks)))
    # One pair of axes for all: matplotlib takes a hundred times as long for axes as for an image.
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

    ``positions`` has shape (n,), on the horizontal axis; ``intervals`` has length n. ``series`` chooses the colour and
    the marker that go together; ``joined`` draws a line through the means. Shift the positions a little per series, so
    that intervals do not hide each other.

    Raises ValueError if positions and intervals differ in number.
    """
    places = np.asarray(positions, dtype=np.float64)
    if places.shape != (len(intervals),):
        raise ValueError(
            f"positions has shape {places.shape} for {len(intervals)} intervals, but each interval needs one position."
        )
    mean, low, high = np.array(intervals, dtype=np.float64).reshape(-1, 3).T
    return ax.errorbar(
        places,
        mean,
        yerr=(mean - low, high - mean),
        label=label,
        color=SERIES_COLOURS[series % len(SERIES_COLOURS)],
        marker=SERIES_MARKERS[series % len(SERIES_MARKERS)],
        linestyle="-" if joined else "none",
        capsize=3,
    )
