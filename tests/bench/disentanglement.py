"""Metrics of disentanglement against two libraries, on the same data: agreement and speed.

10,000 points with ten latents and the five factors of the sprites. disent takes a data set of all combinations of the
factors, so the codes are a fixed table of all 737,280: three factors with noise, the two positions rotated by 45°,
mixtures of two and of three factors, a duplicate, and two latents of noise. A library that samples its points itself
samples them from this table. Where its arithmetic is separate from the sampling (MIG, SAP and DCI of disent), only the
arithmetic is timed. SAP has no required speed: both sides call scikit-learn's ``LinearSVC``.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from utils.data import Sprites
from utils.disentanglement import beta_vae_score, dci, explicitness, factor_vae_score, irs, mig, modularity, sap

NUM_TRAIN, NUM_TEST = 10_000, 5_000
DCI_FACTORS = ("shape", "scale")  # nine levels; all five factors have 113 and take disent twelve times as long
PEERS = {"disent": "disent>=0.8", "latentverse": "latentverse>=0.3.5"}


class Row(NamedTuple):
    metric: str
    peer: str
    ours: float
    theirs: float
    our_seconds: float
    their_seconds: float
    tolerance: float | None
    times: float | None
    note: str = ""


def main() -> None:
    """Print a table: our value and the peer's, the allowed difference, our time and the peer's, the required ratio."""
    missing = [PEERS[name] for name in PEERS if importlib.util.find_spec(name) is None]
    if missing:
        print(f"  not measured against {', '.join(missing)}: pip install them, or the extra 'bench' of this package")
    everything = table()
    rng = np.random.default_rng(1)
    indices = rng.choice(len(everything), NUM_TRAIN + NUM_TEST, replace=False)
    codes, factors = everything[indices].astype(np.float64), Sprites().factors_of(indices)
    rows = [*ours_alone(codes, factors)]
    if importlib.util.find_spec("disent"):
        rows += against_disent(everything, codes, factors)
    if importlib.util.find_spec("latentverse"):
        rows += against_latentverse(codes, factors)
    print(f"  {'metric':22} {'peer':12} {'ours':>7} {'theirs':>7} {'|Δ|':>6} {'allowed':>8}", end="")
    print(f" {'ours':>9} {'theirs':>9} {'faster':>8} {'needed':>6}")
    for row in rows:
        print(line(row))


def line(row: Row) -> str:
    """A row of the table."""
    text = f"  {row.metric:22} {row.peer:12} {row.ours:7.3f}"
    if not row.peer:
        return f"{text} {'':7} {'':6} {'':8} {row.our_seconds:8.3f}s"
    difference = abs(row.ours - row.theirs)
    allowed = "–" if row.tolerance is None else f"{row.tolerance:.2f} {'✓' if difference <= row.tolerance else '✗'}"
    ratio = row.their_seconds / row.our_seconds
    required = "–" if row.times is None else f"{row.times:.0f}× {'✓' if ratio >= row.times else '✗'}"
    text += f" {row.theirs:7.3f} {difference:6.3f} {allowed:>8} {row.our_seconds:8.3f}s {row.their_seconds:8.3f}s"
    return f"{text} {ratio:7.1f}× {required:>6} {row.note}"


def table() -> np.ndarray:
    """Codes of all combinations of the factors, float32 (737,280, 10)."""
    sprites = Sprites()
    rng = np.random.default_rng(0)
    z = sprites.factors_of(np.arange(len(sprites))) / (np.array(sprites.factor_sizes) - 1) * 2 - 1
    noise = rng.normal(size=(len(z), 10)).astype(np.float32)
    shape, scale, orientation, x, y = z.T
    nothing = np.zeros(len(z))
    signal = np.column_stack(
        [shape, scale, orientation, x + y, x - y, x + scale, shape + scale + orientation, nothing, nothing, nothing]
    )
    codes = (signal + noise * np.array([0.2, 0.2, 0.3, 0.1, 0.1, 0.2, 0.2, 0, 1, 1])).astype(np.float32)
    codes[:, 7] = codes[:, 1]
    return codes


def timed(compute: Callable[[], Any], repetitions: int = 1) -> tuple[Any, float]:
    """The value, and the seconds of the fastest repetition."""
    seconds = []
    for _ in range(repetitions):
        begin = time.perf_counter()
        value = compute()
        seconds.append(time.perf_counter() - begin)
    return value, min(seconds)


def ours_alone(codes: np.ndarray, factors: np.ndarray) -> list[Row]:
    """Metrics that neither library computes in this form."""
    rows = []
    for name, metric in (
        ("β-VAE score", beta_vae_score),
        ("modularity", modularity),
        ("explicitness", explicitness),
        ("IRS", irs),
    ):
        value, seconds = timed(lambda metric=metric: metric(codes, factors), 3)
        rows.append(Row(name, "", value, np.nan, seconds, np.nan, None, None))
    return rows


def against_disent(everything: np.ndarray, codes: np.ndarray, factors: np.ndarray) -> list[Row]:
    """MIG, SAP and DCI on the same points, and the FactorVAE score, which disent samples from the whole table."""
    from disent.dataset import DisentDataset
    from disent.dataset.data import GroundTruthData
    from disent.metrics import _dci, _mig, _sap, metric_factor_vae

    sprites = Sprites()

    class Codes(GroundTruthData):  # type: ignore[misc]
        factor_names, factor_sizes, img_shape = sprites.factor_names, sprites.factor_sizes, (1, everything.shape[1], 1)

        def _get_observation(self, idx: int) -> np.ndarray:
            return everything[idx]

    train, test = slice(0, NUM_TRAIN), slice(NUM_TRAIN, None)
    rows = []

    ours, our_seconds = timed(lambda: mig(codes[train], factors[train]), 5)
    theirs, their_seconds = timed(lambda: _mig._compute_mig(codes[train].T, factors[train].T), 3)
    rows.append(Row("MIG", "disent", ours, theirs["mig.discrete_score"], our_seconds, their_seconds, 0.01, 3))

    ours, our_seconds = timed(lambda: factor_vae_score(codes[train], factors[train]), 3)
    theirs, their_seconds = timed(lambda: metric_factor_vae(DisentDataset(Codes()), lambda batch: batch))
    rows.append(
        Row("FactorVAE score", "disent", ours, theirs["factor_vae.eval_accuracy"], our_seconds, their_seconds, 0.03, 10)
    )

    parts = codes[train].T, factors[train].T, codes[test].T, factors[test].T
    ours, our_seconds = timed(lambda: sap(codes, factors), 3)
    theirs, their_seconds = timed(lambda: _sap._compute_sap(*parts, continuous_factors=False))
    rows.append(Row("SAP", "disent", ours, theirs["sap.score"], our_seconds, their_seconds, 0.03, None))

    few = [sprites.factor_names.index(name) for name in DCI_FACTORS]
    ours, our_seconds = timed(lambda: dci(codes, factors[:, few]))
    theirs, their_seconds = timed(lambda: _dci._compute_dci(parts[0], parts[1][few], parts[2], parts[3][few]))
    for name, value in (
        ("disentanglement", ours.disentanglement),
        ("completeness", ours.completeness),
        ("informativeness_test", ours.informativeness),
    ):
        label = f"DCI {name.removesuffix('_test')}"
        rows.append(
            Row(label, "disent", value, theirs[f"dci.{name}"], our_seconds, their_seconds, 0.05, 10, "shape and scale")
        )
    complete, seconds = timed(lambda: dci(codes, factors))
    rows.append(Row("DCI, all five factors", "", complete.disentanglement, np.nan, seconds, np.nan, None, None))
    return rows


def against_latentverse(codes: np.ndarray, factors: np.ndarray) -> list[Row]:
    """SAP of continuous factors, alike except for a test set; latentverse's MIG and DCI are other quantities."""
    from latentverse.evaluations import disentanglement as peer

    points = slice(0, NUM_TRAIN)
    ours, our_seconds = timed(lambda: sap(codes[points], factors[points], continuous=True), 3)

    def theirs_of_all() -> float:
        columns = factors[points].astype(np.float64).T
        return float(np.mean([peer.compute_sap_score(codes[points], column, True) for column in columns]))

    theirs, their_seconds = timed(theirs_of_all)
    rows = [Row("SAP, continuous", "latentverse", ours, theirs, our_seconds, their_seconds, 0.03, 5)]

    ours, our_seconds = timed(lambda: mig(codes[points], factors[points]), 5)

    def theirs_from_neighbours() -> float:
        information = peer._factor_importance_matrix(codes[points], factors[points])
        columns = range(factors.shape[1])
        return float(np.mean([peer.compute_mig(information[:, [j]], factors[points, j]) for j in columns]))

    theirs, their_seconds = timed(theirs_from_neighbours)
    rows.append(
        Row("MIG", "latentverse", ours, theirs, our_seconds, their_seconds, None, 3, "theirs from nearest neighbours")
    )
    return rows
