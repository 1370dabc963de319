"""The study of topic 02: how far a search improves the codes of a VAE and of a GAN, by the number of its steps.

``python -m utils.compression.study`` searches the codes of 20 held-out digits by all trainings of both models, with and
without a pull towards the prior, and writes ``study.csv`` and ``study.json`` (about three minutes on one core). The
lecture shows them and repeats the shortest search.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import pandas as pd

from utils import store
from utils.arrays import Float32Array
from utils.compression.distortion import psnr
from utils.data import load_mnist
from utils.models import Autoencoder, invert, load_pretrained, seeds

STEPS = (0, 50, 200, 800)
"""Lengths of the search. Each is a search of its own, because the learning rate falls to 0 at the last step."""

PRIOR_WEIGHTS = (0.01, 0.0)
"""The weight of ‖z‖² in the search: the default of :func:`utils.models.invert`, and none."""

MODELS: Mapping[str, str] = {"VAE": "vae-conv-64d", "GAN": "gan-64d"}
DIGITS = 20
"""The first held-out digits: two of each class."""

COLUMNS = ("kind", "seed", "prior_weight", "steps", "psnr")
STUDY = Path(__file__).with_name("study.csv")


def searched_psnr(model: Autoencoder, images: Float32Array, steps: int, prior_weight: float) -> float:
    """Pooled PSNR in decibels of the images that a model draws from the codes that a search found.

    Args:
        model: whose codes are searched, from its encoder's on.
        images: floats (n, 1, 28, 28) in [0, 1], n at least 1.
        steps, prior_weight: of :func:`utils.models.invert`; 0 steps give the encoder's codes.

    Example:
        >>> images = load_mnist("test")[0][:2]
        >>> model = load_pretrained("gan-64d")
        >>> searched_psnr(model, images, 20, 0.01) > searched_psnr(model, images, 0, 0.01)
        True
    """
    return psnr(images, model.decode(invert(model, images, steps=steps, prior_weight=prior_weight)), data_range=1.0)


def load(path: Path = STUDY) -> pd.DataFrame:
    """The shipped study, one row per model, training, weight of the prior and length of the search.

    Returns:
        Columns ``kind`` (a key of `MODELS`), ``seed``, ``prior_weight``, ``steps``, and ``psnr`` in decibels.

    Example:
        >>> load().groupby("kind").size().to_dict()
        {'GAN': 40, 'VAE': 40}
    """
    return pd.read_csv(path)


def write(table: pd.DataFrame, path: Path, command: str) -> None:
    """Write the study and, beside it, a JSON file that says how it was made."""
    store.write_atomic(path, table.to_csv(index=False, float_format="%.3f"))
    record = {**store.provenance(command, ("torch", "numpy")), "models": dict(MODELS), "digits": DIGITS}
    store.write_atomic(path.with_suffix(".json"), json.dumps(record, indent=1) + "\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study and write its table."""
    parser = argparse.ArgumentParser("python -m utils.compression.study", description="Run the study of topic 02.")
    parser.add_argument("--into", type=Path, default=STUDY, help="the file; default: the package's own")
    options = parser.parse_args(arguments)
    images = load_mnist("test")[0][:DIGITS]
    rows = []
    for kind, name in MODELS.items():
        for seed in seeds(name):
            model = cast(Autoencoder, load_pretrained(name, seed))
            for weight in PRIOR_WEIGHTS:
                rows += [(kind, seed, weight, n, searched_psnr(model, images, n, weight)) for n in STEPS]
    table = pd.DataFrame(rows, columns=COLUMNS)
    write(table, options.into, "python -m utils.compression.study")
    print(f"{options.into}: {len(table)} searches")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
