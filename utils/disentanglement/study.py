"""A small study: how much of a disentanglement score is the method, how much its strength, how much the seed?

``python -m utils.disentanglement.study`` trains every method at every strength from every seed, scores each model by
all metrics of this package, and writes the table that comes with the course, ``study.csv``, and ``study.json``, which
says how it came about. What has been trained and scored is kept, a model at a time, under the content of its settings:
a study that was stopped goes on where it was, and a changed setting trains what it changes and nothing else.

The design is that of Locatello et al. (2019, "Challenging Common Assumptions in the Unsupervised Learning of
Disentangled Representations") on a scale that a laptop can repeat: sprites of 16 × 16 pixels, networks of two small
layers, 3,750 steps of training. It asks their question, and cannot repeat their numbers.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from distributed import Client, as_completed
from numpy.typing import NDArray
from tqdm import tqdm

from utils import dask_client
from utils import disentanglement as metrics
from utils.data.sprites import Sprites
from utils.disentanglement.table import FloatArray
from utils.models.sprites import RESOLUTION, Method, SpriteSettings, reconstruction_scores
from utils.store import cache_dir

STRENGTHS: dict[Method, tuple[float, ...]] = {
    "beta-vae": (0.5, 1.0, 2.0, 4.0),
    "beta-tcvae": (2.0, 4.0, 6.0, 8.0),
    "factor-vae": (4.0, 8.0, 16.0, 32.0),
    "ada-gvae": (1.0,),
}
"""What is varied within each method, weakest first: β, or the γ of FactorVAE. Ada-GVAE sees pairs, and is there to be
compared with the others, not to be decomposed with them."""

UNSUPERVISED: tuple[Method, ...] = ("beta-vae", "beta-tcvae", "factor-vae")
SEEDS = (0, 1, 2, 3, 4)
SCORES = (
    "beta_vae",
    "factor_vae",
    "mig",
    "sap",
    "dci_disentanglement",
    "dci_completeness",
    "dci_informativeness",
    "modularity",
    "explicitness",
    "irs",
)
"""Columns of the table that are computed from codes and factors; ``udr`` is computed without factors."""

TABLE = Path(__file__).with_name("study.csv")
POINTS = 10_000
T = TypeVar("T")
_PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "lightgbm", "distributed")


@dataclass(frozen=True)
class Run:
    """One training of the study."""

    settings: SpriteSettings
    seed: int

    @property
    def key(self) -> str:
        """A name that other settings or another seed would change."""
        content = json.dumps({**asdict(self.settings), "seed": self.seed, "points": POINTS}, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Encoded:
    """What is kept of a trained model.

    Attributes:
        codes: float32 (10000, d), of the images that all models are scored on.
        kl: float64 (d,), nats that each latent tells about an image.
        facts: what is known without factors: reconstruction error, number of used latents, seconds of training.
    """

    codes: NDArray[np.float32]
    kl: FloatArray
    facts: dict[str, float]


def load() -> pd.DataFrame:
    """The table that comes with the course: one row a model, with its method, strength, level, seed and scores.

    ``level`` counts the strengths of a method from 0, the weakest. The scores are those of ``SCORES`` and ``udr``;
    ``reconstruction_mse``, ``kl`` (nats) and ``used_latents`` describe the model without its factors.
    """
    return pd.read_csv(TABLE)


def provenance() -> dict[str, Any]:
    """How the shipped table came about: command, settings, versions, date and seconds of one core."""
    record: dict[str, Any] = json.loads(TABLE.with_suffix(".json").read_text(encoding="utf-8"))
    return record


def runs(methods: Sequence[Method] = tuple(STRENGTHS), seeds: Sequence[int] = SEEDS) -> list[Run]:
    """The trainings of the study, strength by strength."""
    return [
        Run(SpriteSettings(method, strength), seed)
        for method in methods
        for strength in STRENGTHS[method]
        for seed in seeds
    ]


def evaluation_factors() -> NDArray[np.int64]:
    """The factors (10000, 5) of the images that all models are scored on."""
    return Sprites(RESOLUTION).sample_factors(POINTS, np.random.default_rng(2))


def train(run: Run) -> Encoded:
    """Train one model and encode the images that it will be scored on."""
    started = time.process_time()
    model, _ = run.settings.train(run.settings.method, run.seed)
    seconds = time.process_time() - started
    images = Sprites(RESOLUTION).render(evaluation_factors())
    facts = {**reconstruction_scores(model), "training_seconds": round(seconds, 1)}
    return Encoded(model.encode(images), model.latent_kl(images), facts)


def score(codes: NDArray[np.float32]) -> dict[str, float]:
    """All metrics of one model's codes (10000, d), at their defaults, by the names of ``SCORES``."""
    factors = evaluation_factors()
    dci = metrics.dci(codes, factors, seed=0)
    return {
        "beta_vae": metrics.beta_vae_score(codes, factors, seed=0),
        "factor_vae": metrics.factor_vae_score(codes, factors, seed=0),
        "mig": metrics.mig(codes, factors, seed=0),
        "sap": metrics.sap(codes, factors, seed=0),
        "dci_disentanglement": dci.disentanglement,
        "dci_completeness": dci.completeness,
        "dci_informativeness": dci.informativeness,
        "modularity": metrics.modularity(codes, factors, seed=0),
        "explicitness": metrics.explicitness(codes, factors, seed=0),
        "irs": metrics.irs(codes, factors, seed=0),
    }


def agreement(models: Sequence[Encoded]) -> FloatArray:
    """UDR of each of some trainings of one setting: how well the others found the same latents, (len(models),)."""

    raise NotImplementedError


