"""The files of trained weights, and the records of where they come from. No model is known by name here.

One safetensors file per model contains all its seeds, in half precision, under keys such as
``seed0.encoder.1.weight``: the seed, then the key of the model's ``state_dict``. Computations use single precision. A
JSON file of the same name says how each seed was trained and how it scored.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from utils.models.interface import NetworkModel
from utils.store import write_atomic

#: The folder of the weights that come with the course.
WEIGHTS = Path(__file__).parent / "weights"

Model = TypeVar("Model", bound=NetworkModel)


def load(build: Callable[[str, int], Model], name: str, seed: int, folder: Path = WEIGHTS) -> Model:
    """A model with its stored weights.

    Args:
        build: makes an untrained model from a name and a seed.
        name: of the files.
        seed: which training run.
        folder: of the files.

    Raises:
        ValueError: the files contain no weights of this seed.
    """
    seeds = stored_seeds(name, folder)
    if seed not in seeds:
        raise ValueError(f"{name} has no weights of seed {seed!r}: choose one of {', '.join(map(str, seeds))}.")
    # Building draws initial weights, which are replaced at once: this must not affect the caller's random state.
    with torch.random.fork_rng(devices=[]):
        model = build(name, seed)
    unpack(model, _tensors(_weights_path(name, folder)))
    return model


def store(model: NetworkModel, record: dict[str, Any], folder: Path = WEIGHTS) -> None:
    """Add a trained model and its record to the two files of its name; the other seeds there are kept.

    Each file is replaced in one step, the weights first, so that a run killed in between leaves files that load.
    """
    weights = _weights_path(model.name, folder)
    tensors = {**(load_file(weights) if weights.exists() else {}), **pack(model)}
    records = read_record(model.name, folder)["seeds"] if is_stored(model.name, folder) else {}
    records[str(model.seed)] = record
    whole = {"name": model.name, "seeds": {seed: records[seed] for seed in sorted(records, key=int)}}
    write_atomic(weights, save(tensors))
    write_atomic(_record_path(model.name, folder), json.dumps(whole, indent=1) + "\n")
    _tensors.cache_clear()


def pack(model: NetworkModel) -> dict[str, Tensor]:
    """The weights of a model as they are stored: in half precision, under keys that begin with its seed."""
    return {f"seed{model.seed}.{key}": value.half().contiguous() for key, value in model.state_dict().items()}


def unpack(model: NetworkModel, tensors: dict[str, Tensor]) -> None:
    """Put stored weights into a model: those of its seed; the others are ignored."""
    prefix = f"seed{model.seed}."
    model.load_state_dict(
        {key.removeprefix(prefix): value.float() for key, value in tensors.items() if key.startswith(prefix)}
    )
    model.eval()


def is_stored(name: str, folder: Path = WEIGHTS) -> bool:
    """Whether there are files of this name."""
    return _record_path(name, folder).exists()


def stored_seeds(name: str, folder: Path = WEIGHTS) -> tuple[int, ...]:
    """The seeds in the files of this name, ascending."""
    return tuple(sorted(int(seed) for seed in read_record(name, folder)["seeds"]))


def read_record(name: str, folder: Path = WEIGHTS) -> dict[str, Any]:
    """The JSON record: ``name``, and under ``seeds`` how each seed was trained and how it scored."""
    record: dict[str, Any] = json.loads(_record_path(name, folder).read_text(encoding="utf-8"))
    return record


def _weights_path(name: str, folder: Path) -> Path:
    return folder / f"{name}.safetensors"


def _record_path(name: str, folder: Path) -> Path:
    return folder / f"{name}.json"


# A widget that switches between the seeds of a model should not read the file each time.
@cache
def _tensors(path: Path) -> dict[str, Tensor]:
    return load_file(path)
