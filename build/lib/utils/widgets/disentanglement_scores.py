"""The two models of topic 03's figure, and the scores that it ships because they need scikit-learn and random numbers.

Model A draws hearts from four latents that are the true factors, so that its scores are perfect. Model B is A composed
with a map f: its latents are u = f(z), and it draws A's picture of f⁻¹(u). The page computes MIG and modularity; DCI,
SAP, the β-VAE and the FactorVAE score are in ``disentanglement_scores.npz``, and so are all scores of the codes that
may deceive one. ``python -m utils.widgets.disentanglement_scores`` writes the file (some minutes).
"""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from numpy.typing import NDArray
from scipy import stats
from sklearn.tree import DecisionTreeClassifier

from utils import disentanglement, store
from utils.arrays import FloatArray
from utils.disentanglement import Bijection, rotation

LATENTS = ("scale", "orientation", "x", "y")
PAIRS = tuple((i, j) for i in range(len(LATENTS)) for j in range(i + 1, len(LATENTS)))
CONSTRUCTIONS = ("CDF", "Gaussian", "plain")
"""Uniform latents mixed by F⁻¹ ∘ Φ ∘ A ∘ Φ⁻¹ ∘ F; Gaussian latents rotated; uniform latents rotated directly."""

ANGLES = tuple(range(0, 91, 5))
N_POINTS = 4_000
FACTOR_BINS = 10

TURNS = (0, 20, 40, 45)
CHANGES = ("none", "dropped", "twice", "beside", "units", "noise")
"""What is done to the code after its first two latents are turned: see :func:`suspect`."""

SHIPPED = ("dci", "sap", "beta_vae", "factor_vae")
SUSPECT_SCORES = (
    "beta_vae",
    "factor_vae",
    "mig",
    "sap",
    "modularity",
    "explicitness",
    "dci_d",
    "dci_c",
    "dci_i",
)

TABLE = Path(__file__).with_name("disentanglement_scores.npz")


@cache
def quantiles() -> FloatArray:
    """(4,000, 4) quantiles of A's latents; multiples of 2⁻¹⁷, so that they travel in two bytes each."""
    drawn = np.random.default_rng(0).uniform(size=(N_POINTS, len(LATENTS)))
    exact: FloatArray = (np.floor(drawn * 65536) + 0.5) / 65536
    return exact


def latents_of_a(construction: str) -> FloatArray:
    """(4,000, 4) latents of A."""
    values: FloatArray = stats.norm.ppf(quantiles()) if construction == "Gaussian" else quantiles()
    return values


def maps(
    construction: str, angle: float, pair: tuple[int, int]
) -> tuple[Callable[[FloatArray], FloatArray], Callable[[FloatArray], FloatArray]]:
    """f and its inverse, on latents (n, 4)."""
    matrix = rotation(len(LATENTS), angle, pair)
    if construction == "plain":
        return lambda z: (z - 0.5) @ matrix.T + 0.5, lambda u: (u - 0.5) @ matrix + 0.5
    f = Bijection([stats.norm() if construction == "Gaussian" else stats.uniform()] * len(LATENTS), matrix)
    return f, f.inverse


def shipped_scores(codes: FloatArray, factors: FloatArray) -> list[float]:
    """The scores of `SHIPPED` for codes (n, 4), with A's latents (n, 4) as continuous factors, cut into ten levels.

    Smaller than in the study: 600 examples for training and 600 for testing, and for DCI one decision tree per factor
    instead of boosted trees.
    """
    sizes: dict[str, int] = {"factor_bins": FACTOR_BINS, "num_train": 600, "num_test": 600}
    tree = DecisionTreeClassifier(max_depth=8, random_state=0)
    return [
        disentanglement.dci(codes, factors, factor_bins=FACTOR_BINS, probe=tree).disentanglement,
        disentanglement.sap(codes, factors, factor_bins=FACTOR_BINS),
        disentanglement.beta_vae_score(codes, factors, **sizes),
        disentanglement.factor_vae_score(codes, factors, **sizes),
    ]


def suspect(turn: int, change: str) -> tuple[FloatArray, NDArray[np.int64]]:
    """A code of three factors with eight levels each, (10,000, d), and the factors: the lecture's codes, and more.

    The first two latents are turned into each other. Then nothing is done; or the second latent is dropped; every
    latent is written twice; two mixtures stand beside the code; all latents are multiplied by ten; or seven latents of
    noise are added.
    """
    levels = np.random.default_rng(0).integers(8, size=(10_000, 3))
    perfect = levels / 7 * 2 - 1
    code = perfect @ rotation(3, turn).T
    if change == "dropped":
        code = code[:, [0, 2]]
    elif change == "twice":
        code = np.hstack([code, code])
    elif change == "beside":
        code = np.hstack([code, (perfect @ rotation(3, 45).T)[:, :2]])
    elif change == "units":
        code = code * 10
    elif change == "noise":
        code = np.hstack([code, np.random.default_rng(1).standard_normal((len(code), 7))])
    return code, levels


def suspect_scores(turn: int, change: str) -> list[float]:
    """The scores of `SUSPECT_SCORES`, as in the lecture."""
    code, levels = suspect(turn, change)
    trees = disentanglement.dci(code[:4000], levels[:4000])
    return [
        disentanglement.beta_vae_score(code, levels),
        disentanglement.factor_vae_score(code, levels),
        disentanglement.mig(code, levels),
        disentanglement.sap(code, levels),
        disentanglement.modularity(code, levels),
        disentanglement.explicitness(code, levels),
        trees.disentanglement,
        trees.completeness,
        trees.informativeness,
    ]


def load() -> dict[str, NDArray[Any]]:
    """`turned` (constructions, pairs, angles, 4) and `suspects` (turns, changes, 9).

    Example:
        >>> {name: table.shape for name, table in load().items()}
        {'turned': (3, 6, 19, 4), 'suspects': (4, 6, 9)}
    """
    with np.load(TABLE) as stored:
        return {name: stored[name] for name in stored.files}


def turned_scores(construction: str, pair: tuple[int, int]) -> list[list[float]]:
    """The scores of B at all angles."""
    factors = latents_of_a(construction)
    return [shipped_scores(maps(construction, angle, pair)[0](factors), factors) for angle in ANGLES]


def main() -> None:
    """Compute all scores and write the file."""
    suspects = Parallel(-1)(delayed(suspect_scores)(turn, change) for turn in TURNS for change in CHANGES)
    turned = Parallel(-1)(delayed(turned_scores)(name, pair) for name in CONSTRUCTIONS for pair in PAIRS)
    content = io.BytesIO()
    np.savez_compressed(
        content,
        turned=np.reshape(turned, (len(CONSTRUCTIONS), len(PAIRS), len(ANGLES), len(SHIPPED))),
        suspects=np.reshape(suspects, (len(TURNS), len(CHANGES), len(SUSPECT_SCORES))),
    )
    store.write_atomic(TABLE, content.getvalue())


if __name__ == "__main__":
    main()
