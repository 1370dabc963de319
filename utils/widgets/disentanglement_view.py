"""The content of topic 03's interactive figure for each position of its controls: plain functions, without controls.

Model A draws sprites from four latents that are the true factors. Its decoder is the renderer itself, so A's scores are
perfect and no property of B is due to a badly trained network. Model B is A composed with a map f: its latents are u =
f(z), its decoder is A's at f⁻¹(u). `evaluate` turns a `State` into a `View`; the others turn a `View` into a picture,
tables and text.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats
from sklearn.tree import DecisionTreeClassifier

from utils import disentanglement as metrics
from utils.arrays import Float32Array, FloatArray
from utils.data import Sprites
from utils.disentanglement import Bijection, DistributionCheck, check_distribution, rotation

Construction = Literal["CDF", "Gaussian", "uniform"]

LATENTS = ("scale", "orientation", "x", "y")
PAIRS = tuple((i, j) for i in range(len(LATENTS)) for j in range(i + 1, len(LATENTS)))
CONSTRUCTIONS: dict[Construction, str] = {
    "CDF": "uniform latents, mixed by F⁻¹ ∘ Φ ∘ A ∘ Φ⁻¹ ∘ F",
    "Gaussian": "Gaussian latents, rotated",
    "uniform": "uniform latents, rotated directly",
}
BARS = {
    "mig": "MIG",
    "dci": "DCI disentanglement",
    "sap": "SAP",
    "modularity": "modularity",
    "beta_vae": "β-VAE score",
    "factor_vae": "FactorVAE score",
}

N_POINTS = 4_000
N_SAME = 8
_STEPS = np.linspace(0.04, 0.96, 9)  # quantiles of a traversal
_LEVELS = 1_001
_HEART = 2  # looks different at every orientation
_SIDE = 0.62  # inches per image


@dataclass(frozen=True)
class State:
    """Position of the controls: the construction, the angle in degrees, and the two latents that are rotated."""

    construction: Construction = "CDF"
    angle: float = 30.0
    pair: tuple[int, int] = (0, 2)


class Model(NamedTuple):
    """The part of the figure about one model.

    `traversals` (2, 9, 32, 32): images while the first or the second latent of the pair moves from its 4 % to its
    96 % quantile and the others stay at their medians; `codes` (n, 4) of the same n images; `same` (8, 32, 32): the
    first eight of them; `scores` by name.
    """

    traversals: Float32Array
    codes: FloatArray
    same: Float32Array
    scores: dict[str, float]


@dataclass(frozen=True)
class View:
    """The content of the figure in one state.

    `difference` is the largest difference between the two models' versions of 100 images, over all pixels; `prior`
    tests whether B's codes have A's prior; `impossible` is the share of samples from that prior for which B has no
    image.
    """

    state: State
    true: Model
    twin: Model
    difference: float
    prior: DistributionCheck
    impossible: float


class _FineSprites(Sprites):
    """Sprites with so many values per factor that a step is less than a tenth of a pixel at 32 × 32."""

    factor_sizes = (3, *4 * (_LEVELS,))


def draw(quantiles: FloatArray) -> Float32Array:
    """The perfect decoder: hearts, float32 (n, 32, 32), for quantiles (n, 4) in [0, 1] of scale, orientation, x and y.

    Orientations run from -90° to 90°, so that both ends look different.
    """
    scale, orientation, x, y = np.clip(quantiles, 0, 1).T
    values = np.column_stack([scale, (0.5 * orientation - 0.25) % 1.0, x, y])
    factors = np.rint(values * (_LEVELS - 1)).astype(np.int64)
    hearts = np.full((len(factors), 1), _HEART)
    images: Float32Array = _FineSprites(32).render(np.hstack([hearts, factors]))[:, 0]
    return images


def evaluate(state: State) -> View:
    """Rotate, draw and score.

    Raises:
        ValueError: if the construction, the angle or the pair does not exist.
    """
    world = _world(state.construction)
    matrix = rotation(len(LATENTS), state.angle, state.pair)
    forward, back = _maps(state.construction, matrix)
    codes = forward(world.codes)
    twin_of_same = draw(world.to_quantiles(back(codes[: len(world.images)])))
    middle = world.from_quantiles(_traversed(state.pair))
    traversals = (draw(world.to_quantiles(middle)), draw(world.to_quantiles(back(middle))))
    true, twin = (images.reshape(2, len(_STEPS), 32, 32) for images in traversals)
    return View(
        state,
        Model(true, world.codes, world.images[:N_SAME], world.scores),
        Model(twin, codes, twin_of_same[:N_SAME], scores(codes, world.codes)),
        float(np.abs(twin_of_same - world.images).max()),
        check_distribution(codes, world.marginals, n_energy=200, permutations=99),
        _outside(world.to_quantiles(back(world.codes))),
    )


def scores(codes: FloatArray, factors: FloatArray) -> dict[str, float]:
    """The metrics of `BARS` for codes (n, 4), with A's latents (n, 4) as continuous factors, cut into ten levels.

    Smaller than in the study, for speed: 4,000 points, 600 examples for training and 600 for testing, and for DCI one
    decision tree per factor instead of boosted trees.
    """
    sizes = {"factor_bins": 10, "num_train": 600, "num_test": 600}
    tree = DecisionTreeClassifier(max_depth=8, random_state=0)
    return {
        "mig": metrics.mig(codes, factors, factor_bins=10),
        "dci": metrics.dci(codes, factors, factor_bins=10, probe=tree).disentanglement,
        "sap": metrics.sap(codes, factors, factor_bins=10),
        "modularity": metrics.modularity(codes, factors, factor_bins=10),
        "beta_vae": metrics.beta_vae_score(codes, factors, **sizes),
        "factor_vae": metrics.factor_vae_score(codes, factors, **sizes),
    }


def describe(view: View) -> str:
    """One paragraph that describes the figure to a reader who cannot see it."""
    state = view.state
    first, second = (LATENTS[latent] for latent in state.pair)
    scores_text = ", ".join(
        f"{label} {view.true.scores[name]:.2f} and {view.twin.scores[name]:.2f}" for name, label in BARS.items()
    )
    axis_aligned = state.angle % 90 == 0
    effect = (
        "each latent of B changes one of them"
        if axis_aligned
        else f"each of the two latents of B changes both {first} and {second}"
    )
    return (
        f"Hearts drawn by two models; construction: {CONSTRUCTIONS[state.construction]}, {first} and {second} rotated "
        f"by {state.angle:g} degrees. In A one latent changes {first}, another {second}; {effect}. Eight images drawn "
        f"by both are the same: the largest difference of a pixel is {view.difference:.1g}. {prior_text(view)} "
        f"Scores of A and B: {scores_text}."
    )


def prior_text(view: View) -> str:
    """One sentence on whether B's latents have A's prior."""
    p = view.prior.p
    # The test needs more than 4,000 points to detect a rotation by a few degrees; codes outside the support reveal it.
    if p < 1e-3 or view.impossible > 0:
        return (
            f"B's latents do not have A's prior (p = {p:.1g}), so B is another model: it has no image for "
            f"{view.impossible:.0%} of the samples from that prior."
        )
    return f"B's latents are consistent with A's prior (p = {p:.2f}; the threshold is 0.001)."


def bars_html(view: View) -> str:
    """The scores of both models as an HTML table with two bars per score, A above B."""
    rows = []
    for name, label in BARS.items():
        a, b = view.true.scores[name], view.twin.scores[name]
        bar = "".join(
            f'<div class="bar"><b class="{model}" style="width: {100 * min(max(value, 0), 1):.1f}%"></b></div>'
            for model, value in (("a", a), ("b", b))
        )
        rows.append(f'<tr><th scope="row">{label}</th><td>{bar}</td><td>{a:.2f}</td><td>{b:.2f}</td></tr>')
    head = '<tr><td></td><td></td><th scope="col">A</th><th scope="col">B</th></tr>'
    return f"<table><caption>scores, with labels: A orange, B blue</caption>{head}{''.join(rows)}</table>"


def picture(fig: Figure, view: View) -> None:
    """Draw a view into a figure of 9.6 × 5.4 inches or more, from the left, after clearing it.

    Traversals of both models, the same images drawn by both, and the two latents of the pair for 400 codes of each.
    """
    fig.clear()
    width, height = fig.get_size_inches()
    first, second = (LATENTS[latent] for latent in view.state.pair)
    strips = [
        (4.50, f"A: {first}", view.true.traversals[0]),
        (3.85, f"A: {second}", view.true.traversals[1]),
        (3.12, f"B: latent of {first}", view.twin.traversals[0]),
        (2.47, f"B: latent of {second}", view.twin.traversals[1]),
        (1.42, "A at z", view.true.same),
        (0.77, "B at f(z)", view.twin.same),
        (0.12, "difference", np.abs(view.true.same - view.twin.same)),
    ]
    # One set of axes in inches for all strips, because creating axes takes most of the time.
    ax = fig.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(0, height))
    ax.set_axis_off()
    for bottom, label, images in strips:
        mosaic = np.pad(images, ((0, 0), (1, 1), (1, 1)), constant_values=0.35).transpose(1, 0, 2).reshape(34, -1)
        extent = (1.4, 1.4 + _SIDE * len(images), bottom, bottom + _SIDE)
        ax.imshow(mosaic, cmap="gray_r", vmin=0, vmax=1, extent=extent, aspect="auto", interpolation="nearest")
        ax.text(1.34, bottom + _SIDE / 2, label, ha="right", va="center", fontsize=9.5)
    ax.text(1.4, 5.2, "one latent moves, the others are fixed", fontsize=9.5, style="italic")
    ax.text(1.4, 2.12, "the same images, drawn by both", fontsize=9.5, style="italic")
    ax.set(xlim=(0, width), ylim=(0, height))
    for bottom, title, codes in ((3.2, "A's latents", view.true.codes), (0.55, "B's latents", view.twin.codes)):
        plane = fig.add_axes((7.6 / width, bottom / height, 1.85 / width, 1.85 / height))
        _plane(plane, view, codes[:400])
        plane.set_title(title, fontsize=9.5, loc="left", pad=3)


class _World(NamedTuple):
    """The parts that do not depend on angle and pair: A's prior, codes of n images, 100 images, and scores."""

    marginals: list[Any]
    codes: FloatArray
    images: Float32Array
    scores: dict[str, float]

    def to_quantiles(self, codes: FloatArray) -> FloatArray:
        # Outside its support a uniform's distribution function stays at 0 or 1, but the codes themselves go on.
        return codes if self.marginals[0].support()[1] == 1 else stats.norm.cdf(codes)

    def from_quantiles(self, quantiles: FloatArray) -> FloatArray:
        values: FloatArray = self.marginals[0].ppf(quantiles)
        return values


