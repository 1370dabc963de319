"""Where k-means starts in topic 01's figure: numbers of points, chosen by scikit-learn's k-means++.

``python -m utils.widgets.clustering_starts`` writes ``clustering_starts.npz`` for the shipped models of the lecture.
Computing them whenever the figure is built would take a minute.

A greedy k-means++ of a seed picks the same points in turn for all k with the same number of candidates, 2 + ⌊ln k⌋. So
four sequences for a seed (k up to 2, 7, 20 and 30) hold its starting points for every k from 2 to 30.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans, kmeans_plusplus

from utils import data, models
from utils.arrays import Float32Array, FloatArray

MODELS = ("aae-mixture-2d", "vae-mixture-2d")
LARGEST_K = 30
SEEDS = 20
FILE = Path(__file__).with_suffix(".npz")

Starts = NDArray[np.uint16]


def groups() -> list[tuple[int, int]]:
    """Ranges of k for which k-means++ tries equally many candidates.

    Example:
        >>> groups()
        [(2, 2), (3, 7), (8, 20), (21, 30)]
    """
    candidates = {k: int(math.log(k)) for k in range(2, LARGEST_K + 1)}
    same = [[k for k in candidates if candidates[k] == number] for number in sorted(set(candidates.values()))]
    return [(min(ks), max(ks)) for ks in same]


def seeded(codes: Float32Array) -> Starts:
    """The starting points of ``utils.clustering.kmeans(codes, k, seed, n_init=1)``.

    Returns:
        (20, 59): for each seed from 0 to 19, the sequences of `groups` one after the other.
    """
    points = _centred(codes)
    rows = [
        np.concatenate([kmeans_plusplus(points, high, random_state=seed)[1] for _, high in groups()])
        for seed in range(SEEDS)
    ]
    return np.array(rows, np.uint16)


def best(codes: Float32Array) -> Starts:
    """The starting points of the best of the ten runs of ``utils.clustering.kmeans(codes, k)``, which the lecture uses.

    Returns:
        (464,): 2 points for k = 2, then 3 for k = 3, and so on to 30.
    """
    points = _centred(codes)
    chosen = []
    for k in range(2, LARGEST_K + 1):
        stream = np.random.RandomState(0)
        starts = [kmeans_plusplus(points, k, random_state=stream)[1] for _ in range(10)]
        runs = [KMeans(k, init=points[start], n_init=1).fit(points) for start in starts]
        winner = 0
        for number, run in enumerate(runs):
            # As KMeans decides: rounding alone does not make the same clusters better.
            same = len(set(zip(run.labels_, runs[winner].labels_, strict=True))) == k
            if run.inertia_ < runs[winner].inertia_ and not same:
                winner = number
        chosen.append(starts[winner])
    return np.concatenate(chosen).astype(np.uint16)


def shipped(name: str, seed: int) -> tuple[Starts, Starts]:
    """What `seeded` and `best` return for the test digits' codes of a model of the lecture, from the file."""
    with np.load(FILE) as file:
        return file[f"{name}.{seed}.seeded"], file[f"{name}.{seed}.best"]


def _centred(codes: Float32Array) -> FloatArray:
    points = codes.astype(np.float64)
    centred: FloatArray = points - points.mean(axis=0)  # as KMeans does before it starts
    return centred


def main() -> None:
    """Write the file."""
    images, _ = data.load_mnist("test")
    arrays: dict[str, Any] = {}
    for name in MODELS:
        for seed in models.seeds(name):
            codes = models.load_pretrained(name, seed).encode(images)
            arrays[f"{name}.{seed}.seeded"] = seeded(codes)
            arrays[f"{name}.{seed}.best"] = best(codes)
            print(f"{name}, training seed {seed}: done")
    np.savez_compressed(FILE, allow_pickle=False, **arrays)


if __name__ == "__main__":
    main()