class Kept:
    """Trainings and their scores, one file each, in a folder that outlives a stopped study.

    Args:
        folder: where the files lie; made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def encoded(self, run: Run) -> Encoded | None:
        """What was kept of a training, or None."""
        path = self.folder / f"{run.key}.npz"
        if not path.exists():
            return None
        with np.load(path) as stored:
            return Encoded(stored["codes"], stored["kl"], json.loads(str(stored["facts"])))

    def keep_encoded(self, run: Run, encoded: Encoded) -> None:
        """Keep a training."""
        content = io.BytesIO()
        np.savez(content, codes=encoded.codes, kl=encoded.kl, facts=json.dumps(encoded.facts))
        self._write(f"{run.key}.npz", content.getvalue())

    def scores(self, run: Run) -> dict[str, float] | None:
        """The scores of a training, or None."""
        path = self.folder / f"{run.key}.json"
        if not path.exists():
            return None
        found: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
        return found

    def keep_scores(self, run: Run, scores: Mapping[str, float]) -> None:
        """Keep the scores of a training."""
        self._write(f"{run.key}.json", json.dumps(dict(scores)).encode())

    def _write(self, name: str, content: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # In one step, so that a run killed in between leaves no half file that would be taken for a whole one.
        unfinished = self.folder / f"{name}.{os.getpid()}.unfinished"
        unfinished.write_bytes(content)
        unfinished.replace(self.folder / name)


def complete(planned: Sequence[Run], kept: Kept, client: Client, rescore: bool = False) -> pd.DataFrame:
    """Train and score what is not kept yet, and put the table together.

    Args:
        planned: the trainings, in the order of the rows.
        kept: where finished ones are, and go, as soon as they are finished.
        client: a Dask client whose workers do the work.
        rescore: score again what was scored before, as after a change of a metric.

    Returns:
        The table, as :func:`load` describes it.
    """
    untrained = [run for run in planned if kept.encoded(run) is None]
    for run, encoded in _as_done(client, train, untrained, untrained, "training"):
        kept.keep_encoded(run, encoded)
    unscored = [run for run in planned if rescore or kept.scores(run) is None]
    codes = [_found(kept.encoded(run)).codes for run in unscored]
    for run, scores in _as_done(client, score, unscored, codes, "scoring"):
        kept.keep_scores(run, scores)
    return table(planned, kept)


def table(planned: Sequence[Run], kept: Kept) -> pd.DataFrame:
    """The table of trainings that are all trained and scored, UDR included."""
    rows = []
    for run in planned:
        strengths = STRENGTHS[run.settings.method]
        level = strengths.index(run.settings.strength) if run.settings.strength in strengths else -1
        rows.append(
            {
                "method": run.settings.method,
                "strength": run.settings.strength,
                "level": level,
                "seed": run.seed,
                **_found(kept.scores(run)),
                "udr": np.nan,
                **_found(kept.encoded(run)).facts,
            }
        )
    found = pd.DataFrame(rows)
    for _, group in found.groupby(["method", "strength"]):
        if len(group) > 1:
            models = [_found(kept.encoded(planned[row])) for row in group.index]
            found.loc[group.index, "udr"] = metrics.udr([m.codes for m in models], kl=[m.kl for m in models])
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study, or what is left of it, and write its table."""
    asked = _parser().parse_args(arguments)
    planned = runs(tuple(dict.fromkeys(asked.methods)), tuple(dict.fromkeys(asked.seeds)))
    started = time.monotonic()
    try:
        with dask_client.connect(asked.workers, asked.scheduler) as client:
            found = complete(planned, Kept(asked.kept), client, asked.rescore)
    except (dask_client.SchedulerUnreachable, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    asked.into.parent.mkdir(parents=True, exist_ok=True)
    found.round(5).to_csv(asked.into, index=False)
    record = {
        "command": " ".join(["python -m utils.disentanglement.study", *(arguments or sys.argv[1:])]),
        "settings": [asdict(settings) for settings in dict.fromkeys(run.settings for run in planned)],
        "seeds": sorted({run.seed for run in planned}),
        "images_scored": POINTS,
        "training_seconds": round(float(found["training_seconds"].sum()), 1),
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {"python": python_version(), **{package: version(package) for package in _PACKAGES}},
    }
    asked.into.with_suffix(".json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(f"{len(found)} models in {asked.into}, {time.monotonic() - started:.0f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m utils.disentanglement.study", description="Run the study of topic 03.")
    parser.add_argument("--methods", nargs="+", choices=list(STRENGTHS), default=list(STRENGTHS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), help="default: %(default)s")
    parser.add_argument("--workers", type=int, help="processes on this machine; default: one a processor")
    parser.add_argument("--scheduler", help="address of a running Dask cluster, such as tcp://head-node:8786")
    parser.add_argument("--into", type=Path, default=TABLE, help="the table; default: the package's own")
    parser.add_argument("--kept", type=Path, default=cache_dir() / "study", help="folder of finished trainings")
    parser.add_argument("--rescore", action="store_true", help="score again what was trained and scored before")
    return parser


def _as_done(
    client: Client, task: Callable[[Any], Any], planned: Sequence[Run], inputs: Sequence[Any], what: str
) -> Iterator[tuple[Run, Any]]:
    """Results in the order in which workers finish, under a progress bar."""
    if not planned:
        return
    # Not pure: Dask may otherwise hand out the result of an equal call, which after a change of code is an old one.
    futures = client.map(task, inputs, pure=False)
    run_of = dict(zip((future.key for future in futures), planned, strict=True))
    for future in tqdm(as_completed(futures, loop=client.loop), total=len(futures), desc=what, unit="model"):
        yield run_of[future.key], future.result()
        future.release()


def _found(kept: T | None) -> T:
    if kept is None:
        raise ValueError("A model of the study has not been trained and scored yet: run the study to its end.")
    return kept


if __name__ == "__main__":
    sys.exit(main())
