"""The study: how much of a disentanglement score is due to the method, to its strength, and to the seed?

``python -m utils.disentanglement.study`` trains every method at every strength from every seed, scores each model by
all metrics of this package, and writes the table that comes with the course, ``study.csv``, and ``study.json``, which
records how it was made. The results of each model are saved as soon as they are finished, under the content of its
settings: a study that was stopped resumes where it stopped, and a changed setting repeats only the trainings that
depend on it.

``python -m utils.disentanglement.study --constant`` does the same for a control, ``schedule.csv`` and
``schedule.json``: the β-VAE with a penalty of constant weight, where the study lets the weight fall during training.
Its strengths reach from the weight at which the study's schedule ends to the one at which it starts.

The design is that of Locatello et al. (2019, "Challenging Common Assumptions in the Unsupervised Learning of
Disentangled Representations") at a scale that a laptop can repeat: sprites of 16 × 16 pixels, networks of two small
layers, 3,750 steps of training. Its numbers are not comparable with theirs.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from distributed import Client, as_completed
from tqdm import tqdm

from utils import dask_client, store
from utils import disentanglement as metrics
from utils.arrays import Float32Array, FloatArray, IntArray
from utils.data.sprites import Sprites
from utils.models.sprites import RESOLUTION, Method, SpriteSettings, reconstruction_scores

STRENGTHS: dict[Method, tuple[float, ...]] = {
    "beta-vae": (0.5, 1.0, 2.0, 4.0),
    "beta-tcvae": (2.0, 4.0, 6.0, 8.0),
    "factor-vae": (4.0, 8.0, 16.0, 32.0),
    "ada-gvae": (1.0,),
}
"""Strengths of each method, weakest first: β, or the γ of FactorVAE. Ada-GVAE learns from pairs; it is compared with
the others, and is not part of the analysis of variance."""

CONSTANT_STRENGTHS = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Strengths β of the control, a β-VAE whose penalty has the same weight from the first step to the last. The study's
schedule at β = 2 starts with a weight of 16 units and ends with 2."""

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
"""Columns of the table that are computed from codes and factors. ``udr`` is computed without factors."""

TABLE = Path(__file__).with_name("study.csv")
CONSTANT_TABLE = Path(__file__).with_name("schedule.csv")
POINTS = 10_000
T = TypeVar("T")
_PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "lightgbm", "distributed")


@dataclass(frozen=True)
class Run:
    """One training of the study."""

    settings: SpriteSettings
    seed: int

    @property
    def description(self) -> dict[str, Any]:
        """Everything that the codes of this training depend on."""
        return {**asdict(self.settings), "seed": self.seed, "points": POINTS}


@dataclass(frozen=True)
class Encoded:
    """The outputs of a trained model that are scored.

    Attributes:
        codes: float32 (10000, d), of the images that all models are scored on.
        kl: float64 (d,), the mean KL divergence of each latent from its prior, in nats.
        facts: measured without factors: reconstruction error, number of used latents, seconds of training.
    """

    codes: Float32Array
    kl: FloatArray
    facts: dict[str, float]


def load() -> pd.DataFrame:
    """The table that comes with the course: one row per model, with its method, strength, level, seed and scores.

    ``level`` numbers the strengths of a method from 0, the weakest. The scores are those of ``SCORES`` and ``udr``;
    ``reconstruction_mse``, ``kl`` (nats) and ``used_latents`` describe the model without its factors.
    """
    return pd.read_csv(TABLE)


def load_constant() -> pd.DataFrame:
    """The table of the control with a constant weight, in the columns of :func:`load`; all rows are β-VAEs."""
    return pd.read_csv(CONSTANT_TABLE)


def provenance() -> dict[str, Any]:
    """How the shipped table was made: command, settings, versions, date, and seconds of training on one core."""
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


