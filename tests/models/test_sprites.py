"""The models of sprites: what their penalties measure, that training is determined, and the shipped weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from utils import models
from utils.data import Sprites
from utils.models.sprites import (
    SPRITES,
    DiscriminatedTotalCorrelation,
    SampledTotalCorrelation,
    SpriteSettings,
    SpriteVAE,
    WeightedKL,
    kl_per_latent,
    penalty_factor,
    reconstruction_scores,
    shared_posteriors,
    total_correlation,
    with_one_factor_redrawn,
)
from utils.models.weights import WEIGHTS

METHODS = ("beta-vae", "beta-tcvae", "factor-vae", "ada-gvae")
TINY = {"images": 512, "epochs": 2, "hidden": 16, "latent_dim": 3}

each_method = pytest.mark.parametrize("method", METHODS)
each_shipped = pytest.mark.parametrize("name", list(SPRITES))


def draw_images(n: int, seed: int = 0) -> np.ndarray:
    sprites = Sprites(16)
    return sprites.render(sprites.sample_factors(n, np.random.default_rng(seed)))


@each_method
def test_training_is_determined_by_the_seed(method):
    settings = SpriteSettings(method, 2.0, **TINY)
    first, curve = settings.train("tiny", 0)
    again, _ = settings.train("tiny", 0)
    other, _ = settings.train("tiny", 1)
    images = draw_images(20)
    np.testing.assert_array_equal(first.encode(images), again.encode(images))
    assert not np.allclose(first.encode(images), other.encode(images))
    assert len(curve) == TINY["epochs"]
    assert all(np.isfinite(list(epoch.values())).all() for epoch in curve)


@each_method
def test_the_strength_changes_what_is_learnt(method):
    weak, strong = (SpriteSettings(method, strength, **TINY).train("tiny", 0)[0] for strength in (1.0, 50.0))
    images = draw_images(20)
    assert not np.allclose(weak.encode(images), strong.encode(images))


def test_training_leaves_the_callers_random_numbers_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    SpriteSettings("factor-vae", 2.0, **TINY).train("tiny", 0)
    assert torch.equal(torch.rand(3), expected)


def test_training_beats_the_mean_image():
    settings = replace(SpriteSettings("beta-vae", 1.0), images=8000, epochs=2, initial_penalty_factor=1.0)
    model, curve = settings.train("short", 0)
    images = draw_images(1000, seed=3)
    scores = reconstruction_scores(model, n=1000)
    assert scores["reconstruction_mse"] < 0.6 * np.mean((images - images.mean(axis=0)) ** 2)
    assert curve[-1]["reconstruction"] < curve[0]["reconstruction"]
    assert scores["used_latents"] >= 1


def test_another_method_is_refused_in_a_sentence():
    with pytest.raises(ValueError, match=r"method is 'gan', but must be one of beta-vae, "):
        SpriteSettings("gan", 1.0)


def test_the_penalty_falls_to_its_own_strength_in_the_first_half():
    assert penalty_factor(0.0, 8.0) == 8.0
    assert penalty_factor(0.25, 8.0) == 4.0
    assert penalty_factor(0.5, 8.0) == penalty_factor(1.0, 8.0) == 1.0


def test_a_pair_differs_in_one_factor_at_most():
    sprites = Sprites(16)
    factors = sprites.sample_factors(3000, np.random.default_rng(0))
    partner = with_one_factor_redrawn(factors, np.random.default_rng(1))
    changed = factors != partner
    assert changed.sum(axis=1).max() == 1
    # Each factor is drawn anew equally often, and stays what it was as often as chance has it.
    expected = len(factors) / 5 * (1 - 1 / np.array(sprites.factor_sizes))
    np.testing.assert_allclose(changed.sum(axis=0), expected, rtol=0.15)


def posteriors(n: int = 1500, correlation: float = 0.0) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    mean = torch.randn(n, 2, generator=generator)
    mean[:, 1] = correlation * mean[:, 0] + (1 - correlation**2) ** 0.5 * mean[:, 1]
    log_variance = torch.full((n, 2), -3.0)
    noise = torch.randn(n, 2, generator=generator)
    return mean + noise * (0.5 * log_variance).exp(), mean, log_variance


@pytest.mark.parametrize("correlation", [0.0, 0.6, 0.9])
def test_total_correlation_is_that_of_gaussians(correlation):
    # The aggregate is a Gaussian with variance 1 + e⁻³, and the total correlation of two Gaussians is −½ log(1 − ρ²).
    rho = correlation / (1 + np.exp(-3))
    found = total_correlation(*posteriors(correlation=correlation)).item()
    assert found == pytest.approx(-0.5 * np.log(1 - rho**2), abs=0.08)


def test_penalties_at_their_neutral_strengths_are_the_plain_divergence():
    codes, mean, log_variance = posteriors(50)
    kl = kl_per_latent(mean, log_variance).sum(dim=1).mean()
    for penalty in (WeightedKL(1.0), SampledTotalCorrelation(1.0), DiscriminatedTotalCorrelation(0.0, 2)):
        assert penalty(codes, mean, log_variance, kl).item() == pytest.approx(kl.item())


def test_the_discriminator_learns_which_latents_depend_on_each_other():
    generator = torch.Generator().manual_seed(0)
    found = {}
    for correlation in (0.0, 0.95):
        codes, mean, log_variance = posteriors(800, correlation)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            penalty = DiscriminatedTotalCorrelation(1.0, 2)
        for _ in range(150):
            penalty.after_step(codes, generator)
        found[correlation] = penalty(codes, mean, log_variance, torch.tensor(0.0)).item()
    assert found[0.95] > 0.3
    assert abs(found[0.0]) < 0.1


def test_shared_posteriors_average_what_a_pair_shares():
    mean = torch.tensor([[0.0, 1.0, -3.0], [0.2, 1.2, 3.0]])
    log_variance = torch.tensor([[-2.0, -2.0, -2.0], [-1.0, -2.0, -2.0]])
    averaged, log_averaged = shared_posteriors(mean, log_variance)
    torch.testing.assert_close(averaged, torch.tensor([[0.1, 1.1, -3.0], [0.1, 1.1, 3.0]]))
    both = np.log((np.exp(-2) + np.exp(-1)) / 2)
    torch.testing.assert_close(log_averaged[:, 0], torch.tensor([both, both], dtype=torch.float32))
    torch.testing.assert_close(log_averaged[:, 1:], log_variance[:, 1:])


def test_latent_kl_is_what_the_encoder_says():
    model = SpriteVAE(latent_dim=2, hidden=4)
    head = model.encoder[-1]
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(torch.tensor([2.0, 0.0, 0.0, 0.0]))
    np.testing.assert_allclose(model.latent_kl(draw_images(5)), [2.0, 0.0])


@each_shipped
def test_shipped_weights_encode_and_decode_sprites(name):
    assert len(models.seeds(name)) >= 5
    images = draw_images(500, seed=1)
    blank = np.mean((images - images.mean(axis=0)) ** 2)
    for seed in models.seeds(name):
        model = models.load_pretrained(name, seed)
        codes = model.encode(images)
        assert codes.shape == (500, model.latent_dim)
        assert np.mean((model.decode(codes) - images) ** 2) < 0.25 * blank
        assert model.sample(3, np.random.default_rng(0)).shape == (3, 1, 16, 16)


@each_shipped
def test_shipped_weights_say_how_they_were_trained(name):
    for record in models.provenance(name)["seeds"].values():
        assert record["command"].startswith(f"python -m utils.models.train {name}")
        assert SpriteSettings(**record["settings"]) == SPRITES[name]


def test_shipped_sprite_weights_are_small():
    assert sum((WEIGHTS / f"{name}.safetensors").stat().st_size for name in SPRITES) < 5e6
