"""The GAN of topic 02: its training, the encoder that was learnt afterwards, the search for codes, its weights."""

import inspect
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from utils import models
from utils.data import load_mnist
from utils.models.gan import fit
from utils.models.scores import rarest_sampled_class

NAME = "gan-64d"
BRIEFLY = replace(models.SETTINGS[NAME], epochs=2, encoder_epochs=1)


def error(model, images, codes=None):
    return float(np.mean((model.decode(model.encode(images) if codes is None else codes) - images) ** 2))


# Training


def test_training_is_determined_by_its_seed_alone():
    images = load_mnist("train")[0][:200]
    runs = []
    for seed, threads in ((0, 1), (0, 2), (1, 1)):
        torch.set_num_threads(threads)
        torch.rand(threads)  # Whatever state the global generator is in must not matter.
        state = torch.random.get_rng_state()
        model, curve = fit(images, BRIEFLY, seed)
        assert torch.equal(torch.random.get_rng_state(), state)
        assert torch.get_num_threads() == threads
        assert all(math.isfinite(value) for epoch in curve for value in epoch.values())
        runs.append(torch.cat([weight.detach().flatten() for weight in model.parameters()]))
    torch.set_num_threads(1)
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_training_takes_images_and_no_labels():
    assert set(inspect.signature(fit).parameters) == {"images", "settings", "seed", "name", "progress"}


def test_training_refuses_less_than_a_batch(images):
    with pytest.raises(ValueError, match=r"7 images.*give as many"):
        fit(images[:7], models.SETTINGS[NAME], seed=0)


def test_the_encoder_of_a_gan_learns_from_drawn_images_alone():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = models.GAN(8, 16)
    given = inspect.signature(model.encoder_loss).parameters
    assert set(given) == {"codes"}
    codes = torch.randn(64, 8, generator=torch.Generator().manual_seed(0))
    optimiser = torch.optim.Adam(model.encoder.parameters(), lr=2e-3)
    before = [weight.clone() for weight in model.decoder.parameters()]
    errors = []
    for _ in range(60):
        loss, code_error, image_error = model.encoder_loss(codes)
        torch.testing.assert_close(loss, code_error + image_error)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append(code_error.item())
    assert errors[-1] < 0.5 * errors[0]
    assert all(torch.equal(*pair) for pair in zip(before, model.decoder.parameters(), strict=True))


# The search for codes


def test_a_search_starts_from_the_encoder_and_comes_closer(images):
    model = models.load_pretrained(NAME)
    np.testing.assert_allclose(models.invert(model, images[:5], steps=0), model.encode(images[:5]))
    errors = [error(model, images[:20], models.invert(model, images[:20], steps)) for steps in (0, 10, 40)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.8 * errors[0]


def test_a_search_finds_each_code_by_itself_and_leaves_the_model_alone(images):
    model = models.load_pretrained(NAME)
    before = {key: value.clone() for key, value in model.state_dict().items()}
    together = models.invert(model, images[:6], steps=5)
    assert together.shape == (6, model.latent_dim)
    assert together.dtype == np.float32
    np.testing.assert_allclose(models.invert(model, images[2:3], steps=5), together[2:3], atol=1e-3)
    assert all(torch.equal(value, before[key]) for key, value in model.state_dict().items())
    assert all(weight.grad is None for weight in model.decoder.parameters())


def test_a_heavier_prior_keeps_codes_closer_to_its_mean(images):
    model = models.load_pretrained(NAME)
    light, heavy = (models.invert(model, images[:10], steps=30, prior_weight=weight) for weight in (0.0, 1.0))
    assert np.square(heavy).sum() < np.square(light).sum()


def test_a_search_refuses_what_it_cannot_use(images):
    model = models.load_pretrained(NAME)
    assert models.invert(model, images[:0]).shape == (0, model.latent_dim)
    with pytest.raises(ValueError, match="steps is -1"):
        models.invert(model, images[:2], steps=-1)
    with pytest.raises(ValueError, match=r"\(n, 1, 28, 28\)"):
        models.invert(model, images[0])


# The shipped weights


def test_five_seeds_are_shipped_with_a_complete_record():
    assert len(models.seeds(NAME)) >= 5
    for seed, record in models.provenance(NAME)["seeds"].items():
        assert record["settings"] == vars(models.SETTINGS[NAME])
        assert record["command"].endswith(f"{NAME} --seeds {seed}")
        assert 0 < record["training_seconds"] < 600
        assert len(record["curve"]) > 5


def test_a_decoder_is_small_enough_to_be_sent_along():
    assert sum(weight.numel() for weight in models.load_pretrained(NAME).decoder.parameters()) < 150_000


@pytest.mark.slow
def test_the_gan_draws_every_digit():
    for seed in models.seeds(NAME):
        assert rarest_sampled_class(models.load_pretrained(NAME, seed)) > 0.02, seed


def test_a_shipped_model_reconstructs_as_recorded(images):
    recorded = models.provenance(NAME)["seeds"]["0"]["scores"]["reconstruction_mse"]
    assert error(models.load_pretrained(NAME), images) == pytest.approx(recorded, rel=0.01)


@pytest.mark.slow
def test_every_shipped_seed_scores_as_recorded():
    for seed in models.seeds(NAME):
        recorded = models.provenance(NAME)["seeds"][str(seed)]["scores"]
        # Another processor rounds differently, which can move single digits between clusters.
        assert models.SETTINGS[NAME].scores(models.load_pretrained(NAME, seed)) == pytest.approx(recorded, abs=0.01)
