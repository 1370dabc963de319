"""The registry: every model by its name, in several seeds, with its record."""

import numpy as np
import pytest
import torch

from utils import models


def test_every_model_is_shipped_in_five_seeds():
    assert set(models.available()) == set(models.SETTINGS)
    for name in models.available():
        assert len(models.seeds(name)) >= 5
        assert models.provenance(name)["name"] == name


def test_seeds_are_different_models(images):
    for name in (name for name in models.available() if not name.startswith("sprites")):
        first, second = (models.load_pretrained(name, seed) for seed in models.seeds(name)[:2])
        assert (first.name, first.seed, second.seed) == (name, *models.seeds(name)[:2])
        assert not np.allclose(first.encode(images[:5]), second.encode(images[:5]), atol=1e-2)


def test_loading_leaves_torch_s_random_state_alone():
    state = torch.random.get_rng_state()
    models.load_pretrained("vae-2d")
    assert torch.equal(torch.random.get_rng_state(), state)


def test_unknown_names_and_seeds_are_answered_with_what_there_is():
    with pytest.raises(ValueError, match=r"'vae'.*aae-gaussian-2d, .*vae-mixture-2d"):
        models.load_pretrained("vae")
    with pytest.raises(ValueError, match=r"99.*0, 1, 2"):
        models.load_pretrained("vae-2d", seed=99)
    with pytest.raises(ValueError, match="choose one of"):
        models.seeds("gan")
