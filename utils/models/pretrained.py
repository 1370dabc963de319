"""The weights that come with the course, and where they come from.

One safetensors file a model holds all its seeds, in half precision (keys such as ``seed0.encoder.1.weight``); the
computing is done in single precision. A JSON file of the same name says how each seed was trained and what it scores.
"""

import json
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save
from torch import Tensor

from utils.models.families import SETTINGS
from utils.models.recipe import NetworkModel
from utils.store import write_atomic

WEIGHTS = Path(__file__).parent / "weights"


def available() -> tuple[str, ...]:
    """Names of the models whose weights come with the course."""
    return tuple(name for name in SETTINGS if _record_path(name, WEIGHTS).exists())


def seeds(name: str) -> tuple[int, ...]:
    """Seeds that a model comes in, ascending.

    Raises:
        ValueError: if there is no such model.
    """
    return tuple(sorted(int(seed) for seed in provenance(name)["seeds"]))


def provenance(name: str) -> dict[str, Any]:
    """How a model was trained: under ``"seeds"``, for each its settings, command, date, versions, curve and scores.

    Raises:
        ValueError: if there is no such model.
    """
    if name not in available():
        raise ValueError(f"There is no model {name!r}: choose one of {', '.join(available())}.")
    record: dict[str, Any] = json.loads(_record_path(name, WEIGHTS).read_text(encoding="utf-8"))
    return record


def load_pretrained(name: str, seed: int = 0) -> NetworkModel:
    """A trained model, ready to ``encode``, ``decode`` and ``sample``.

    Args:
        name: one of :func:`available`, e.g. ``"vae-2d"``.
        seed: one of :func:`seeds`: the same settings, trained from another start.

    Raises:
        ValueError: if there is no such model, or not from this seed.
    """
    if seed not in (shipped := seeds(name)):
        raise ValueError(f"{name} does not come in the seed {seed!r}: choose one of {', '.join(map(str, shipped))}.")
    # Initial weights are drawn and thrown away; the caller's torch seed must not feel it.
    with torch.random.fork_rng(devices=[]):
        model = SETTINGS[name].build(name, seed)
    unpack(model, _tensors(_weights_path(name, WEIGHTS)))
    return model


def pack(model: NetworkModel) -> dict[str, Tensor]:
    """The weights of a model as they are stored: half precision, keys that begin with its seed."""
    return {
        f"seed{model.seed}.{part}.{key}": tensor.detach().half().contiguous()
        for part, network in model.networks.items()
        for key, tensor in network.state_dict().items()
    }


def unpack(model: NetworkModel, tensors: dict[str, Tensor]) -> None:
    """Put stored weights into a model: those of its seed, the others are ignored."""
    for part, network in model.networks.items():
        prefix = f"seed{model.seed}.{part}."
        network.load_state_dict(
            {key.removeprefix(prefix): value.float() for key, value in tensors.items() if key.startswith(prefix)}
        )
        network.eval()


def store(model: NetworkModel, record: dict[str, Any], folder: Path = WEIGHTS) -> None:
    """Add one trained model to the two files of its name, keeping the other seeds there.

    Each file is replaced in one step, the weights first, so that a run killed in between leaves files that load.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights, records = _weights_path(model.name, folder), _record_path(model.name, folder)
    tensors = {**(load_file(weights) if weights.exists() else {}), **pack(model)}
    known = json.loads(records.read_text(encoding="utf-8"))["seeds"] if records.exists() else {}
    known[str(model.seed)] = record
    whole = {"name": model.name, "seeds": {seed: known[seed] for seed in sorted(known, key=int)}}
    write_atomic(weights, save(tensors))
    write_atomic(records, json.dumps(whole, indent=1) + "\n")
    _tensors.cache_clear()


def _weights_path(name: str, folder: Path) -> Path:
    return folder / f"{name}.safetensors"


def _record_path(name: str, folder: Path) -> Path:
    return folder / f"{name}.json"


# A widget that switches between the seeds of a model should not read the file each time.
@lru_cache(maxsize=len(SETTINGS))
def _tensors(path: Path) -> dict[str, Tensor]:
    return load_file(path)
