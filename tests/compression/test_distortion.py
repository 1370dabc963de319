"""Distances between pictures agree with scikit-image and with what theory promises."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import metrics

from tests.support.codecs import batches
from utils import compression
from utils.data import load_photograph

WANG = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
GREY = np.zeros((2, 1, 28, 28), dtype=np.float32)


@pytest.fixture
def noisy(digits):
    noise = np.random.default_rng(0).normal(scale=np.linspace(0.01, 0.2, 40)[:, None, None, None], size=(40, 1, 28, 28))
    return digits[:40], np.clip(digits[:40] + noise, 0, 1)


def test_mse_and_psnr_by_hand():
    a, b = np.zeros((2, 1, 2, 2)), np.zeros((2, 1, 2, 2))
    b[0] = 0.1
    b[1, 0, 0, 0] = 2.0
    assert compression.mse(a, b) == pytest.approx((0.01 + 1.0) / 2)
    np.testing.assert_allclose(compression.mse(a, b, per_image=True), [0.01, 1.0])
    np.testing.assert_allclose(compression.psnr(a, b, data_range=1, per_image=True), [20, 0], atol=1e-9)
    assert compression.psnr(a, b, data_range=1) == pytest.approx(-10 * math.log10(0.505))


def test_distances_agree_with_scikit_image(noisy):
    a, b = (images[:, 0].astype(np.float64) for images in noisy)
    psnrs = [metrics.peak_signal_noise_ratio(x, y, data_range=1) for x, y in zip(a, b, strict=True)]
    ssims = [metrics.structural_similarity(x, y, data_range=1, **WANG) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(compression.psnr(*noisy, data_range=1, per_image=True), psnrs, rtol=1e-9)
    np.testing.assert_allclose(compression.ssim(*noisy, data_range=1, per_image=True), ssims, rtol=1e-9)
    assert compression.ssim(*noisy, data_range=1) == pytest.approx(np.mean(ssims))
    assert compression.mse(*noisy) == pytest.approx(metrics.mean_squared_error(a, b))
    assert compression.psnr(*noisy, data_range=1) == pytest.approx(metrics.peak_signal_noise_ratio(a, b, data_range=1))


def test_distances_of_a_photograph_in_colour_agree_with_scikit_image():
    a = load_photograph("chelsea")
    b = np.clip(a + np.random.default_rng(0).normal(scale=20, size=a.shape), 0, 255).astype(np.uint8)
    expected = metrics.structural_similarity(a, b, data_range=255, channel_axis=-1, **WANG)
    assert compression.ssim(a, b, data_range=255) == pytest.approx(expected, rel=1e-9)
    assert compression.psnr(a, b, data_range=255) == pytest.approx(metrics.peak_signal_noise_ratio(a, b))
    assert compression.mse(a, b) == pytest.approx(metrics.mean_squared_error(a, b))


def test_one_picture_is_the_same_in_every_shape(noisy):
    a, b = noisy[0][5], noisy[1][5]
    in_colour = [np.repeat(picture, 3, axis=0) for picture in (a, b)]
    for measure in (compression.mse, compression.psnr, compression.ssim):
        options = {} if measure is compression.mse else {"data_range": 1.0}
        values = [
            measure(a, b, **options),
            measure(a[0], b[0], **options),
            measure(a[None], b[None], **options),
            measure(*in_colour, **options),
            measure(*(np.moveaxis(picture, 0, -1) for picture in in_colour), **options),
        ]
        np.testing.assert_allclose(values, values[0], rtol=1e-9)
        assert isinstance(values[0], float)
        assert measure(a, b, per_image=True, **options).shape == (1,)


@given(batches, st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=60)
def test_distances_hold_what_theory_promises(a, seed):
    b = np.random.default_rng(seed).uniform(size=a.shape)
    both = compression.psnr(a, b, data_range=1)
    assert both == pytest.approx(compression.psnr(b, a, data_range=1))
    assert compression.ssim(a, b, data_range=1) == pytest.approx(compression.ssim(b, a, data_range=1))
    assert compression.mse(a + 0.5, b + 0.5) == pytest.approx(compression.mse(a, b), rel=1e-4)
    assert both == pytest.approx(compression.psnr(255.0 * a, 255 * b, data_range=255))
    # A mean of decibels is never below the decibels of the mean: −log is convex.
    assert compression.psnr(a, b, data_range=1, per_image=True).mean() >= both - 1e-9
    assert -1 <= compression.ssim(a, b, data_range=1) <= 1
    assert compression.mse(a, a) == 0
    assert compression.psnr(a, a, data_range=1) == math.inf
    assert compression.ssim(a, a, data_range=1) == pytest.approx(1)


def test_eight_bit_pixels_do_not_wrap_round():
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, 256, size=(3, 1, 28, 28), dtype=np.uint8) for _ in range(2))
    assert compression.mse(a, b) == pytest.approx(compression.mse(a.astype(float), b.astype(float)))
    assert compression.mse(a, b) > 2 * np.square(a - b).mean()  # what wrapping round would give
    assert compression.mse(np.uint8([[0]]), np.uint8([[255]])) == 255**2
    assert compression.psnr(a, b, data_range=255) == pytest.approx(compression.psnr(a / 255, b / 255, data_range=1))
    assert compression.ssim(a, b, data_range=255) == pytest.approx(compression.ssim(a / 255, b / 255, data_range=1))


def test_the_convention_of_ssim_matters(noisy):
    a, b = noisy
    wang = compression.ssim(a, b, data_range=1)
    default = np.mean(
        [metrics.structural_similarity(x, y, data_range=1) for x, y in zip(a[:, 0], b[:, 0], strict=True)]
    )
    assert wang != pytest.approx(default, abs=1e-4)
    assert compression.ssim(a, b, data_range=255) > 0.999 > wang


@pytest.mark.parametrize("measure", [compression.psnr, compression.ssim])
def test_the_data_range_is_required(measure):
    with pytest.raises(TypeError, match="data_range"):
        measure(np.zeros((20, 20)), np.zeros((20, 20)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: compression.mse(np.zeros((2, 2)), np.zeros((2, 3))), r"shapes \(2, 2\) and \(2, 3\)"),
        (lambda: compression.mse(np.zeros(4), np.zeros(4)), r"shape \(4,\)"),
        (lambda: compression.mse(np.zeros((5, 20, 20)), np.zeros((5, 20, 20))), "or a batch"),
        (lambda: compression.mse(np.zeros((0, 1, 2, 2)), np.zeros((0, 1, 2, 2))), "at least one"),
        (lambda: compression.mse([[np.nan]], [[0.0]]), "NaN or infinite"),
        (lambda: compression.mse([["a"]], [["b"]]), "pixels are real numbers"),
        (lambda: compression.psnr(GREY, GREY, data_range=0), "data_range is 0"),
        (lambda: compression.psnr(GREY, GREY, data_range=math.nan), "data_range is nan"),
        (lambda: compression.psnr(np.uint8([[0]]), np.uint8([[9]]), data_range=1), "integers from 0 to 9"),
        (lambda: compression.ssim(np.uint8([[0, 9]]), np.uint8([[0, 9]]), data_range=1), "integers from 0 to 9"),
        (lambda: compression.ssim(np.zeros((10, 20)), np.zeros((10, 20)), data_range=1), "window is 11 × 11"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert str(error.value).endswith(".")
