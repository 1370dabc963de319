"""Convolutional VAEs of topic 02, of six sizes: their training, their bound, and their shipped weights."""

import inspect
import json
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from utils import models
from utils.data import load_mnist
from utils.models import train as command
from utils.models.convolutional import CONVOLUTIONAL, fit

NAMES = tuple(CONVOLUTIONAL)
BRIEFLY = replace(CONVOLUTIONAL["vae-conv-4d"], epochs=2, warmup=1)


def error(model, images):
    return float(np.mean((model.decode(model.encode(images)) - images) ** 2))


@pytest.mark.parametrize("name", NAMES)
def test_the_name_says_how_many_dimensions_a_code_has(name):
    assert name.endswith(f"-{models.load_pretrained(name).latent_dim}d")


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
        fit(images[:7], models.SETTINGS["vae-conv-4d"], seed=0)


@pytest.mark.slow
def test_a_vae_learns_to_reconstruct_and_says_how_far_off_it_is():
    images = load_mnist("train")[0][:400]
    brief = replace(models.SETTINGS["vae-conv-8d"], width=8, epochs=12, warmup=3, batch_size=10)
    model, curve = fit(images, brief, seed=0)
    assert curve[-1]["distortion"] < curve[0]["distortion"]
    assert error(model, images) < 0.92 * np.mean((images.mean(axis=0) - images) ** 2)
    # The learnt standard deviation is that of the errors (of samples of q, a little more than of its mean).
    assert float(model.log_sigma.detach().exp()) == pytest.approx(math.sqrt(error(model, images)), rel=0.1)


# The bound


def test_the_loss_is_distortion_plus_rate_in_nats(images):
    model = models.load_pretrained("vae-conv-8d")
    batch = torch.from_numpy(images[:100])
    loss, distortion, rate = model.loss(batch, torch.Generator().manual_seed(0))
    assert float(loss.detach()) == pytest.approx(float((distortion + rate).detach()))
    # The rate by hand: KL of diagonal normals from the standard normal.
    with torch.no_grad():
        mean, log_variance = model.encoder(batch).chunk(2, dim=1)
        posterior = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
        by_hand = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0, 1)).sum(dim=1).mean()
        # And the distortion, of the same sample.
        noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(0))
        pixels = model.decoder(mean + noise * (0.5 * log_variance).exp()).sigmoid()
        likelihood = torch.distributions.Normal(pixels, model.log_sigma.exp())
        expected = -likelihood.log_prob(batch).flatten(1).sum(dim=1).mean()
    assert float(rate.detach()) == pytest.approx(float(by_hand), rel=1e-4)
    assert float(distortion.detach()) == pytest.approx(float(expected), rel=1e-3)


# The shipped weights


@pytest.mark.parametrize("name", NAMES)
def test_five_seeds_are_shipped_with_a_complete_record(name):
    assert len(models.seeds(name)) >= 5
    for seed, record in models.provenance(name)["seeds"].items():
        assert record["settings"] == vars(models.SETTINGS[name])
        assert record["command"].endswith(f"{name} --seeds {seed}")
        assert 0 < record["training_seconds"] < 600
        assert len(record["curve"]) > 5


def test_more_dimensions_reconstruct_better():
    means = [
        np.mean([record["scores"]["reconstruction_mse"] for record in models.provenance(name)["seeds"].values()])
        for name in NAMES
    ]
    assert means == sorted(means, reverse=True)
    assert means[0] < 0.05
    assert means[-1] < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_a_decoder_is_small_enough_to_be_sent_along(name):
    assert sum(weight.numel() for weight in models.load_pretrained(name).decoder.parameters()) < 150_000


def test_a_shipped_model_reconstructs_as_recorded(images):
    for name in NAMES:
        recorded = models.provenance(name)["seeds"]["0"]["scores"]["reconstruction_mse"]
        assert error(models.load_pretrained(name), images) == pytest.approx(recorded, rel=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_seed_scores_as_recorded(name):
    for seed in models.seeds(name):
        recorded = models.provenance(name)["seeds"][str(seed)]["scores"]
        # Another processor rounds differently, which can move single digits between clusters.
        assert models.SETTINGS[name].scores(models.load_pretrained(name, seed)) == pytest.approx(recorded, abs=0.01)


@pytest.mark.slow
def test_retraining_reproduces_the_recorded_scores(tmp_path):
    name, seed = "vae-conv-8d", 0
    assert command.main([name, "--seeds", str(seed), "--into", str(tmp_path)]) == 0
    again = json.loads((tmp_path / f"{name}.json").read_text())["seeds"][str(seed)]["scores"]
    recorded = models.provenance(name)["seeds"][str(seed)]["scores"]
    # As for topic 01: identical on the machine that trained them, close on another kind of processor.
    assert again["reconstruction_mse"] == pytest.approx(recorded["reconstruction_mse"], rel=0.05)
    assert again == pytest.approx(recorded, abs=0.1)