def constant_runs(seeds: Sequence[int] = SEEDS) -> list[Run]:
    """The trainings of the control: the β-VAE with a penalty of constant weight, strength by strength."""
    settings = [SpriteSettings("beta-vae", strength, initial_penalty_factor=1.0) for strength in CONSTANT_STRENGTHS]
    return [Run(setting, seed) for setting in settings for seed in seeds]


def evaluation_factors() -> IntArray:
    """The factors (10000, 5) of the images that all models are scored on."""
    return Sprites(RESOLUTION).sample_factors(POINTS, np.random.default_rng(2))


def train(run: Run) -> Encoded:
    """Train one model, and encode the images that it will be scored on."""
    started = time.process_time()
    model, _ = run.settings.train(run.settings.method, run.seed)
    seconds = time.process_time() - started
    images = Sprites(RESOLUTION).render(evaluation_factors())
    facts = {**reconstruction_scores(model), "training_seconds": round(seconds, 1)}
    return Encoded(model.encode(images), model.latent_kl(images), facts)


def score(codes: Float32Array) -> dict[str, float]:
    """All metrics of the codes (10000, d) of one model, with their defaults, by the names of ``SCORES``."""
    factors = evaluation_factors()
    dci = metrics.dci(codes, factors, seed=0)
    return {
        "beta_vae": metrics.beta_vae_score(codes, factors, seed=0),
        "factor_vae": metrics.factor_vae_score(codes, factors, seed=0),
        "mig": metrics.mig(codes, factors),
        "sap": metrics.sap(codes, factors, seed=0),
        "dci_disentanglement": dci.disentanglement,
        "dci_completeness": dci.completeness,
        "dci_informativeness": dci.informativeness,
        "modularity": metrics.modularity(codes, factors),
        "explicitness": metrics.explicitness(codes, factors, seed=0),
        "irs": metrics.irs(codes, factors),
    }


def complete(planned: Sequence[Run], results: store.ResultCache, client: Client, rescore: bool = False) -> pd.DataFrame:
    """Train and score the models that have no results yet, and assemble the table.

    Args:
        planned: the trainings, in the order of the rows.
        results: results of finished models; each is saved there as soon as it is finished.
        client: a Dask client whose workers train and score.
        rescore: score models again that have scores, as after a change of a metric.

    Returns:
        The table, as :func:`load` describes it.

    Raises:
        OSError: if results cannot be saved.
    """
    untrained = [run for run in planned if _load_encoded(results, run) is None]
    for run, encoded in _as_completed(client, train, untrained, untrained, "training"):
        _save_encoded(results, run, encoded)
    unscored = [run for run in planned if rescore or _load_scores(results, run) is None]
    codes = [_required(_load_encoded(results, run)).codes for run in unscored]
    for run, scores in _as_completed(client, score, unscored, codes, "scoring"):
        _save_scores(results, run, scores)
    return table(planned, results)


