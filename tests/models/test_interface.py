"""What every model promises: shapes, types, ranges, determined samples, and errors that explain."""

import numpy as np
import pytest
import torch

from utils import models

DIGIT_MODELS = tuple(name for name in models.available() if not name.startswith("sprites"))
EVERY_MODEL = (*DIGIT_MODELS, "pca")


def model_named(name):
    return models.PCA(2) if name == "pca" else models.load_pretrained(name)


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_codes_and_images_have_the_promised_shapes_types_and_ranges(name, images):
    model = model_named(name)
    codes = model.encode(images[:30])
    assert codes.shape == (30, model.latent_dim)
    assert codes.dtype == np.float32
    # Codes far from everything seen in training must still decode into valid grey values.
    for some_codes in (codes, 50 * codes):
        decoded = model.decode(some_codes)
        assert decoded.shape == (30, 1, 28, 28)
        assert decoded.dtype == np.float32
        assert decoded.min() >= 0
        assert decoded.max() <= 1


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_nothing_in_gives_nothing_out(name, images):
    model = model_named(name)
    assert model.encode(images[:0]).shape == (0, model.latent_dim)
    assert model.decode(np.zeros((0, model.latent_dim))).shape == (0, 1, 28, 28)
    assert model.sample(0, np.random.default_rng(0)).shape == (0, 1, 28, 28)


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_a_code_does_not_depend_on_the_other_images_given(name, images):
    model = model_named(name)
    together = model.encode(images[:600])
    alone = np.concatenate([model.encode(images[i : i + 1]) for i in (0, 511, 512, 599)])
    np.testing.assert_allclose(together[[0, 511, 512, 599]], alone, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_samples_are_reproducible_and_varied(name):
    model = model_named(name)
    first = model.sample(5, np.random.default_rng(3))
    assert first.shape == (5, 1, 28, 28)
    np.testing.assert_array_equal(first, model.sample(5, np.random.default_rng(3)))
    assert not np.array_equal(first, model.sample(5, np.random.default_rng(4)))
    rng = np.random.default_rng(3)
    assert not np.array_equal(model.sample(5, rng), model.sample(5, rng))
    assert not np.array_equal(first[0], first[1])


def test_arrays_given_are_left_as_they_were(images):
    model = models.load_pretrained("vae-2d")
    given = images[:3].copy()
    given.setflags(write=False)
    codes = model.encode(given)
    codes.setflags(write=False)
    model.decode(codes)
    np.testing.assert_array_equal(given, images[:3])


def test_other_float_types_and_strides_are_taken(images):
    model = models.load_pretrained("vae-2d")
    expected = model.encode(images[:10:2])
    np.testing.assert_allclose(model.encode(images[:10:2].astype(np.float64)), expected, atol=1e-5)
    np.testing.assert_allclose(model.encode(images[:10:2].copy()), expected, atol=1e-5)
    assert model.decode([[0, 1]]).shape == (1, 1, 28, 28)


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (np.zeros((3, 28, 28), np.float32), ValueError, r"shape \(3, 28, 28\).*\(n, 1, 28, 28\)"),
        (np.zeros((28, 28), np.float32), ValueError, r"reshape"),
        (np.zeros((3, 1, 32, 32), np.float32), ValueError, r"\(3, 1, 32, 32\)"),
        (np.zeros((3, 1, 28, 28), np.uint8), TypeError, r"uint8.*divide by 255"),
        (np.full((3, 1, 28, 28), 255.0), ValueError, r"255.*\[0, 1\]"),
        (np.full((3, 1, 28, 28), -0.1), ValueError, r"-0\.1.*\[0, 1\]"),
        (np.full((3, 1, 28, 28), np.nan), ValueError, r"nan.*\[0, 1\]"),
    ],
)
@pytest.mark.parametrize("name", ["vae-2d", "pca"])
def test_wrong_images_are_explained_in_one_sentence(name, wrong, error, says):
    with pytest.raises(error, match=says) as caught:
        model_named(name).encode(wrong)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (np.zeros((3, 5)), ValueError, r"shape \(3, 5\).*\(n, 2\)"),
        (np.zeros(2), ValueError, r"reshape"),
        (np.array([["a", "b"]]), TypeError, r"float32"),
        (np.array([[np.inf, 0.0]]), ValueError, r"finite"),
    ],
)
@pytest.mark.parametrize("name", ["vae-2d", "pca"])
def test_wrong_codes_are_explained_in_one_sentence(name, wrong, error, says):
    with pytest.raises(error, match=says):
        model_named(name).decode(wrong)


@pytest.mark.parametrize("n", [-1, 2.5, "3"])
def test_sampling_refuses_what_is_no_number_of_images(n):
    with pytest.raises(ValueError, match="non-negative integer"):
        models.load_pretrained("vae-2d").sample(n, np.random.default_rng(0))


def test_sampling_refuses_what_is_no_generator():
    with pytest.raises(TypeError, match="default_rng"):
        models.load_pretrained("vae-2d").sample(2, 0)


def test_a_model_of_another_image_size_checks_for_its_own():
    linear = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 2))
    back = torch.nn.Sequential(torch.nn.Linear(2, 64), torch.nn.Unflatten(1, (1, 8, 8)))
    model = models.Autoencoder(linear, back, models.Gaussian(2), image_shape=(1, 8, 8))
    assert model.decode(model.encode(np.zeros((3, 1, 8, 8)))).shape == (3, 1, 8, 8)
    with pytest.raises(ValueError, match=r"\(2, 1, 28, 28\).*\(n, 1, 8, 8\)"):
        model.encode(np.zeros((2, 1, 28, 28)))


# As torch modules


def test_torch_users_reach_the_same_networks(images):
    model = models.load_pretrained("vae-2d")
    batch = torch.from_numpy(images[:7])
    with torch.no_grad():
        outputs = model.encoder(batch)
        logits = model.decoder(outputs[:, :2])
    assert outputs.shape == (7, 4)  # means, then log-variances
    np.testing.assert_allclose(outputs[:, :2].numpy(), model.encode(images[:7]), atol=1e-5)
    np.testing.assert_allclose(logits.sigmoid().numpy(), model.decode(outputs[:, :2].numpy()), atol=1e-5)


@pytest.mark.parametrize("name", models.available())
def test_every_network_model_is_an_ordinary_module(name):
    model = models.load_pretrained(name)
    assert isinstance(model, torch.nn.Module)
    assert isinstance(model, models.NetworkModel)
    assert not model.training
    weights = dict(model.named_parameters())
    assert len(weights) > 0
    assert set(weights) <= set(model.state_dict())


def test_a_module_called_gives_the_logits_of_the_reconstructions(images):
    model = models.load_pretrained("vae-2d")
    with torch.no_grad():
        logits = model(torch.from_numpy(images[:4]))
    np.testing.assert_allclose(logits.sigmoid().numpy(), model.decode(model.encode(images[:4])), atol=1e-5)
