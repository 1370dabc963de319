"""The study of topic 05: every model in every scenario after every adaptation, on any Dask cluster.

``python -m utils.holistic.study`` computes the runs that are not stored yet and writes the table that is shipped with
the course (:mod:`utils.holistic.table`). Each run is stored by itself, so that a study that was stopped resumes.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Client, as_completed
from tqdm import tqdm

from utils import dask_client, store
from utils.holistic import table
from utils.holistic.adaptations import ADAPTATIONS, Adaptation, NotApplicable
from utils.holistic.metrics import Outcome
from utils.holistic.models import MODELS, Model
from utils.holistic.runs import Size, outcome
from utils.holistic.scenarios import SCENARIOS, Scenario
from utils.holistic.table import Run

#: Adaptations that are too expensive to run in every scenario, and the scenarios in which the shipped table has them.
AFFORDED: Mapping[str, Sequence[str]] = {"adapters": ("movies",)}
NOT_RUN = "not run: too much computing for a table that a laptop can repeat"

_PACKAGES = ("torch", "transformers", "peft", "scikit-learn", "vaderSentiment", "numpy", "scipy", "distributed")


@dataclass(frozen=True)
class StudySettings:
    """How large the study is; the defaults are those of the shipped table.

    size: of each run. draws: of the examples, at most. afforded: for adaptations that are not run in every scenario,
    the scenarios in which a language model is run.
    """

    size: Size = field(default_factory=Size)
    draws: int = 3
    afforded: Mapping[str, Sequence[str]] = field(default_factory=lambda: dict(AFFORDED))


def outcomes_of(
    model: Model, scenario: Scenario, adaptations: Iterable[Adaptation], settings: StudySettings
) -> dict[Run, Outcome | str]:
    """The outcomes of a model in a scenario after each adaptation, or the reason why there is none."""
    import torch

    torch.set_num_threads(1)  # the table states milliseconds of one core
    outcomes: dict[Run, Outcome | str] = {}
    for adaptation in adaptations:
        run = Run(scenario.name, model.name, adaptation.name)
        allowed = settings.afforded.get(adaptation.name, [scenario.name])
        # An adaptation that does not apply gives its own reason, even where it is too expensive for a language model.
        if model.language_model is not None and scenario.name not in allowed:
            outcomes[run] = NOT_RUN
            continue
        try:
            outcomes[run] = outcome(model, scenario, adaptation, settings.size, min(settings.draws, adaptation.seeds))
        except NotApplicable as reason:
            outcomes[run] = str(reason)
    return outcomes


def complete(
    client: Client,
    models: Sequence[Model],
    scenarios: Sequence[Scenario],
    adaptations: Sequence[Adaptation],
    settings: StudySettings | None = None,
) -> dict[Run, Outcome | str]:
    """Compute all runs on a Dask cluster, with a progress bar; runs that are stored are read from disk.

    A Dask task is one model in one scenario, because its adaptations share the model's features of the texts.

    Returns:
        For each run, in the order scenario, model, adaptation, its outcome or the reason why there is none.
    """
    settings = settings or StudySettings()
    pairs = [(model, scenario) for model in models for scenario in scenarios]
    futures = [client.submit(outcomes_of, *pair, list(adaptations), settings, pure=False) for pair in pairs]
    outcomes: dict[Run, Outcome | str] = {}
    with tqdm(total=len(pairs) * len(adaptations), desc="study", unit="run") as bar:
        for future in as_completed(futures, loop=client.loop):
            outcomes |= future.result()
            bar.update(len(adaptations))
            future.release()
    runs = (Run(s.name, m.name, a.name) for s in scenarios for m in models for a in adaptations)
    return {run: outcomes[run] for run in runs}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study, or the rest of it, and write its table."""
    options = _parser().parse_args(arguments)
    afforded = {} if options.everything else AFFORDED
    settings = StudySettings(Size(options.items, options.changed), options.draws, afforded)
    started = time.monotonic()
    models = [MODELS[name] for name in dict.fromkeys(options.models)]
    scenarios = [SCENARIOS[name] for name in dict.fromkeys(options.scenarios)]
    adaptations = [ADAPTATIONS[name] for name in dict.fromkeys(options.adaptations)]
    try:
        with dask_client.connect(options.workers, options.scheduler) as client:
            outcomes = complete(client, models, scenarios, adaptations, settings)
    except (dask_client.SchedulerUnreachable, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    words = sys.argv[1:] if arguments is None else arguments
    command = " ".join(["python -m utils.holistic.study", *words])
    table.write(outcomes, _record(command, options, outcomes), options.into)
    answered = sum(not isinstance(result, str) for result in outcomes.values())
    seconds = time.monotonic() - started
    empty = len(outcomes) - answered
    print(f"{options.into}: {answered} runs, {empty} empty cells with their reasons, {seconds:.0f} s")
    return 0


def _record(command: str, options: argparse.Namespace, outcomes: Mapping[Run, Outcome | str]) -> dict[str, Any]:
    answered = sum(not isinstance(result, str) for result in outcomes.values())
    return {
        **store.provenance(command, _PACKAGES),
        "items": options.items,
        "changed": options.changed,
        "seeds": {name: list(range(min(options.draws, ADAPTATIONS[name].seeds))) for name in options.adaptations},
        "labels": {name: ADAPTATIONS[name].labels for name in options.adaptations},
        "chance": {name: round(SCENARIOS[name].chance, 4) for name in options.scenarios},
        "cells": {"answered": answered, "empty": len(outcomes) - answered},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m utils.holistic.study", description="Run the study of topic 05.")
    axes = {"models": list(MODELS), "scenarios": list(SCENARIOS), "adaptations": list(ADAPTATIONS)}
    for name, choices in axes.items():
        parser.add_argument(f"--{name}", nargs="+", choices=choices, default=choices, help="default: all")
    parser.add_argument("--items", type=int, default=Size.items, help="texts per scenario; default: %(default)s")
    parser.add_argument(
        "--changed", type=int, default=Size.changed, help="of these, also in a perturbed form; default: %(default)s"
    )
    parser.add_argument("--draws", type=int, default=3, help="of the examples, at most; default: %(default)s")
    parser.add_argument("--everything", action="store_true", help="also compute the runs that the shipped table omits")
    parser.add_argument("--workers", type=int, help="processes on this machine; default: one per processor")
    parser.add_argument("--scheduler", help="address of a running Dask cluster, such as tcp://head-node:8786")
    parser.add_argument("--into", type=Path, default=table.TABLE, help="the table; default: the package's own")
    return parser


if __name__ == "__main__":
    sys.exit(main())