@cache
def _world(construction: Construction) -> _World:
    if construction not in CONSTRUCTIONS:
        raise ValueError(f"There is no construction {construction!r}: choose one of {', '.join(CONSTRUCTIONS)}.")
    marginals = [stats.norm() if construction == "Gaussian" else stats.uniform()] * len(LATENTS)
    quantiles = np.random.default_rng(0).uniform(size=(N_POINTS, len(LATENTS)))
    codes = np.column_stack([m.ppf(column) for m, column in zip(marginals, quantiles.T, strict=True)])
    return _World(marginals, codes, draw(quantiles[:100]), scores(codes, codes))


def _maps(
    construction: Construction, matrix: FloatArray
) -> tuple[Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]:
    """f and its inverse."""
    if construction == "uniform":
        return lambda z: (z - 0.5) @ matrix.T + 0.5, lambda u: (u - 0.5) @ matrix + 0.5
    f = Bijection(_world(construction).marginals, matrix)
    return f, f.inverse


def _outside(quantiles: FloatArray) -> float:
    """Share of (n, 4) quantiles with a latent outside [0, 1], by more than rounding."""
    return float(((quantiles < -1e-9) | (quantiles > 1 + 1e-9)).any(axis=1).mean())


def _traversed(pair: tuple[int, int]) -> FloatArray:
    """Quantiles (18, 4): nine steps of the first latent of the pair, then of the second; the others in the middle."""
    quantiles = np.full((2, len(_STEPS), len(LATENTS)), 0.5)
    for row, latent in enumerate(pair):
        quantiles[row, :, latent] = _STEPS
    return quantiles.reshape(-1, len(LATENTS))


def _plane(ax: Axes, view: View, codes: FloatArray) -> None:
    first, second = view.state.pair
    colours = view.true.codes[: len(codes), first]
    ax.scatter(codes[:, first], codes[:, second], c=colours, cmap="viridis", s=5, linewidths=0)
    gaussian = view.state.construction == "Gaussian"
    low, high = (-3.6, 3.6) if gaussian else (-0.25, 1.25)
    ticks = (-2, 0, 2) if gaussian else (0, 1)
    ax.set(xlim=(low, high), ylim=(low, high), aspect="equal", xticks=ticks, yticks=ticks)
    ax.set_xlabel(f"latent of {LATENTS[first]}", fontsize=8.5, labelpad=0)
    ax.set_ylabel(f"latent of {LATENTS[second]}", fontsize=8.5, labelpad=0)
    ax.tick_params(labelsize=8)
    ax.grid(False)
