"""The files of trained weights: half precision, one file per model, keys of the model's state."""

from pathlib import Path

import pytest
import torch
from safetensors import safe_open

from utils import models
from utils.models import weights


def test_weights_stay_small():
    files = list((Path(models.__file__).parent / "weights").iterdir())
    assert max(file.stat().st_size for file in files) < 4_000_000
    assert sum(file.stat().st_size for file in files) < 24_000_000


def test_weights_survive_the_way_to_a_file_and_back(tmp_path):
    first, second = (models.load_pretrained("vae-2d", seed) for seed in (0, 1))
    for model in (second, first):
        weights.store(model, {"seed": model.seed}, tmp_path)
    assert weights.stored_seeds("vae-2d", tmp_path) == (0, 1)
    assert weights.read_record("vae-2d", tmp_path)["seeds"]["1"] == {"seed": 1}
    again = weights.load(models.SETTINGS["vae-2d"].build, "vae-2d", 1, tmp_path)
    assert (again.name, again.seed) == ("vae-2d", 1)
    for key, value in second.state_dict().items():
        assert torch.equal(again.state_dict()[key], value)
    assert not weights.is_stored("vae-3d", tmp_path)


@pytest.mark.parametrize("name", models.available())
def test_a_file_contains_the_state_of_each_seed_and_nothing_else(name):
    """In particular no discriminator, and of the diffusion model not the autoencoder, which has its own file."""
    keys = {f"seed{seed}.{key}" for seed in models.seeds(name) for key in models.load_pretrained(name).state_dict()}
    with safe_open(weights.WEIGHTS / f"{name}.safetensors", framework="pt") as file:
        assert set(file.keys()) == keys
        assert all(file.get_slice(key).get_dtype() == "F16" for key in keys)


def test_a_seed_that_is_not_stored_is_answered_with_those_that_are():
    with pytest.raises(ValueError, match=r"vae-conv-32d has no weights of seed 99: choose one of 0, 1, 2"):
        models.SETTINGS["diffusion"].build("diffusion", 99)
