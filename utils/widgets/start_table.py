"""The numbers behind lecture 00's figure: scores of features in all settings, and four properties of models.

``python -m utils.widgets.start_table`` computes both from the shipped models and writes ``start_table.npz`` and the
provenance ``start_table.json``; it takes some minutes. The definitions and settings are the lecture's: probes with two
(linear) or ten (neighbours) labelled samples for each of five repetitions, and the same labelled images for all
features.

Arrays of the file, with F features, in the order of `FEATURES`, and M models, in the order of `MODELS`:

- ``scores`` (3 tasks, 2 probes, 7 sizes, F, 5 repetitions): accuracy for the digit, R² for slant and ink.
- ``low``, ``high`` (3, 2, 7, F, F): the 95 % interval of the difference first − second feature over repetitions and
  test images (:func:`utils.intervals.crossed_interval`).
- ``properties`` (M, 4) and ``resampled`` (200, M, 4): the four numbers of `QUESTIONS`, averaged over trainings; and the
  same for trainings and test images drawn anew with replacement.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import rankdata
from sklearn.metrics import v_measure_score

from utils import data, models
from utils.arrays import FloatArray, IntArray
from utils.clustering import kmeans
from utils.intervals import crossed_interval
from utils.preferences.features import slant
from utils.probing import Method, probe
from utils.store import provenance, write_atomic

TASKS = ("digit", "slant", "ink")
PROBES: tuple[Method, ...] = ("linear", "neighbours")
SIZES = (10, 20, 50, 100, 200, 500, 1000)
FEATURES = ("pixels", "PCA 16", "VAE 16", "AAE 16", "PCA 2", "VAE 2", "AAE 2")
MODELS = ("PCA", "VAE", "AAE")
QUESTIONS = ("V-measure", "MSE", "one latent and slant", "one latent and ink")
HIGH_IS_GOOD = (1, -1, 1, 1)
FILE = Path(__file__).with_suffix(".npz")

REPETITIONS = 5
_DRAWS: dict[Method, int] = {"linear": 2, "neighbours": 10}
_RESAMPLES = 200
_NAMES = {"VAE 16": "vae-16d", "AAE 16": "aae-16d", "VAE 2": "vae-2d", "AAE 2": "aae-gaussian-2d"}


def load() -> dict[str, FloatArray]:
    """The arrays of the shipped file; see the module."""
    with np.load(FILE) as file:
        return {name: file[name] for name in file.files}


def settings(sizes: tuple[int, ...] = SIZES, features: tuple[str, ...] = FEATURES) -> dict[str, FloatArray]:
    """``scores``, ``low`` and ``high`` for some sizes and features."""
    images, digits, slants, inks = _digits()
    shape = (len(TASKS), len(PROBES), len(sizes), len(features))
    scores = np.empty((*shape, REPETITIONS))
    low, high = (np.zeros((*shape, len(features))) for _ in range(2))
    codes = {name: _codes(name, images) for name in features}
    for t, targets in enumerate((digits, slants, inks)):
        for p, method in enumerate(PROBES):
            for s, size in enumerate(sizes):
                draws = _DRAWS[method]
                values = [
                    probe(codes[name], targets, [size], method=method, classes=digits[0], draws=draws, per_image=True)
                    for name in features
                ]
                for f, first in enumerate(values):
                    scores[t, p, s, f] = first[:, 0].mean(axis=1)
                    for g, second in enumerate(values):
                        if g != f:
                            interval = crossed_interval(first[:, 0] - second[:, 0])
                            low[t, p, s, f, g], high[t, p, s, f, g] = interval.low, interval.high
                print(TASKS[t], method, size, "labels: done", flush=True)
    return {"scores": scores, "low": low, "high": high}


def properties(resamples: int = _RESAMPLES) -> dict[str, FloatArray]:
    """``properties`` and ``resampled``, in which a low MSE is good."""
    images, (_, digits), slants, inks = _digits()
    test = images[1]
    targets = [(rankdata(a), rankdata(b)) for a, b in (slants, inks)]

    def parts(model: models.Autoencoder) -> tuple[IntArray, FloatArray, FloatArray]:
        train_ranks, ranks = (rankdata(model.encode(part), axis=0) for part in images)
        correlation = [[abs(np.corrcoef(z, known)[0, 1]) for z in train_ranks.T] for known, _ in targets]
        codes = model.encode(test)
        errors = ((model.decode(codes) - test) ** 2).mean(axis=(1, 2, 3))
        return kmeans(codes, 10), errors, ranks[:, np.argmax(correlation, axis=1)].T

    def numbers(training: tuple[IntArray, FloatArray, FloatArray], chosen: IntArray) -> list[float]:
        clusters, errors, latents = training
        rho = [abs(np.corrcoef(z[chosen], t[chosen])[0, 1]) for z, (_, t) in zip(latents, targets, strict=True)]
        return [v_measure_score(digits[chosen], clusters[chosen]), errors[chosen].mean(), *rho]

    trainings: dict[str, list[Any]] = {"PCA": [models.PCA(16)]}
    for name in ("VAE", "AAE"):
        shipped = _NAMES[f"{name} 16"]
        trainings[name] = [models.load_pretrained(shipped, seed) for seed in models.seeds(shipped)]
    measured = [[parts(model) for model in trainings[name]] for name in MODELS]
    everything = np.arange(len(test))
    point = np.array([np.mean([numbers(training, everything) for training in trained], axis=0) for trained in measured])
    rng = np.random.default_rng(0)
    resampled = np.empty((resamples, *point.shape))
    for b in range(resamples):
        drawn = rng.integers(len(test), size=len(test))
        for m, trained in enumerate(measured):
            chosen = rng.integers(len(trained), size=len(trained))
            resampled[b, m] = np.mean([numbers(trained[i], drawn) for i in chosen], axis=0)
    return {"properties": point, "resampled": resampled}


def write(arrays: Mapping[str, FloatArray], file: Path = FILE) -> None:
    """Write the arrays, and how they were made next to them."""
    np.savez_compressed(file, allow_pickle=False, **arrays)
    record = provenance("python -m utils.widgets.start_table", ["numpy", "scikit-learn", "scipy", "torch"])
    record |= {"repetitions": REPETITIONS, "draws": _DRAWS, "resamples": _RESAMPLES, "sizes": SIZES}
    write_atomic(file.with_suffix(".json"), json.dumps(record, indent=1) + "\n")


def _digits() -> tuple[tuple[Any, Any], ...]:
    """Images, digits, slants and inks, each of training and test images."""
    (train, train_digits), (test, test_digits) = data.load_mnist("train"), data.load_mnist("test")
    inks = tuple(part.mean(axis=(1, 2, 3), dtype=float) for part in (train, test))
    return (train, test), (train_digits, test_digits), (slant(train), slant(test)), (inks[0], inks[1])


def _codes(name: str, images: tuple[Any, Any]) -> list[tuple[Any, Any]]:
    """Training and test codes for each of the five repetitions."""
    if name == "pixels":
        return [(images[0].reshape(len(images[0]), -1), images[1].reshape(len(images[1]), -1))] * REPETITIONS
    if name.startswith("PCA"):
        encoders: list[Any] = [models.PCA(int(name.split()[1]))]
    else:
        encoders = [models.load_pretrained(_NAMES[name], seed) for seed in models.seeds(_NAMES[name])]
    codes = [(model.encode(images[0]), model.encode(images[1])) for model in encoders]
    return codes * (REPETITIONS // len(codes))


def main() -> None:
    """Write the file."""
    write(settings() | properties())


if __name__ == "__main__":
    main()