def table(planned: Sequence[Run], results: store.ResultCache) -> pd.DataFrame:
    """The table of trainings that are all trained and scored, with their UDR.

    Raises:
        ValueError: if a training has no results.
    """
    encoded = [_required(_load_encoded(results, run)) for run in planned]
    rows = []
    for run, model in zip(planned, encoded, strict=True):
        constant = run.settings.initial_penalty_factor == 1
        strengths = CONSTANT_STRENGTHS if constant else STRENGTHS[run.settings.method]
        level = strengths.index(run.settings.strength) if run.settings.strength in strengths else -1
        rows.append(
            {
                "method": run.settings.method,
                "strength": run.settings.strength,
                "level": level,
                "seed": run.seed,
                **_required(_load_scores(results, run)),
                "udr": np.nan,
                **model.facts,
            }
        )
    frame = pd.DataFrame(rows)
    for _, group in frame.groupby(["method", "strength"]):
        if len(group) > 1:
            models = [encoded[row] for row in group.index]
            frame.loc[group.index, "udr"] = metrics.udr([m.codes for m in models], kl=[m.kl for m in models])
    return frame


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study, or the part of it that has no results yet, and write its table."""
    options = _parser().parse_args(arguments)
    seeds = tuple(dict.fromkeys(options.seeds))
    planned = constant_runs(seeds) if options.constant else runs(tuple(dict.fromkeys(options.methods)), seeds)
    into = options.into or (CONSTANT_TABLE if options.constant else TABLE)
    start = time.monotonic()
    try:
        with dask_client.connect(options.workers, options.scheduler) as client:
            frame = complete(planned, store.ResultCache(options.results), client, options.rescore)
    except (dask_client.SchedulerUnreachable, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    store.write_atomic(into, frame.round(5).to_csv(index=False))
    command = " ".join(["python -m utils.disentanglement.study", *(arguments or sys.argv[1:])])
    record = {
        **store.provenance(command, _PACKAGES),
        "settings": [asdict(settings) for settings in dict.fromkeys(run.settings for run in planned)],
        "seeds": sorted({run.seed for run in planned}),
        "images_scored": POINTS,
        "training_seconds": round(float(frame["training_seconds"].sum()), 1),
    }
    store.write_atomic(into.with_suffix(".json"), json.dumps(record, indent=1) + "\n")
    print(f"{len(frame)} models in {into}, {time.monotonic() - start:.0f} s")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m utils.disentanglement.study", description="Run the study of topic 03.")
    parser.add_argument("--methods", nargs="+", choices=list(STRENGTHS), default=list(STRENGTHS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), help="default: %(default)s")
    parser.add_argument("--workers", type=int, help="processes on this machine; default: one per processor")
    parser.add_argument("--scheduler", help="address of a running Dask cluster, such as tcp://head-node:8786")
    parser.add_argument("--constant", action="store_true", help="the control: the β-VAE with a constant weight")
    parser.add_argument("--into", type=Path, help="file of the table; default: the one in the package")
    folder = store.cache_dir() / "study"
    parser.add_argument("--results", type=Path, default=folder, help="folder of finished results; default: %(default)s")
    parser.add_argument("--rescore", action="store_true", help="score again models that have scores")
    return parser


def _as_completed(
    client: Client, task: Callable[[Any], Any], planned: Sequence[Run], inputs: Sequence[Any], label: str
) -> Iterator[tuple[Run, Any]]:
    """Results in the order in which workers finish, under a progress bar."""
    if not planned:
        return
    # Not pure: otherwise Dask may return the result of an equal call, which after a change of code is out of date.
    futures = client.map(task, inputs, pure=False)
    run_of = dict(zip((future.key for future in futures), planned, strict=True))
    for future in tqdm(as_completed(futures, loop=client.loop), total=len(futures), desc=label, unit="model"):
        yield run_of[future.key], future.result()
        future.release()


def _load_encoded(results: store.ResultCache, run: Run) -> Encoded | None:
    arrays = results.load({**run.description, "result": "encoded"})
    if arrays is None:
        return None
    return Encoded(arrays["codes"], arrays["kl"], json.loads(str(arrays["facts"])))


def _save_encoded(results: store.ResultCache, run: Run, encoded: Encoded) -> None:
    facts = json.dumps(encoded.facts)
    results.save({**run.description, "result": "encoded"}, {"codes": encoded.codes, "kl": encoded.kl, "facts": facts})


def _load_scores(results: store.ResultCache, run: Run) -> dict[str, float] | None:
    arrays = results.load({**run.description, "result": "scores"})
    return None if arrays is None else {name: float(value) for name, value in arrays.items()}


def _save_scores(results: store.ResultCache, run: Run, scores: dict[str, float]) -> None:
    results.save({**run.description, "result": "scores"}, scores)


def _required(result: T | None) -> T:
    if result is None:
        raise ValueError("A model of the study has not been trained and scored: run the whole study first.")
    return result


if __name__ == "__main__":
    sys.exit(main())
