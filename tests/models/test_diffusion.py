"""The diffusion model: what it draws, what it answers, how it is trained and fine-tuned, and its shipped weights."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from utils import models, preferences
from utils.data import load_mnist
from utils.models import diffusion
from utils.models.diffusion import NO_CAPTION, STEPS_OF_CODES, fit, schedule

BRIEFLY = replace(models.SETTINGS["diffusion"], epochs=2)


@pytest.fixture(scope="module")
def model():
    return models.load_pretrained("diffusion")


@pytest.fixture(scope="module")
def digits():
    images, labels = load_mnist("test")
    return images[:200], labels[:200]


# Drawing


def test_it_draws_what_the_caption_says(model):
    captions = preferences.balanced(200)
    drawn = model.draw(captions, np.random.default_rng(0))
    assert drawn.shape == (200, 1, 28, 28)
    assert drawn.dtype == np.float32
    assert 0 <= drawn.min() <= drawn.max() <= 1
    assert preferences.readable(drawn, captions).mean() > 0.8
    assert preferences.readable(drawn, (captions + 1) % 10).mean() < 0.1


def test_draws_are_determined_by_the_generator_and_differ(model):
    captions = np.full(4, 3)
    first = model.draw(captions, np.random.default_rng(1))
    np.testing.assert_array_equal(first, model.draw(captions, np.random.default_rng(1)))
    assert len(np.unique(first.reshape(4, -1), axis=0)) == 4
    assert not np.array_equal(first, model.draw(captions, np.random.default_rng(2)))


def test_the_same_noise_makes_much_the_same_image_in_more_steps(model):
    noise = np.random.default_rng(3).standard_normal((50, model.latent_dim), dtype=np.float32)
    captions = preferences.balanced(50)
    few, more, many = (model.draw_from(noise, captions, steps) for steps in (4, 20, 80))
    assert np.square(more - many).mean() < 0.3 * np.square(few - many).mean()


def test_nothing_asked_for_is_nothing_drawn(model):
    assert model.draw([], np.random.default_rng(0)).shape == (0, 1, 28, 28)


@pytest.mark.parametrize(
    ("captions", "steps", "says"),
    [
        ([11], 5, "0 to 9, or 10 for none"),
        ([-1], 5, "0 to 9"),
        ([1.5], 5, "integers"),
        ([[1]], 5, r"\(n,\)"),
        ([1], 0, "at least one"),
    ],
)
def test_impossible_requests_are_explained(model, captions, steps, says):
    with pytest.raises(ValueError, match=says):
        model.draw(captions, np.random.default_rng(0), steps)


def test_noise_without_its_captions_is_explained(model):
    with pytest.raises(ValueError, match="2 rows of noise and 1 captions"):
        model.draw_from(np.zeros((2, model.latent_dim)), [1])


# As a model with a latent space


def test_codes_are_about_normal_and_lead_back_to_the_image(model, digits):
    images, _ = digits
    codes = model.encode(images)
    assert codes.shape == (200, model.latent_dim)
    assert np.abs(codes.mean()) < 0.15
    assert 0.7 < codes.std() < 1.3
    through_the_autoencoder = np.square(model.autoencoder.decode(model.autoencoder.encode(images)) - images).mean()
    assert np.square(model.decode(codes) - images).mean() < 1.5 * through_the_autoencoder
    assert model.sample(3, np.random.default_rng(0)).shape == (3, 1, 28, 28)
    assert STEPS_OF_CODES > diffusion.STEPS


def test_the_schedule_keeps_the_variance():
    alpha, sigma = schedule(torch.linspace(0, 1, 11))
    torch.testing.assert_close(alpha**2 + sigma**2, torch.ones(11))
    assert alpha[0] == 1
    assert (alpha.diff() < 0).all()
    assert 0 < alpha[-1] < 0.05


# As a classifier


def test_denoising_errors_tell_the_digit(model, digits):
    images, labels = digits
    errors = model.caption_errors(images, np.random.default_rng(0), draws=16)
    assert errors.shape == (200, 10)
    assert (errors > 0).all()
    assert (errors.argmin(axis=1) == labels).mean() > 0.9
    answers = model.classify(images, np.random.default_rng(0), draws=16)
    np.testing.assert_array_equal(answers, errors.argmin(axis=1))


def test_all_captions_are_asked_about_the_same_noise(model, digits):
    images, labels = digits
    with torch.no_grad():
        shared = model.caption_errors(images, np.random.default_rng(0), draws=4)
        again = model.caption_errors(images, np.random.default_rng(1), draws=4)
    rows = np.arange(len(images))
    wrong = (labels + 1) % 10
    same_noise = shared[rows, wrong] - shared[rows, labels]
    other_noise = shared[rows, wrong] - again[rows, labels]
    assert same_noise.std() < 0.9 * other_noise.std()


# Training


def test_training_is_determined_by_its_seed(digits):
    images, labels = load_mnist("train")
    weights = []
    for seed in (0, 0, 1):
        torch.rand(1)
        state = torch.random.get_rng_state()
        model, curve = fit(images[:300], labels[:300], BRIEFLY, seed)
        assert torch.equal(torch.random.get_rng_state(), state)
        assert len(curve) == 2
        weights.append(torch.cat([weight.detach().flatten() for weight in model.denoiser.parameters()]))
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_training_learns(digits):
    images, labels = load_mnist("train")
    _, curve = fit(images[:1000], labels[:1000], replace(BRIEFLY, epochs=12), seed=0)
    assert curve[-1]["error"] < 0.9 * curve[0]["error"]


def test_training_needs_a_label_for_each_image():
    images, labels = load_mnist("train")
    with pytest.raises(ValueError, match="300 images and 299 labels"):
        fit(images[:300], labels[:299], BRIEFLY, seed=0)
    with pytest.raises(ValueError, match="7 images"):
        fit(images[:7], labels[:7], BRIEFLY, seed=0)


# The shipped weights


def test_every_record_is_of_the_present_settings():
    for seed, record in models.provenance("diffusion")["seeds"].items():
        assert record["settings"] == vars(models.SETTINGS["diffusion"])
        assert record["command"].endswith(f"diffusion --seeds {seed}")
        assert record["curve"][-1]["epoch"] == models.SETTINGS["diffusion"].epochs
        assert record["scores"]["legible"] > 0.8
        assert record["scores"]["caption_accuracy"] > 0.9


@pytest.mark.slow
def test_every_shipped_seed_scores_as_recorded():
    for seed in models.seeds("diffusion"):
        recorded = models.provenance("diffusion")["seeds"][str(seed)]["scores"]
        found = models.SETTINGS["diffusion"].scores(models.load_pretrained("diffusion", seed))
        assert found == pytest.approx(recorded, abs=0.02)


@pytest.mark.slow
def test_retraining_reproduces_the_recorded_scores():
    settings = models.SETTINGS["diffusion"]
    again, _ = settings.train("diffusion", 0)
    assert settings.scores(again) == pytest.approx(models.provenance("diffusion")["seeds"]["0"]["scores"], abs=0.05)


def test_a_caption_may_be_left_out(model):
    anything = model.draw(np.full(100, NO_CAPTION), np.random.default_rng(0))
    readable = [preferences.readable(anything, np.full(100, digit)).sum() for digit in range(10)]
    assert sum(readable) == 100  # Each is read as one digit.
    assert sum(count > 0 for count in readable) >= 6
