"""Learned representations as codecs."""

import numpy as np
import pytest

from tests.support.codecs import FILES, LATENTS, latent_codec
from utils import compression
from utils.compression import EntropyModel, LatentCodec
from utils.data import load_photograph
from utils.models import PCA, LatentModel


def test_a_codec_of_digits_survives_a_photograph(digits, training_digits):
    """Symbols that no digit has: the bytes grow and the quality falls, but the codes come back all the same."""
    codec = latent_codec("vae-16d", 0.5, training_digits)
    cut = compression.tiles(compression.as_batch(load_photograph("coins")))
    point = compression.rate_distortion(codec, cut)
    usual = compression.rate_distortion(codec, digits[: len(cut)])
    assert point.payload_bytes > 2 * usual.payload_bytes
    assert point.psnr < usual.psnr - 5
    levels = compression.dequantise(codec.symbols(cut), 0.5)
    np.testing.assert_array_equal(codec.decompress(codec.compress(cut)), codec.model.decode(levels))


@pytest.mark.parametrize("setting", LATENTS)
def test_a_latent_codec_is_the_model_with_rounded_codes(setting, digits, training_digits):
    codec = latent_codec(*setting, training_digits)
    model, step = codec.model, setting[1]
    codes = model.encode(digits[:50])
    levels = compression.dequantise(compression.quantise(codes, step), step)
    data = codec.compress(digits[:50])
    np.testing.assert_array_equal(codec.decompress(data), model.decode(levels))
    assert codec.header_bytes(data) == 4
    bits = 50 * codec.entropy_model.cross_entropy(codec.symbols(digits[:50]))
    assert bits - 1 <= 8 * (len(data) - 4) <= bits + 64


def test_frequencies_come_from_the_training_codes_alone(digits, training_digits):
    model = PCA(4)
    codes = model.encode(training_digits)
    codec, other = (LatentCodec(model, 1.0, part) for part in (codes[:2000], codes[2000:]))
    data = codec.compress(digits[:100])
    codec.compress(digits[100:])
    assert codec.compress(digits[:100]) == data
    assert other.compress(digits[:100]) != data
    expected = EntropyModel.fit(compression.quantise(codes[:2000], 1.0))
    assert codec.entropy_model.to_bytes() == expected.to_bytes()


def test_codes_may_come_from_elsewhere(digits, training_digits):
    model = PCA(6)
    codes = model.encode(training_digits)
    zeros = LatentCodec(model, 0.5, codes, encode=lambda images: np.zeros((len(images), 6)))
    np.testing.assert_allclose(zeros.decompress(zeros.compress(digits[:3])), model.decode(np.zeros((3, 6))))
    usual = LatentCodec(model, 0.5, codes)
    assert len(zeros.compress(digits)) < len(usual.compress(digits))


def test_codes_of_the_same_images_are_computed_once_and_those_of_others_anew(digits):
    model, sizes = PCA(6), []

    def encode(images):
        sizes.append(len(images))
        return model.encode(images)

    cached, images = compression.cached_encoder(encode), digits[:5].copy()
    for _ in range(3):
        np.testing.assert_array_equal(cached(images), model.encode(images))
    np.testing.assert_array_equal(cached(digits[5:9]), model.encode(digits[5:9]))
    images[0] = 0  # the same array, with other pictures in it
    np.testing.assert_array_equal(cached(images), model.encode(images))
    assert sizes == [5, 4, 5]


def test_the_decoder_is_counted_apart_and_amortised_over_as_many_images_as_stated(digits, training_digits):
    codec = latent_codec("vae-16d", 0.5, training_digits)
    model = codec.model
    weights = sum(weight.numel() for weight in model.decoder.parameters())
    # Shipped in half precision, which they survive
    assert compression.weight_bytes(model) == 2 * weights
    assert codec.decoder_bytes == 2 * weights + len(codec.entropy_model.to_bytes())
    assert compression.weight_bytes(PCA(12)) == 4 * 784 * 13
    point = compression.rate_distortion(codec, digits[:100])
    assert point.decoder_bytes == codec.decoder_bytes
    whole = point.raw_bytes / (point.coded_bytes + point.decoder_bytes)
    assert point.ratio_with_decoder(100) == pytest.approx(whole)
    assert whole < point.ratio_with_decoder(10**4) < point.ratio_with_decoder(10**6) < point.ratio
    assert point.ratio_with_decoder(10**15) == pytest.approx(point.ratio)
    jpeg = compression.rate_distortion(FILES[0], digits[:5])
    assert jpeg.ratio_with_decoder(1) == jpeg.ratio


def test_a_model_of_unknown_kind_has_to_say_how_large_its_decoder_is(training_digits):
    class Halving(LatentModel):
        name, seed, latent_dim = "halving", 0, 784

        def _encode(self, images):
            return images.reshape(len(images), -1) / 2

        def _decode(self, codes):
            return np.clip(2 * codes, 0, 1).reshape(-1, 1, 28, 28)

        def _sample_codes(self, n, rng):
            return rng.uniform(0, 0.5, size=(n, 784))

    codes = training_digits[:50].reshape(50, -1) / 2
    with pytest.raises(TypeError, match=r"Halving is not a PCA.*give decoder_bytes"):
        LatentCodec(Halving(), 0.1, codes)
    codec = LatentCodec(Halving(), 0.1, codes, decoder_bytes=0)
    assert codec.decoder_bytes == len(codec.entropy_model.to_bytes())
    decoded = codec.decompress(codec.compress(training_digits[:5]))
    assert np.abs(decoded - training_digits[:5]).max() <= 0.1 + 1e-6


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LatentCodec(PCA(2), 0, np.zeros((4, 2))), "step is 0"),
        (lambda: LatentCodec(PCA(2), 1e-9, np.eye(2)), "give a larger step"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(call, message):
    with pytest.raises(ValueError, match=message) as error:
        call()
    assert str(error.value).endswith(".")
