"""The grid, run: every model in every scenario after every adaptation, on any Dask cluster.

``python -m utils.holistic`` runs what has not been run before and writes the table that comes with the course. The
cells are kept one by one under the content that they depend on, so a run that was stopped goes on where it was.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

from distributed import Client, as_completed
from tqdm import tqdm

from utils import dask_client
from utils.holistic import table
from utils.holistic.adaptations import ADAPTATIONS, Adaptation
from utils.holistic.cells import EmptyCell, Size, outcome
from utils.holistic.metrics import Outcome
from utils.holistic.models import MODELS, Model
from utils.holistic.scenarios import SCENARIOS, Scenario
from utils.holistic.table import Place

#: Adaptations that are too dear to be run everywhere, and where the shipped table has them.
AFFORDED: Mapping[str, Sequence[str]] = {"adapters": ("movies",)}
NOT_RUN = "not run: too much computing for a table that a laptop can repeat"

_PACKAGES = ("torch", "transformers", "peft", "scikit-learn", "vaderSentiment", "numpy", "scipy", "distributed")


def cells(
    model: Model,
    scenario: Scenario,
    adaptations: Iterable[Adaptation],
    size: Size,
    afforded: Mapping[str, Sequence[str]] = AFFORDED,
    draws: int = 3,
) -> dict[Place, Outcome | str]:
    """All cells of a model in a scenario, with at most so many draws of the examples; of empty ones, the reason."""
    import torch

    torch.set_num_threads(1)  # milliseconds of one core are what is stated
    found: dict[Place, Outcome | str] = {}
    for adaptation in adaptations:
        place = Place(scenario.name, model.name, adaptation.name)
        try:
            # A cell that makes no sense says so before one that was not afforded.
            dear = model.language_model is not None and scenario.name not in afforded.get(
                adaptation.name, [scenario.name]
            )
            found[place] = NOT_RUN if dear else outcome(model, scenario, adaptation, size, min(draws, adaptation.seeds))
        except EmptyCell as reason:
            found[place] = str(reason)
    return found


def run(
    client: Client,
    models: Sequence[Model],
    scenarios: Sequence[Scenario],
    adaptations: Sequence[Adaptation],
    size: Size,
    afforded: Mapping[str, Sequence[str]] = AFFORDED,
    draws: int = 3,
) -> dict[Place, Outcome | str]:
    """Run a grid on a Dask cluster, with a progress bar; what was run before is taken from disk.

    A task is one model in one scenario, because its adaptations share what the model makes of the texts.

    Returns:
        For each place, in the order scenario, model, adaptation, the outcome or why the cell is empty.
    """
    pairs = [(model, scenario) for model in models for scenario in scenarios]
    futures = [client.submit(cells, *pair, list(adaptations), size, afforded, draws, pure=False) for pair in pairs]
    found: dict[Place, Outcome | str] = {}
    total = len(pairs) * len(adaptations)
    with tqdm(total=total, desc="The grid", unit="cell") as bar:
        for future in as_completed(futures, loop=client.loop):
            found |= future.result()
            bar.update(len(adaptations))
            future.release()
    places = (Place(s.name, m.name, a.name) for s in scenarios for m in models for a in adaptations)
    return {place: found[place] for place in places}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the grid, or what is left of it, and write its table."""
    asked = _parser().parse_args(arguments)
    size = Size(asked.items, asked.changed)
    started = time.monotonic()
    models = [MODELS[name] for name in dict.fromkeys(asked.models)]
    scenarios = [SCENARIOS[name] for name in dict.fromkeys(asked.scenarios)]
    adaptations = [ADAPTATIONS[name] for name in dict.fromkeys(asked.adaptations)]
    try:
        with dask_client.connect(asked.workers, asked.scheduler) as client:
            found = run(client, models, scenarios, adaptations, size, {} if asked.everything else AFFORDED, asked.draws)
    except (dask_client.SchedulerUnreachable, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    table.write(found, _record(arguments, asked, found), asked.into)
    filled = sum(not isinstance(cell, str) for cell in found.values())
    print(f"{filled} cells of {len(found)}, the others empty, in {asked.into}, {time.monotonic() - started:.0f} s")
    return 0


def _record(
    arguments: Sequence[str] | None, asked: argparse.Namespace, found: Mapping[Place, Outcome | str]
) -> dict[str, Any]:
    answered = [cell for cell in found.values() if not isinstance(cell, str)]
    return {
        "command": " ".join(["python -m utils.holistic", *(sys.argv[1:] if arguments is None else arguments)]),
        "items": asked.items,
        "changed": asked.changed,
        "seeds": {name: list(range(min(asked.draws, ADAPTATIONS[name].seeds))) for name in asked.adaptations},
        "labels": {name: ADAPTATIONS[name].labels for name in asked.adaptations},
        "chance": {name: round(SCENARIOS[name].chance, 4) for name in asked.scenarios},
        "cells": {"answered": len(answered), "empty": len(found) - len(answered)},
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {"python": python_version(), **{package: version(package) for package in _PACKAGES}},
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m utils.holistic", description="Run the grid of topic 05.")
    axes = {"models": list(MODELS), "scenarios": list(SCENARIOS), "adaptations": list(ADAPTATIONS)}
    for name, known in axes.items():
        parser.add_argument(f"--{name}", nargs="+", choices=known, default=known, help="default: all")
    parser.add_argument("--items", type=int, default=Size.items, help="texts a scenario; default: %(default)s")
    parser.add_argument("--changed", type=int, default=Size.changed, help="of these, also asked in a changed form")
    parser.add_argument("--draws", type=int, default=3, help="of the examples, at most; default: %(default)s")
    parser.add_argument(
        "--everything", action="store_true", help="run also the cells that the shipped table leaves out"
    )
    parser.add_argument("--workers", type=int, help="processes on this machine; default: one a processor")
    parser.add_argument("--scheduler", help="address of a running Dask cluster, such as tcp://head-node:8786")
    parser.add_argument("--into", type=Path, default=table.TABLE, help="the table; default: the package's own")
    return parser
