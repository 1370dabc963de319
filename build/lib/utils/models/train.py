"""The command that trains the shipped weights: ``python -m utils.models.train [NAMES] [--seeds 0 1 ...]``.

The weights of each name and seed are written as soon as they are trained, so finished models are kept if the command is
stopped. The record of a model keeps the training curve at eleven epochs, and the scores of the weights as stored, in
half precision. By default the files are written into the package, where they replace those of the same name and seed.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tqdm import tqdm

from utils.data import load_mnist
from utils.models.interface import Curve, NetworkModel
from utils.models.registry import SETTINGS
from utils.models.weights import WEIGHTS, pack, store, unpack
from utils.store import provenance

SEEDS = (0, 1, 2, 3, 4)
_PACKAGES = ("torch", "numpy", "scikit-learn", "safetensors")

DESCRIPTION = """Train the weights of the course. Beside the weights, a record keeps the training curve at
eleven epochs, and the scores of the weights as stored, in half precision."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Train the models of the command line, in several processes, and return the exit status."""
    options = _parser().parse_args(arguments)
    names = options.names or list(SETTINGS)
    if unknown := [name for name in names if name not in SETTINGS]:
        print(f"There is no model {unknown[0]!r}: choose from {', '.join(SETTINGS)}.", file=sys.stderr)
        return 2
    runs = [(name, seed) for name in names for seed in dict.fromkeys(options.seeds)]
    if options.workers == 1 or len(runs) == 1:
        for name, seed in runs:
            _write(*train_and_score(name, seed, progress=True), options.into)
        return 0
    load_mnist("train")  # Fetched once here, not by every worker at the same time.
    with ProcessPoolExecutor(min(options.workers, len(runs)), mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(train_and_score, name, seed) for name, seed in runs]
        try:
            for future in tqdm(as_completed(futures), total=len(runs), desc="training", unit="model"):
                _write(*future.result(), options.into)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return 0


def train_and_score(name: str, seed: int, progress: bool = False) -> tuple[NetworkModel, dict[str, Any]]:
    """Train one model as it is shipped, and score it.

    Args:
        name: one of ``SETTINGS``.
        seed: of the training run.
        progress: show a progress bar that counts epochs.

    Returns:
        The model, its weights rounded to half precision as they are stored, and its record: command, settings, seed,
        date, package versions, processor seconds of training (on one core), training curve at eleven epochs, and scores
        of the rounded weights.
    """
    started = time.process_time()
    model, curve = SETTINGS[name].train(name, seed, progress)
    seconds = time.process_time() - started
    unpack(model, pack(model))
    return model, {
        **provenance(f"python -m utils.models.train {name} --seeds {seed}", _PACKAGES),
        "settings": asdict(SETTINGS[name]),
        "seed": seed,
        "training_seconds": round(seconds, 1),
        "curve": _summary(curve),
        "scores": {score: round(value, 5) for score, value in SETTINGS[name].scores(model).items()},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m utils.models.train", description=DESCRIPTION)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all by default: {', '.join(SETTINGS)}")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), help="default: %(default)s")
    parser.add_argument(
        "--workers", type=int, default=min(8, os.cpu_count() or 1), help="processes; default: %(default)s"
    )
    parser.add_argument(
        "--into",
        type=Path,
        default=WEIGHTS,
        help="folder of the files, in which weights of the same name and seed are replaced; default: the package's own",
    )
    return parser


def _write(model: NetworkModel, record: dict[str, Any], folder: Path) -> None:
    store(model, record, folder)
    scores = ", ".join(f"{score} {value:.4g}" for score, value in record["scores"].items())
    tqdm.write(f"{model.name} seed {model.seed}: {record['training_seconds']:.0f} s, {scores}")


def _summary(curve: Curve) -> list[dict[str, float]]:
    """The curve at eleven epochs, evenly spaced, rounded."""
    epochs = sorted({round(share * (len(curve) - 1) / 10) for share in range(11)})
    return [
        {"epoch": epoch + 1, **{measure: round(value, 4) for measure, value in curve[epoch].items()}}
        for epoch in epochs
    ]


if __name__ == "__main__":
    sys.exit(main())
